"""What a report tells, as plain values: gathered by `steps`, drawn by `page`, stored as summary.json.

Nothing here knows of Spark or HTML, so a page can be made from facts written by hand.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts over buckets that are drawn equally wide.

    Attributes:
        edges: n + 1 ascending bounds; evenly spaced, or evenly spaced logarithms.
        series: Name to n counts.
        is_log: How the edges are spaced.
    """

    edges: tuple[float, ...]
    series: dict[str, tuple[int, ...]]
    is_log: bool = False

    @property
    def total(self) -> int:
        """All counts together."""
        return sum(sum(counts) for counts in self.series.values())


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the whole output.

    Attributes:
        records: As the ledger ``inputs`` counts them, containers apart.
        containers: Archives, mailboxes and mails with attachments whose members are records.
        extracted: Rows of ``documents``.
        removed: Rows of ``removals``.
        failed: Distinct doc_ids of ``failures``.
        forgotten: Records that were taken down.
        ranges_failed: Failures that are a byte range, not a record.
        kept_chars_before: Code points of the kept documents as extracted.
        kept_chars: Code points of them in ``corpus``.
        cut_chars: Code points of ``cuts``.
    """

    files: int = 0
    bytes: int = 0
    records: int = 0
    containers: int = 0
    extracted: int = 0
    kept: int = 0
    removed: int = 0
    failed: int = 0
    forgotten: int = 0
    ranges_failed: int = 0
    kept_chars_before: int = 0
    kept_chars: int = 0
    cut_chars: int = 0

    @property
    def records_add_up(self) -> bool:
        """Every record found is in the corpus, a removal, a failure or a tombstone."""
        return self.records == self.kept + self.removed + self.failed + self.forgotten

    @property
    def chars_add_up(self) -> bool:
        """Every character of a kept document is in the corpus or in a cut."""
        return self.kept_chars_before == self.kept_chars + self.cut_chars


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to leave: how many documents it took, and how many characters they held."""

    reason: str
    documents: int
    chars: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One error code: how many records and byte ranges failed; ``examples`` are (path, message)."""

    code: str
    stage: str
    records: int
    examples: tuple[tuple[str, str], ...] = ()
    ranges: int = 0


@dataclass(frozen=True, slots=True)
class SkippedRecords:
    """Records of web archives that are no documents, such as requests: they are in no other count."""

    reason: str
    records: int


@dataclass(frozen=True, slots=True)
class Split:
    """What became of one part of the records (a source, a language, a media type).

    Attributes:
        removed: Documents removed by group of reasons (see `groups`).
    """

    label: str
    kept: int
    failed: int = 0
    removed: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Records of this part."""
        return self.kept + self.failed + sum(self.removed.values())


@dataclass(frozen=True, slots=True)
class Rule:
    """One bound on one signal.

    Attributes:
        kind: ``min`` or ``max``: the bound is the smallest or the largest value that stays.
        broke: Documents on the wrong side of the bound.
        alone: Those that broke no other rule.
        first: Those for which it was the first rule broken: it is their reason.
        values: The signal over all documents, series ``documents``; None if it was not measured.
    """

    reason: str
    signal: str
    kind: str
    bound: float
    broke: int = 0
    alone: int = 0
    first: int = 0
    values: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of one document; ``text`` is at most `SAMPLE_CHARS` code points."""

    doc_id: str
    source: str
    key: str
    path: str
    title: str | None
    text: str
    length_chars: int


@dataclass(frozen=True, slots=True)
class Example:
    """A removed document beside one that stayed.

    Attributes:
        evidence: Label and value, as ``("word_count", "12")``.
        kept: The copy that stays in its place, or for other reasons some kept document.
        kept_evidence: The same signal of the kept document.
        jaccard: Near-duplicates: similarity of the two.
    """

    reason: str
    removed: Sample
    evidence: tuple[tuple[str, str], ...] = ()
    kept: Sample | None = None
    kept_evidence: tuple[tuple[str, str], ...] = ()
    jaccard: float | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A kept document and how many copies left for it."""

    doc_id: str
    title: str | None
    key: str
    exact: int
    near: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Documents that left for another.

    Attributes:
        sizes: (smallest size, largest size, kept documents that so many share); a size counts the keeper.
        largest: The biggest families.
        jaccards: Near-duplicates, documents or parts, by similarity to their keeper, series ``removed``.
        examples: Pairs with their texts.
    """

    sizes: tuple[tuple[int, int, int], ...] = ()
    largest: tuple[Family, ...] = ()
    jaccards: Histogram | None = None
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Precision:
    """Near-duplicates drawn and compared exactly: ``near`` of ``pairs`` reach the threshold."""

    pairs: int
    near: int
    least: float


@dataclass(frozen=True, slots=True)
class NearDedup:
    """How near-duplicates were looked for; ``counts`` is what the stage noted, summed over batches."""

    threshold: float
    clusters: str
    bands: int | None = None
    rows: int | None = None
    counts: dict[str, str] = field(default_factory=dict)
    precision: Precision | None = None
    unit: str = "document"


@dataclass(frozen=True, slots=True)
class CutReason:
    """Spans cut from kept documents for one reason."""

    reason: str
    spans: int
    chars: int
    documents: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that many documents hold; ``text`` is None where it lies too far into its document."""

    text: str | None
    holders: int
    path: str


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """The token files of one format."""

    name: str
    files: int
    bytes: int
    documents: int
    sequences: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token files, and the lengths of documents in tokens (series ``documents``)."""

    formats: tuple[TokenFormat, ...]
    lengths: Histogram | None = None


@dataclass(frozen=True, slots=True)
class StageTime:
    """What a stage cost over all its commits, and the rows that its tables hold."""

    stage: str
    seconds: float
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that a report tells of one output.

    Attributes:
        created_utc: When the run's last stage before the report ended, ISO 8601.
        recipe: The settings, as `config.Recipe` takes them.
        lengths: Length in characters by what became of a document: series ``kept``, then groups of reasons.
        versions: Table to Delta version.
    """

    name: str
    run_id: str = ""
    version: str = ""
    created_utc: str = ""
    output: str = ""
    title: str | None = None
    totals: Totals = field(default_factory=Totals)
    reasons: tuple[Reason, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: tuple[SkippedRecords, ...] = ()
    sources: tuple[Split, ...] = ()
    languages: tuple[Split, ...] = ()
    media_types: tuple[Split, ...] = ()
    extractors: tuple[Split, ...] = ()
    lengths: Histogram | None = None
    rules: tuple[Rule, ...] = ()
    examples: tuple[Example, ...] = ()
    duplicates: Duplicates | None = None
    near_dedup: NearDedup | None = None
    cuts: tuple[CutReason, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    tokens: Tokens | None = None
    stages: tuple[StageTime, ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the facts as JSON; lone surrogates become U+FFFD, since a file is UTF-8."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode("utf-8", "replace").decode("utf-8") + "\n"


SAMPLE_CHARS = 20_000  # of each example's text: some 3,000 words to diff, 2 MB for 100 examples on the driver
