"""A new batch meets the index: what of the earlier batches it touches, found where it lies.

The new batch's keys are broadcast to the stored ones (`met`), so nothing of the earlier batches is shuffled
but the few rows that are met. What then follows, buckets, verdicts and edges, is that of a first run over
these rows, and the edges of earlier batches are carried over.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from tamis.dedup.steps import candidates, verify
from tamis.dedup.steps.signatures import RANGE_BITS
from tamis.dedup.steps.transfer import settled, small

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column, SparkSession

    from tamis.dedup.lsh import BandPlan

    Keep = Callable[[DataFrame], DataFrame]

MET_KEYS = 4_000_000  # broadcast at a time: some 300 MB of a driver's and an executor's memory
PART_KEYS = 2_000_000  # 38 MB packed, and twice that while they are sorted


class Earlier(NamedTuple):
    """What earlier batches left.

    Attributes:
        batch_id: Of the first batch that is new.
        edges: Those of `edges`, of the batches before it.
        keys: Those of `band_keys`, of all batches.
    """

    batch_id: int
    edges: DataFrame
    keys: DataFrame


class Touched(NamedTuple):
    """The part of the index that a batch touches.

    Attributes:
        keys: part, keys: The batch's keys and the stored ones equal to one of them, of representatives only,
            packed (`candidates.signature_keys`).
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
    new = signed if earlier is None else signed.where(_is_new(earlier))
    parts = key_parts(signed.sparkSession, new.count() * plan.bands)
    if earlier is None:
        members = settled(candidates.equal_groups(signed))
        return Touched(candidates.signature_keys(_without(new, members), plan, parts), members)
    members = settled(candidates.equal_groups(_same_sets(signed, earlier, keep)))
    is_stored = ~_is_new(earlier)
    fresh = keep(earlier.keys.where(_is_new(earlier)).select("key_range", "band", "band_key"))
    reached = keep(_met_keys(earlier.keys.where(is_stored), fresh).select("band", "band_key", "doc_id"))
    gone = members.select("doc_id").union(_known_members(reached, earlier))
    old = candidates.stored_keys(_without(reached, gone), parts)
    return Touched(candidates.signature_keys(_without(new, members), plan, parts).union(old), members)


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

    Rows: at most as many. Shuffles: none while ``wanted`` has at most `MET_KEYS` rows; else both sides.
    """
    found = stored.join(small(wanted.select(*on), MET_KEYS), on=list(on), how="left_semi")
    return found.select(*stored.columns)


def _met_keys(stored: DataFrame, new: DataFrame) -> DataFrame:
    """A large batch meets the ranges of the index in turns, so that each turn's keys can be broadcast."""
    on = ["band", "band_key"]
    turns = min(1 << RANGE_BITS, max(1, -(-new.count() // MET_KEYS)))
    if turns == 1:
        return met(stored, new, on)
    parts = [met(_turn(stored, turn, turns), _turn(new, turn, turns), on) for turn in range(turns)]
    return functools.reduce(DataFrame.union, parts)


def _turn(keys: DataFrame, turn: int, turns: int) -> DataFrame:
    return keys.where(F.pmod(F.col("key_range"), F.lit(turns)) == turn)


def _same_sets(signed: DataFrame, earlier: Earlier, keep: Keep) -> DataFrame:
    """Return the signatures of new documents and of earlier ones with an equal shingle set."""
    columns = ["doc_id", "shingle_set", "shingle_count", "signature"]
    new = keep(signed.where(_is_new(earlier)).select(*columns))
    stored = signed.where(~_is_new(earlier)).select(*columns)
    return new.union(met(stored, new, ["shingle_set", "shingle_count"]))


def _known_members(reached: DataFrame, earlier: Earlier) -> DataFrame:
    """Return the documents met that stand behind a representative since an earlier batch."""
    ids = settled(reached.select("doc_id").distinct())
    equal = earlier.edges.where(verify.is_equal_edge()).select(F.col("src").alias("doc_id"))
    return met(equal, ids, ["doc_id"])


def _is_new(earlier: Earlier) -> Column:
    return F.col("batch_id") >= earlier.batch_id


def _without(rows: DataFrame, members: DataFrame) -> DataFrame:
    return rows.join(small(members.select("doc_id"), MET_KEYS), on="doc_id", how="left_anti")
