"""What a run changes about the corpus that an earlier run published."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import functions as F

from tamis.assemble.steps.decide import without
from tamis.dedup.steps.transfer import small

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext


class Published(NamedTuple):
    """Ids (doc_id, long) as the last run left them.

    Attributes:
        corpus: Of the documents in it.
        removed: Of those that had left.
    """

    corpus: DataFrame
    removed: DataFrame


def published(ctx: StageContext) -> Published | None:
    """Return what is committed; None before a first run's commit."""
    if not (ctx.exists("corpus") and ctx.exists("removals")):
        return None
    return Published(ctx.read("corpus").select("doc_id"), ctx.read("removals").select("doc_id"))


def retracted_and_returned(before: Published, removals: DataFrame, corpus: DataFrame) -> DataFrame:
    """Return the documents that were published and left since, and those that had left and are back.

    Input columns:
        removals: doc_id, kept_doc_id (long), as written now; corpus: doc_id, as written now.

    Output columns:
        kind (string): retracted or returned; id (long); other_id (long): for which document it left, or null.

    Rows: one a document. Shuffles: ids of removals; none of the corpus while those that change are few.
    """
    newly = small(without(removals.select("doc_id", "kept_doc_id"), before.removed))
    left = before.corpus.join(newly, on="doc_id", how="inner").select(
        F.lit("retracted").alias("kind"), F.col("doc_id").alias("id"), F.col("kept_doc_id").alias("other_id")
    )
    again = small(without(before.removed, removals))
    back = corpus.select("doc_id").join(again, on="doc_id", how="left_semi")
    nobody = F.lit(None).cast("bigint").alias("other_id")
    return left.unionByName(back.select(F.lit("returned").alias("kind"), F.col("doc_id").alias("id"), nobody))
