"""Evidence by doc_id -> what the caller gets under its own ids: rows that stay, and who left for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps.graphs import component_labels
from tamis.dedup.steps.ids import quoted
from tamis.dedup.steps.transfer import settled

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


class Deduplicated(NamedTuple):
    """What stays, what leaves and why.

    Attributes:
        kept: The input's rows that stay, with its columns.
        removals: id, kept_id (of the input's type), reason (exact_duplicate, near_duplicate), jaccard (null
            for exact ones).
        clusters: id, cluster_id (its smallest id), is_keeper; clusters of two or more.
        edges: src, dst (ids), jaccard, containment, bands_shared, verified_by; none for exact ones.
        cuts: id, ordinals: the repeated spans of documents that stay; None where only documents leave.

    Where a frame was deduplicated against another, a boolean tells which of the two an id is of:
    kept_in_against in removals, in_against in clusters (of the frame's documents), src_in_against and
    dst_in_against in edges.
    """

    kept: DataFrame
    removals: DataFrame
    clusters: DataFrame
    edges: DataFrame
    cuts: DataFrame | None = None


class Evidence(NamedTuple):
    """What was found, by doc_id; where there are two frames, one under 0 is of the frame that is left."""

    equal: DataFrame
    similar: DataFrame
    edges: DataFrame | None
    cuts: DataFrame | None
    has_against: bool

    def sides(self, **ids: str) -> list[Column]:
        """Return boolean columns, name=id column: is it of the frame that is left? None without such one."""
        return [(F.col(column) < 0).alias(name) for name, column in ids.items()] if self.has_against else []


def outcome(df: DataFrame, id_column: str, ids: DataFrame, found: Evidence) -> Deduplicated:
    """Return what was found under the caller's ids.

    Input columns:
        df: the caller's. ids: doc_id (long), id.

    Args:
        df: As above.
        id_column: Of ``df``.
        ids: As above.
        found: Evidence.
    """
    removed = settled(_removed(found.equal, found.similar))
    named = ids.select("doc_id", "id")
    kept_named = named.select(F.col("doc_id").alias("kept_doc_id"), F.col("id").alias("kept_id"))
    removals = settled(
        removed.join(named, on="doc_id", how="inner")
        .join(kept_named, on="kept_doc_id", how="inner")
        .select("id", "kept_id", "reason", "jaccard", *found.sides(kept_in_against="kept_doc_id"))
    )
    # Broadcast, whatever its size: the other side is the text, which is never shuffled.
    leaving = F.broadcast(removals.select(F.col("id").alias(id_column)))
    return Deduplicated(
        kept=df.join(leaving, on=id_column, how="left_anti").select(*map(quoted, df.columns)),
        removals=removals,
        clusters=settled(_clusters(named, removed, found)),
        edges=_named_edges(named, found),
        cuts=_named_cuts(named, found.cuts),
    )


def _named_edges(named: DataFrame, found: Evidence) -> DataFrame:
    measures = ("jaccard", "containment", "bands_shared", "verified_by")
    if found.edges is None:
        ids = named.select(F.col("id").alias("src"), F.col("id").alias("dst")).limit(0)
        types = zip(measures, ("double", "double", "int", "string"), strict=True)
        return ids.select("*", *(F.lit(None).cast(kind).alias(name) for name, kind in types))
    src, dst = (
        named.select(F.col("doc_id").alias(end), F.col("id").alias(f"{end}_id")) for end in ("src", "dst")
    )
    joined = found.edges.join(src, on="src", how="inner").join(dst, on="dst", how="inner")
    sides = found.sides(src_in_against="src", dst_in_against="dst")
    return settled(
        joined.select(F.col("src_id").alias("src"), F.col("dst_id").alias("dst"), *measures, *sides)
    )


def _removed(equal: DataFrame, similar: DataFrame) -> DataFrame:
    """Point exact removals at the document that stays in the end: their keeper may be a near-duplicate's."""
    later = similar.select(F.col("doc_id").alias("kept_doc_id"), F.col("kept_doc_id").alias("last"))
    exact = equal.join(later, on="kept_doc_id", how="left").select(
        "doc_id",
        F.coalesce("last", "kept_doc_id").alias("kept_doc_id"),
        F.lit("exact_duplicate").alias("reason"),
        F.lit(None).cast("double").alias("jaccard"),
    )
    return exact.unionByName(similar.select("*", F.lit("near_duplicate").alias("reason")))


def _named_cuts(named: DataFrame, cuts: DataFrame | None) -> DataFrame | None:
    if cuts is None:
        return None
    partly = cuts.where("NOT is_whole").select("doc_id", F.col("spans.ordinal").alias("ordinals"))
    return settled(partly.join(named, on="doc_id", how="inner").select("id", "ordinals"))


def _clusters(named: DataFrame, removed: DataFrame, found: Evidence) -> DataFrame:
    links = found.equal.select(F.col("doc_id").alias("src"), F.col("kept_doc_id").alias("dst"))
    if found.edges is not None:
        links = links.union(found.edges.select("src", "dst"))
    labels = component_labels(links).withColumnRenamed("node", "doc_id").join(named, on="doc_id", how="inner")
    own = labels.where("doc_id >= 0") if found.has_against else labels
    first = own.groupBy("component").agg(F.min("id").alias("cluster_id"))
    leaving = removed.select("doc_id", F.lit("left").alias("fate"))
    return (
        labels.join(first, on="component", how="inner")
        .join(leaving, on="doc_id", how="left")
        .select(
            "id", "cluster_id", F.col("fate").isNull().alias("is_keeper"), *found.sides(in_against="doc_id")
        )
    )
