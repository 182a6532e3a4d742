"""Records whose id was given out before: the same key again, or (0.2 in 2.6 billion) a collision.

The n-th repeat's key gets ``#n``, so each record has a doc_id of its own. Equal bytes make it a removal
(``duplicate_of`` names the first), other bytes the failure ``duplicate_id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tamis.errors import StageFailedError
from tamis.extract.records import CONTAINER, DOCUMENT, FAILURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

PLACE = ["ordinal", "offset", "member"]  # no two records of one input share it
MAX_ROUNDS = 5  # a second is needed only where a real key looks like "k#1"


def resolve_repeats(extracted: Sequence[DataFrame], known: DataFrame | None) -> list[DataFrame]:
    """Return the rows with each record's doc_id its own.

    Input columns:
        those of ``extract.steps.EXTRACTED``, in frames of the same rows; the last, which is looked at for
        repeats, may do without what documents say. ``known``: doc_id, source, key, record_sha256 of
        earlier batches.

    Output columns:
        the same.

    Rows: as many. Shuffles: doc_id of all records; the few repeats are broadcast back.

    Raises:
        StageFailedError: ids still repeat after five rounds.
    """
    frames = list(extracted)
    for _ in range(MAX_ROUNDS):
        repeats = _repeats(frames[-1], known).persist()
        if repeats.isEmpty():
            repeats.unpersist()
            return frames
        frames = [_renamed(frame, repeats) for frame in frames]
    raise StageFailedError(f"extract: doc_ids still repeat after {MAX_ROUNDS} rounds of renaming")


def doc_id_of(source: Column, key: Column) -> Column:
    """Return `document.make_doc_id` as an expression."""
    digest = F.sha2(F.concat(source.cast("binary"), F.lit(b"\x00"), key.cast("binary")), 256)
    return F.conv(F.substring(digest, 1, 16), 16, -10).cast("bigint")


def _repeats(extracted: DataFrame, known: DataFrame | None) -> DataFrame:
    """Return `PLACE`, doc_id, n and first_sha256 of every record that is not the first of its id."""
    records = extracted.where(F.col("doc_id").isNotNull() & (F.col("kind") != CONTAINER)).select(
        *PLACE, "doc_id", "record_sha256", F.lit(0).alias("before")
    )
    ids = records.select("doc_id")
    if known is not None:
        ids = ids.unionByName(known.select("doc_id").join(ids.distinct(), "doc_id", "left_semi"))
    repeated = ids.groupBy("doc_id").count().where("count > 1").select("doc_id")
    rows = records.join(repeated, "doc_id", "left_semi")
    if known is not None:
        rows = rows.unionByName(_earlier(known, repeated))
    order = Window.partitionBy("doc_id").orderBy(*PLACE)
    # An earlier batch's record stands before all others (ordinal -1) and may bring repeats of its own.
    ranked = rows.select(
        "*",
        (F.row_number().over(order) - 1 + F.max("before").over(Window.partitionBy("doc_id"))).alias("n"),
        F.first("record_sha256").over(order).alias("first_sha256"),
    )
    return ranked.where("n > 0 AND ordinal >= 0").drop("record_sha256", "before")


def _earlier(known: DataFrame, repeated: DataFrame) -> DataFrame:
    """Return the earlier batches' first record of each repeated id, with how often it was repeated then."""
    firsts = known.join(repeated, "doc_id", "left_semi").select("doc_id", "source", "key", "record_sha256")
    base = F.regexp_replace("key", r"#\d+$", "")
    repeats = known.where(F.col("key").rlike(r"#\d+$")).groupBy("source", base.alias("key")).count()
    return firsts.join(F.broadcast(repeats), ["source", "key"], "left").select(
        *(F.lit(at).cast("bigint").alias(name) for name, at in zip(PLACE, (-1, 0, 0), strict=True)), "doc_id",
        "record_sha256", F.coalesce("count", F.lit(0)).cast("int").alias("before"),
    )  # fmt: skip


def _renamed(extracted: DataFrame, repeats: DataFrame) -> DataFrame:
    """Return all rows; repeats under their new key, as a removal to be or as a failure."""
    marks = repeats.withColumnRenamed("doc_id", "first_id")
    joined = extracted.join(F.broadcast(marks), PLACE, "left")
    is_repeat = F.col("n").isNotNull() & F.col("kind").isin(DOCUMENT, FAILURE) & F.col("doc_id").isNotNull()
    key = F.concat("key", F.lit("#"), F.col("n"))
    is_equal = F.col("record_sha256") == F.col("first_sha256")
    clashes = is_repeat & (F.col("kind") == DOCUMENT) & (~is_equal | is_equal.isNull())
    message = F.format_string("the id of this record was given before, to other bytes (key %s)", "key")
    changed = {
        "duplicate_of": F.when(is_repeat & is_equal & (F.col("kind") == DOCUMENT), F.col("first_id"))
        .otherwise(F.col("duplicate_of")),
        "kind": F.when(clashes, F.lit(FAILURE)).otherwise(F.col("kind")),
        "stage": F.when(clashes, F.lit("extract")).otherwise(F.col("stage")),
        "code": F.when(clashes, F.lit("duplicate_id")).otherwise(F.col("code")),
        "message": F.when(clashes, F.substring(message, 1, 200)).otherwise(F.col("message")),
        "doc_id": F.when(is_repeat, doc_id_of(F.col("source"), key)).otherwise(F.col("doc_id")),
        "key": F.when(is_repeat, key).otherwise(F.col("key")),
    }  # fmt: skip
    return joined.select(
        *(changed[name].alias(name) if name in changed else name for name in extracted.columns)
    )
