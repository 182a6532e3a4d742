"""Which holder of a repeated span keeps it, among the documents that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def leaving_spans(duplicate_spans: DataFrame, ranks: DataFrame, unit: str, scope: str) -> DataFrame:
    """Return the spans to cut: each holder but the first, in the keepers' order and then by ordinal.

    The best document keeps its paragraphs: an excerpt is cut against the whole text, never the whole text
    against the excerpt, which an order by doc_id alone would do half the time. The order knows no batches.

    Input columns:
        duplicate_spans: as the table. ranks: doc_id (long), rank (struct, ascending is better), of the
        documents that stay.

    Output columns:
        doc_id (long), spans (array of ordinal int, kept_doc_id long; ascending).

    Rows: one per document that loses a span.
    Shuffles: on doc_id; the spans twice on their key (the first holder of each, and the others to it); on
    doc_id.
    """
    same = ["span_key", "span_check"] + (["shard"] if scope == "shard" else [])
    of_unit = duplicate_spans.where(F.col("unit") == unit).select(*same, "doc_id", "ordinal")
    holders = of_unit.join(ranks.select("doc_id", "rank"), on="doc_id", how="inner")
    place = F.struct("rank", "ordinal", "doc_id")
    firsts = holders.groupBy(*same).agg(F.min(place).alias("first"))
    kept = firsts.select(
        *same, F.col("first.doc_id").alias("kept_doc_id"), F.col("first.ordinal").alias("kept_ordinal")
    )
    is_first = (F.col("doc_id") == F.col("kept_doc_id")) & (F.col("ordinal") == F.col("kept_ordinal"))
    leaving = holders.join(kept, on=same, how="inner").where(~is_first)
    spans = F.sort_array(F.collect_list(F.struct("ordinal", "kept_doc_id")))
    return leaving.groupBy("doc_id").agg(spans.alias("spans"))
