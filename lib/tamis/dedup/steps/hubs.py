"""Edges among the neighbours of a document that has very many.

A large bucket gives stars, not all pairs: its members are known to resemble the centre, not each other. If
the centre leaves, as it does for every better-ranked neighbour, or did not survive the filter, they would
all stay. So the survivors among them are compared exactly, in the keeper's order, with the best of them and
with those that resemble no better one (`shingle_stars`).
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.packed import packed_values, sliced
from tamis.dedup.shingle_stars import ShingleStars
from tamis.dedup.steps import large_buckets
from tamis.dedup.steps.graphs import component_labels
from tamis.dedup.steps.similarity import shingle_sets
from tamis.dedup.steps.transfer import settled, small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from tamis.dedup.shingle_stars import Linked
    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

# Half of what a centre has at least: verification refuses some of those that a signature attached.
HUB_DEGREE = BUCKET_LIMIT // 2

_MEMBER = ("hub", "chunk", "rank", "node", "shingles")
HUB_DDL = "hub BIGINT, src BIGINT, dst BIGINT, jaccard DOUBLE, shingles BINARY"
_HUB_COLUMNS = ["hub", "src", "dst", "jaccard", "shingles"]


def hub_edges(
    pairs: DataFrame, nodes: DataFrame, documents: DataFrame | Texts, *, ngram: int, threshold: float
) -> DataFrame:
    """Return verified edges between survivors that have a neighbour of `HUB_DEGREE` or more in common.

    Hubs that are neighbours themselves, as the centres of a large bucket's chunks are, first compare the best
    of theirs; those of these that resemble no better one are then among the neighbours of each: else every
    chunk would keep one.

    Input columns:
        pairs: src, dst (long), jaccard (double): All edges, also of documents that did not survive.
        nodes: node (long), rank, champion (long): Survivors; a champion's shingles are its node's.
        documents: doc_id (long), text (string).

    Output columns:
        src, dst (long): Two nodes, src > dst.
        jaccard (double): Exact, at least ``threshold``.

    Rows: at most 64 a hub's neighbour.
    Shuffles: pairs on both ends; each neighbour's shingle set once a hub, on the hub, with at most 64 more.
    """
    both = pairs.select(F.col("src").alias("hub"), F.col("dst").alias("node")).union(
        pairs.select(F.col("dst"), F.col("src"))
    )
    degrees = both.groupBy("hub").agg(F.count("*").alias("degree"))
    hubs = settled(degrees.where(F.col("degree") >= HUB_DEGREE).select("hub"))
    if hubs.isEmpty():  # spares a pass over the text
        return pairs.select("src", "dst", "jaccard").limit(0)
    around = both.join(hubs, on="hub", how="left_semi").union(hubs.select("hub", F.col("hub").alias("node")))
    ranked = settled(around.join(nodes, on="node", how="inner"))
    champions = ranked.select(F.col("champion").alias("doc_id")).distinct()
    # A settled frame has forgotten the hint of `shingle_sets`.
    sets = (
        settled(shingle_sets(documents, champions, ngram))
        .withColumnRenamed("doc_id", "champion")
        .hint("merge")
    )
    groups = _linked_hubs(both, hubs)
    best = _best_of_groups(ranked, groups).join(sets, on="champion")
    between, centres = _group_stars(best, nodes, threshold)
    guests = centres.withColumnRenamed("hub", "group").join(groups, on="group")
    whole = F.lit(0).alias("chunk")  # a hub has a chunk's members in each band: some 10^5
    around_hubs, guests = (
        rows.select("*", whole).select(*_MEMBER) for rows in (ranked.join(sets, on="champion"), guests)
    )
    edges = between.union(_edges(_scanned(around_hubs.union(guests), threshold)))
    return edges.groupBy("src", "dst").agg(F.max("jaccard").alias("jaccard"))


def _group_stars(best: DataFrame, nodes: DataFrame, threshold: float) -> tuple[DataFrame, DataFrame]:
    """Return the edges found among the best of each group, and its centres: hub, node, shingles, rank.

    A group may hold most hubs of a corpus: the best of 94,000 in one task took 216 s, where others took 6. So
    they are dealt to chunks, whose centres are the members of the next round, until they are one chunk.
    """
    members = settled(best)  # counted, then scanned
    rounds: list[DataFrame] = []
    while True:
        sizes = settled(members.groupBy("hub").agg(F.count("*").alias("members")))
        chunk = large_buckets.chunk_of(F.col("node"), F.col("members")).alias("chunk")
        found = settled(_scanned(members.join(small(sizes), on="hub").select("*", chunk), threshold))
        rounds.append(_edges(found))
        centres = found.where("dst IS NULL").select("hub", F.col("src").alias("node"), "shingles")
        members = centres.join(nodes.select("node", "rank"), on="node")
        if sizes.where(F.col("members") > large_buckets.CHUNK_MEMBERS).isEmpty():
            return functools.reduce(DataFrame.union, rounds), members


def _edges(found: DataFrame) -> DataFrame:
    return found.where("dst IS NOT NULL").select("src", "dst", "jaccard")


def _best_of_groups(ranked: DataFrame, groups: DataFrame) -> DataFrame:
    """Return hub (the group), rank, node, champion: the best of each hub's neighbours."""
    best = ranked.groupBy("hub").agg(F.min(F.struct("rank", "node", "champion")).alias("best"))
    named = best.join(groups, on="hub").select(F.col("group").alias("hub"), "best.*")
    return named.distinct()


def _linked_hubs(both: DataFrame, hubs: DataFrame) -> DataFrame:
    """Return hub, group: hubs whose smallest neighbouring hubs, and theirs in turn, lead to the same one."""
    linked = both.join(hubs, on="hub", how="left_semi").join(
        hubs.withColumnRenamed("hub", "node"), on="node", how="left_semi"
    )
    smallest = linked.groupBy("hub").agg(F.min("node").alias("first")).where("first < hub")
    groups = component_labels(
        settled(smallest.select(F.col("hub").alias("src"), F.col("first").alias("dst")))
    )
    return groups.select(F.col("node").alias("hub"), F.col("component").alias("group"))


def _scanned(members: DataFrame, threshold: float) -> DataFrame:
    """Return the edges around each hub, and its centres (dst null): hub, src, shingles."""
    by_hub = members.select(*_MEMBER).repartition("hub", "chunk").sortWithinPartitions("hub", "chunk", "rank")
    return by_hub.select("hub", "chunk", "node", "shingles").mapInArrow(_star_scan(threshold), HUB_DDL)


def _star_scan(threshold: float) -> Callable[[Batches], Batches]:
    def scan(batches: Batches) -> Batches:
        place: tuple[int, int] | None = None
        stars = ShingleStars(threshold=threshold)
        for batch in filter(len, batches):
            hub, chunk, node = (batch.column(name).to_numpy() for name in ("hub", "chunk", "node"))
            values, counts = packed_values(batch.column("shingles"), "<u4")
            starts = np.append(0, np.cumsum(counts))
            found, centres = [], []
            for begin, end in _runs(hub, chunk):
                if place != (hub[begin], chunk[begin]):
                    place, stars = (hub[begin], chunk[begin]), ShingleStars(threshold=threshold)
                # A guest that is a neighbour too comes twice, one after the other.
                found.append(stars.add(node[begin:end], values, starts[begin : end + 1]))
                centres.append(begin + found[-1].centres)
            yield from sliced(_edge_batch(found))
            yield _centre_batch(batch, np.concatenate(centres))

    return scan


def _runs(hub: NDArray[np.int64], chunk: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the rows of each hub's chunk."""
    changes = (hub[1:] != hub[:-1]) | (chunk[1:] != chunk[:-1])
    return itertools.pairwise([0, *(np.flatnonzero(changes) + 1).tolist(), len(hub)])


def _edge_batch(found: Sequence[Linked]) -> pa.RecordBatch:
    import pyarrow as pa

    src, dst, jaccard = (
        np.concatenate([getattr(linked, name) for linked in found]) for name in ("src", "dst", "jaccard")
    )
    columns = [pa.array(np.maximum(src, dst)), pa.array(np.minimum(src, dst)), pa.array(jaccard)]
    nothing = pa.nulls(len(src), pa.int64()), pa.nulls(len(src), pa.large_binary())
    return pa.RecordBatch.from_arrays([nothing[0], *columns, nothing[1]], names=_HUB_COLUMNS)


def _centre_batch(members: pa.RecordBatch, places: NDArray[np.int64]) -> pa.RecordBatch:
    import pyarrow as pa

    hub, node, shingles = members.select(["hub", "node", "shingles"]).take(pa.array(places)).columns
    nothing = pa.nulls(len(places), pa.int64()), pa.nulls(len(places), pa.float64())
    columns = [hub, node, *nothing, shingles.cast(pa.large_binary())]
    return pa.RecordBatch.from_arrays(columns, names=_HUB_COLUMNS)
