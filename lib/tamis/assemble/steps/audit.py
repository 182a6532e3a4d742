"""The counts that conservation compares, read back from the tables as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.assemble.conservation import EXAMPLES, Sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

# One column a table's say about a document; absent ones are 0.
COUNTS = (
    "documents", "failures", "tombstones", "corpus", "removals", "short", "kept_by_removal", "kept_by_cut",
    "chars_in", "chars_out", "chars_cut", "unmeasured",
)  # fmt: skip


def ledger(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Return what each table says of each document, as counts.

    Input columns:
        documents: doc_id, length_chars. corpus: doc_id, text. removals: doc_id, reason, kept_doc_id, jaccard.
        cuts: doc_id, start_char, end_char, kept_doc_id. failures, tombstones (where they are): doc_id.

    Output columns:
        doc_id (long), and `COUNTS` (long): rows in each table; ``short``: removals as too_short;
        ``kept_by_*``: rows that name it as keeper; ``chars_*``: code points, of `corpus` counted in its text;
        ``unmeasured``: near-duplicates without a Jaccard similarity.

    Rows: one a doc_id that any table names. Shuffles: one, on doc_id, narrow, after partial sums.
    """
    one = F.lit(1)
    removals, cuts = tables["removals"], tables["cuts"]
    is_short = (F.col("reason") == "too_short").cast("long")
    is_unmeasured = ((F.col("reason") == "near_duplicate") & F.col("jaccard").isNull()).cast("long")
    says = [
        _say(tables["documents"], documents=one, chars_in=F.col("length_chars")),
        _say(tables["corpus"], corpus=one, chars_out=F.length("text")),
        _say(removals, removals=one, short=is_short, unmeasured=is_unmeasured),
        _say(_keepers(removals), kept_by_removal=one),
        _say(cuts, chars_cut=F.col("end_char") - F.col("start_char")),
        _say(_keepers(cuts), kept_by_cut=one),
        *(_say(tables[name], **{name: one}) for name in ("failures", "tombstones") if name in tables),
    ]
    rows = says[0]
    for say in says[1:]:
        rows = rows.unionByName(say)
    sums = (F.sum(name).alias(name) for name in COUNTS)
    return rows.where(F.col("doc_id").isNotNull()).groupBy("doc_id").agg(*sums)


def audited_sums(rows: DataFrame) -> tuple[list[Sum], dict[str, int]]:
    """Return the equations that must hold, and the totals for the report.

    Input columns:
        those of `ledger`.

    Raises:
        Nothing: `conservation.check_sums` judges.
    """
    breaches = _breaches()
    totals = {name: F.sum(column) for name, column in _totals().items()}
    wrong = {name: F.count_if(breach) for name, breach in breaches.items()}
    columns = [column.alias(name) for name, column in {**totals, **wrong}.items()]
    found = {name: int(value or 0) for name, value in rows.agg(*columns).collect()[0].asDict().items()}
    examples = {
        name: _examples(rows.where(breach)) if found[name] else () for name, breach in breaches.items()
    }
    sides = _sides(found)
    sums = [Sum(name, *sides.get(name, (0, found[name])), found[name], examples[name]) for name in breaches]
    return sums, {name: found[name] for name in totals}


def _breaches() -> dict[str, Column]:
    """Name each equation by what it compares: the documents that break it."""
    is_gone = (F.col("failures") > 0) | (F.col("tombstones") > 0)
    placed = F.col("corpus") + F.col("removals")
    is_misplaced = placed + F.when(is_gone, 1).otherwise(0) != F.col("documents")
    is_lost_keeper = (F.col("corpus") == 0) & (F.col("short") == 0)
    return {
        "documents = corpus + removals + failures": (
            is_misplaced & ((F.col("documents") > 0) | (placed > 0)) | (F.col("documents") > 1)
        ),
        "characters of kept documents = corpus + cuts": (
            (F.col("corpus") > 0) & (F.col("chars_in") != F.col("chars_out") + F.col("chars_cut"))
        ),
        "cuts of documents that are not in the corpus": (F.col("corpus") == 0) & (F.col("chars_cut") != 0),
        "keepers that are neither in the corpus nor too_short": (
            is_lost_keeper & (F.col("kept_by_removal") + F.col("kept_by_cut") > 0)
        ),
        "near-duplicates removed without a Jaccard similarity": F.col("unmeasured") > 0,
    }


def _totals() -> dict[str, Column]:
    is_kept, is_absent = F.col("corpus") > 0, F.col("corpus") == 0
    is_gone = (F.col("documents") > 0) & ((F.col("failures") > 0) | (F.col("tombstones") > 0))
    return {
        "documents": F.col("documents"), "kept": F.col("corpus"), "removed": F.col("removals"),
        "gone_before": is_gone.cast("long"),
        "chars_kept_documents": F.when(is_kept, F.col("chars_in")), "chars_corpus": F.col("chars_out"),
        "chars_cut": F.col("chars_cut"),
        "document_lost_with_keeper": F.when(is_absent, F.col("kept_by_removal")),
        "span_lost_with_document": F.when(is_absent, F.col("kept_by_cut")),
    }  # fmt: skip


def _sides(found: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the two sides of the equations that are sums; the other breaches are simply expected to be 0."""
    return {
        "documents = corpus + removals + failures": (
            found["documents"], found["kept"] + found["removed"] + found["gone_before"]
        ),
        "characters of kept documents = corpus + cuts": (
            found["chars_kept_documents"], found["chars_corpus"] + found["chars_cut"]
        ),
    }  # fmt: skip


def _say(rows: DataFrame, **counts: Column) -> DataFrame:
    columns = (counts.get(name, F.lit(0)).cast("long").alias(name) for name in COUNTS)
    return rows.select("doc_id", *columns)


def _keepers(rows: DataFrame) -> DataFrame:
    return rows.select(F.col("kept_doc_id").alias("doc_id"))


def _examples(rows: DataFrame) -> tuple[int, ...]:
    return tuple(row["doc_id"] for row in rows.select("doc_id").orderBy("doc_id").limit(EXAMPLES).collect())
