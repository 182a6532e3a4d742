"""Records that were taken down (`tamis forget`) are left out of every batch and of every --redo.

They are left out after the ids are given out: whether a record is forgotten before or after it was read, the
others have the same ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.extract.records import CONTAINER

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext


def forgotten_records(ctx: StageContext, rows: DataFrame) -> DataFrame | None:
    """Return the records among the extracted rows that have a tombstone; None without tombstones.

    Input columns:
        rows: those of ``extract.steps.EXTRACTED``; ``tombstones``: doc_id.

    Output columns:
        doc_id (long), source, path (string), kind (int).

    Rows: one a forgotten record or container; what is inside a forgotten container is forgotten too. Held,
    so the caller unpersists them. Shuffles: doc_id, unless tombstones are few.
    """
    if not ctx.exists("tombstones"):
        return None
    tombstones = ctx.read("tombstones").select("doc_id")
    around = F.coalesce("ancestors", F.array().cast("array<bigint>"))
    names = F.explode(F.concat(F.array("doc_id"), around)).alias("name")
    named = rows.where("doc_id IS NOT NULL").select("doc_id", "source", "path", "kind", names)
    found = named.join(tombstones.withColumnRenamed("doc_id", "name"), on="name", how="left_semi")
    return found.drop("name").distinct().persist()


def remembered(rows: DataFrame, forgotten: DataFrame | None) -> DataFrame:
    """Return the rows without the forgotten records; rows without an id stay.

    Input columns:
        rows: doc_id and more; forgotten: doc_id.

    Output columns:
        those of ``rows``.

    Rows: at most as many. Shuffles: none; the forgotten are broadcast, so that text stays where it is.
    """
    if forgotten is None:
        return rows
    return rows.join(F.broadcast(forgotten.select("doc_id")), on="doc_id", how="left_anti")


def forgotten_by_input(forgotten: DataFrame | None) -> dict[tuple[str, str], int]:
    """Return how many records of each input, by (source, path), are left out.

    Input columns:
        source, path (string), kind (int).
    """
    if forgotten is None:
        return {}
    counts = forgotten.where(F.col("kind") != CONTAINER).groupBy("source", "path").count().collect()
    return {(row["source"], row["path"]): row["count"] for row in counts}
