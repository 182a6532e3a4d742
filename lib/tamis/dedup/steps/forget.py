"""What is left of duplicate spans, edges and clusters when documents are taken down; from the tables alone.

The rows are those of a first run without these documents: groups of equal shingle sets get a new
representative, spans that one holder is left of are no duplicates any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.steps.clusters import grown_clusters
from tamis.dedup.steps.index import met
from tamis.dedup.steps.met_keys import met_keys
from tamis.dedup.steps.transfer import settled, small
from tamis.dedup.steps.verify import is_equal_edge
from tamis.schemas import CLUSTERS, EDGES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

SPAN = ("unit", "span_key", "span_check", "doc_id", "ordinal")


def spans_to_delete(spans: DataFrame, gone: DataFrame, scope: str) -> DataFrame:
    """Return the rows of `duplicate_spans` that go: those of the documents, and holders left alone.

    Input columns:
        spans: those of `duplicate_spans`; gone: doc_id (long), distinct.

    Output columns:
        `SPAN`.

    Rows: one a row to delete.
    Shuffles: the spans that a forgotten document holds, on their key; none of the others while they are few.
    """
    same = ["unit", "span_key", "span_check"] + (["shard"] if scope == "shard" else [])
    own = settled(met(spans, gone, ["doc_id"]).select(*same, "doc_id", "ordinal"))
    touched = met(spans, own.select(*same).distinct(), same).select(*same, "doc_id", "ordinal")
    others = settled(touched.join(small(gone), on="doc_id", how="left_anti"))
    alone = others.groupBy(*same).count().where("count = 1").select(*same)
    return own.select(*SPAN).union(others.join(alone, on=same, how="left_semi").select(*SPAN))


def has_large_bucket(signed: DataFrame, edges: DataFrame, gone: DataFrame) -> bool:
    """Tell whether a document to forget stands in a bucket over the limit, whose pairs depend on its members.

    Input columns:
        signed: doc_id (long), band_keys (binary) of `signatures`; edges: those of `edges`, both before the
        documents are deleted; gone: doc_id (long), distinct.

    Shuffles: the keys of the documents; their buckets, on (band, band_key).
    """
    bucket = ["band", "band_key"]
    members = _members(edges).select("doc_id")
    standing = settled(gone.join(members, on="doc_id", how="left_anti"))
    reached = settled(met_keys(signed, met(signed, standing, ["doc_id"])))
    own = met(reached, standing, ["doc_id"]).select(*bucket).distinct()
    rows = met(reached, own, bucket).join(members, on="doc_id", how="left_anti")
    return not rows.groupBy(*bucket).count().where(F.col("count") > BUCKET_LIMIT).isEmpty()


def edges_left(edges: DataFrame, gone: DataFrame, layout: DataFrame) -> DataFrame:
    """Return the edges without some documents; a group's next member takes its representative's place.

    Members of a group have equal signatures and shingle sets, so what was found of one holds for the other,
    as long as no bucket of the documents is over the limit (`has_large_bucket`).

    Input columns:
        edges: those of `edges`; gone: doc_id (long), distinct; layout: doc_id (long), batch_id, shard (int).

    Output columns:
        Those of `edges`.

    Rows: one an edge that is left. Shuffles: none while the documents are few.
    """
    marks = settled(_heirs(edges, gone))
    marked = edges
    for end in ("src", "dst"):
        of_end = marks.select(F.col("doc_id").alias(end), F.col("heir").alias(f"{end}_heir"),
                              F.lit(1).alias(f"{end}_gone"))  # fmt: skip
        marked = marked.join(small(of_end), on=end, how="left")
    is_touched = F.col("src_gone").isNotNull() | F.col("dst_gone").isNotNull()
    moved = marked.where(is_touched).withColumns({"one": _now("src"), "other": _now("dst")})
    # An edge to a document without an heir goes, and the heir's own edge to the one it follows.
    moved = moved.where("one != other").withColumns(
        {"src": F.greatest("one", "other"), "dst": F.least("one", "other")}
    )
    placed = _placed(settled(moved.select(*EDGES.names)), layout)
    return marked.where(~is_touched).select(*EDGES.names).unionByName(placed)


def clusters_left(clusters: DataFrame, edges: DataFrame, gone: DataFrame, layout: DataFrame) -> DataFrame:
    """Return the clusters without some documents; only those that lose one are walked anew.

    Input columns:
        clusters: those of `clusters`; edges: those that are left; gone: doc_id (long), distinct; layout:
        doc_id (long), ordinal, batch_id, shard (int).

    Output columns:
        Those of `clusters`.

    Rows: one a document that has an edge. Shuffles: see `grown_clusters`.
    """
    hit = settled(met(clusters, gone, ["doc_id"]).select("cluster_id").distinct())
    members = settled(met(clusters, hit, ["cluster_id"]).select(F.col("doc_id").alias("src")))
    again = grown_clusters(met(edges, members, ["src"]), layout, None).clusters
    others = clusters.join(small(hit), on="cluster_id", how="left_anti")
    return others.select(*CLUSTERS.names).unionByName(again)


def _members(edges: DataFrame) -> DataFrame:
    """Return doc_id, representative of the members of groups of equal sets but their first."""
    equal = edges.where(is_equal_edge())
    return equal.select(F.col("src").alias("doc_id"), F.col("dst").alias("representative"))


def _heirs(edges: DataFrame, gone: DataFrame) -> DataFrame:
    """Return doc_id, heir of the forgotten: who represents their group now; null where nobody does."""
    left = _members(edges).join(small(gone), on="doc_id", how="left_anti")
    heirs = left.groupBy(F.col("representative").alias("doc_id")).agg(F.min("doc_id").alias("heir"))
    return gone.join(heirs, on="doc_id", how="left")


def _now(end: str) -> Column:
    return F.when(F.col(f"{end}_gone").isNull(), F.col(end)).otherwise(F.col(f"{end}_heir"))


def _placed(edges: DataFrame, layout: DataFrame) -> DataFrame:
    """Return the edges with the batch and shard of their ends, as verification gives them."""
    ends = edges.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct()
    known = settled(met(layout.select("doc_id", "batch_id", "shard"), settled(ends), ["doc_id"]))
    src, dst = (
        known.select(*(F.col(name).alias(f"{end}_{name}") for name in known.columns))
        for end in ("src", "dst")
    )
    joined = (
        edges.drop("batch_id", "shard")
        .join(src, on=F.col("src") == F.col("src_doc_id"))
        .join(dst, on=F.col("dst") == F.col("dst_doc_id"))
    )
    later = F.greatest("src_batch_id", "dst_batch_id")
    batch = F.when(is_equal_edge(), F.col("src_batch_id")).otherwise(later)
    return joined.withColumns({"batch_id": batch, "shard": F.col("src_shard")}).select(*EDGES.names)
