"""Reading order of columns whose rows came one after another.

Most files hold a column after the other, and that order is kept: of 1,047 pages of real files 82 have gaps
that lie over each other in six rows or more, and all of these are tables, whose rows must stay. So columns
are read one after the other only where both are prose: full lines whose sentences run on.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.extract.pdf_page import Line

MIN_ROWS = 6  # that the gap between two columns runs through
MIN_GAP_EM = 1.0
MIN_SIDE_EM = 8.0  # no column of prose is narrower
MIN_RUN_ON = 0.5  # of the lines of a column of prose begin with a small letter after no end of a sentence
FULL_SHARE = 0.6  # of the widest line, that half of the lines of prose have
MIN_WORDS = 4
SENTENCE_ENDS = (".", "!", "?", ":", ";")
ROW_EM = 0.4


def in_columns(pieces: Sequence[Line]) -> list[Line] | None:
    """Return lines column by column, or None where there are no two columns of prose.

    Args:
        pieces: Lines in the order of rows; the columns' lines are apart.

    Lines that cross the gap part the page: above them both columns end.
    """
    gutter = _gutter(pieces)
    if gutter is None:
        return None
    left = [line for line in pieces if line.right <= gutter]
    right = [line for line in pieces if line.left >= gutter]
    if not (_is_prose(left) and _is_prose(right)):
        return None
    ordered: list[Line] = []
    waiting: list[Line] = []
    for line in pieces:
        if line.right <= gutter:
            ordered.append(line)
        elif line.left >= gutter:
            waiting.append(line)
        else:
            ordered += [*waiting, line]
            waiting = []
    return ordered + waiting


def gap_of(boxes: Iterable[tuple[float, float]], size: float) -> float | None:
    """Return the middle of the widest gap of a row, or None if no column can end there.

    Args:
        boxes: Left and right edges of the row's parts, in any order.
        size: Its font size.
    """
    ordered = sorted(boxes)
    end = ordered[0][1] if ordered else 0.0
    widest, middle = MIN_GAP_EM * size, None
    for left, right in ordered:
        if left - end > widest:
            widest, middle = left - end, (left + end) / 2
        end = max(end, right)
    if middle is None or min(middle - ordered[0][0], end - middle) < MIN_SIDE_EM * size:
        return None
    return middle


def _gutter(pieces: Sequence[Line]) -> float | None:
    """Return where the gaps of most rows lie over each other."""
    gaps = [
        (a.right, b.left)
        for a, b in pairwise(pieces)
        if abs(a.base - b.base) < ROW_EM * b.size and b.left - a.right > MIN_GAP_EM * b.size
    ]
    middles = [(left + right) / 2 for left, right in gaps]
    through = [sum(left < middle < right for left, right in gaps) for middle in middles]
    best = max(range(len(gaps)), key=through.__getitem__, default=None)
    return None if best is None or through[best] < MIN_ROWS else middles[best]


def _is_prose(column: Sequence[Line]) -> bool:
    """Tell whether the lines of a column run on from one to the next."""
    steps = [
        not above.text.endswith(SENTENCE_ENDS) and below.text[:1].islower()
        for above, below in pairwise(column)
    ]
    widths = sorted(line.right - line.left for line in column)
    words = sorted(line.text.count(" ") + 1 for line in column)
    half = len(column) // 2
    is_full = len(column) >= MIN_ROWS and widths[half] >= FULL_SHARE * widths[-1]
    return is_full and words[half] >= MIN_WORDS and sum(steps) >= MIN_RUN_ON * len(steps)
