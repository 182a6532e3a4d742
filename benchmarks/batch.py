"""What a batch of 1 % shuffles beside a first run over everything, near-deduplication and its keepers.

    python benchmarks/batch.py [FILE.jsonl.zst] [--docs 109482] [--share 0.01]

Prints JSON lines: the bytes that shuffles wrote, by Spark's event log, of a first run over all documents and
of a batch of the last ones after a first run over the others; the share; whether both found the same edges.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from growth import from_log
from near_dedup import ALL_DOCS, ROW_GROUP, SCHEMA, documents_batch
from near_dedup_spark import Context, keepers, logged, recipe
from signals import CORPUS, read_texts

from tamis.dedup.steps.near import run_near_dedup
from tamis.dedup.steps.texts import Texts
from tamis.io.session import build_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Batches(Context):
    """A context whose documents come in batches."""

    def read(self, table: str) -> DataFrame:
        """Return the documents of this batch and those before it, or a table as it is now."""
        rows = super().read(table)
        return rows.where(f"batch_id <= {self.pending[-1]}") if table == "documents" else rows

    def read_pending(self, table: str) -> DataFrame:
        """Return the rows of this batch."""
        return self.read(table).where(f"batch_id = {self.pending[-1]}")

    def read_texts(self, *, pending: bool = False) -> Texts:
        """Return the documents; both batches are in one file, so Spark reads it."""
        return Texts((self.read_pending if pending else self.read)("documents"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS / "bulk" / "docs.jsonl.zst")
    parser.add_argument("--docs", type=int, default=ALL_DOCS)
    parser.add_argument("--share", type=float, default=0.01, help="of the documents that come last")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, first in (("one", options.docs), ("two", round(options.docs * (1 - options.share)))):
            written(options.path, scratch / f"{name}.parquet", options.docs, first)
        (scratch / "events").mkdir()
        spark = build_session("batch benchmark", conf=logged(scratch / "events"))
        spans = [*delivered(spark, scratch, "one", 1), *delivered(spark, scratch, "two", 2)]
        tables = [spark.read.format("delta").load(f"{scratch}/{name}-out/edges") for name in ("one", "two")]
        ends = [table.select("src", "dst") for table in tables]
        same = ends[0].exceptAll(ends[1]).isEmpty() and ends[1].exceptAll(ends[0]).isEmpty()
        spark.stop()
        log = next((scratch / "events").iterdir())
        shuffled = [from_log(log, *span)["shuffle_bytes"] for span in spans]
        for figure, found in zip(("all at once", "the others first", "the batch"), shuffled, strict=True):
            print(json.dumps({"figure": f"shuffled bytes, {figure}", "value": found}))
        told = {"value": round(shuffled[2] / shuffled[0], 4), "documents": options.docs, "same_edges": same}
        print(json.dumps({"figure": "shuffled bytes of the batch over all at once", **told}))


def written(source: Path, path: Path, docs: int, first: int) -> None:
    """Write documents, those from ``first`` on as batch 2."""
    texts = itertools.islice(read_texts(source), docs)
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for start in range(0, docs, ROW_GROUP):
            rows = documents_batch(start, list(itertools.islice(texts, ROW_GROUP)))
            batch = pa.array([1 + (row >= first) for row in range(start, start + len(rows))], pa.int32())
            writer.write_batch(rows.set_column(SCHEMA.get_field_index("batch_id"), "batch_id", batch))


def delivered(spark: SparkSession, scratch: Path, name: str, batches: int) -> list[tuple[float, float]]:
    """Run each batch; return when each began and ended."""
    spans = []
    for number in range(1, batches + 1):
        context = Batches(spark, str(scratch / f"{name}.parquet"), str(scratch / f"{name}-out"), recipe())
        context.pending = [number]
        began = time.time()
        run_near_dedup(context)
        keepers(context).count()
        spans.append((began, time.time()))
    return spans


if __name__ == "__main__":
    main()
