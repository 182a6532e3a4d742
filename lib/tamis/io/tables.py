"""Delta tables: read at a version, written exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tamis.errors import SchemaError, StageFailedError
from tamis.io.delta_log import Commit, last_commit, latest_version, plain_files

FEW_FILES = 32  # above it Spark lists paths by a job of its own
USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"  # of commits that no DataFrameWriter makes
# By default a merge sends all rows of the files that it writes anew, text and all, to one task a batch.
REPARTITION = "spark.databricks.delta.merge.repartitionBeforeWrite.enabled"

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tamis.schemas import Table


@dataclass(frozen=True, slots=True)
class Transaction:
    """Who writes what: Delta drops a second write with the same (app, txn) silently.

    Attributes:
        app: ``<stage>/<table>``.
        txn: ``epoch * 2**32 + batch``; only grows.
        meta: Stored with the commit: run_id, config_digest, versions_read.
    """

    app: str
    txn: int
    meta: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """Return what the commit says of itself."""
        return {**self.meta, "app": self.app, "txn": self.txn}


def read_version(spark: SparkSession, uri: str, version: int, table: Table) -> DataFrame:
    """Return a table as it was at a version.

    A table of few files is opened as those files: Delta spends a job on each scan to find them (0.3 s; a
    run over some twenty documents has 110 scans). A large one is left to Delta, which lists in parallel.
    """
    files = plain_files(uri, version, at_most=FEW_FILES)
    if not files:
        return _with_late(spark.read.format("delta").option("versionAsOf", version).load(uri), table)
    return spark.read.schema(table.ddl).option("basePath", uri).parquet(*files)


def _with_late(rows: DataFrame, table: Table) -> DataFrame:
    """Return a table's columns; those that came after it was made are null."""
    from pyspark.sql.functions import lit

    late = {column.name: lit(None).cast(column.type) for column in table.columns if column.late}
    missing = {name: null for name, null in late.items() if name not in rows.columns}
    return rows.withColumns(missing).select(*table.names) if missing else rows


def write_once(rows: DataFrame, table: Table, uri: str, *, replace: str, transaction: Transaction) -> Commit:
    """Replace the rows that match ``replace`` by these, as one commit.

    Args:
        rows: With the table's columns, in any order.
        table: Checked against, so that a stage cannot write what `schemas.py` does not say.
        uri: Where the table lies; made when it is not there.
        replace: SQL condition on the table's columns; every row must meet it.
        transaction: Names the write.

    Raises:
        SchemaError: columns are missing, extra or of another type.
        StageFailedError: Delta made no new version (a transaction number that was used before).
    """
    rows = _conform(rows, table)
    before = last_commit(uri, transaction.app)
    writer = (
        rows.write.format("delta")
        .mode("overwrite")
        .option("replaceWhere", replace)
        .option("compression", table.compression)
        .option("mergeSchema", "true")  # a table of an older tamis gets the late columns
        .option("txnAppId", transaction.app)
        .option("txnVersion", transaction.txn)
        .option("userMetadata", json.dumps(transaction.told(), sort_keys=True))
    )
    (writer.partitionBy(*table.partition) if table.partition else writer).save(uri)
    after = last_commit(uri, transaction.app)
    if after is None or (before is not None and after.version <= before.version):
        raise StageFailedError(
            f"{table.name}: the write left no new version; its transaction {transaction.txn} was used "
            f"before (last: {before.txn if before else 'none'})"
        )
    return after


def delete_matching(gone: DataFrame, uri: str, *, on: Sequence[str], transaction: Transaction) -> Commit:
    """Delete the rows of a table that match one of ``gone``, as one commit.

    Files with such a row are written anew without it; the others stay as they are. No deletion vectors:
    what was deleted would still lie in the files, and readers that take the files as they are would see it.

    Args:
        gone: With the columns ``on``, each row once; on the session that the commit is made with.
        uri: Of the table.
        on: Columns that must be equal; null matches nothing.
        transaction: Named in the commit.

    Returns:
        The commit; the table's last version where no row matched.
    """
    from delta.tables import DeltaTable

    spark = gone.sparkSession
    condition = " AND ".join(f"old.{name} = gone.{name}" for name in on)
    told = {USER_METADATA: json.dumps(transaction.told(), sort_keys=True), REPARTITION: "false"}
    for key, value in told.items():
        spark.conf.set(key, value)
    try:
        old = DeltaTable.forPath(spark, uri).alias("old")
        old.merge(gone.select(*on).alias("gone"), condition).whenMatchedDelete().execute()
    finally:
        for key in told:
            spark.conf.unset(key)
    version = latest_version(uri)
    if version is None:
        raise StageFailedError(f"{uri}: the table is gone")
    return Commit(version, transaction.txn, transaction.told(), 0)


def restore(spark: SparkSession, uri: str, version: int) -> None:
    """Make a table's last version hold what an earlier one held."""
    from delta.tables import DeltaTable

    DeltaTable.forPath(spark, uri).restoreToVersion(version)


def _conform(rows: DataFrame, table: Table) -> DataFrame:
    """Return the columns in the table's order; refuse anything but exactly them."""
    from pyspark.sql.types import StructType

    declared = cast("StructType", StructType.fromDDL(table.ddl))  # the stub says DataType
    wanted = {field.name: field.dataType for field in declared}
    found = {field.name: field.dataType for field in rows.schema}
    problems = [f"missing {name}" for name in wanted if name not in found]
    problems += [f"extra {name}" for name in found if name not in wanted]
    problems += [
        f"{name} is {found[name].simpleString()}, not {kind.simpleString()}"
        for name, kind in wanted.items()
        if name in found and found[name].simpleString() != kind.simpleString()
    ]
    if problems:
        raise SchemaError(f"{table.name}: {'; '.join(problems)}")
    return rows.select(*wanted)
