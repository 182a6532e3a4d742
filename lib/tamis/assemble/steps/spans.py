"""Which holder of a repeated span keeps it, among the documents that stay.

Equal spans are decided first, then similar ones among those that are left, as with whole documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.dedup.steps.units import OWNER, edges_with_unit_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    Removals = Callable[[DataFrame, DataFrame], DataFrame]

LEAVING = ("doc_id", "ordinal", "kept_doc_id", "kept_ordinal", "jaccard")
LEAVING_DDL = "doc_id BIGINT, ordinal INT, kept_doc_id BIGINT, kept_ordinal INT, jaccard DOUBLE"


def leaving_spans(duplicate_spans: DataFrame, ranks: DataFrame, unit: str, scope: str) -> DataFrame:
    """Return the spans to cut: each holder but the first, in the keepers' order and then by ordinal.

    The best document keeps its paragraphs: an excerpt is cut against the whole text, never the whole text
    against the excerpt, which an order by doc_id alone would do half the time. The order knows no batches.

    Input columns:
        duplicate_spans: as the table. ranks: doc_id (long), rank (struct, ascending is better), of the
        documents that stay.

    Output columns:
        doc_id (long), ordinal (int): A span that leaves.
        kept_doc_id (long), kept_ordinal (int): The one that stays.
        jaccard (double): null.

    Rows: one a span that leaves.
    Shuffles: on doc_id; the spans twice on their key (the first holder of each, and the others to it).
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
    return leaving.withColumn("jaccard", F.lit(None).cast("double")).select(*LEAVING)


def similar_spans(
    edges: DataFrame, ranks: DataFrame, gone: DataFrame, unit: str, removals: Removals
) -> DataFrame:
    """Return the spans to cut for similar ones that stay.

    Input columns:
        edges: as the table. ranks: doc_id (long), rank (struct), of the documents that stay. gone: doc_id
        (long), ordinal (int): spans that left before.

    Output columns:
        Those of `leaving_spans`; jaccard is that of the two spans.

    Rows: one a span that leaves.
    Shuffles: spans with an edge on their document and their id; see `near_removals`.

    Args:
        edges: As above.
        ranks: As above.
        gone: As above.
        unit: paragraph or sentence.
        removals: From edges and ranks, both by id, to doc_id, kept_doc_id, jaccard (`near_removals`).
    """
    by_id = edges_with_unit_ids(edges, unit)
    ends = [
        by_id.select(F.col(end).alias("id"), F.col(f"{end}_{OWNER}").alias("doc_id"),
                     F.col(f"{end}_ordinal").alias("ordinal"))
        for end in ("src", "dst")
    ]  # fmt: skip
    spans = ends[0].union(ends[1]).distinct()
    left = spans.join(gone.select("doc_id", "ordinal"), on=["doc_id", "ordinal"], how="left_anti")
    standing = left.join(ranks.select("doc_id", "rank"), on="doc_id", how="inner")
    ranked = standing.select(F.col("id").alias("doc_id"), F.struct("rank", "ordinal", "doc_id").alias("rank"))
    removed = removals(by_id, ranked).withColumnsRenamed({"doc_id": "id", "kept_doc_id": "kept_id"})
    names = {"id": "kept_id", "doc_id": "kept_doc_id", "ordinal": "kept_ordinal"}
    kept = spans.withColumnsRenamed(names)
    return removed.join(spans, on="id", how="inner").join(kept, on="kept_id", how="inner").select(*LEAVING)


def follow_spans(equal: DataFrame, similar: DataFrame) -> DataFrame:
    """Return all spans that leave; those whose keeper left too point at the one that this one left for.

    Input columns:
        equal, similar: those of `leaving_spans`; a keeper of ``similar`` stays.

    Output columns:
        Those of `leaving_spans`.

    Rows: as the two together. Shuffles: ``equal`` on the keeper.
    """
    names = ("kept_doc_id", "kept_ordinal", "next_id", "next_ordinal")
    moved = similar.select(*(F.col(old).alias(new) for old, new in zip(LEAVING, names, strict=False)))
    joined = equal.join(moved, on=["kept_doc_id", "kept_ordinal"], how="left")
    followed = {
        "kept_doc_id": F.coalesce("next_id", "kept_doc_id"),
        "kept_ordinal": F.coalesce("next_ordinal", "kept_ordinal"),
    }
    return joined.withColumns(followed).select(*LEAVING).unionByName(similar)


def by_document(leaving: DataFrame) -> DataFrame:
    """Return the spans that leave, together for each document.

    Input columns:
        those of `leaving_spans`.

    Output columns:
        doc_id (long), spans (array of ordinal int, kept_doc_id long, jaccard double; ascending).

    Rows: one per document that loses a span. Shuffles: on doc_id.
    """
    spans = F.sort_array(F.collect_list(F.struct("ordinal", "kept_doc_id", "jaccard")))
    return leaving.groupBy("doc_id").agg(spans.alias("spans"))
