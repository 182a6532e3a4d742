"""Which characters leave a document whose spans are kept elsewhere, so that what stays is still readable.

Offsets are code points of ``documents.text``, half-open. A span leaves with the gap behind it, so that its
neighbours stand as far apart as before; spans at the end leave with the gap before them. The text without the
ranges is the new text, character by character.
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


def span_cuts(starts: NDArray[np.int64], ends: NDArray[np.int64], leaving: Sequence[Leaving]) -> list[Cut]:
    r"""Return the ranges that leave with some of a document's spans, ascending and disjoint.

    Args:
        starts: Shape (n,), first code point of each span, ascending.
        ends: Shape (n,), one past the last; ``ends[i] <= starts[i + 1]``.
        leaving: The spans to cut, ascending by ordinal.

    Returns:
        At most one range a span; neighbours that one document keeps to the same similarity are one range.

    Raises:
        IndexError: an ordinal is not below n: the spans are those of another text.

    Example:
        >>> import numpy as np
        >>> starts, ends = np.array([0, 3, 6]), np.array([1, 4, 7])  # "a\n\nb\n\nc"
        >>> span_cuts(starts, ends, [Leaving(1, 7), Leaving(2, 7)])
        [Cut(start=1, end=7, kept_doc_id=7, jaccard=None)]
    """
    cuts = []
    first_of_tail = _first_of_tail([span.ordinal for span in leaving], len(starts))
    for ordinal, kept_doc_id, jaccard in leaving:
        start, end = int(starts[ordinal]), int(ends[ordinal])
        if ordinal + 1 < len(starts):
            end = int(starts[ordinal + 1])
        if ordinal == first_of_tail and ordinal > 0:
            start = int(ends[ordinal - 1])
        cuts.append(Cut(start, end, kept_doc_id, jaccard))
    return merged(cuts)


def _first_of_tail(ordinals: Sequence[int], count: int) -> int | None:
    """Return the first of the leaving spans that reach to the document's last; None: the last one stays."""
    leaving = set(ordinals)
    first = count
    while first - 1 in leaving:
        first -= 1
    return first if first < count else None


def merged(cuts: Iterable[Cut]) -> list[Cut]:
    """Return ascending cuts with those joined that touch and have the same keeper, to the same similarity."""
    joined: list[Cut] = []
    for cut in cuts:
        if joined and joined[-1].end == cut.start and joined[-1][2:] == cut[2:]:
            joined[-1] = joined[-1]._replace(end=cut.end)
        else:
            joined.append(cut)
    return joined


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
