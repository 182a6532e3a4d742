"""The sums of an output: every record is kept, removed with a reason, or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from tamis.pipeline.lineage import OutputTables


def totals(tables: OutputTables) -> dict[str, Any]:
    """Return records, kept, removed, failed, forgotten, ranges_failed and removed_by_reason of the output.

    Stages that have not run yet count as zero; ``kept`` is known only once assemble has run.
    """
    made = {"records": 0, "kept": 0, "removed": 0, "failed": 0, "forgotten": 0, "ranges_failed": 0}
    by_reason: dict[str, int] = {}
    if tables.exists("failures"):
        made["records"] = tables.read("inputs").agg(F.coalesce(F.sum("records"), F.lit(0))).first()[0]
        failures = tables.read("failures")
        row = failures.agg(F.countDistinct("doc_id"), F.count_if(F.col("doc_id").isNull())).first()
        made["failed"], made["ranges_failed"] = row[0], row[1]
    if tables.exists("removals"):
        rows = tables.read("removals").groupBy("reason").count().collect()
        by_reason = {row["reason"]: row["count"] for row in sorted(rows, key=lambda row: -row["count"])}
        made["removed"] = sum(by_reason.values())
        made["kept"] = tables.read("corpus").count()
    return {**made, "removed_by_reason": by_reason}
