"""The stage ``assemble``: evidence -> `removals`, `cuts`, `corpus`, in the fixed order of decisions.

Whatever a stage failed on or was taken down is not here any more. Then each decision is made among what the
earlier ones left: empty texts, the filter's rules, repeated records, exact duplicates, near-duplicates,
repeated spans, and the length bound on what cuts leave. Text is read twice: that of documents with repeated
spans to find the cuts, that of kept documents to write them.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.assemble.conservation import check_sums
from tamis.assemble.steps.audit import audited_sums, ledger
from tamis.assemble.steps.brakes import check_brakes
from tamis.assemble.steps.decide import (
    FIRST_RULE,
    empty_removals,
    exact_evidence,
    filter_removals,
    first_rules,
    follow_keepers,
    near_evidence,
    record_removals,
    short_removals,
    unbroken,
    without,
)
from tamis.assemble.steps.published import published, retracted_and_returned
from tamis.assemble.steps.ranks import ranked_documents
from tamis.assemble.steps.spans import LEAVING_DDL, by_document, follow_spans, leaving_spans, similar_spans
from tamis.assemble.steps.texts import MEASURED, Files, corpus_rows, document_files, span_measures
from tamis.dedup.steps.changes import log_changes
from tamis.dedup.steps.transfer import settled
from tamis.dedup.steps.units import unit_documents
from tamis.dedup.unit_texts import DOCUMENT
from tamis.schemas import CUTS, REMOVALS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.config import NearDedup
    from tamis.pipeline.stage import StageContext

SPAN_UNIT = "paragraph"


def run_assemble(ctx: StageContext) -> None:
    """Decide who stays, write `removals`, `cuts` and `corpus`, and check that nothing is unaccounted for.

    Raises:
        StageFailedError: the brakes are passed, or the sums over what was written do not add up.
    """
    before = published(ctx)
    files = document_files(ctx.read("documents"))
    standing = settled(standing_documents(ctx))
    removals, survivors = document_removals(ctx, standing)
    measured = settled(_measured(ctx, survivors, files))
    cuts = cut_rows(measured)
    check_brakes(ctx, removals, cuts, files)
    short = short_removals(measured, ctx.recipe.assemble.min_chars)
    places = standing.select("doc_id", "batch_id", "shard")
    ctx.write_all("removals", _placed(removals.unionByName(short), places).select(*REMOVALS.names))
    removed = ctx.read("removals")
    ctx.write_all("cuts", _placed(without(cuts, removed), places).select(*CUTS.names))
    ctx.write_all("corpus", corpus_rows(without(standing, removed), ctx.read("cuts"), files))
    if before is not None:
        log_changes(ctx, retracted_and_returned(before, removed, ctx.read("corpus")))
    check_conserved(ctx)


def standing_documents(ctx: StageContext) -> DataFrame:
    """Return what is to be decided, with what decides it: one narrow row a document.

    Documents that a later stage failed on or that were taken down are left out. Joining the rank and the
    first rule broken here, once, spares each later decision its own joins.

    Input columns:
        those of ``documents``; doc_id of ``failures`` and ``tombstones``; those of ``decisions``.

    Output columns:
        doc_id (long), batch_id, shard (int), duplicate_of (long), record_sha256 (string), length_chars (int),
        rank (struct, ascending is better; no two equal), first (struct: the first rule broken, or null).

    Rows: at most one a document. Shuffles: on doc_id, once a table.
    """
    columns = ("doc_id", "batch_id", "shard", "duplicate_of", "record_sha256", "length_chars", "rank")
    standing = ranked_documents(ctx).select(*columns)
    for table in ("failures", "tombstones"):
        if ctx.exists(table):
            standing = without(standing, ctx.read(table).where(F.col("doc_id").isNotNull()))
    if not ctx.exists("decisions"):
        return standing.withColumn("first", F.lit(None).cast(FIRST_RULE))
    return standing.join(first_rules(ctx.read("decisions")), on="doc_id", how="left")


def document_removals(ctx: StageContext, standing: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return the whole documents that leave, with their reasons, and the ranks of those that stay.

    Input columns:
        those of `standing_documents`.

    Output columns:
        a removal's (see `decide`), with keepers that stay; and doc_id (long), rank (struct), shard (int).

    Rows: one per removed document; one per survivor. Shuffles: those of the single decisions.
    """
    empty, filtered, left = empty_removals(standing), filter_removals(standing), unbroken(standing)
    records = settled(record_removals(left))
    ranks = settled(without(left.select("doc_id", "rank", "shard"), records))
    exact = settled(_exact(ctx, ranks, empty))
    ranks = settled(without(ranks, exact))
    near = settled(_near(ctx, ranks, empty))
    exact = follow_keepers(exact, near)
    records = follow_keepers(records, exact.unionByName(near))
    removals = empty.unionByName(filtered).unionByName(records).unionByName(exact).unionByName(near)
    return removals, without(ranks, near)


def cut_rows(measured: DataFrame) -> DataFrame:
    """Return the cuts with their reasons.

    Input columns:
        those of `span_measures`.

    Output columns:
        doc_id (long), start_char, end_char (int), reason (string), kept_doc_id (long), jaccard (double).

    Rows: one a cut. Shuffles: none.
    """
    reason = F.when(F.col("jaccard").isNull(), "exact_duplicate").otherwise("near_duplicate").alias("reason")
    columns = ("doc_id", "start_char", "end_char", reason, "kept_doc_id", "jaccard")
    return measured.select(*columns)


def check_conserved(ctx: StageContext) -> None:
    """Compare what was written with what came in, and keep the totals for the report.

    Raises:
        StageFailedError: a document or a character is unaccounted for, or a keeper is missing.
    """
    names = ("documents", "corpus", "removals", "cuts", "failures", "tombstones")
    tables = {name: ctx.read(name) for name in names if ctx.exists(name)}
    sums, totals = audited_sums(settled(ledger(tables)))
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
    settings = ctx.recipe.near_dedup
    if settings is None or settings.unit != DOCUMENT:
        return none.limit(0)
    edges = ctx.read("edges")
    return near_evidence(_near_removals(ctx, settings, edges, ranks), edges)


def _near_removals(ctx: StageContext, settings: NearDedup, edges: DataFrame, ranks: DataFrame) -> DataFrame:
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.keepers import near_removals

    return near_removals(
        edges, ranks, mode=settings.clusters,
        documents=unit_documents(ctx.read_texts(), settings.unit),
        params=MinHashParams(num_hashes=settings.num_hashes, ngram=settings.ngram),
        threshold=settings.threshold,
    )  # fmt: skip


def _measured(ctx: StageContext, survivors: DataFrame, files: Files) -> DataFrame:
    """Return where the spans that leave lie; a recipe's equal and similar ones are of one unit (checks)."""
    exact, near = ctx.recipe.exact_dedup, ctx.recipe.near_dedup
    has_equal = exact is not None and SPAN_UNIT in exact.units
    has_similar = near is not None and near.unit != DOCUMENT
    if not (has_equal or has_similar):
        return ctx.spark.createDataFrame([], MEASURED)
    unit, leaving = SPAN_UNIT, ctx.spark.createDataFrame([], LEAVING_DDL)
    if exact is not None and has_equal:
        leaving = leaving_spans(ctx.read("duplicate_spans"), survivors, SPAN_UNIT, exact.scope)
    if near is not None and has_similar:
        unit, leaving = near.unit, settled(leaving)
        removals = functools.partial(_near_removals, ctx, near)
        similar = similar_spans(ctx.read("edges"), survivors, leaving, unit, removals)
        leaving = follow_spans(leaving, settled(similar))
    return span_measures(by_document(leaving), files, unit)


def _placed(rows: DataFrame, places: DataFrame) -> DataFrame:
    return rows.join(places, on="doc_id", how="inner")
