"""Facts -> one HTML page that needs nothing else: no script, no request, no font.

A content security policy in the page forbids both, so that not even a document's text could bring them in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tamis.report import charts, groups, numbers
from tamis.report.diff import places, word_diff
from tamis.report.svg import tag
from tamis.report.visible import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from tamis.report.diff import Hunk
    from tamis.report.facts import Example, NearDedup, ReportFacts, Rule, Split

SHOWN_CHARS = 700  # of an example: about ten lines
SHOWN_PLACES = 6  # of a diff
SHOWN_SPLITS = 12  # rows of a table of languages or types; the rest is one row
SHOWN_MARK_CHARS = 1_500  # of a stretch that one side of a diff has alone


LABELS = {
    "kept": "kept",
    **{group.name: group.label for group in groups.GROUPS},
    "failed": "could not be processed",
}

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "text/html": "HTML", "application/xhtml+xml": "XHTML", "text/markdown": "Markdown",
    "text/plain": "plain text", "application/pdf": "PDF", "application/json": "JSON",
    f"{_OFFICE}wordprocessingml.document": "Word (DOCX)",
    f"{_OFFICE}presentationml.presentation": "PowerPoint (PPTX)",
    f"{_OFFICE}spreadsheetml.sheet": "Excel (XLSX)",
}  # fmt: skip


def render(facts: ReportFacts) -> str:
    """Return the page as HTML; same facts, same bytes."""
    template = _environment().get_template("page.html.j2")
    style = Markup(_style())  # noqa: S704 - our own file
    page = template.render(facts=facts, totals=facts.totals, style=style)
    return page.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tamis.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "count": numbers.count, "compact": numbers.compact, "size": numbers.size,
        "duration": numbers.duration, "plural": numbers.plural, "visible": visible,
        "shorten": lambda text: shorten(visible(text), SHOWN_CHARS), "breakable": breakable,
    }  # fmt: skip
    environment.globals |= {
        "charts": charts, "percent": numbers.percent, "describe": groups.describe,
        "group_of": groups.group_of,
        "groups": groups.GROUPS, "removed_by": groups.removed_by, "funnel_steps": groups.funnel_steps,
        "headline": headline, "compare": compare, "split_parts": split_parts, "folded": folded,
        "by_reason": by_reason, "near_counts": near_counts, "rule_title": rule_title, "outcome": outcome,
        "labels": LABELS, "yaml": as_yaml, "media_types": MEDIA_TYPES,
    }  # fmt: skip
    return environment


def _style() -> str:
    environment = _environment()
    source, _, _ = environment.loader.get_source(environment, "page.css")  # type: ignore[union-attr]
    return source


def headline(facts: ReportFacts) -> str:
    """Return what came out, in one sentence."""
    totals = facts.totals
    if not totals.records:
        return "No records were found in the inputs."
    share = numbers.percent(totals.kept, totals.records)
    parts = [f"{totals.kept:,} of {numbers.plural(totals.records, 'record')} ({share}) are in the corpus"]
    parts.append(f"{totals.removed:,} left for a stated reason")
    failed = f"{totals.failed:,} could not be processed"
    if totals.forgotten:
        return f"{parts[0]}; {parts[1]}, {failed} and {totals.forgotten:,} were taken down."
    return f"{parts[0]}; {parts[1]} and {failed}."


def outcome(facts: ReportFacts) -> list[tuple[str, str, int]]:
    """Return the records by what became of them: (colour, label, records)."""
    removed = [(group.name, group.label, groups.removed_by(facts, group)) for group in groups.GROUPS]
    totals = facts.totals
    ends = [
        ("failed", "could not be processed", totals.failed),
        ("forgotten", "taken down", totals.forgotten),
    ]
    return [part for part in [("kept", "kept", totals.kept), *removed, *ends] if part[2]]


def split_parts(split: Split) -> list[tuple[str, str, int]]:
    """Return a split as the parts of a bar, in the funnel's colours."""
    removed = [(group.name, group.label, split.removed.get(group.name, 0)) for group in groups.GROUPS]
    return [("kept", "kept", split.kept), *removed, ("failed", "could not be processed", split.failed)]


def folded(splits: Sequence[Split]) -> list[Split]:
    """Return the largest splits, and the rest as one."""
    from tamis.report.facts import Split

    ordered = sorted(splits, key=lambda split: (-split.total, split.label))
    if len(ordered) <= SHOWN_SPLITS + 1:
        return ordered
    rest = ordered[SHOWN_SPLITS:]
    names = {name for split in rest for name in split.removed}
    removed = {name: sum(split.removed.get(name, 0) for split in rest) for name in sorted(names)}
    kept, failed = sum(split.kept for split in rest), sum(split.failed for split in rest)
    return [*ordered[:SHOWN_SPLITS], Split(f"{len(rest)} others", kept, failed, removed)]


def by_reason(facts: ReportFacts) -> list[tuple[str, int, list[Example]]]:
    """Return the examples by reason, with the reason's documents, the most frequent first."""
    taken = {item.reason: item.documents for item in facts.reasons}
    found: dict[str, list[Example]] = {}
    for example in facts.examples:
        found.setdefault(example.reason, []).append(example)
    ordered = sorted(found, key=lambda reason: (-taken.get(reason, 0), reason))
    return [(reason, taken.get(reason, 0), found[reason]) for reason in ordered]


def as_yaml(recipe: Mapping[str, Any]) -> str:
    """Return settings as a recipe file has them, in their own order."""
    import yaml

    return yaml.safe_dump(dict(recipe), sort_keys=False, allow_unicode=True, width=100)


def breakable(name: str) -> Markup:
    """Return a technical name that may be broken behind its dots and underscores."""
    pieces = (Markup.escape(piece) for piece in re.findall(r"[^._/]*[._/]?", name) if piece)
    return Markup("<wbr>").join(pieces)


def rule_title(rule: Rule) -> str:
    """Return what a rule's picture shows, in words."""
    side = "at least" if rule.kind == "min" else "at most"
    bound = numbers.plain(rule.bound)
    return f"Distribution of {rule.signal}, which must be {side} {bound}; {rule.broke:,} documents break it"


def compare(example: Example) -> tuple[list[tuple[int, Markup, Markup]], int]:
    """Return where a kept and a removed text differ, and how many places are not shown.

    Returns:
        For each place: equal words left out before it, the kept side, the removed side; none for equal texts.
    """
    if example.kept is None:
        return [], 0
    found = places(word_diff(visible(example.kept.text), visible(example.removed.text)))
    rows = [
        (place.skipped, _side(place.hunks, "left"), _side(place.hunks, "right"))
        for place in found[:SHOWN_PLACES]
        if any(not hunk.same for hunk in place.hunks)
    ]
    return rows, len(found) - len(rows)


def _side(hunks: Sequence[Hunk], side: str) -> Markup:
    """Return one side of a place; the words that only it has are marked."""
    pieces: list[Markup] = []
    for hunk in hunks:
        text = "".join(getattr(hunk, side))
        if not hunk.same and len(text) > SHOWN_MARK_CHARS:
            text = text[:SHOWN_MARK_CHARS] + " … "
        words = text.rstrip()
        pieces.append(Markup.escape(words) if hunk.same or not words else tag("mark", words, class_=side))
        pieces.append(Markup.escape(text[len(words) :]))
    return Markup("").join(pieces)


_NEAR_LABELS = {
    "near_candidates": "candidate pairs",
    "near_accepted_by_signature": "accepted by their signatures",
    "near_grey": "too close to call by signature",
    "near_grey_fraction": "share of those",
    "near_accepted_by_shingles": "of those accepted by their exact sets",
    "near_rejected": "rejected",
    "near_pairs_given_up": "pairs given up in crowded buckets",
    "near_equal_documents": "further {unit}s with an equal set",
}


def near_counts(near: NearDedup) -> list[tuple[str, str]]:
    """Return what the stage counted: what is known in words and in the order of the work, then the rest."""
    names = [name for name in _NEAR_LABELS if name in near.counts]
    names += [name for name in near.counts if name not in _NEAR_LABELS]
    rows = [
        (_NEAR_LABELS.get(name, _words(name)).format(unit=near.unit), _shown(near.counts[name]))
        for name in names
    ]
    if near.precision is None:
        return rows
    found = near.precision
    told = f"{found.near:,} of {found.pairs:,}; the least {found.least:.3f}"
    drawn = "removals" if near.unit == "document" else "cuts"
    return [*rows, (f"{drawn} drawn that reach {near.threshold} exactly", told)]


def _words(name: str) -> str:
    return name.removeprefix("near_").replace("_", " ")


def _shown(value: Any) -> str:
    """Return a stage's fact: whole numbers with thousands marked, anything else as it is."""
    text = str(value)
    return f"{int(text):,}" if text.isascii() and text.isdigit() else text
