"""What lies inside containers: to forget one is to forget all that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.extract.expand import MAX_DEPTH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.lineage import OutputTables


def with_members(tables: OutputTables, ids: DataFrame) -> DataFrame:
    """Return ids, and those of all records and containers inside the ones that are containers.

    Input columns:
        ids: doc_id, each once. Of the output's ``containers``, ``documents`` and ``failures``: doc_id,
        parent_id.

    Output columns:
        doc_id (long).

    Rows: at least as many, each id once. Shuffles: none while the containers among them are few; where none
    is one, only ``containers`` is read.
    """
    from tamis.dedup.steps.index import met
    from tamis.dedup.steps.transfer import settled

    if not tables.exists("containers"):
        return ids
    containers = tables.read("containers").select("doc_id", "parent_id")
    opened = met(containers, ids, ["doc_id"]).select("doc_id")
    for _ in range(MAX_DEPTH):
        opened = settled(opened.unionByName(_inside(containers, opened)).distinct())
    if opened.isEmpty():
        return ids
    found = [_inside(tables.read(name), opened) for name in ("documents", "failures")]
    return settled(ids.unionByName(opened).unionByName(found[0]).unionByName(found[1]).distinct())


def _inside(rows: DataFrame, containers: DataFrame) -> DataFrame:
    """Return the doc_id of the rows whose parent is one of the containers."""
    from tamis.dedup.steps.index import met

    parents = containers.select(F.col("doc_id").alias("parent_id"))
    return met(rows.select("doc_id", "parent_id"), parents, ["parent_id"]).select("doc_id")
