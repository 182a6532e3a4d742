"""An output that an older tamis made, whose tables lack columns that today's have."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pyspark.sql.functions as F
import pytest
from tests.small import prose, recipe
from tests.unit.extract.test_containers import zipped

import tamis.api
from tamis.errors import StaleInputError
from tamis.io import tables as delta_tables
from tamis.pipeline.lineage import OutputTables

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.long, pytest.mark.timeout(900)]


def drop_column(spark, table: Path, column: str) -> None:
    """Rewrite a Delta table, files and log, as if it had never had a column."""
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    for old in [*table.rglob("*.crc"), *table.rglob(".*.crc")]:
        old.unlink(missing_ok=True)
    for file in table.rglob("*.parquet"):
        rows = pq.ParquetFile(file).read()
        pq.write_table(rows.select([name for name in rows.column_names if name != column]), file)
    for log in (table / "_delta_log").glob("*.json"):
        actions = [json.loads(line) for line in log.read_text().splitlines()]
        log.write_text("".join(json.dumps(_without(action, table, column)) + "\n" for action in actions))


def _without(action: dict, table: Path, column: str) -> dict:
    if "metaData" in action:
        schema = json.loads(action["metaData"]["schemaString"])
        schema["fields"] = [field for field in schema["fields"] if field["name"] != column]
        action["metaData"]["schemaString"] = json.dumps(schema)
    if "add" in action:
        action["add"]["size"] = (table / action["add"]["path"]).stat().st_size
    return action


def test_late_columns_are_added_and_others_refused_by_name(spark, small_inputs, tmp_path, monkeypatch):
    inputs, output = shutil.copytree(small_inputs, tmp_path / "inputs"), tmp_path / "out"
    settings = recipe(inputs, output, tokens=None, report=None)
    first = tamis.api.run(settings, spark)
    for table, column in (("inputs", "skipped"), ("signatures", "band_keys")):
        drop_column(spark, output / table, column)
    other = shutil.copytree(output, tmp_path / "other")
    drop_column(spark, other / "documents", "author")
    (inputs / "files" / "new.md").write_text(prose(77))
    with pytest.raises(StaleInputError, match=r"documents: .* without author\. Add --redo extract"):
        tamis.api.run({**settings, "output": str(other)}, spark)
    with pytest.raises(StaleInputError, match=r"signatures: .* without band_keys\. Add --redo near_dedup"):
        tamis.api.run(settings, spark)
    assert skipped(spark, output) == {1: {None}, 2: {"{}"}}
    redone = tamis.api.run(settings, spark, redo=["near_dedup"])
    assert redone["kept"] == first["kept"] + 1
    tables = OutputTables(spark, str(output))
    assert tables.read("signatures").where("band_keys IS NULL").isEmpty()

    drop_column(spark, output / "inputs", "skipped")
    assert skipped(spark, output) == {1: {None}, 2: {None}}
    monkeypatch.setattr(delta_tables, "FEW_FILES", 0)  # as of a table with many files
    assert skipped(spark, output) == {1: {None}, 2: {None}}
    drop_column(spark, output / "inputs", "etag")
    with pytest.raises(StaleInputError, match=r"without etag\. Write to another --output"):
        skipped(spark, output)


def test_an_output_from_before_containers_goes_on(spark, small_inputs, tmp_path):
    inputs, output = shutil.copytree(small_inputs, tmp_path / "inputs"), tmp_path / "out"
    settings = recipe(inputs, output, tokens=None)
    first = tamis.api.run(settings, spark)
    forget_table(spark, output, "containers")
    gone = next(iter(OutputTables(spark, str(output)).read("corpus").select("doc_id").first()))
    assert tamis.api.forget(str(output), [gone], spark)["kept"] == first["kept"] - 1
    assert totals(output)["containers"] == 0
    (inputs / "files" / "new.zip").write_bytes(zipped(("a.md", prose(78).encode())))
    second = tamis.api.run(settings, spark)
    assert (second["kept"], totals(output)["containers"]) == (first["kept"], 1)


def forget_table(spark, output: Path, name: str) -> None:
    """Make an output as if its stages had never written a table."""
    runs, copy = str(output / "runs"), str(output.with_name("runs-copy"))
    rows = spark.read.format("delta").load(runs)
    left = F.map_filter("versions_written", lambda table, _: table != name)
    rows.withColumn("versions_written", left).write.parquet(copy)
    spark.read.parquet(copy).write.format("delta").mode("overwrite").save(runs)
    shutil.rmtree(output / name)


def totals(output: Path) -> dict[str, int]:
    return json.loads((output / "report" / "summary.json").read_text())["totals"]


def skipped(spark, output: Path) -> dict[int, set[str | None]]:
    found: dict[int, set[str | None]] = {}
    for row in OutputTables(spark, str(output)).read("inputs").select("batch_id", "skipped").collect():
        found.setdefault(row["batch_id"], set()).add(row["skipped"])
    return found
