"""Removals and repeated spans -> who left for whom, how alike they were, and what repeats most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.document import format_doc_id
from tamis.report.facts import Duplicates, Family, Histogram, Paragraph
from tamis.report.groups import DUPLICATE_REASONS
from tamis.report.steps_texts import duplicate_examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from tamis.report.steps_texts import Texts

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

LARGEST = 8
PARAGRAPHS = 8
JACCARD_BUCKETS = 100


def duplicate_families(removals: DataFrame) -> DataFrame:
    """Return who stays for how many others.

    Input columns:
        kept_doc_id (long), reason (string).

    Output columns:
        kept_doc_id, exact, near (long).

    Rows: one per document that another left for. Shuffles: on kept_doc_id, after partial sums.
    """
    is_copy = F.col("reason").isin(*DUPLICATE_REASONS) & F.col("kept_doc_id").isNotNull()
    exact, near = (F.count_if(F.col("reason") == reason) for reason in DUPLICATE_REASONS)
    return removals.where(is_copy).groupBy("kept_doc_id").agg(exact.alias("exact"), near.alias("near"))


def duplicate_facts(read: Read, texts: Texts) -> Duplicates | None:
    """Return the families of duplicates, their similarities and some pairs; six jobs."""
    removals = read("removals")
    families = duplicate_families(removals)
    sizes, jaccards = family_sizes(families), _jaccards(removals, read("cuts"))
    if not sizes and jaccards is None:
        return None
    total = F.col("exact") + F.col("near")
    largest = families.orderBy(total.desc(), "kept_doc_id").limit(LARGEST).collect()
    pairs = duplicate_examples(removals)
    keepers = [row["kept_doc_id"] for row in largest]
    ends = [doc_id for pair in pairs for doc_id in (pair.doc_id, pair.kept_doc_id) if doc_id is not None]
    samples = texts.samples([*keepers, *ends])
    found = [(row, samples.get(row["kept_doc_id"])) for row in largest]
    return Duplicates(
        sizes=sizes,
        largest=tuple(
            Family(format_doc_id(row["kept_doc_id"]), sample.title, sample.key, row["exact"], row["near"])
            for row, sample in found
            if sample is not None
        ),
        jaccards=jaccards,
        examples=tuple(example for pair in pairs if (example := pair.example(samples)) is not None),
    )


def family_sizes(families: DataFrame) -> tuple[tuple[int, int, int], ...]:
    """Count families by size, keeper included: 2, 3, 4, then 5 to 8, 9 to 16, ...; one job.

    Input columns:
        those of `duplicate_families`.

    Returns:
        (smallest size, largest size, families), ascending.
    """
    size = F.col("exact") + F.col("near") + 1
    # The smallest power of two that is not below the size, from the binary digits of size - 1.
    power = F.pow(F.lit(2), F.length(F.bin(size - 1))).cast("bigint")
    upper = F.when(size <= 4, size).otherwise(power)
    rows = families.groupBy(upper.alias("upper")).count().orderBy("upper").collect()
    return tuple((_lower(row["upper"]), row["upper"], row["count"]) for row in rows)


def _lower(upper: int) -> int:
    return upper if upper <= 4 else upper // 2 + 1


def _jaccards(removals: DataFrame, cuts: DataFrame) -> Histogram | None:
    """Count near-duplicates by similarity to their keeper, in steps of 0.01, from the first met to 1.

    They are documents, or parts of documents: a run compares the ones or the others.
    """
    both = removals.select("reason", "jaccard").unionByName(cuts.select("reason", "jaccard"))
    near = both.where((F.col("reason") == DUPLICATE_REASONS[1]) & F.col("jaccard").isNotNull())
    # 0.29 * 100 is 28.999999999999996: the nudge puts a similarity at a step into the bucket it begins.
    step = F.floor(F.col("jaccard") * JACCARD_BUCKETS + F.lit(1e-9))
    rows = near.groupBy(F.least(step, F.lit(JACCARD_BUCKETS - 1)).alias("step")).count().collect()
    if not rows:
        return None
    counts = {row["step"]: row["count"] for row in rows}
    first = max(min(counts) // 10 * 10 - 10, 0)
    span = range(first, JACCARD_BUCKETS)
    edges = tuple(step / JACCARD_BUCKETS for step in (*span, JACCARD_BUCKETS))
    return Histogram(edges, {"removed": tuple(counts.get(step, 0) for step in span)})


def repeated_paragraphs(read: Read, exists: Exists, texts: Texts) -> tuple[Paragraph, ...]:
    """Return the spans below documents that most documents hold, as one of their holders has them; two jobs.

    Input columns:
        duplicate_spans: unit (string), span_key (long), span_check, ordinal (int), doc_id (long).
    """
    if not exists("duplicate_spans"):
        return ()
    # The holder that has it earliest: its text is likeliest to reach that far.
    holder = F.min(F.struct("ordinal", "doc_id")).alias("holder")
    rows = (
        read("duplicate_spans")
        .where(F.col("ordinal") >= 0)
        .groupBy("unit", "span_key", "span_check")
        .agg(F.countDistinct("doc_id").alias("holders"), holder)
        .orderBy(F.col("holders").desc(), "unit", "span_key", "span_check")
        .limit(PARAGRAPHS)
        .collect()
    )
    samples = texts.samples([row["holder"]["doc_id"] for row in rows])
    found = [(row, samples.get(row["holder"]["doc_id"])) for row in rows]
    return tuple(
        Paragraph(_span(sample.text, row["unit"], row["holder"]["ordinal"]), row["holders"], sample.path)
        for row, sample in found
        if sample is not None
    )


def _span(text: str, unit: str, ordinal: int) -> str | None:
    """Return one span of a text; None where the text, which may be a document's beginning, ends before it."""
    from tamis.dedup.spans import span_offsets

    starts, ends = span_offsets(text, unit)
    return text[int(starts[ordinal]) : int(ends[ordinal])] if ordinal < len(starts) else None
