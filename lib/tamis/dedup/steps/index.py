"""A new batch meets the index: what of the earlier batches it touches, found where it lies.

The new batch's keys are broadcast to the stored ones (`met_keys`), so nothing of the earlier batches is
shuffled but the few rows that are met. What then follows, buckets, verdicts and edges, is that of a first run
over these rows, and the edges of earlier batches are carried over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps import candidates, verify
from tamis.dedup.steps.met_keys import met_keys
from tamis.dedup.steps.transfer import settled, small

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from tamis.dedup.lsh import BandPlan

    Keep = Callable[[DataFrame], DataFrame]

MET_IDS = 4_000_000  # that are broadcast: some 300 MB of a driver's and an executor's memory
PART_KEYS = 2_000_000  # 38 MB packed, and twice that while they are sorted


class Earlier(NamedTuple):
    """What earlier batches left.

    Attributes:
        batch_id: Of the first batch that is new.
        edges: Those of `edges`, of the batches before it.
    """

    batch_id: int
    edges: DataFrame


class Touched(NamedTuple):
    """The part of the index that a batch touches.

    Attributes:
        keys: part, packed: The batch's keys and the stored ones equal to one of them, of representatives
            only (`candidates.signature_keys`).
        members: doc_id, representative: Of the groups of equal shingle sets that have a new document.
    """

    keys: DataFrame
    members: DataFrame


def touched(signed: DataFrame, plan: BandPlan, earlier: Earlier | None, keep: Keep) -> Touched:
    """Return what a batch adds to the buckets and what it meets there.

    Input columns:
        signed: Those of `signatures`, of all batches.

    Output columns:
        See `Touched`.

    Rows: see `candidates.signature_keys`; a member of a group with a new document.
    Shuffles: see `candidates.equal_groups`; stored rows are met by a broadcast.
    """
    if earlier is None:
        parts = key_parts(signed.sparkSession, signed.count() * plan.bands)
        members = settled(candidates.equal_groups(signed, parts))
        return Touched(candidates.signature_keys(_without(signed, members), parts), members)
    new, stored = signed.where(_is_new(earlier)), signed.where(~_is_new(earlier))
    parts = key_parts(signed.sparkSession, new.count() * plan.bands)
    members = settled(candidates.equal_groups(_same_sets(new, stored, keep), parts))
    reached = keep(met_keys(stored, new))
    gone = members.select("doc_id").union(_known_members(reached, earlier))
    old = candidates.stored_keys(_without(reached, gone), parts)
    return Touched(candidates.signature_keys(_without(new, members), parts).union(old), members)


def key_parts(spark: SparkSession, keys: int) -> int:
    """Return into how many parts keys are cut: four a shuffle partition, so that their sizes even out."""
    partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    return max(4 * partitions, -(-keys // PART_KEYS))


def merged_edges(added: DataFrame, members: DataFrame, earlier: Earlier | None) -> DataFrame:
    """Return the edges of the corpus: the added ones, and those of earlier batches that still hold.

    A batch may bring a smaller doc_id to a group of equal sets. Then that one stands for the group, and the
    former representative's edges were found anew for it.

    Input columns:
        added: Those of `edges`; members: those of `Touched`.

    Output columns:
        Those of `edges`.

    Rows: one an edge. Shuffles: none while the members of touched groups are few.
    """
    if earlier is None:
        return added
    gone = small(members.select("doc_id"))
    still = earlier.edges
    for end in ("src", "dst"):
        still = still.join(gone.withColumnRenamed("doc_id", end), on=end, how="left_anti")
    return still.select(*added.columns).unionByName(added)


def met(stored: DataFrame, wanted: DataFrame, on: Sequence[str]) -> DataFrame:
    """Return the stored rows whose key is wanted, read in place while the wanted ones are few.

    Input columns:
        stored: ``on`` and more; wanted: ``on``, repeats allowed.

    Output columns:
        Those of ``stored``.

    Rows: at most as many. Shuffles: none while ``wanted`` has at most `MET_IDS` rows; else both sides.
    """
    found = stored.join(small(wanted.select(*on), MET_IDS), on=list(on), how="left_semi")
    return found.select(*stored.columns)


def _same_sets(new: DataFrame, stored: DataFrame, keep: Keep) -> DataFrame:
    """Return the new documents and the earlier ones with an equal shingle set, for `equal_groups`."""
    columns = ["doc_id", "shingle_set", "shingle_count", "band_keys"]
    fresh = keep(new.select(*columns))
    return fresh.union(met(stored.select(*columns), fresh, ["shingle_set", "shingle_count"]))


def _known_members(reached: DataFrame, earlier: Earlier) -> DataFrame:
    """Return the documents met that stand behind a representative since an earlier batch."""
    ids = settled(reached.select("doc_id").distinct())
    equal = earlier.edges.where(verify.is_equal_edge()).select(F.col("src").alias("doc_id"))
    return met(equal, ids, ["doc_id"])


def _is_new(earlier: Earlier) -> Column:
    return F.col("batch_id") >= earlier.batch_id


def _without(rows: DataFrame, members: DataFrame) -> DataFrame:
    return rows.join(small(members.select("doc_id"), MET_IDS), on="doc_id", how="left_anti")
