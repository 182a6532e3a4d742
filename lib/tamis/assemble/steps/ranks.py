"""The recipe's keeper order over the survivors, from columns of documents and of signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.steps.ranks import rank_column
from tamis.schemas import DOCUMENTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext


def ranked_documents(ctx: StageContext) -> DataFrame:
    """Return all documents with their place in the keeper's total order.

    Input columns:
        those of ``documents`` but the text; the keeper's columns of ``signals_*``; with the policy
        ``incumbent`` doc_id of the committed ``corpus``, whose documents come first.

    Output columns:
        the same, and rank (struct, ascending is better; no two equal).

    Rows: one a document. Shuffles: on doc_id, once a table that has keeper columns.
    """
    order: list[tuple[str, str]] = [(item.column, item.order) for item in ctx.recipe.keeper]
    rows = ctx.read("documents").drop("text", "metadata")
    for table, columns in signal_columns({column for column, _ in order} - set(DOCUMENTS.names)).items():
        rows = rows.join(ctx.read(table).select("doc_id", *columns), on="doc_id", how="left")
    if ctx.recipe.keeper_policy == "incumbent" and ctx.exists("corpus"):
        published = ctx.read("corpus").select("doc_id", F.lit("0").alias("is_new"))
        rows = rows.join(published, on="doc_id", how="left")  # null comes last
        order = [("is_new", "asc"), *order]
    return rows.withColumn("rank", rank_column(order, dict(rows.dtypes)))


def signal_columns(signals: set[str]) -> dict[str, list[str]]:
    """Return the tables that hold these signals, each with its columns wanted."""
    if not signals:
        return {}
    from tamis.signals.registry import families_of, family_table

    tables = (family_table(family) for family in sorted(families_of(signals)))
    return {table.name: sorted(signals & set(table.names)) for table in tables}
