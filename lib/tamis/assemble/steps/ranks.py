"""The recipe's keeper order over the survivors, from columns of documents and of signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.dedup.steps.ranks import rank_column
from tamis.schemas import DOCUMENTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext


def document_ranks(ctx: StageContext, survivors: DataFrame) -> DataFrame:
    """Return the place of each survivor in the keeper's total order.

    Input columns:
        doc_id (long).

    Output columns:
        doc_id (long), rank (struct, ascending is better; no two equal).

    Rows: as ``survivors``. Shuffles: on doc_id, once a table that has keeper columns.
    """
    order = [(item.column, item.order) for item in ctx.recipe.keeper]
    names = {column for column, _ in order}
    own = sorted(names & set(DOCUMENTS.names) - {"doc_id"})
    rows = ctx.read("documents").select("doc_id", *own)
    rows = rows.join(survivors.select("doc_id"), on="doc_id", how="left_semi")
    for table, columns in signal_columns(names - set(DOCUMENTS.names)).items():
        rows = rows.join(ctx.read(table).select("doc_id", *columns), on="doc_id", how="left")
    return rows.select("doc_id", rank_column(order, dict(rows.dtypes)).alias("rank"))


def signal_columns(signals: set[str]) -> dict[str, list[str]]:
    """Return the tables that hold these signals, each with its columns wanted."""
    if not signals:
        return {}
    from tamis.signals.registry import families_of, family_table

    tables = (family_table(family) for family in sorted(families_of(signals)))
    return {table.name: sorted(signals & set(table.names)) for table in tables}
