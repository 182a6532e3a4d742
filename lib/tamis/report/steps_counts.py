"""Tables -> the report's counts: what became of the documents, failures, cuts, tokens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import Window
from pyspark.sql import functions as F

from tamis.report.facts import (
    CutReason,
    Failure,
    Histogram,
    Reason,
    SkippedRecords,
    Split,
    TokenFormat,
    Tokens,
    Totals,
)
from tamis.report.groups import GROUPS, group_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import Column, DataFrame, Row

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

BUCKETS_A_DECADE = 6  # of lengths: a bucket is half as long again as the one before
FAILURE_EXAMPLES = 3
KEPT, FAILED, FORGOTTEN = "kept", "failed", "forgotten"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the documents, by what they were."""

    extracted: int
    kept_chars: int
    reasons: tuple[Reason, ...]
    sources: tuple[Split, ...]
    languages: tuple[Split, ...]
    media_types: tuple[Split, ...]
    extractors: tuple[Split, ...]
    lengths: Histogram | None


def document_outcomes(read: Read, exists: Exists) -> DataFrame:
    """Return what became of each document.

    Input columns:
        documents: doc_id, source, media_type, extractor, length_chars. removals: doc_id, reason. failures,
        tombstones (where there are any): doc_id. signals_language (where measured): doc_id, language.

    Output columns:
        source, media_type, extractor, language (string), length_chars (int), outcome (string): ``kept``,
        ``failed``, ``forgotten`` or the reason of its removal.

    Rows: as ``documents``. Shuffles: on doc_id, narrow; none of the small sides that are broadcast.
    """
    rows = read("documents").select("doc_id", "source", "media_type", "extractor", "length_chars")
    ends: list[Column] = []
    for table, end in (("tombstones", FORGOTTEN), ("failures", FAILED)):
        if exists(table):
            gone = read(table).where(F.col("doc_id").isNotNull()).select("doc_id").distinct()
            rows = rows.join(gone.withColumn(end, F.lit(end)), on="doc_id", how="left")
            ends.append(F.col(end))
    rows = rows.join(read("removals").select("doc_id", "reason"), on="doc_id", how="left")
    language = F.lit(None).cast("string").alias("language")
    if exists("signals_language"):
        rows = rows.join(read("signals_language").select("doc_id", "language"), on="doc_id", how="left")
        language = F.col("language")
    outcome = F.coalesce(*ends, "reason", F.lit(KEPT)).alias("outcome")
    return rows.select("source", "media_type", "extractor", language, "length_chars", outcome)


def outcome_counts(outcomes: DataFrame) -> DataFrame:
    """Count outcomes by source, type, extractor, language and length, all in one pass.

    Input columns:
        those of `document_outcomes`.

    Output columns:
        kind (string): ``source``, ``media_type``, ``extractor``, ``language`` or ``length``; label, outcome
        (string); documents, chars (long).

    Rows: one per kind, label and outcome. Shuffles: on those, after partial sums.
    """
    bucket = log_bucket(F.col("length_chars")).cast("string")
    kinds = {name: F.col(name) for name in ("source", "media_type", "extractor", "language")}
    pairs = [
        F.struct(F.lit(kind).alias("kind"), label.alias("label"))
        for kind, label in {**kinds, "length": bucket}.items()
    ]
    split = outcomes.select(F.explode(F.array(*pairs)).alias("part"), "outcome", "length_chars")
    return (
        split.where(F.col("part.label").isNotNull())
        .groupBy("part.kind", "part.label", "outcome")
        .agg(F.count(F.lit(1)).alias("documents"), F.coalesce(F.sum("length_chars"), F.lit(0)).alias("chars"))
    )


def log_bucket(length: Column) -> Column:
    """Return the bucket of a length: six a decade; 0 falls into the first."""
    return F.floor(F.log10(F.greatest(length, F.lit(1))) * BUCKETS_A_DECADE)


def outcome_facts(read: Read, exists: Exists, failed: Mapping[str, int]) -> Outcomes:
    """Return what became of the documents, in one job.

    Args:
        read: Opens a table.
        exists: Tells whether there is one.
        failed: Records that failed, by source; they are no documents, or not any more.
    """
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in outcome_counts(document_outcomes(read, exists)).collect():
        kinds[row["kind"]].append(row)
    by_source = kinds["source"]
    return Outcomes(
        extracted=sum(row["documents"] for row in by_source),
        kept_chars=sum(row["chars"] for row in by_source if row["outcome"] == KEPT),
        reasons=_reasons(by_source),
        sources=_splits(by_source, failed),
        languages=_splits(kinds["language"]),
        media_types=_splits(kinds["media_type"]),
        extractors=_splits(kinds["extractor"]),
        lengths=_lengths(kinds["length"]),
    )


def _reasons(rows: Iterable[Row]) -> tuple[Reason, ...]:
    documents: dict[str, int] = defaultdict(int)
    chars: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["outcome"] not in (KEPT, FAILED, FORGOTTEN):
            documents[row["outcome"]] += row["documents"]
            chars[row["outcome"]] += row["chars"]
    ordered = sorted(documents, key=lambda reason: (-documents[reason], reason))
    return tuple(Reason(reason, documents[reason], chars[reason]) for reason in ordered)


def _splits(rows: Iterable[Row], failed: Mapping[str, int] | None = None) -> tuple[Split, ...]:
    """Return one split a label; documents that failed later are in ``failed`` already."""
    failed = failed or {}
    kept: dict[str, int] = dict.fromkeys(failed, 0)
    removed: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        label, outcome = row["label"], row["outcome"]
        kept.setdefault(label, 0)
        if outcome == KEPT:
            kept[label] += row["documents"]
        elif outcome not in (FAILED, FORGOTTEN):
            removed[label][group_of(outcome).name] += row["documents"]
    splits = (
        Split(label, kept[label], failed.get(label, 0), dict(sorted(removed[label].items())))
        for label in kept
    )
    return tuple(sorted(splits, key=lambda split: (-split.total, split.label)))


def _lengths(rows: Iterable[Row]) -> Histogram | None:
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        if row["outcome"] not in (FAILED, FORGOTTEN):
            name = KEPT if row["outcome"] == KEPT else group_of(row["outcome"]).name
            counts[name, int(row["label"])] += row["documents"]
    if not counts:
        return None
    names = [
        name for name in (KEPT, *(group.name for group in GROUPS)) if any(key[0] == name for key in counts)
    ]
    return log_histogram(counts, names if KEPT in names else [KEPT, *names])


def log_histogram(counts: Mapping[tuple[str, int], int], names: Iterable[str]) -> Histogram:
    """Return the histogram of `log_bucket` counts, from the first bucket met to the last.

    Args:
        counts: (series, bucket) to documents; not empty.
        names: The series, in order.
    """
    buckets = [bucket for _, bucket in counts]
    span = range(min(buckets), max(buckets) + 1)
    edges = tuple(10 ** (bucket / BUCKETS_A_DECADE) for bucket in (*span, span.stop))
    series = {name: tuple(counts.get((name, bucket), 0) for bucket in span) for name in names}
    return Histogram(edges, series, is_log=True)


def failure_counts(read: Read, exists: Exists) -> tuple[tuple[Failure, ...], dict[str, int]]:
    """Return the failures by code, and the failed records by source; two jobs.

    A record that failed at several stages counts once, at the first by name.
    """
    if not exists("failures"):
        return (), {}
    failures = read("failures")
    what = F.struct("stage", "code", "source")
    records = failures.where(F.col("doc_id").isNotNull()).groupBy("doc_id").agg(F.min(what).alias("what"))
    ranges = failures.where(F.col("doc_id").isNull()).select("doc_id", what.alias("what"))
    counts = (
        records.unionByName(ranges)
        .groupBy("what.stage", "what.code", "what.source")
        .agg(F.count("doc_id").alias("records"), F.count_if(F.col("doc_id").isNull()).alias("ranges"))
        .collect()
    )
    by_source: dict[str, int] = defaultdict(int)
    by_code: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in counts:
        by_source[row["source"]] += row["records"]
        by_code[row["stage"], row["code"]][0] += row["records"]
        by_code[row["stage"], row["code"]][1] += row["ranges"]
    examples = _failure_examples(failures)
    found = [
        Failure(code, stage, records, tuple(examples[stage, code]), ranges)
        for (stage, code), (records, ranges) in by_code.items()
    ]
    ordered = sorted(found, key=lambda item: (-item.records, -item.ranges, item.stage, item.code))
    return tuple(ordered), dict(by_source)


def _failure_examples(failures: DataFrame) -> dict[tuple[str, str], list[tuple[str, str]]]:
    first = Window.partitionBy("stage", "code").orderBy("path", "key", "doc_id", "message")
    ranked = failures.withColumn("rank", F.row_number().over(first))
    rows = ranked.where(F.col("rank") <= FAILURE_EXAMPLES).orderBy("stage", "code", "rank").collect()
    examples: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        examples[row["stage"], row["code"]].append((row["path"], row["message"]))
    return examples


def skipped_records(read: Read) -> tuple[SkippedRecords, ...]:
    """Return what web archives held that are no documents, by reason, most first; one job.

    Input columns:
        inputs: skipped, JSON of reason and count, or null.
    """
    pairs = F.explode(F.from_json("skipped", "MAP<STRING, BIGINT>"))
    counts = read("inputs").select(pairs.alias("reason", "records")).groupBy("reason").agg(F.sum("records"))
    found = [SkippedRecords(reason, int(records)) for reason, records in counts.collect()]
    return tuple(sorted(found, key=lambda item: (-item.records, item.reason)))


def totals(
    read: Read, exists: Exists, outcomes: Outcomes, failures: Iterable[Failure], forgotten: int
) -> Totals:
    """Return the sums of the output, each counted in its own table, so that they can disagree; one job.

    Args:
        read: Opens a table.
        exists: Tells whether a stage has committed it.
        outcomes: What became of the documents.
        failures: By code.
        forgotten: Records that were taken down. Not the rows of ``tombstones``, which may name records that
            no input holds.
    """
    cut_chars = F.sum(F.col("end_char").cast("bigint") - F.col("start_char"))
    one = F.count(F.lit(1))
    sums = [
        _sums(read("inputs"), files=one, bytes=F.sum("bytes"), records=F.sum("records")),
        _sums(read("corpus"), kept=one, kept_chars=F.sum("length_chars")),
        _sums(read("removals"), removed=one),
        _sums(read("cuts"), cut_chars=cut_chars),
    ]
    if exists("containers"):  # outputs of older versions have none
        sums.append(_sums(read("containers"), containers=one))
    counted = reduce(lambda left, right: left.unionByName(right), sums).collect()
    failed = list(failures)
    return Totals(
        extracted=outcomes.extracted,
        forgotten=forgotten,
        kept_chars_before=outcomes.kept_chars,
        failed=sum(failure.records for failure in failed),
        ranges_failed=sum(failure.ranges for failure in failed),
        **{row["name"]: int(row["value"] or 0) for row in counted},
    )


def _sums(rows: DataFrame, **columns: Column) -> DataFrame:
    """Return name and value, one row a sum."""
    pairs = [
        F.struct(F.lit(name).alias("name"), F.col(name).cast("bigint").alias("value")) for name in columns
    ]
    summed = rows.agg(*(column.alias(name) for name, column in columns.items()))
    return summed.select(F.explode(F.array(*pairs)).alias("sum")).select("sum.*")


def cut_reasons(read: Read) -> tuple[CutReason, ...]:
    """Return what was cut from kept documents, by reason; one job."""
    rows = (
        read("cuts")
        .groupBy("reason")
        .agg(
            F.count(F.lit(1)).alias("spans"),
            F.sum(F.col("end_char").cast("bigint") - F.col("start_char")).alias("chars"),
            F.countDistinct("doc_id").alias("documents"),
        )
        .collect()
    )
    found = [CutReason(row["reason"], row["spans"], row["chars"], row["documents"]) for row in rows]
    return tuple(sorted(found, key=lambda item: (-item.spans, item.reason)))


def token_facts(read: Read, exists: Exists) -> Tokens | None:
    """Return the token files by format, and the documents' lengths in tokens; two jobs."""
    if not exists("tokens"):
        return None
    files = read("tokens")
    columns = ("bytes", "documents", "sequences", "tokens")
    sums = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in columns]
    rows = files.groupBy("format").agg(F.count(F.lit(1)).alias("files"), *sums).orderBy("format").collect()
    formats = tuple(
        TokenFormat(row["format"], row["files"], *(row[name] for name in columns)) for row in rows
    )
    if not formats or not exists("token_spans"):
        return Tokens(formats)
    # Each format holds every document once: one of them tells the lengths.
    paths = files.where(F.col("format") == formats[0].name).select("path")
    spans = read("token_spans").join(paths, on="path", how="left_semi")
    counts = _bucket_counts(spans.groupBy(log_bucket(F.col("length")).alias("bucket")).count())
    return Tokens(formats, log_histogram(counts, ["documents"]) if counts else None)


def _bucket_counts(counted: DataFrame) -> dict[tuple[str, int], int]:
    rows: list[Any] = counted.collect()
    return {("documents", int(row["bucket"])): row["count"] for row in rows}
