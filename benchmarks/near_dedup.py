"""Speed of near-deduplication, scan to keeper, with datatrove's four MinHash stages in the same run.

    python benchmarks/near_dedup.py [FILE.jsonl.zst] [--docs N] [--scale 16] [--passes 3]

Prints a JSON line a figure. Rates are marginal, (bytes at 16x - bytes at 1x) / (CPU at 16x - CPU at 1x),
since a small job of Spark is mostly start-up and commits. CPU is that of the whole process tree. Each size
runs in a process of its own, after a warm-up over the documents of 1x; the fastest pass counts, and the CPU
of all of them is told, since the JVM goes on compiling for minutes. The peer, at under 1 MB/s a core, gets
1/8 and 1/32 of the documents; what both remove of the same documents is told beside.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from signals import CORPUS, INSTALL, UNIT, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_DOCS = 109_482  # of bulk/docs.jsonl.zst
ROW_GROUP = 500  # about 1.3 MB of text: Spark splits a file between row groups
PEER_PARTS = (32, 8)
PEER_NEEDS = ("datatrove", "spacy", "regex", "xxhash")
HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS / "bulk" / "docs.jsonl.zst")
    parser.add_argument("--docs", type=int, help="documents at 1x; default: such that all are used")
    parser.add_argument("--scale", type=int, default=16, help="how many times more the larger job has")
    parser.add_argument("--passes", type=int, default=3, help="of which the fastest counts")
    options = parser.parse_args()
    docs = options.docs or -(-ALL_DOCS // options.scale)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.path, Path(scratch), docs, options.passes)
        for line in itertools.chain(bench.own_figures(options.scale), bench.peer_figures(options.scale)):
            print(json.dumps(line), flush=True)


class Bench:
    """Runs jobs over the first documents of a file.

    Args:
        source: JSON Lines with the field ``text``.
        scratch: Folder for what the jobs read and write.
        docs: Documents at 1x, which also warm up.
        passes: Of each measured job.
    """

    def __init__(self, source: Path, scratch: Path, docs: int, passes: int) -> None:
        self._source = source
        self._scratch = scratch
        self._docs = docs
        self._passes = passes

    def own_figures(self, scale: int) -> Iterator[dict[str, Any]]:
        """Yield the rate of the Spark job."""
        small, large = (self._measured("near_dedup_spark.py", self._docs * times) for times in (1, scale))
        yield marginal("near-dedup in Spark, scan to keeper, verified", small, large, peer=None)

    def peer_figures(self, scale: int) -> Iterator[dict[str, Any]]:
        """Yield the rate of datatrove's stages and what either removes, or why not."""
        missing = [name for name in PEER_NEEDS if importlib.util.find_spec(name) is None]
        if missing:
            yield {"figure": "datatrove near-dedup", "skipped": f"no module {missing[0]}; {INSTALL}"}
            return
        sizes = [self._docs * scale // part for part in PEER_PARTS]
        small, large = (self._measured("near_dedup_datatrove.py", size, passes=1) for size in sizes)
        peer = f"datatrove {importlib.metadata.version('datatrove')}"
        yield marginal("near-dedup, four MinHash stages, unverified", small, large, peer=peer)
        own = self._measured("near_dedup_spark.py", sizes[1], passes=1)
        for name, run in ((None, own), (peer, large)):
            yield {
                "figure": "near-duplicates removed of the same documents",
                "value": run["removed"],
                "unit": "documents",
                "peer": name,
                "documents": run["documents"],
            }

    def _measured(self, script: str, count: int, passes: int | None = None) -> dict[str, Any]:
        """Run a job over so many documents in a process of its own; return its counts and seconds."""
        warm, documents = self._documents(self._docs), self._documents(count)
        command = [sys.executable, str(HERE / script), str(documents), str(warm), str(passes or self._passes)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        table = pq.read_table(documents, columns=["text"])
        spent = json.loads(done.stdout.splitlines()[-1])
        return {**spent, "documents": table.num_rows, "mb": utf8_bytes(table.column("text")) / 1e6}

    def _documents(self, count: int) -> Path:
        """Write the first documents as a Parquet file; return its path."""
        path = self._scratch / f"documents-{count}.parquet"
        if not path.exists():
            texts = itertools.islice(read_texts(self._source), count)
            with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
                for first in itertools.count(0, ROW_GROUP):
                    group = list(itertools.islice(texts, ROW_GROUP))
                    if not group:
                        break
                    writer.write_batch(documents_batch(first, group))
        return path


SCHEMA = pa.schema(
    {"doc_id": pa.int64(), "text": pa.string(), "length_chars": pa.int32(), "batch_id": pa.int32(),
     "shard": pa.int32()}
)  # fmt: skip


def documents_batch(first: int, texts: list[str]) -> pa.RecordBatch:
    """Return rows of `documents` as near-deduplication reads them; the id is the line's number."""
    zeros = [0] * len(texts)
    lengths = [len(text) for text in texts]
    return pa.record_batch([range(first, first + len(texts)), texts, lengths, zeros, zeros], schema=SCHEMA)


def utf8_bytes(texts: pa.ChunkedArray) -> int:
    """Return the bytes of all texts."""
    return int(pa.compute.sum(pa.compute.binary_length(texts)).as_py())


def marginal(name: str, small: dict[str, Any], large: dict[str, Any], *, peer: str | None) -> dict[str, Any]:
    """Return the line of one job at two sizes."""
    spent = large["cpu_seconds"] - small["cpu_seconds"]
    if spent <= 0:
        return {"figure": name, "skipped": "too few documents: the larger job took no more CPU", "peer": peer}
    return {
        "figure": name,
        "value": round((large["mb"] - small["mb"]) / spent, 2),
        "unit": UNIT,
        "peer": peer,
        **{
            key: [round(run[key], 1) for run in (small, large)]
            for key in ("documents", "mb", "cpu_seconds", "start_up_cpu_seconds", "seconds", "removed")
        },
        "cpu_seconds_of_passes": [run["cpu_seconds_of_passes"] for run in (small, large)],
    }


if __name__ == "__main__":
    main()
