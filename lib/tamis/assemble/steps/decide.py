"""Who leaves, and why: evidence -> removals, one reason a document, in the fixed order of decisions.

Empty text comes first: no signal of an empty text means anything. Then the filter's rules, then repeats of a
record (equal bytes break equal rules, so all of them are still there), then the keepers of duplicates. So the
copy that is kept is never itself removed by an earlier decision.

A removal here is (doc_id, stage, reason, kept_doc_id, jaccard, evidence).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

FIRST_RULE = "STRUCT<rule: INT, reason: STRING, value: DOUBLE, bound: DOUBLE, evidence: STRING>"


def without(rows: DataFrame, removed: DataFrame) -> DataFrame:
    """Return the rows whose doc_id is not among the removed.

    Input columns:
        doc_id (long), in both.

    Output columns:
        those of ``rows``.

    Rows: at most as many. Shuffles: doc_id of both sides, or none where ``removed`` is small.
    """
    return rows.join(removed.select("doc_id"), on="doc_id", how="left_anti")


def empty_removals(standing: DataFrame) -> DataFrame:
    """Remove documents without text. Extraction leaves no blank text: it is stored as the empty one.

    Input columns:
        doc_id (long), length_chars (int).

    Output columns:
        a removal's.

    Rows: one per empty document. Shuffles: none.
    """
    return _removal(standing.where(_is_empty()), "extract", F.lit("empty_text"))


def first_rules(decisions: DataFrame) -> DataFrame:
    """Return the first rule in the recipe's order that each document broke.

    Input columns:
        doc_id (long), reason (string), rule (int), value, bound (double), evidence (string).

    Output columns:
        doc_id (long), first (`FIRST_RULE`).

    Rows: one per document with a decision. Shuffles: on doc_id, one row a document after the partial minimum.
    """
    columns = ("rule", "reason", "value", "bound", "evidence")
    return decisions.groupBy("doc_id").agg(F.min(F.struct(*columns)).alias("first"))


def filter_removals(standing: DataFrame) -> DataFrame:
    """Remove documents that broke a rule.

    Input columns:
        doc_id (long), length_chars (int), first (`FIRST_RULE`).

    Output columns:
        a removal's; evidence is JSON of value, bound and what no number tells.

    Rows: one per document that broke one and is not empty. Shuffles: none.
    """
    broken = standing.where(~_is_empty() & F.col("first").isNotNull())
    evidence = F.struct("first.value", "first.bound", F.col("first.evidence").alias("found"))
    return _removal(broken, "filter", F.col("first.reason"), evidence=evidence)


def unbroken(standing: DataFrame) -> DataFrame:
    """Return the documents that have text and broke no rule."""
    return standing.where(~_is_empty() & F.col("first").isNull())


def _is_empty() -> Column:
    return F.coalesce(F.col("length_chars"), F.lit(0)) == 0


def record_removals(documents: DataFrame) -> DataFrame:
    """Remove repeats of a record in favour of its first occurrence among the survivors.

    The first itself may be gone (it alone ran out of CPU time, say): the repeat with the smallest id stays.

    Input columns:
        doc_id (long), duplicate_of (long): the first with the same key and bytes, record_sha256 (string).

    Output columns:
        a removal's.

    Rows: one per repeat. Shuffles: on the group, repeats and their firsts only.
    """
    repeats = documents.where(F.col("duplicate_of").isNotNull()).select(
        "doc_id", "record_sha256", F.col("duplicate_of").alias("first_id"), F.lit(1).alias("is_repeat")
    )
    groups = repeats.select(F.col("first_id").alias("doc_id")).distinct()
    firsts = documents.join(groups, on="doc_id", how="left_semi").select(
        "doc_id", "record_sha256", F.col("doc_id").alias("first_id"), F.lit(0).alias("is_repeat")
    )
    members = repeats.unionByName(firsts)
    kept = members.groupBy("first_id").agg(
        F.min(F.struct("is_repeat", "doc_id"))["doc_id"].alias("kept_doc_id")
    )
    removed = members.join(kept, on="first_id", how="inner").where(F.col("doc_id") != F.col("kept_doc_id"))
    return _removal(
        removed,
        "extract",
        F.lit("duplicate_record"),
        kept=F.col("kept_doc_id"),
        evidence=F.struct("record_sha256"),
    )


def exact_evidence(removed: DataFrame, duplicate_spans: DataFrame) -> DataFrame:
    """Give exact duplicates their evidence: the key that both documents have.

    Input columns:
        removed: doc_id, kept_doc_id (long). duplicate_spans: doc_id, unit, span_key, span_check.

    Output columns:
        a removal's.

    Rows: as ``removed``. Shuffles: on doc_id, documents' keys only.
    """
    keys = duplicate_spans.where(F.col("unit") == "document").select("doc_id", "span_key", "span_check")
    evidence = F.struct(_hex("span_key", 16).alias("span_key"), _hex("span_check", 8).alias("span_check"))
    joined = removed.join(keys, on="doc_id", how="left")
    return _removal(
        joined, "exact_dedup", F.lit("exact_duplicate"), kept=F.col("kept_doc_id"), evidence=evidence
    )


def near_evidence(removed: DataFrame, edges: DataFrame) -> DataFrame:
    """Give near-duplicates their evidence: the verified edge to the kept document.

    ``connected`` may keep a document without an edge to the removed one; its Jaccard was computed then.

    Input columns:
        removed: doc_id, kept_doc_id (long), jaccard (double). edges: as the table.

    Output columns:
        a removal's.

    Rows: as ``removed``. Shuffles: on (src, dst), both sides.
    """
    pairs = edges.where((F.col("src_ordinal") == -1) & (F.col("dst_ordinal") == -1)).select(
        "src", "dst", "containment", "bands_shared", "verified_by"
    )
    ends = removed.select(
        "doc_id", "kept_doc_id", "jaccard", F.greatest("doc_id", "kept_doc_id").alias("src"),
        F.least("doc_id", "kept_doc_id").alias("dst"),
    )  # fmt: skip
    evidence = F.struct("verified_by", "bands_shared", "containment")
    joined = ends.join(pairs, on=["src", "dst"], how="left")
    return _removal(
        joined, "near_dedup", F.lit("near_duplicate"), kept=F.col("kept_doc_id"), jaccard=F.col("jaccard"),
        evidence=evidence,
    )  # fmt: skip


def short_removals(measured: DataFrame, min_chars: int) -> DataFrame:
    """Remove documents that cuts leave with less than the bound.

    Input columns:
        doc_id (long), left_chars (int): of the cut text, blank ends apart; one row a cut.

    Output columns:
        a removal's.

    Rows: one per document under the bound. Shuffles: on doc_id, documents with cuts only.
    """
    lefts = measured.groupBy("doc_id").agg(F.min("left_chars").alias("left_chars"))
    short = lefts.where(F.col("left_chars") < min_chars)
    evidence = F.struct("left_chars", F.lit(min_chars).alias("min_chars"))
    return _removal(short, "assemble", F.lit("too_short"), evidence=evidence)


def follow_keepers(removals: DataFrame, later: DataFrame) -> DataFrame:
    """Point removals at the document that stays now that later decisions removed their keepers.

    The exact duplicate of a document that then left as a near-duplicate of X is a copy of what X stands for:
    kept is X, and the evidence names whom it passed (``via``).

    Input columns:
        removals, later: a removal's. A keeper of ``later`` is not removed by ``later`` itself.

    Output columns:
        a removal's.

    Rows: as ``removals``. Shuffles: on the keeper's doc_id.
    """
    moved = later.select(F.col("doc_id").alias("kept_doc_id"), F.col("kept_doc_id").alias("next_id"))
    via = F.concat(
        F.expr("substring(evidence, 1, length(evidence) - 1)"),
        F.when(F.col("evidence") == "{}", "").otherwise(","), F.lit('"via":"'), _hex("kept_doc_id", 16),
        F.lit('"}'),
    )  # fmt: skip
    is_moved = F.col("next_id").isNotNull()
    return removals.join(moved, on="kept_doc_id", how="left").select(
        "doc_id", "stage", "reason", F.coalesce("next_id", "kept_doc_id").alias("kept_doc_id"), "jaccard",
        F.when(is_moved, via).otherwise(F.col("evidence")).alias("evidence"),
    )  # fmt: skip


def _removal(
    rows: DataFrame, stage: str, reason: Column, *, kept: Column | None = None, jaccard: Column | None = None,
    evidence: Column | None = None,
) -> DataFrame:  # fmt: skip
    """Return the columns of a removal; evidence as JSON, nulls left out."""
    nothing = F.lit(None)
    return rows.select(
        "doc_id", F.lit(stage).alias("stage"), reason.alias("reason"),
        (nothing if kept is None else kept).cast("bigint").alias("kept_doc_id"),
        (nothing if jaccard is None else jaccard).cast("double").alias("jaccard"),
        (F.lit("{}") if evidence is None else F.to_json(evidence)).alias("evidence"),
    )  # fmt: skip


def _hex(column: str, digits: int) -> Column:
    """Return a long or int as hex digits of fixed width, as `document.format_doc_id` prints it."""
    bits = F.col(column).cast("bigint")
    return F.lower(F.substring(F.lpad(F.hex(bits), 16, "0"), 17 - digits, digits))
