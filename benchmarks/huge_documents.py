"""Near-deduplication of two documents of 500 MB that differ in one word of a thousand, by `near_dedup(df)`.

    python benchmarks/huge_documents.py [--bytes 504000000] [--heap 10g]

Prints a JSON line: who leaves for whom with which similarity, seconds, and the most memory that each process
held. `tamis run` makes such a document the failure ``too_large``; a frame of one's own may hold it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import tamis
from tamis.io.session import build_session

WORD_BYTES = 8  # seven letters and a space
CHANGED = 1000  # one word of so many
SCHEMA = pa.schema({"id": pa.int64(), "text": pa.large_string()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", type=int, default=504_000_000, help="of each of the two large documents")
    parser.add_argument("--heap", default="10g", help="spark.driver.memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = f"{scratch}/documents.parquet"
        write_documents(path, options.bytes // WORD_BYTES)
        spark = build_session("huge", master="local[1]", conf={"spark.driver.memory": options.heap})
        began = time.monotonic()
        found = tamis.near_dedup(spark.read.parquet(path))
        removed = [row.asDict() for row in found.removals.orderBy("id").collect()]
        told = {"figure": "documents of 500 MB", "value": removed, "kept": found.kept.count()}
        seconds = round(time.monotonic() - began)
        print(json.dumps({**told, "bytes": options.bytes, "seconds": seconds, "peak_mb": peak_mb()}))
        spark.stop()


def write_documents(path: str, words: int) -> None:
    """Write two large documents that differ in some words, and two short ones that are equal."""
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 10_000_000, words)
    changed = numbers.copy()
    changed[rng.integers(0, words, words // CHANGED)] += 10_000_000
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for number, text in enumerate(
            [text_of(numbers), text_of(changed), *["one two three four five six"] * 2]
        ):
            writer.write_table(pa.table([[number], [text]], schema=SCHEMA))


def text_of(numbers: np.ndarray) -> str:
    """Return numbers as words of seven or eight digits."""
    return " ".join(f"{number:07d}" for number in numbers.tolist())


def peak_mb() -> dict[str, int]:
    """Return the most memory of the processes of this session so far, by kind (proc(5), VmHWM)."""
    peaks: dict[str, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getsid(int(status.parent.name)) != os.getsid(0):
                continue
            told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, peak = told["Name"].strip(), told.get("VmHWM")
        if name in {"java", "python"} and peak:
            peaks[name] = max(peaks.get(name, 0), int(peak.split()[0]) // 1000)
    return peaks


if __name__ == "__main__":
    main()
