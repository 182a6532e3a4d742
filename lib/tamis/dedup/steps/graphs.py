"""Connected components and greedy independent sets of a graph held as a frame of edges.

On the driver, by the compiled kernels, while the graph is small; else in rounds on the executors. Both give
the same rows: the result of either problem is unique. Rounds that come to no end are an error, not a loop.

Components in rounds: Kiveris et al., "Connected Components in MapReduce and Beyond", SoCC 2014, Algorithm 3
(large-star and small-star, alternating).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.steps.transfer import collected, distributed, settled
from tamis.errors import StageFailedError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# 16 bytes an edge and some 50 for the nodes and the union-find: 0.4 GB of the driver's memory.
MEMORY_EDGES = 5_000_000
# The stars need O(log^2 n) rounds; 10^9 nodes in one path took the paper's authors 15.
MAX_ROUNDS = 60


def component_labels(edges: DataFrame, memory_edges: int = MEMORY_EDGES) -> DataFrame:
    """Return the connected component of every node that has an edge.

    Input columns:
        src, dst (long): Any orientation, repeats allowed.

    Output columns:
        node (long): Each endpoint.
        component (long): The smallest node of its component.

    Rows: one a node.
    Shuffles: none while there are at most ``memory_edges`` edges; else on node, four a round.

    Raises:
        StageFailedError: not converged after `MAX_ROUNDS` rounds.
    """
    pairs = settled(
        edges.where("src != dst")
        .select(F.greatest("src", "dst").alias("src"), F.least("src", "dst").alias("dst"))
        .distinct()
    )
    if pairs.count() <= memory_edges:
        return _labels_in_memory(pairs)
    return _labels_in_rounds(pairs)


def undominated(
    nodes: DataFrame, edges: DataFrame, memory_edges: int = MEMORY_EDGES
) -> tuple[DataFrame, DataFrame]:
    """Return who stays when, best rank first, everyone stays who is not linked to one that stays.

    That is the greedy maximal independent set of the rank order, so it is unique.

    Input columns:
        nodes: node (long), rank (any orderable type; smaller is better, no two are equal).
        edges: src, dst (long), both in ``nodes``, src != dst.

    Output columns:
        Two frames of one column, node (long): those that stay, those that leave.

    Rows: together one a node.
    Shuffles: edges on src and dst for the ranks; then three a round while more than ``memory_edges`` edges
        are undecided.

    Raises:
        StageFailedError: undecided edges are left after `MAX_ROUNDS` rounds.
    """
    gone = _leavers(_arcs(nodes, edges), nodes, memory_edges)
    return nodes.select("node").join(gone, on="node", how="left_anti"), gone


def _labels_in_memory(pairs: DataFrame) -> DataFrame:
    from tamis.dedup.components import connected_components

    arrays = collected(pairs, {"src": "BIGINT", "dst": "BIGINT"})
    node, component = connected_components(arrays["src"], arrays["dst"])
    return distributed(
        pairs.sparkSession,
        {"node": node, "component": component},
        {"node": "BIGINT", "component": "BIGINT"},
    )


def _labels_in_rounds(pairs: DataFrame) -> DataFrame:
    before = _fingerprint(pairs)
    for _ in range(MAX_ROUNDS):
        pairs = settled(_small_star(_large_star(pairs)))
        after = _fingerprint(pairs)
        if after == before:
            centres = pairs.select(F.col("dst").alias("node"), F.col("dst").alias("component")).distinct()
            return pairs.select(F.col("src").alias("node"), F.col("dst").alias("component")).union(centres)
        before = after
    raise StageFailedError(f"components did not converge in {MAX_ROUNDS} rounds; {before[0]} edges left")


def _large_star(pairs: DataFrame) -> DataFrame:
    """Link the larger neighbours of each node to the smallest of its neighbourhood."""
    both = pairs.select(F.col("src").alias("node"), F.col("dst").alias("other")).union(
        pairs.select(F.col("dst").alias("node"), F.col("src").alias("other"))
    )
    smallest = both.groupBy("node").agg(F.least(F.min("other"), F.col("node")).alias("smallest"))
    linked = both.join(smallest, on="node", how="inner").where("other > node")
    return linked.select(F.col("other").alias("src"), F.col("smallest").alias("dst")).distinct()


def _small_star(pairs: DataFrame) -> DataFrame:
    """Link each node and its smaller neighbours to the smallest of these."""
    smallest = pairs.groupBy("src").agg(F.min("dst").alias("smallest"))
    linked = pairs.join(smallest, on="src", how="inner")
    neighbours = linked.where("dst != smallest").select(F.col("dst").alias("src"), "smallest")
    return neighbours.union(linked.select("src", "smallest")).withColumnRenamed("smallest", "dst").distinct()


def _fingerprint(pairs: DataFrame) -> tuple[int, int]:
    """Pairs are distinct, so that an exclusive or of their hashes does not cancel out."""
    row = pairs.agg(F.count("*"), F.coalesce(F.bit_xor(F.xxhash64("src", "dst")), F.lit(0))).first()
    return (0, 0) if row is None else (row[0], row[1])


def _arcs(nodes: DataFrame, edges: DataFrame) -> DataFrame:
    """Edges as (better, worse)."""
    ranked = (
        edges.select("src", "dst")
        .join(
            nodes.select(F.col("node").alias("src"), F.col("rank").alias("src_rank")), on="src", how="inner"
        )
        .join(
            nodes.select(F.col("node").alias("dst"), F.col("rank").alias("dst_rank")), on="dst", how="inner"
        )
    )
    is_src = F.col("src_rank") < F.col("dst_rank")
    return ranked.select(
        F.when(is_src, F.col("src")).otherwise(F.col("dst")).alias("better"),
        F.when(is_src, F.col("dst")).otherwise(F.col("src")).alias("worse"),
    ).distinct()


def _leavers(arcs: DataFrame, nodes: DataFrame, memory_edges: int) -> DataFrame:
    """A node without an undecided better neighbour stays, its neighbours leave; again on what is left."""
    gone = nodes.select("node").limit(0)
    for _ in range(MAX_ROUNDS):
        arcs = settled(arcs)
        left = arcs.count()
        if left <= memory_edges:
            return gone.union(_leavers_in_memory(arcs, nodes)) if left else gone
        staying = arcs.select("better").subtract(arcs.select("worse"))
        leaving = settled(
            arcs.join(staying, on="better", how="left_semi").select(F.col("worse").alias("node")).distinct()
        )
        gone = settled(gone.union(leaving))
        arcs = (
            arcs.join(leaving, on=F.col("better") == F.col("node"), how="left_anti")
            .join(leaving, on=F.col("worse") == F.col("node"), how="left_anti")
            .join(staying, on="better", how="left_anti")
        )
    raise StageFailedError(f"keepers are undecided after {MAX_ROUNDS} rounds; {left} edges left")


def _leavers_in_memory(arcs: DataFrame, nodes: DataFrame) -> DataFrame:
    from tamis.dedup.keeper import STAYS, maximal_independent

    ends = arcs.select(F.explode(F.array("better", "worse")).alias("node")).distinct()
    ranked = nodes.join(ends, on="node", how="left_semi").orderBy("rank")
    ordered = collected(ranked, {"node": "BIGINT"})["node"]
    links = collected(arcs, {"better": "BIGINT", "worse": "BIGINT"})
    jaccard = np.ones(len(links["better"]))  # decides whom a document leaves for, not whether
    stays = maximal_independent(ordered, links["better"], links["worse"], jaccard) == STAYS
    return distributed(arcs.sparkSession, {"node": ordered[~stays]}, {"node": "BIGINT"})
