"""One size of the near-deduplication job, for near_dedup.py and growth.py.

Runs the stage `near_dedup` as the runner does (four Delta tables, one commit each) and the choice of keepers,
which in a run is a part of the stage `assemble`. Prints CPU seconds of the whole process tree.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark
from process_tree import fastest, tree_cpu_seconds

from tamis.config import NearDedup
from tamis.dedup.steps import large_buckets
from tamis.dedup.steps.keepers import near_removals
from tamis.dedup.steps.near import near_parameters, run_near_dedup
from tamis.dedup.steps.ranks import rank_column
from tamis.dedup.steps.texts import Texts
from tamis.io.session import build_session
from tamis.io.shards import file_splits
from tamis.io.tables import Transaction, write_once
from tamis.schemas import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tamis.config import Recipe

SETTINGS = NearDedup()


class Context:
    """`tamis.pipeline.stage.StageContext` over one Parquet file of documents and a folder for the rest."""

    pending = [0]  # noqa: RUF012 - the protocol has a list
    run_id = "benchmark"

    def __init__(self, spark: SparkSession, documents: str, output: str, recipe: Recipe) -> None:
        self.spark, self.output, self.recipe = spark, output, recipe
        self.facts: dict[str, str] = {}
        self._documents = documents

    def read(self, table: str) -> DataFrame:
        """Return the documents, or a table that this pass wrote."""
        if table == "documents":
            return self.spark.read.parquet(self._documents)
        return self.spark.read.format("delta").load(f"{self.output}/{table}")

    read_pending = read

    def read_texts(self, *, pending: bool = False) -> Texts:  # noqa: ARG002 - there is one batch
        """Return the documents."""
        uri, size = Path(self._documents).as_uri(), Path(self._documents).stat().st_size
        return Texts(self.read("documents"), tuple(file_splits(uri, size, self.pending[0])))

    def write_all(self, table: str, rows: DataFrame) -> None:
        """Write a table as the runner does."""
        self._write(table, rows, "true")

    def write_pending(self, table: str, rows: DataFrame) -> None:
        """Write a batch of a table as the runner does."""
        self._write(table, rows, f"batch_id = {self.pending[0]}")

    def _write(self, table: str, rows: DataFrame, replace: str) -> None:
        transaction = Transaction(f"near_dedup/{table}", self.pending[0], {})
        write_once(rows, TABLES[table], f"{self.output}/{table}", replace=replace, transaction=transaction)

    def exists(self, table: str) -> bool:
        """Tell whether this pass wrote the table."""
        return Path(self.output, table).exists()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", help="Parquet file")
    parser.add_argument("warm_up", help="Parquet file")
    parser.add_argument("passes", type=int)
    parser.add_argument("--events", type=Path, help="folder for Spark's event log")
    parser.add_argument("--chunk", type=int, default=large_buckets.CHUNK_MEMBERS)
    parser.add_argument("--master", help="Spark's; default: local[*]")
    options = parser.parse_args()
    large_buckets.CHUNK_MEMBERS = options.chunk
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))  # where local-cluster starts from
    spark = build_session("near-dedup benchmark", master=options.master, conf=logged(options.events))
    near_dedup(spark, options.warm_up)
    start_up, began = tree_cpu_seconds(), time.time()
    runs = [measured(spark, options.documents) for _ in range(options.passes)]
    print(json.dumps({**fastest(runs, start_up), "began": began}))
    spark.stop()


def logged(events: Path | None) -> dict[str, str]:
    """Return the settings that write Spark's event log, one plain file."""
    if events is None:
        return {}
    on = dict.fromkeys(("spark.eventLog.enabled", "spark.eventLog.logStageExecutorMetrics"), "true")
    off = dict.fromkeys(("spark.eventLog.compress", "spark.eventLog.rolling.enabled"), "false")
    polling = {"spark.executor.metrics.pollingInterval": "200ms", "spark.executor.heartbeatInterval": "500ms"}
    # A heap that the smallest job fills too: what a larger one takes beyond it, it needs.
    return {**on, **off, **polling, "spark.eventLog.dir": events.as_uri(), "spark.driver.memory": "1g"}


def measured(spark: SparkSession, documents: str) -> dict[str, Any]:
    """Return the documents removed, and the CPU and wall seconds of one pass."""
    cpu, begin = tree_cpu_seconds(), time.monotonic()
    removed, facts = near_dedup(spark, documents)
    return {
        "removed": removed,
        "facts": facts,
        "cpu_seconds": tree_cpu_seconds() - cpu,
        "seconds": time.monotonic() - begin,
    }


def near_dedup(spark: SparkSession, documents: str) -> tuple[int, dict[str, str]]:
    """Deduplicate one file into tables that are then thrown away; return how many leave, and the facts."""
    with tempfile.TemporaryDirectory() as output:
        context = Context(spark, documents, output, recipe())
        run_near_dedup(context)
        keepers(context).write.parquet(f"{output}/removed")
        return spark.read.parquet(f"{output}/removed").count(), context.facts


def keepers(context: Context) -> DataFrame:
    """Return who leaves for whom, the longest first."""
    params, _ = near_parameters(SETTINGS.threshold, SETTINGS.recall, SETTINGS.num_hashes, SETTINGS.ngram)
    rows = context.read("documents")
    rank = rank_column([("length_chars", "desc")], {"length_chars": "INT"})
    return near_removals(
        context.read("edges"), rows.select("doc_id", rank.alias("rank")), mode=SETTINGS.clusters,
        documents=context.read_texts(), params=params, threshold=SETTINGS.threshold,
    )  # fmt: skip


def recipe() -> Recipe:
    """Return a recipe with near-deduplication as it is by default."""
    from tamis.recipes import load_recipe

    return load_recipe({
        "name": "benchmark", "output": "unused", "near_dedup": SETTINGS.model_dump(),
        "inputs": [{"path": str(Path(__file__).parent), "format": "files", "source": "unused"}],
    })  # fmt: skip


if __name__ == "__main__":
    main()
