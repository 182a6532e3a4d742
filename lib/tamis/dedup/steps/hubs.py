"""Edges among the neighbours of a document that has very many.

A large bucket gives stars, not all pairs: its members are known to resemble the centre, not each other. If
the centre leaves, as it does for every better-ranked neighbour, or did not survive the filter, they would
all stay. So the survivors among them are compared exactly, in the keeper's order, with the best of them and
with those that resemble no better one (`stars.ShingleStars`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.stars import ShingleStars
from tamis.dedup.steps import large_buckets
from tamis.dedup.steps.graphs import component_labels
from tamis.dedup.steps.similarity import shingle_sets
from tamis.dedup.steps.transfer import settled, small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

# Half of what a centre has at least: verification refuses some of those that a signature attached.
HUB_DEGREE = BUCKET_LIMIT // 2

_MEMBER = ("hub", "chunk", "rank", "node", "shingles")
HUB_DDL = "hub BIGINT, src BIGINT, dst BIGINT, jaccard DOUBLE, shingles BINARY"


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
    members = best
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
        last = -1
        stars = ShingleStars(threshold=threshold)
        for batch in batches:
            found: list[dict[str, object]] = []
            for hub, chunk, node, shingles in _rows(batch):
                if ((hub, chunk), node) == (place, last):  # a guest that is a neighbour too
                    continue
                if (hub, chunk) != place:
                    stars = ShingleStars(threshold=threshold)
                place, last = (hub, chunk), node
                partners, is_centre = stars.add(node, shingles)
                found += [_edge(node, other) | {"jaccard": jaccard} for other, jaccard in partners]
                if is_centre:
                    found.append({"hub": hub, "src": node, "shingles": shingles.tobytes()})
            yield _batch(found)

    return scan


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[int, int, int, NDArray[np.uint32]]]:
    columns = (batch.column(name).to_pylist() for name in ("hub", "chunk", "node"))
    for hub, chunk, node, packed in zip(*columns, batch.column("shingles"), strict=True):
        yield hub, chunk, node, np.frombuffer(packed.as_buffer(), "<u4")


def _edge(one: int, other: int) -> dict[str, object]:
    return {"src": max(one, other), "dst": min(one, other)}


def _batch(rows: list[dict[str, object]]) -> pa.RecordBatch:
    import pyarrow as pa

    ids = [(name, pa.int64()) for name in ("hub", "src", "dst")]
    return pa.RecordBatch.from_pylist(
        rows, pa.schema([*ids, ("jaccard", pa.float64()), ("shingles", pa.binary())])
    )
