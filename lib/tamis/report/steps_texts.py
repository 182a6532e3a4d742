"""Removals -> a few documents to read, with their texts, drawn so that the same tables give the same ones.

Documents are drawn by the smallest xxHash64 of their doc_id: as good as chance, the same on every cluster.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import Window
from pyspark.sql import functions as F

from tamis.document import format_doc_id
from tamis.report.facts import SAMPLE_CHARS, Example, Reason, Sample
from tamis.report.groups import DUPLICATE_REASONS, LANGUAGE, QUALITY, group_of
from tamis.report.numbers import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

EXAMPLES = 3  # a reason
EXACT_EXAMPLES = 2
NEAR_EXAMPLES = 8  # from as many steps of similarity, 0.05 each
KEPT_EXAMPLES = 8
SHOWN_REASONS = 30
VALUE_CHARS = 24  # of a piece of evidence; a SHA-256 has 64


class Texts:
    """Opens the texts of a few documents, and their signals."""

    def __init__(self, read: Read, exists: Exists) -> None:
        self._read = read
        self._exists = exists

    def samples(self, doc_ids: Iterable[int]) -> dict[int, Sample]:
        """Return the beginnings of some documents by doc_id; two jobs.

        The first finds their shards by narrow columns, so that the second reads text from those row groups
        only: some hundred shards of a big corpus, not all.
        """
        wanted = sorted(set(doc_ids))
        if not wanted:
            return {}
        text = F.substring("text", 1, SAMPLE_CHARS).alias("text")
        rows = (
            self._placed(wanted)
            .select("doc_id", "source", "key", "path", "title", text, "length_chars")
            .collect()
        )
        return {row["doc_id"]: _sample(row) for row in rows}

    def whole(self, doc_ids: Iterable[int], max_chars: int, table: str = "documents") -> dict[int, str]:
        """Return the texts of those rows of `documents` or `corpus` that are no longer than so; two jobs."""
        wanted = sorted(set(doc_ids))
        if not wanted:
            return {}
        short = self._placed(wanted, table).where(F.col("length_chars") <= max_chars)
        return {row["doc_id"]: row["text"] for row in short.select("doc_id", "text").collect()}

    def _placed(self, wanted: Sequence[int], table: str = "documents") -> DataFrame:
        documents = self._read(table).where(F.col("doc_id").isin(list(wanted)))
        places = [tuple(row) for row in documents.select("batch_id", "shard").distinct().collect()]
        batches, shards = ({place[side] for place in places} for side in (0, 1))
        return documents.where(F.col("batch_id").isin(sorted(batches)) & F.col("shard").isin(sorted(shards)))

    def signals(self, doc_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return all signals of some documents; one job."""
        from tamis.signals.registry import FAMILIES

        tables = [table for family in FAMILIES if self._exists(table := f"signals_{family}")]
        if not tables or not doc_ids:
            return {}
        frames = [
            self._read(table)
            .where(F.col("doc_id").isin(list(doc_ids)))
            .select("doc_id", F.to_json(F.struct("*")).alias("found"))
            for table in tables
        ]
        found: dict[int, dict[str, Any]] = {}
        for row in reduce(lambda left, right: left.union(right), frames).collect():
            found.setdefault(row["doc_id"], {}).update(json.loads(row["found"]))
        return found


def _sample(row: Any) -> Sample:
    name = format_doc_id(row["doc_id"])
    text, length = row["text"] or "", row["length_chars"] or 0
    return Sample(name, row["source"], row["key"], row["path"], row["title"], text, length)


@dataclass(frozen=True, slots=True)
class Removed:
    """One removal drawn as an example."""

    doc_id: int
    reason: str
    kept_doc_id: int | None
    jaccard: float | None
    evidence: Mapping[str, Any]

    def example(self, samples: Mapping[int, Sample]) -> Example | None:
        """Return it with its text and that of the document it left for; None where a text is missing."""
        removed, kept = samples.get(self.doc_id), samples.get(self.kept_doc_id or 0)
        if removed is None or (self.kept_doc_id is not None and kept is None):
            return None
        return Example(
            self.reason, removed, evidence_pairs(self.reason, self.evidence), kept, jaccard=self.jaccard
        )


def _drawn(removals: DataFrame, stratum: Column, limit: int) -> list[Removed]:
    """Return the removals with the smallest hashes of each reason and stratum."""
    draw = Window.partitionBy("reason", "stratum").orderBy(F.xxhash64("doc_id"), "doc_id")
    ranked = removals.withColumn("stratum", stratum).withColumn("rank", F.row_number().over(draw))
    rows = ranked.where(F.col("rank") <= limit).orderBy("reason", "stratum", "rank").collect()
    return [
        Removed(
            row["doc_id"],
            row["reason"],
            row["kept_doc_id"],
            row["jaccard"],
            json.loads(row["evidence"] or "{}"),
        )
        for row in rows
    ]


def duplicate_examples(removals: DataFrame) -> list[Removed]:
    """Return some pairs to compare: near-duplicates from each step of similarity, then exact ones; one job.

    Input columns:
        those of ``removals``.

    Shuffles: on the reason and the step of similarity; ranks are limited before it.
    """
    copies = removals.where(F.col("reason").isin(*DUPLICATE_REASONS) & F.col("kept_doc_id").isNotNull())
    step = F.coalesce(F.floor(F.col("jaccard") * 20), F.lit(-1))
    drawn = _drawn(copies, step, EXACT_EXAMPLES)
    near = [item for item in drawn if item.reason == DUPLICATE_REASONS[1]]
    one_a_step = {int((item.jaccard or 0) * 20): item for item in reversed(near)}
    chosen = [one_a_step[step] for step in sorted(one_a_step)][:NEAR_EXAMPLES]
    return chosen + [item for item in drawn if item.reason == DUPLICATE_REASONS[0]]


def removal_examples(read: Read, texts: Texts, reasons: Sequence[Reason]) -> tuple[Example, ...]:
    """Return a few removed documents a reason, beside kept ones; five jobs.

    Input columns:
        removals: as the table. corpus: doc_id.

    Args:
        read: Opens a table.
        texts: Opens texts.
        reasons: Those there are, the most frequent first; of duplicates tells `duplicate_examples`.
    """
    shown = [item.reason for item in reasons if item.reason not in DUPLICATE_REASONS][:SHOWN_REASONS]
    if not shown:
        return ()
    drawn = _drawn(read("removals").where(F.col("reason").isin(shown)), F.lit(0), EXAMPLES)
    kept = _kept(read("corpus"))
    keepers = [item.kept_doc_id for item in drawn if item.kept_doc_id is not None]
    samples = texts.samples([*kept, *keepers, *(item.doc_id for item in drawn)])
    signals = texts.signals(kept)
    made = (
        _beside(item, kept[index % len(kept)] if kept else None, samples, signals)
        for index, item in enumerate(drawn)
    )
    return tuple(example for example in made if example is not None)


def _kept(corpus: DataFrame) -> list[int]:
    rows = corpus.select("doc_id").orderBy(F.xxhash64("doc_id"), "doc_id").limit(KEPT_EXAMPLES).collect()
    return [row["doc_id"] for row in rows]


def _beside(
    item: Removed,
    kept_id: int | None,
    samples: Mapping[int, Sample],
    signals: Mapping[int, Mapping[str, Any]],
) -> Example | None:
    """Return a removal beside the document it left for or, where a rule decided, beside some kept one."""
    example = item.example(samples)
    if example is None or example.kept is not None or group_of(item.reason) not in (QUALITY, LANGUAGE):
        return example
    kept = samples.get(kept_id) if kept_id is not None else None
    signal = "language" if item.reason == "language" else item.reason.split(".")[-2]
    value = signals.get(kept_id or 0, {}).get(signal)
    told = ((signal, _value(value)),) if value is not None else ()
    return Example(item.reason, example.removed, example.evidence, kept, told)


def evidence_pairs(reason: str, evidence: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return a removal's evidence as a reader wants it: the signal with its value, then the bound.

    Example:
        >>> evidence_pairs("gopher_quality.word_count.min", {"value": 12.0, "bound": 50.0})
        (('word_count', '12'), ('at least', '50'))
    """
    parts = reason.split(".")
    names = {"found": "found", "value": "value", "bound": "bound"}
    if len(parts) == 3:
        names |= {"value": parts[1], "bound": "at least" if parts[2] == "min" else "at most"}
    return tuple(
        (names.get(name, name.replace("_", " ")), _value(value))
        for name, value in evidence.items()
        if value is not None
    )


def _value(value: Any) -> str:
    text = plain(float(value)) if isinstance(value, int | float) else str(value)
    return text if len(text) <= VALUE_CHARS else f"{text[:VALUE_CHARS]} …"
