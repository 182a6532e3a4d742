"""Would this run remove more than anyone meant to? Shares against bounds, and the page to look at when so.

A template page that a source repeats, a fetch that went wrong, a threshold of 0.08 for 0.8: each shows as one
source that loses nearly all it has, or as one cluster that holds a large part of everything. The bounds are
the recipe's (`brakes`); at a bound the run goes on, above it nothing is removed.

Pure: `steps.brakes` counts, fetches the examples and writes the files.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from html import escape
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from tamis.document import format_doc_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.config import Brakes

SOURCE, CLUSTER = "source", "cluster"
CHARACTER = "character"
BOUND_OF = {SOURCE: "max_source_loss", CLUSTER: "max_cluster_fraction"}
TOLD = 5  # sources and clusters that the message names; the report has all
_HEAD = (
    '<!doctype html><meta charset="utf-8"><title>tamis: stopped by the brakes</title><style>'
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #bbb;padding:.3em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>"
)


@dataclass(frozen=True, slots=True)
class Example:
    """One document of a source or cluster that went over its bound.

    Attributes:
        doc_id: 16 hex digits.
        name: Its source and key.
        begins: The first words of its text.
        reason: Why it would leave, or a part of it; empty for a cluster's member.
        kept_doc_id: Which document would stay in its place; None for a cluster's member.
        kept_begins: The first words of that one.
    """

    doc_id: str
    name: str
    begins: str
    reason: str = ""
    kept_doc_id: str | None = None
    kept_begins: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A source or cluster over its bound.

    Attributes:
        kind: `SOURCE` or `CLUSTER`.
        name: The source, or the cluster's id in 16 hex digits.
        count: Documents, or characters, that would leave as exact or near duplicates; of a cluster: its
            members.
        total: Documents or characters of the source; of a cluster: all documents.
        bound: The recipe's.
        examples: Some of the documents.
        unit: What is counted.
    """

    kind: str
    name: str
    count: int
    total: int
    bound: float
    examples: tuple[Example, ...] = field(default=())
    unit: str = "document"

    def __str__(self) -> str:
        share = f"{self.count:,} of {self.total:,} {self.unit}s ({self.count / self.total:.2%})"
        does = f"source {self.name!r} would lose" if self.kind == SOURCE else f"cluster {self.name} holds"
        more = " as duplicates" if self.kind == SOURCE else ""
        return f"{does} {share}{more}, more than brakes.{BOUND_OF[self.kind]} = {self.bound:g}"


def most_allowed(bound: float, total: int) -> int:
    """Return how many of ``total`` may leave: the bound is taken as the decimal number that was written.

    Example:
        >>> most_allowed(0.29, 100), 0.29 * 100
        (29, 28.999999999999996)
    """
    return floor(Fraction(repr(bound)) * total)


def source_stops(
    losses: Iterable[tuple[str, int, int]], bound: float | None, unit: str = "document"
) -> list[Stop]:
    """Return the sources over the bound, those that lose the largest share first.

    Args:
        losses: Source, documents (or characters) that would leave as duplicates, documents (or characters).
        bound: Share, 0 .. 1; None: no bound.
        unit: What is counted.
    """
    if bound is None:
        return []
    over = [
        Stop(SOURCE, *loss, bound, unit=unit) for loss in losses if loss[1] > most_allowed(bound, loss[2])
    ]
    return sorted(over, key=lambda stop: (-stop.count / stop.total, stop.name))


def cluster_stops(
    sizes: Iterable[tuple[int, int]], total: int, bound: float | None, unit: str = "document"
) -> list[Stop]:
    """Return the clusters over the bound, the largest first.

    Args:
        sizes: Cluster's id, members.
        total: All units.
        bound: Share, 0 .. 1; None: no bound.
        unit: What is compared.
    """
    if bound is None:
        return []
    limit = most_allowed(bound, total)
    over = [
        Stop(CLUSTER, format_doc_id(name), size, total, bound, unit=unit)
        for name, size in sizes if size > limit
    ]  # fmt: skip
    return sorted(over, key=lambda stop: (-stop.count, stop.name))


def stop_message(stops: Sequence[Stop], page: str) -> str:
    """Return what the error says: who went over, by how much, where to look and what to do.

    Args:
        stops: At least one.
        page: Where the report of the brakes lies.
    """
    told = "; ".join(str(stop) for stop in stops[:TOLD])
    more = f"; and {len(stops) - TOLD} more" if len(stops) > TOLD else ""
    raises = " and ".join(f"brakes.{name}={bound:g}" for name, bound in bounds_that_pass(stops).items())
    return (
        f"assemble: stopped by the brakes, nothing was removed: {told}{more}. Look at {page}, which shows "
        f"some of these documents. If they may leave, set {raises} and run again; if not, look at the "
        "source, the rules of exact_dedup and the threshold of near_dedup"
    )


def bounds_that_pass(stops: Iterable[Stop]) -> dict[str, float]:
    """Return, for each bound that was passed, the next one with three decimals that all would keep."""
    needed: dict[str, float] = {}
    for stop in stops:
        name = BOUND_OF[stop.kind]
        share = ceil(Fraction(stop.count, stop.total) * 1000) / 1000
        needed[name] = max(needed.get(name, 0.0), share)
    return needed


def active(brakes: Brakes) -> bool:
    """Tell whether any bound is set."""
    return brakes.max_source_loss is not None or brakes.max_cluster_fraction is not None


def brakes_json(stops: Sequence[Stop]) -> dict[str, Any]:
    """Return the report as JSON takes it."""
    return {"stopped": True, "stops": [asdict(stop) for stop in stops], "pass_with": bounds_that_pass(stops)}


def brakes_page(stops: Sequence[Stop]) -> str:
    """Return the report as an HTML page of its own, without anything from outside."""
    return "\n".join([_HEAD, "<h1>Stopped by the brakes: nothing was removed</h1>", *map(_section, stops)])


def _section(stop: Stop) -> str:
    rows = "".join(
        f"<tr><td>{escape(item.doc_id)}<br>{escape(item.name)}<td>{escape(item.begins)}"
        f"<td>{escape(item.reason)}<td>{escape(item.kept_doc_id or '')}<br>{escape(item.kept_begins)}"
        for item in stop.examples
    )
    head = "<tr><th>document<th>begins<th>would leave as<th>for"
    return f"<h2>{escape(str(stop))}</h2><table>{head}{rows}</table>"
