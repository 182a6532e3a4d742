"""Edges -> clusters, the connected components; a batch's edges let earlier clusters grow and merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps.graphs import MEMORY_EDGES, component_labels
from tamis.dedup.steps.transfer import settled, small
from tamis.dedup.steps.units import OWNER
from tamis.schemas import CLUSTERS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Grown(NamedTuple):
    """Clusters, and what became of earlier ones.

    Attributes:
        clusters: Those of `clusters`.
        merged: id, other_id (long): an earlier cluster, and the one that it is a part of now; None: there
            were no earlier ones.
    """

    clusters: DataFrame
    merged: DataFrame


def grown_clusters(
    added: DataFrame, signed: DataFrame, known: DataFrame | None, memory_edges: int = MEMORY_EDGES
) -> Grown:
    """Return the connected components of all edges, from earlier components and the added edges.

    An earlier cluster counts as one node, so that only added edges are walked.

    Input columns:
        added: src, dst (long); signed: doc_id (long), ordinal, batch_id, shard (int); known: those of
        `clusters`; all by id where parts of documents are compared (`units`).

    Output columns:
        See `Grown`; cluster_id is the smallest doc_id of the component.

    Rows: one a document that has an edge.
    Shuffles: see `component_labels`; what it found of the touched clusters, on the component.
    """
    if known is None:
        labels = component_labels(added, memory_edges).withColumn("old_size", F.lit(None).cast("bigint"))
    else:
        labels = _grown_labels(added, known, memory_edges)
    # Not by a window, which brings a component into one task: a million copies are one.
    sizes = labels.groupBy("component").agg(F.sum(F.coalesce("old_size", F.lit(1))).alias("new_size"))
    moved = settled(labels.join(sizes, on="component").select(*labels.columns, "new_size"))
    rows = _joined(moved, signed)
    return Grown(
        rows if known is None else _regrown(known, moved).unionByName(rows),
        moved.where("old_size IS NOT NULL AND node != component").select(
            F.col("node").alias("id"), F.col("component").alias("other_id")
        ),
    )


def merges(merged: DataFrame) -> DataFrame:
    """Return merged clusters as `log_changes` takes them.

    Input columns:
        id, other_id (long).

    Output columns:
        kind (string), id, other_id.

    Rows: as ``merged``. Shuffles: none.
    """
    return merged.select(F.lit("merged").alias("kind"), "id", "other_id")


def _grown_labels(added: DataFrame, known: DataFrame, memory_edges: int) -> DataFrame:
    """Return node, component, old_size (null: a document that was in no cluster) of what the edges touch."""
    ends = settled(added.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct())
    belonging = known.join(small(ends), on="doc_id", how="left_semi")
    belongs = settled(belonging.select("doc_id", "cluster_id", F.col("size").alias("old_size")))
    labels = component_labels(_contracted(added, belongs), memory_edges)
    olds = belongs.select(F.col("cluster_id").alias("node"), "old_size").distinct()
    return labels.join(small(olds), on="node", how="left")


def _contracted(added: DataFrame, belongs: DataFrame) -> DataFrame:
    """Return the edges between clusters, and documents that are in none yet."""
    clusters = small(belongs.select("doc_id", "cluster_id"))
    edges = added.select("src", "dst")
    for end in ("src", "dst"):
        named = clusters.withColumnsRenamed({"doc_id": end, "cluster_id": f"{end}_cluster"})
        edges = edges.join(named, on=end, how="left")
    ends = (F.coalesce(f"{end}_cluster", end).alias(end) for end in ("src", "dst"))
    return edges.select(*ends)


def _regrown(known: DataFrame, moved: DataFrame) -> DataFrame:
    """Return the earlier rows under their cluster's new name and size."""
    news = moved.where("old_size IS NOT NULL").select(
        F.col("node").alias("cluster_id"), F.col("component"), "new_size"
    )
    joined = known.join(small(news), on="cluster_id", how="left")
    renamed = {"cluster_id": F.coalesce("component", "cluster_id"), "size": F.coalesce("new_size", "size")}
    return joined.withColumns(renamed).select(*known.columns)


def _joined(moved: DataFrame, signed: DataFrame) -> DataFrame:
    """Return the rows of documents that were in no cluster before."""
    news = moved.where("old_size IS NULL").select(
        F.col("node").alias("doc_id"), F.col("component").alias("cluster_id"), F.col("new_size").alias("size")
    )
    owner = [OWNER] if OWNER in signed.columns else []
    placed = signed.select("doc_id", "ordinal", "batch_id", "shard", *owner)
    return placed.join(small(news), on="doc_id", how="inner").select(*CLUSTERS.names, *owner)
