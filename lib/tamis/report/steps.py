"""The stage ``report``: committed tables -> facts -> ``report/index.html`` and ``report/summary.json``.

Spark aggregates; what reaches the driver is bounded by the recipe (sources, rules, stages) and by fixed
numbers of buckets and examples, never by documents.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tamis.pipeline.lineage import as_row
from tamis.pipeline.totals import forgotten_records
from tamis.report.facts import NearDedup, ReportFacts, StageTime
from tamis.report.steps_counts import (
    cut_reasons,
    failure_counts,
    outcome_facts,
    skipped_records,
    token_facts,
    totals,
)
from tamis.report.steps_duplicates import duplicate_facts, repeated_paragraphs
from tamis.report.steps_precision import near_precision
from tamis.report.steps_rules import rule_facts
from tamis.report.steps_texts import Texts, removal_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from tamis.config import Recipe
    from tamis.pipeline.lineage import OutputTables
    from tamis.pipeline.stage import StageContext

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

PAGE = "report/index.html"
SUMMARY = "report/summary.json"
_SHARE = "near_grey_fraction"


def run_report(ctx: StageContext) -> None:
    """Write the page and its facts; the stage commits no table."""
    runs = [row.asDict() for row in ctx.read("runs").collect()]
    facts = gather(ctx.read, ctx.exists, ctx.recipe, runs)
    write_report(ctx.output, facts)


def report_tables(tables: OutputTables, recipe: Recipe) -> str:
    """Write the report of a finished output; return the page's URI."""
    runs = [as_row(run) for run in tables.runs()]
    return write_report(tables.output, gather(tables.read, tables.exists, recipe, runs))


def write_report(output: str, facts: ReportFacts) -> str:
    """Write the page and its facts; return the page's URI.

    Raises:
        SourceError: they cannot be written.
    """
    from tamis.io.sinks import write_bytes
    from tamis.report.page import render

    write_bytes(f"{output}/{SUMMARY}", facts.to_json().encode())
    write_bytes(f"{output}/{PAGE}", render(facts).encode())
    return f"{output}/{PAGE}"


def gather(read: Read, exists: Exists, recipe: Recipe, runs: Sequence[Mapping[str, Any]]) -> ReportFacts:
    """Return all that the report tells of an output.

    Some twenty jobs: one shuffle of narrow columns on doc_id (what became of whom), small ones on keys and
    reasons. Text is read of the examples only, from the shards that hold them.

    Args:
        read: Opens a table at its committed version.
        exists: Tells whether a stage has committed it.
        recipe: The settings.
        runs: The rows of ``runs``.
    """
    read = cache(read)  # a table's version is looked up once: 0.3 s each
    ordered = sorted(runs, key=lambda run: run["finished_utc"])
    failures, failed_by_source = failure_counts(read, exists)
    outcomes = outcome_facts(read, exists, failed_by_source)
    texts = Texts(read, exists)
    return ReportFacts(
        name=recipe.name,
        title=recipe.report.title if recipe.report else None,
        output=recipe.output,
        recipe=recipe.model_dump(mode="json", exclude_none=True),
        totals=totals(read, exists, outcomes, failures, forgotten_records(ordered)),
        failures=failures,
        skipped=skipped_records(read),
        reasons=outcomes.reasons,
        sources=outcomes.sources,
        languages=outcomes.languages,
        media_types=outcomes.media_types,
        extractors=outcomes.extractors,
        lengths=outcomes.lengths,
        rules=rule_facts(read, exists, recipe),
        examples=removal_examples(read, texts, outcomes.reasons),
        duplicates=duplicate_facts(read, texts),
        near_dedup=near_dedup_facts(recipe, ordered, read, texts),
        cuts=cut_reasons(read),
        paragraphs=repeated_paragraphs(read, exists, texts),
        tokens=token_facts(read, exists),
        stages=stage_times(ordered),
        **_provenance(ordered),
    )


def _provenance(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return who made the output: the last run's id, version and time, and the tables' versions."""
    if not runs:
        return {}
    versions = {name: version for run in runs for name, version in run["versions_written"].items()}
    last = runs[-1]
    return {
        "run_id": last["run_id"], "version": last["code_version"], "created_utc": last["finished_utc"],
        "versions": dict(sorted(versions.items())),
    }  # fmt: skip


def stage_times(runs: Sequence[Mapping[str, Any]]) -> tuple[StageTime, ...]:
    """Return what each stage cost over all its commits, in the order of their first ones.

    Args:
        runs: Rows of ``runs``, oldest first; of the report's own only its earlier ones are there.
    """
    seconds: dict[str, float] = {}
    last: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        if run["stage"] != "report":
            seconds[run["stage"]] = seconds.get(run["stage"], 0.0) + run["seconds"]
            last[run["stage"]] = run
    return tuple(
        StageTime(
            stage, round(seconds[stage], 2), _rows(last[stage]), dict(sorted(last[stage]["facts"].items()))
        )
        for stage in seconds
    )


def _rows(run: Mapping[str, Any]) -> dict[str, int]:
    return {table: int(rows) for table, rows in sorted(run["rows"].items())}


def near_dedup_facts(
    recipe: Recipe, runs: Sequence[Mapping[str, Any]], read: Read, texts: Texts
) -> NearDedup | None:
    """Return how near-duplicates were looked for, what the stage noted, and a sample's precision."""
    settings = recipe.near_dedup
    if settings is None:
        return None
    mine = [run for run in runs if run["stage"] == "near_dedup" and run["status"] == "done"]
    last = max((run["epoch"] for run in mine), default=0)
    noted = [dict(run["facts"]) for run in mine if run["epoch"] == last]
    bands, rows = (int(noted[-1][name]) if noted else None for name in ("near_bands", "near_rows"))
    precision = near_precision(read, texts, settings)
    counts = _summed(noted)
    return NearDedup(settings.threshold, settings.clusters, bands, rows, counts, precision, settings.unit)


def _summed(noted: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return what all batches counted, and the share that follows from it."""
    names = sorted({name for facts in noted for name in facts} - {"near_bands", "near_rows"})
    told = {name: str(sum(int(facts.get(name, 0)) for facts in noted)) for name in names if name != _SHARE}
    candidates, grey = (int(told.get(name, 0)) for name in ("near_candidates", "near_grey"))
    return {**told, _SHARE: f"{grey / candidates if candidates else 0.0:.4f}"} if noted else {}
