"""Who leaves for whom, among the documents that survived until here (DESIGN 5.6, 5.7).

``direct``: a document leaves only on a verified edge to one that stays: the greedy maximal independent set of
the keeper's order. ``connected``: one keeper a connected component. Documents with equal shingle sets count
as one node of the graph, since `edges` holds the similarities of one of them only: each has the edges of
all, whether or not that one survived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.steps.graphs import MEMORY_EDGES, component_labels, undominated
from tamis.dedup.steps.hubs import HUB_DEGREE, hub_edges
from tamis.dedup.steps.ranks import rank_column
from tamis.dedup.steps.similarity import exact_similarities
from tamis.dedup.steps.transfer import collected, distributed, settled, small
from tamis.dedup.steps.verify import is_equal_edge

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.texts import Texts

__all__ = ["exact_removals", "near_removals", "rank_column"]


def exact_removals(duplicate_spans: DataFrame, ranks: DataFrame, scope: str) -> DataFrame:
    """Return the survivors that are exact copies of a better one.

    Input columns:
        duplicate_spans: Those of `duplicate_spans`; only the unit document counts.
        ranks: doc_id (long), rank (see `rank_column`) of the survivors.

    Output columns:
        doc_id (long): A document that leaves.
        kept_doc_id (long): The best-ranked survivor with its key (scope ``shard``: in its shard).

    Rows: one a document that leaves.
    Shuffles: holders of document keys on doc_id, then twice on the key.
    """
    same = ["span_key", "span_check"] + (["shard"] if scope == "shard" else [])
    holders = (
        duplicate_spans.where("unit = 'document'")
        .select("doc_id", *same)
        .join(ranks.select("doc_id", "rank"), on="doc_id", how="inner")
    )
    best = holders.groupBy(*same).agg(F.min(F.struct("rank", "doc_id")).alias("best"))
    joined = holders.join(best, on=same, how="inner").where("doc_id != best.doc_id")
    return joined.select("doc_id", F.col("best.doc_id").alias("kept_doc_id"))


def near_removals(
    edges: DataFrame,
    ranks: DataFrame,
    *,
    mode: str,
    documents: DataFrame | Texts,
    params: MinHashParams,
    threshold: float,
    memory_edges: int = MEMORY_EDGES,
) -> DataFrame:
    """Return the survivors that leave for a near-duplicate that stays.

    Input columns:
        edges: Those of `edges`.
        ranks: doc_id (long), rank (see `rank_column`) of the survivors.
        documents: doc_id (long), text (string); read only where a similarity is missing.

    Output columns:
        doc_id (long): A document that leaves.
        kept_doc_id (long): direct: of its better neighbours that stay the most similar, then the best, chosen
            for the best of a group of equal sets, with which the others leave; connected: the best-ranked
            survivor of its component.
        jaccard (double): Of the two: the edge's, or computed exactly where there is no edge.

    Rows: one a document that leaves.
    Shuffles: edges and ranks on doc_id; rounds on the edges while there are more than ``memory_edges``;
        shingle sets of the pairs whose similarity is missing.

    Raises:
        StageFailedError: the rounds did not converge.
    """
    options = _Options(mode, documents, params.ngram, threshold, memory_edges)
    if edges.count() <= memory_edges:
        return _in_memory(edges, ranks, options)
    return _in_rounds(edges, ranks, options)


@dataclass(frozen=True)
class _Options:
    mode: str
    documents: DataFrame | Texts
    ngram: int
    threshold: float
    memory_edges: int


def _in_memory(edges: DataFrame, ranks: DataFrame, options: _Options) -> DataFrame:
    """Five small jobs where the rounds take some hundred: what a corpus of a thousand documents waits for."""
    from tamis.dedup.leaving import leavers, links_between, quotient

    types = {"src": "BIGINT", "dst": "BIGINT", "jaccard": "DOUBLE", "equal": "INT"}
    found = collected(edges.withColumn("equal", is_equal_edge().cast("int")), types)
    equal = found["equal"] == 1
    ends = np.unique(np.concatenate([found["src"], found["dst"]]))
    linked = small(distributed(edges.sparkSession, {"doc_id": ends}, {"doc_id": "BIGINT"}))
    surviving = ranks.join(linked, on="doc_id", how="left_semi").orderBy("rank")
    ordered = collected(surviving, {"doc_id": "BIGINT"})["doc_id"]
    graph = quotient(ordered, found["src"][equal], found["dst"][equal])
    links: tuple[NDArray[Any], ...] = links_between(
        graph.nodes, *(found[name][~equal] for name in ("src", "dst", "jaccard"))
    )
    if _has_hub(found["src"][~equal], found["dst"][~equal]):
        links = _with_hub_links(edges, ranks, links, options)
    left = leavers(graph, *links, mode=options.mode)
    columns = {"doc_id": left.doc_id, "kept_doc_id": left.kept_doc_id, "jaccard": left.jaccard}
    rows = distributed(
        edges.sparkSession, columns, dict(zip(columns, ("BIGINT", "BIGINT", "DOUBLE"), strict=True))
    )
    return _with_missing(rows, options) if np.isnan(left.jaccard).any() else rows


def _has_hub(src: NDArray[np.int64], dst: NDArray[np.int64]) -> bool:
    _, degrees = np.unique(np.concatenate([src, dst]), return_counts=True)
    return bool((degrees >= HUB_DEGREE).any())


def _with_hub_links(
    edges: DataFrame, ranks: DataFrame, links: tuple[NDArray[Any], ...], options: _Options
) -> tuple[NDArray[Any], ...]:
    """Return the links and those among hubs' neighbours that they lack."""
    nodes = settled(_nodes(_members(edges, ranks)))
    more = hub_edges(
        _similar(edges), nodes, options.documents, ngram=options.ngram, threshold=options.threshold
    )
    more = more.join(_similar(edges), on=["src", "dst"], how="left_anti")
    found = collected(more, {"src": "BIGINT", "dst": "BIGINT", "jaccard": "DOUBLE"})
    return tuple(np.concatenate(pair) for pair in zip(links, found.values(), strict=True))


def _with_missing(rows: DataFrame, options: _Options) -> DataFrame:
    """Compute the similarities that no edge tells: ``connected`` may keep a document without an edge."""
    is_missing = F.isnan("jaccard")
    pairs = rows.where(is_missing).select(F.col("doc_id").alias("src"), F.col("kept_doc_id").alias("dst"))
    computed = exact_similarities(pairs, options.documents, options.ngram).select(
        F.col("src").alias("doc_id"), F.col("dst").alias("kept_doc_id"), F.col("jaccard").alias("computed")
    )
    filled = rows.join(computed, on=["doc_id", "kept_doc_id"], how="left")
    jaccard = F.when(is_missing, F.col("computed")).otherwise(F.col("jaccard"))
    return filled.select("doc_id", "kept_doc_id", jaccard.alias("jaccard"))


def _in_rounds(edges: DataFrame, ranks: DataFrame, options: _Options) -> DataFrame:
    members = settled(_members(edges, ranks))
    nodes = settled(_nodes(members))
    similar = _surviving(_similar(edges), nodes)
    more = hub_edges(
        _similar(edges), nodes, options.documents, ngram=options.ngram, threshold=options.threshold
    )
    links = settled(similar.union(more.join(similar, on=["src", "dst"], how="left_anti")))
    if options.mode == "direct":
        moved = _direct(nodes, links, options.memory_edges)
    else:
        moved = _connected(nodes, links, options.documents, options.ngram, options.memory_edges)
    return _expanded(members, nodes, moved)


def _similar(edges: DataFrame) -> DataFrame:
    return edges.where(~is_equal_edge()).select("src", "dst", "jaccard")


def _members(edges: DataFrame, ranks: DataFrame) -> DataFrame:
    """Survivors that have any edge, with the representative of their group of equal sets."""
    equal = edges.where(is_equal_edge()).select(F.col("src").alias("doc_id"), F.col("dst").alias("node"))
    linked = edges.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct()
    return (
        ranks.select("doc_id", "rank")
        .join(linked, on="doc_id", how="left_semi")
        .join(equal, on="doc_id", how="left")
        .select("doc_id", "rank", F.coalesce("node", "doc_id").alias("node"))
    )


def _nodes(members: DataFrame) -> DataFrame:
    """Each group's best surviving member stands for it."""
    best = members.groupBy("node").agg(F.min(F.struct("rank", "doc_id")).alias("best"))
    return best.select("node", F.col("best.rank").alias("rank"), F.col("best.doc_id").alias("champion"))


def _surviving(pairs: DataFrame, nodes: DataFrame) -> DataFrame:
    src, dst = (nodes.select(F.col("node").alias(side)) for side in ("src", "dst"))
    return pairs.join(src, on="src", how="left_semi").join(dst, on="dst", how="left_semi")


def _both_ways(links: DataFrame) -> DataFrame:
    """Return (node, other, jaccard), each link from both its ends."""
    return links.select(F.col("src").alias("node"), F.col("dst").alias("other"), "jaccard").union(
        links.select(F.col("dst"), F.col("src"), "jaccard")
    )


def _direct(nodes: DataFrame, links: DataFrame, memory_edges: int) -> DataFrame:
    """Return (node, kept_node, jaccard) of the nodes that leave."""
    leaving = settled(undominated(nodes, links, memory_edges)[1])
    own = nodes.select("node", "rank")
    others = nodes.select(F.col("node").alias("other"), F.col("rank").alias("other_rank"))
    choices = (
        _both_ways(links)
        .join(leaving, on="node", how="left_semi")
        .join(leaving.select(F.col("node").alias("other")), on="other", how="left_anti")
        .join(own, on="node", how="inner")
        .join(others, on="other", how="inner")
        .where("other_rank < rank")
    )
    first = F.struct((-F.col("jaccard")).alias("distance"), "other_rank", "other", "jaccard")
    best = choices.groupBy("node").agg(F.min(first).alias("best"))
    return best.select("node", F.col("best.other").alias("kept_node"), F.col("best.jaccard").alias("jaccard"))


def _connected(
    nodes: DataFrame, links: DataFrame, documents: DataFrame | Texts, ngram: int, memory_edges: int
) -> DataFrame:
    """Return (node, kept_node, jaccard) of the nodes that leave."""
    labelled = settled(component_labels(links, memory_edges).join(nodes, on="node", how="inner"))
    best = labelled.groupBy("component").agg(F.min(F.struct("rank", "node", "champion")).alias("best"))
    leaving = (
        labelled.join(best, on="component", how="inner")
        .where("node != best.node")
        .select(
            "node",
            "champion",
            F.col("best.node").alias("kept_node"),
            F.col("best.champion").alias("kept_champion"),
        )
    )
    known = _both_ways(links).withColumnRenamed("other", "kept_node")
    paired = settled(leaving.join(known, on=["node", "kept_node"], how="left"))
    known_pairs = paired.select("node", "kept_node", "jaccard")
    missing = paired.where("jaccard IS NULL").select(
        F.col("champion").alias("src"), F.col("kept_champion").alias("dst")
    )
    if missing.isEmpty():  # spares a pass over the text
        return known_pairs
    computed = exact_similarities(missing, documents, ngram).select(
        F.col("src").alias("champion"),
        F.col("dst").alias("kept_champion"),
        F.col("jaccard").alias("computed"),
    )
    filled = paired.join(computed, on=["champion", "kept_champion"], how="left")
    return filled.select("node", "kept_node", F.coalesce("jaccard", "computed").alias("jaccard"))


def _expanded(members: DataFrame, nodes: DataFrame, moved: DataFrame) -> DataFrame:
    """A group leaves as a whole, or all its survivors but the best leave for that one."""
    champions = nodes.select("node", "champion")
    kept = champions.select(F.col("node").alias("kept_node"), F.col("champion").alias("kept_champion"))
    targets = champions.join(moved.join(kept, on="kept_node", how="inner"), on="node", how="left")
    rows = (
        members.select("doc_id", "node")
        .join(targets, on="node", how="inner")
        .where("kept_champion IS NOT NULL OR doc_id != champion")
    )
    return rows.select(
        "doc_id",
        F.coalesce("kept_champion", "champion").alias("kept_doc_id"),
        F.when(F.col("kept_champion").isNull(), 1.0).otherwise(F.col("jaccard")).alias("jaccard"),
    )
