"""The stage ``assemble``: evidence -> `removals`, `cuts`, `corpus`, in the fixed order of decisions.

Whatever a stage failed on or was taken down is not here any more. Then each decision is made among what the
earlier ones left: empty texts, the filter's rules, repeated records, exact duplicates, near-duplicates,
repeated spans, and the length bound on what cuts leave. Text is read twice: that of documents with repeated
spans to find the cuts, that of kept documents to write them.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions as F

from tamis.assemble.conservation import check_sums
from tamis.assemble.steps.audit import audited_sums, ledger
from tamis.assemble.steps.decide import (
    empty_removals,
    exact_evidence,
    filter_removals,
    follow_keepers,
    near_evidence,
    record_removals,
    short_removals,
    without,
)
from tamis.assemble.steps.ranks import document_ranks
from tamis.assemble.steps.spans import leaving_spans
from tamis.assemble.steps.texts import MEASURED, Files, corpus_rows, document_files, span_measures
from tamis.schemas import CUTS, REMOVALS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext

SPAN_UNIT = "paragraph"


def run_assemble(ctx: StageContext) -> None:
    """Decide who stays, write `removals`, `cuts` and `corpus`, and check that nothing is unaccounted for.

    Raises:
        StageFailedError: the sums over what was written do not add up.
    """
    with ExitStack() as stack:
        files = document_files(ctx.read("documents"))
        standing = _held(standing_documents(ctx), stack)
        removals, survivors = document_removals(ctx, standing, stack)
        measured = _held(_measured(ctx, survivors, files), stack)
        short = short_removals(measured, ctx.recipe.assemble.min_chars)
        places = standing.select("doc_id", "batch_id", "shard")
        ctx.write_all("removals", _placed(removals.unionByName(short), places).select(*REMOVALS.names))
        removed = ctx.read("removals")
        ctx.write_all("cuts", _placed(cut_rows(measured, removed), places).select(*CUTS.names))
        ctx.write_all("corpus", corpus_rows(without(standing, removed), ctx.read("cuts"), files))
    check_conserved(ctx)


def standing_documents(ctx: StageContext) -> DataFrame:
    """Return what is to be decided: documents that no later stage failed on and that were not taken down.

    Input columns:
        those of ``documents``; doc_id of ``failures`` and ``tombstones``.

    Output columns:
        doc_id (long), batch_id, shard (int), duplicate_of (long), record_sha256 (string), length_chars (int).

    Rows: at most one a document. Shuffles: on doc_id.
    """
    columns = ("doc_id", "batch_id", "shard", "duplicate_of", "record_sha256", "length_chars")
    standing = ctx.read("documents").select(*columns)
    for table in ("failures", "tombstones"):
        if ctx.exists(table):
            standing = without(standing, ctx.read(table).where(F.col("doc_id").isNotNull()))
    return standing


def document_removals(
    ctx: StageContext, standing: DataFrame, stack: ExitStack
) -> tuple[DataFrame, DataFrame]:
    """Return the whole documents that leave, with their reasons, and the ranks of those that stay.

    Input columns:
        those of `standing_documents`.

    Output columns:
        a removal's (see `decide`), with keepers that stay; and doc_id (long), rank (struct).

    Rows: one per removed document; one per survivor. Shuffles: those of the single decisions.
    """
    empty = empty_removals(standing)
    left = without(standing, empty)
    filtered = empty.limit(0)
    if ctx.exists("decisions"):
        filtered = filter_removals(ctx.read("decisions")).join(
            left.select("doc_id"), on="doc_id", how="left_semi"
        )
        left = without(left, filtered)
    records = _held(record_removals(left), stack)
    ranks = _held(document_ranks(ctx, without(left, records)), stack)
    exact = _held(_exact(ctx, ranks, empty), stack)
    ranks = without(ranks, exact)
    near = _held(_near(ctx, ranks, empty), stack)
    exact = follow_keepers(exact, near)
    records = follow_keepers(records, exact.unionByName(near))
    removals = empty.unionByName(filtered).unionByName(records).unionByName(exact).unionByName(near)
    return removals, without(ranks, near)


def cut_rows(measured: DataFrame, removed: DataFrame) -> DataFrame:
    """Return the cuts of documents that stay.

    Input columns:
        those of `span_measures`; ``removed``: doc_id.

    Output columns:
        doc_id (long), start_char, end_char (int), reason (string), kept_doc_id (long).

    Rows: one a cut. Shuffles: on doc_id.
    """
    columns = ("doc_id", "start_char", "end_char", F.lit("exact_duplicate").alias("reason"), "kept_doc_id")
    return without(measured, removed).select(*columns)


def check_conserved(ctx: StageContext) -> None:
    """Compare what was written with what came in, and keep the totals for the report.

    Raises:
        StageFailedError: a document or a character is unaccounted for, or a keeper is missing.
    """
    names = ("documents", "corpus", "removals", "cuts", "failures", "tombstones")
    tables = {name: ctx.read(name) for name in names if ctx.exists(name)}
    with ExitStack() as stack:
        sums, totals = audited_sums(_held(ledger(tables), stack))
    check_sums(sums)
    ctx.facts.update({name: str(total) for name, total in totals.items()})
    reasons = tables["removals"].groupBy("reason").count().orderBy(F.desc("count"), "reason").collect()
    ctx.facts["removed_by_reason"] = json.dumps({row["reason"]: row["count"] for row in reasons})


def _exact(ctx: StageContext, ranks: DataFrame, none: DataFrame) -> DataFrame:
    from tamis.dedup.steps.keepers import exact_removals

    settings = ctx.recipe.exact_dedup
    if settings is None or "document" not in settings.units:
        return none.limit(0)
    spans = ctx.read("duplicate_spans")
    return exact_evidence(exact_removals(spans, ranks, settings.scope), spans)


def _near(ctx: StageContext, ranks: DataFrame, none: DataFrame) -> DataFrame:
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.keepers import near_removals

    settings = ctx.recipe.near_dedup
    if settings is None:
        return none.limit(0)
    edges = ctx.read("edges")
    params = MinHashParams(num_hashes=settings.num_hashes, ngram=settings.ngram)
    removed = near_removals(
        edges, ranks, mode=settings.clusters, documents=ctx.read("documents"), params=params,
        threshold=settings.threshold,
    )  # fmt: skip
    return near_evidence(removed, edges)


def _measured(ctx: StageContext, survivors: DataFrame, files: Files) -> DataFrame:
    settings = ctx.recipe.exact_dedup
    if settings is None or SPAN_UNIT not in settings.units:
        return ctx.spark.createDataFrame([], MEASURED)
    leaving = leaving_spans(ctx.read("duplicate_spans"), survivors, SPAN_UNIT, settings.scope)
    return span_measures(leaving, files, SPAN_UNIT)


def _placed(rows: DataFrame, places: DataFrame) -> DataFrame:
    return rows.join(places, on="doc_id", how="inner")


def _held(rows: DataFrame, stack: ExitStack) -> DataFrame:
    """Keep narrow rows on the executors' disks while several tables are made from them."""
    held = rows.persist(StorageLevel.DISK_ONLY)
    stack.callback(held.unpersist)
    return held
