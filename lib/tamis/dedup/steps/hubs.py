"""Edges among the neighbours of a document that has very many.

A large bucket gives stars, not all pairs: its members are known to resemble the centre, not each other. If
the centre leaves, as it does for every better-ranked neighbour, or did not survive the filter, they would
all stay. So the survivors among them are compared exactly, in the keeper's order, with the best of them and
with those that resemble no better one (`stars.ShingleStars`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.stars import ShingleStars
from tamis.dedup.steps.similarity import shingle_sets
from tamis.dedup.steps.transfer import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    Batches = Iterator[pa.RecordBatch]

# Half of what a centre has at least: verification refuses some of those that a signature attached.
HUB_DEGREE = BUCKET_LIMIT // 2

HUB_DDL = "src BIGINT, dst BIGINT, jaccard DOUBLE"


def hub_edges(
    pairs: DataFrame, nodes: DataFrame, documents: DataFrame, *, ngram: int, threshold: float
) -> DataFrame:
    """Return verified edges between survivors that have a neighbour of `HUB_DEGREE` or more in common.

    Input columns:
        pairs: src, dst (long), jaccard (double): All edges, also of documents that did not survive.
        nodes: node (long), rank, champion (long): Survivors; a champion's shingles are its node's.
        documents: doc_id (long), text (string).

    Output columns:
        src, dst (long): Two nodes, src > dst.
        jaccard (double): Exact, at least ``threshold``.

    Rows: at most 64 a hub's neighbour.
    Shuffles: pairs on both ends; each neighbour's shingle set once a hub, on the hub.
    """
    both = pairs.select(F.col("src").alias("hub"), F.col("dst").alias("node")).union(
        pairs.select(F.col("dst"), F.col("src"))
    )
    degrees = both.groupBy("hub").agg(F.count("*").alias("degree"))
    hubs = settled(degrees.where(F.col("degree") >= HUB_DEGREE).select("hub"))
    if hubs.isEmpty():  # spares a pass over the text
        return pairs.select("src", "dst", "jaccard").limit(0)
    around = both.join(hubs, on="hub", how="left_semi").union(hubs.select("hub", F.col("hub").alias("node")))
    ranked = around.join(nodes, on="node", how="inner")
    sets = shingle_sets(documents, ranked.select(F.col("champion").alias("doc_id")).distinct(), ngram)
    signed = ranked.join(sets.withColumnRenamed("doc_id", "champion"), on="champion", how="inner")
    by_hub = (
        signed.select("hub", "rank", "node", "shingles")
        .repartition("hub")
        .sortWithinPartitions("hub", "rank")
    )
    found = by_hub.select("hub", "node", "shingles").mapInArrow(_star_scan(threshold), HUB_DDL)
    return found.groupBy("src", "dst").agg(F.max("jaccard").alias("jaccard"))


def _star_scan(threshold: float) -> Callable[[Batches], Batches]:
    def scan(batches: Batches) -> Batches:
        import pyarrow as pa

        hub, stars = None, ShingleStars(threshold=threshold)
        for batch in batches:
            found: list[tuple[int, int, float]] = []
            hubs, nodes = batch.column("hub").to_pylist(), batch.column("node").to_pylist()
            for place, node, packed in zip(hubs, nodes, batch.column("shingles"), strict=True):
                if place != hub:
                    hub, stars = place, ShingleStars(threshold=threshold)
                shingles = np.frombuffer(packed.as_buffer(), "<u4")
                found += [
                    (max(node, at), min(node, at), jaccard) for at, jaccard in stars.add(node, shingles)
                ]
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array([row[0] for row in found], pa.int64()),
                    pa.array([row[1] for row in found], pa.int64()),
                    pa.array([row[2] for row in found], pa.float64()),
                ],
                names=["src", "dst", "jaccard"],
            )

    return scan
