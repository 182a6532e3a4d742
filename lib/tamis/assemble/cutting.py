"""Which characters leave a document whose spans are kept elsewhere, so that what stays is still readable.

Offsets are code points of ``documents.text``, half-open. Spans leave with the gaps around them but one, so
that their neighbours stand as far apart as before: the one before them, or the first that breaks the line
where that one does not (sentences at the end of a paragraph). The text without the ranges is the new text,
character by character.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class Leaving(NamedTuple):
    """A span that leaves, the document that keeps its text, and to which similarity (None: equal)."""

    ordinal: int
    kept_doc_id: int
    jaccard: float | None = None


class Cut(NamedTuple):
    """One range that leaves, the document that keeps its text, and to which similarity (None: equal)."""

    start: int
    end: int
    kept_doc_id: int
    jaccard: float | None = None


def span_cuts(
    text: str, starts: NDArray[np.int64], ends: NDArray[np.int64], leaving: Sequence[Leaving]
) -> list[Cut]:
    r"""Return the ranges that leave with some of a document's spans, ascending and disjoint.

    Args:
        text: That the spans are of.
        starts: Shape (n,), first code point of each span, ascending.
        ends: Shape (n,), one past the last; ``ends[i] <= starts[i + 1]``.
        leaving: The spans to cut, ascending by ordinal.

    Returns:
        At most one range a span; neighbours that one document keeps to the same similarity are one range.

    Raises:
        IndexError: an ordinal is not below n: the spans are those of another text.

    Example:
        >>> import numpy as np
        >>> text, starts, ends = "a\n\nb\n\nc", np.array([0, 3, 6]), np.array([1, 4, 7])
        >>> span_cuts(text, starts, ends, [Leaving(1, 7), Leaving(2, 7)])
        [Cut(start=1, end=7, kept_doc_id=7, jaccard=None)]
    """
    cuts = []
    for run in _runs(leaving):
        kept_gap = _kept_gap(text, starts, ends, run[0].ordinal, run[-1].ordinal)
        for ordinal, kept_doc_id, jaccard in run:
            start, end = int(starts[ordinal]), int(ends[ordinal])
            if ordinal < kept_gap:
                start = int(ends[ordinal - 1])
            elif ordinal + 1 < len(starts):
                end = int(starts[ordinal + 1])
            cuts.append(Cut(start, end, kept_doc_id, jaccard))
    return merged(cuts)


def _runs(leaving: Sequence[Leaving]) -> list[list[Leaving]]:
    """Return the leaving spans in runs of neighbours."""
    runs: list[list[Leaving]] = []
    for span in leaving:
        if runs and runs[-1][-1].ordinal + 1 == span.ordinal:
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _kept_gap(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64], first: int, last: int) -> int:
    """Return the ordinal of the span behind the gap that stays when a run of spans leaves."""
    if first == 0:
        return first
    if last + 1 == len(starts):
        return last + 1
    breaks = (place for place in range(first, last + 2) if "\n" in text[ends[place - 1] : starts[place]])
    return next(breaks, first)


def merged(cuts: Iterable[Cut]) -> list[Cut]:
    """Return ascending cuts with those joined that touch and have the same keeper, to the same similarity."""
    joined: list[Cut] = []
    for cut in cuts:
        if joined and joined[-1].end == cut.start and joined[-1][2:] == cut[2:]:
            joined[-1] = joined[-1]._replace(end=cut.end)
        else:
            joined.append(cut)
    return joined


def place_without(place: int, ranges: Iterable[tuple[int, int]]) -> int | None:
    """Return where a place of a text lies without ascending, disjoint ranges; None if inside one.

    Example:
        >>> [place_without(place, [(2, 4), (6, 7)]) for place in (2, 3, 4, 8)]
        [2, None, 2, 5]
    """
    gone = 0
    for start, end in ranges:
        if start < place < end:
            return None
        if end <= place:
            gone += end - start
    return place - gone


def without_ranges(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Return the text without ascending, disjoint ranges [start, end).

    Raises:
        ValueError: ranges overlap, run backwards or reach beyond the text; characters would be lost or
            doubled.

    Example:
        >>> without_ranges("abcdef", [(0, 2), (3, 4)])
        'cef'
    """
    parts, last = [], 0
    for start, end in ranges:
        if not last <= start <= end <= len(text):
            raise ValueError(f"cut [{start}, {end}) after {last} in a text of {len(text)} code points")
        parts.append(text[last:start])
        last = end
    parts.append(text[last:])
    return "".join(parts)
