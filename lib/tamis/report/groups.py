"""Reasons -> the few groups that a reader thinks in, in the order in which assemble applies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamis.report.facts import ReportFacts


@dataclass(frozen=True, slots=True)
class Group:
    """A group of reasons.

    Attributes:
        name: Also its colour in `page.css`.
        label: For a reader, as what took the documents.
        after: The funnel's name for what is left after it.
    """

    name: str
    label: str
    after: str


EMPTY = Group("empty", "no text", "With text")
LANGUAGE = Group("language", "other languages", "In a wanted language")
QUALITY = Group("quality", "quality rules", "Within all rules")
REPEATED = Group("repeated", "repeated records", "Without repeated records")
EXACT = Group("exact", "exact duplicates", "Without exact duplicates")
NEAR = Group("near", "near-duplicates", "Without near-duplicates")
LENGTH = Group("length", "too short after cuts", "Long enough after cuts")

GROUPS = (EMPTY, LANGUAGE, QUALITY, REPEATED, EXACT, NEAR, LENGTH)

_BY_REASON = {
    "empty_text": EMPTY,
    "duplicate_record": REPEATED,
    "language": LANGUAGE,
    "exact_duplicate": EXACT,
    "near_duplicate": NEAR,
    "too_short": LENGTH,
}

DUPLICATE_REASONS = ("exact_duplicate", "near_duplicate")

_PLAIN = {
    "empty_text": "no text in it",
    "duplicate_record": "the same record again",
    "language": "another language",
    "exact_duplicate": "equal to a document that stays",
    "near_duplicate": "nearly equal to a document that stays",
    "too_short": "too little left after cuts",
}


def group_of(reason: str) -> Group:
    """Return the group of a reason; a bound on a signal (``preset.signal.min``) is a quality rule.

    Example:
        >>> group_of("gopher_quality.word_count.min").name
        'quality'
    """
    return _BY_REASON.get(reason, QUALITY)


def describe(reason: str) -> str:
    """Return a reason in plain words.

    Example:
        >>> describe("gopher_quality.word_count.min")
        'word count below the least allowed'
    """
    if reason in _PLAIN:
        return _PLAIN[reason]
    parts = reason.split(".")
    if len(parts) == 3 and parts[2] in ("min", "max"):
        side = "below the least allowed" if parts[2] == "min" else "above the most allowed"
        return f"{parts[1].replace('_', ' ')} {side}"
    return reason.replace("_", " ")


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of the funnel.

    Attributes:
        lost: Records that left on the way to this step.
        cause: What they left by: a group's name, ``failed`` or ``forgotten``; empty for the first step.
        label: Of the cause.
        left: Records that are left.
    """

    name: str
    left: int
    lost: int = 0
    cause: str = ""
    label: str = ""


def funnel_steps(facts: ReportFacts) -> list[FunnelStep]:
    """Return the funnel: records found, extracted, what each group of reasons leaves, the corpus.

    Groups that took nothing are left out. The last step holds what the sums give; where they do not
    add up it differs from the corpus, and the page says so.
    """
    totals = facts.totals
    steps = [FunnelStep("Records found", totals.records)]
    losses = [
        ("forgotten", totals.forgotten, "taken down", "Not taken down"),
        ("failed", totals.failed, "could not be processed", "Extracted"),
        *((group.name, removed_by(facts, group), group.label, group.after) for group in GROUPS),
    ]
    for cause, lost, label, name in losses:
        if lost or cause == "failed":
            steps.append(FunnelStep(name, steps[-1].left - lost, lost, cause, label))
    return steps


def removed_by(facts: ReportFacts, group: Group) -> int:
    """Return how many documents left for the reasons of a group."""
    return sum(item.documents for item in facts.reasons if group_of(item.reason) == group)
