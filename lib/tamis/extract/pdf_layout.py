"""What the lines of a document have in common: the body's size, headings, margins, leading."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tamis.extract.pdf_page import Line, Page

HEADING_RATIO = 1.15  # of the body's size
BOLD_HEADING_RATIO = 1.07  # papers set bold headings of 12 points over a body of 11
MAX_HEADING_SHARE = 0.2  # of a document's characters: more is a poster or slides, whose sizes tell no rank
MAX_HEADING_SIZES = 8  # OCR gives each line a size of its own
MAX_LEVEL = 6
COLUMN_EM = 3.0  # left edges so near belong to one column
GAPPY_RATIO = 1.4  # of the usual width of a character: the line holds gaps, as rows of tables do
MAX_INDENT = 60  # characters; further right stands another column
MIN_WIDTH_CHARS = 20  # of a line whose characters' width counts

WORDS = re.compile(r"[^\W\d_]{2}|[\u2e80-\uffdc]")
# From an entry of a table of contents to its page, and the page's number: "Scope . . . . 3".
LEADERS = re.compile(
    r"(?:[ \xa0]?[.·…‥]){4,}[ \xa0]*(?:\d{1,4}|[ivxlc]{1,7})?$|(?:[ \xa0]\.){3,}[ \xa0]\d{1,4}$"
)


@dataclass(slots=True)
class Item:
    """A line and what it is.

    Attributes:
        text: The line's, without leaders to a page number.
        page: Index of its page.
        margin: Where the lines of its column end, in points.
        level: Of a heading; 0: none.
        is_code: Set in a font of fixed pitch.
        indent: Of code: by how many characters it is set in.
        is_whole: The author's line end follows, whatever comes next.
    """

    line: Line
    text: str
    page: int
    margin: float
    level: int = 0
    is_code: bool = False
    indent: int = 0
    is_whole: bool = False


def body_size(pages: Sequence[Page]) -> float:
    """Return the font size, to half a point, that most characters of a document have."""
    chars = _chars_by(pages, lambda line: _half_points(line.size))
    return max(chars.items(), key=lambda item: (item[1], -item[0]), default=(0.0, 0))[0]


def items_of(pages: Sequence[Page]) -> list[Item]:
    """Return all lines of a document, told what each is."""
    levels = _heading_levels(pages)
    has_code = 2 * _chars_by(pages, lambda line: line.is_mono)[True] <= _chars_by(pages, lambda _: 1)[1]
    items = [
        Item(
            line,
            text := LEADERS.sub("", line.text),
            number,
            margin,
            level=levels.get((_half_points(line.size), line.is_bold), 0) if _can_head(line) else 0,
            is_code=has_code and line.is_mono,
            is_whole=text != line.text or line.is_table,
        )
        for number, page in enumerate(pages)
        for line, margin in zip(page.lines, _right_margins(page.lines), strict=True)
    ]
    _mark_gappy(items)
    _set_in(items)
    return items


def usual_leading(items: Sequence[Item]) -> dict[int, float]:
    """Return the usual distance of two baselines for each font size: the median."""
    steps: defaultdict[int, list[float]] = defaultdict(list)
    for above, below in pairwise(items):
        step = above.line.base - below.line.base
        size = round(below.line.size)
        if above.page == below.page and size == round(above.line.size) and 0.5 * size < step < 3 * size:
            steps[size].append(step)
    return {size: sorted(found)[len(found) // 2] for size, found in steps.items()}


def _half_points(size: float) -> float:
    return round(2 * size) / 2


def _chars_by(pages: Sequence[Page], key: Callable[[Line], float]) -> Counter[float]:
    """Count the characters of all lines by what a key tells of a line."""
    chars: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            chars[key(line)] += len(line.text)
    return chars


def _heading_levels(pages: Sequence[Page]) -> dict[tuple[float, bool], int]:
    """Return the level of each look (size, bold) that headings have, the largest first."""
    body = body_size(pages)
    chars: Counter[tuple[float, bool]] = Counter()
    for page in pages:
        for line in page.lines:
            chars[_half_points(line.size), line.is_bold] += len(line.text)
    looks = [
        (size, is_bold)
        for size, is_bold in chars
        if size >= (BOLD_HEADING_RATIO if is_bold else HEADING_RATIO) * body > 0
    ]
    sizes = sorted({size for size, _ in looks}, reverse=True)
    if (
        len(sizes) > MAX_HEADING_SIZES
        or sum(chars[look] for look in looks) > MAX_HEADING_SHARE * chars.total()
    ):
        return {}
    return {look: min(sizes.index(look[0]) + 1, MAX_LEVEL) for look in looks}


def _can_head(line: Line) -> bool:
    return (
        line.is_level
        and not (line.is_mono or line.is_guessed or line.is_table)
        and WORDS.search(line.text) is not None
    )


def _right_margins(lines: Sequence[Line]) -> list[float]:
    """Return for each line where its column's lines end: right edges but for a tenth that sticks out."""
    margins = [0.0] * len(lines)
    for column in _columns(lines):
        rights = sorted(lines[at].right for at in column)
        for at in column:
            margins[at] = rights[len(rights) - 1 - len(rights) // 10]
    return margins


def _columns(lines: Sequence[Line]) -> Iterator[list[int]]:
    """Yield the places of lines whose left edges lie close to each other."""
    column: list[int] = []
    for at in sorted(range(len(lines)), key=lambda at: lines[at].left):
        if column and lines[at].left - lines[column[-1]].left > COLUMN_EM * max(lines[at].size, 4.0):
            yield column
            column = []
        column.append(at)
    if column:
        yield column


def _mark_gappy(items: Sequence[Item]) -> None:
    """Keep the line ends of rows with wide gaps: the median tells the usual width of a character in em."""
    widths = [_char_width(item) for item in items]
    usual = sorted(
        width
        for width, item in zip(widths, items, strict=True)
        if width and len(item.text) >= MIN_WIDTH_CHARS and not item.line.is_table
    )
    bound = GAPPY_RATIO * usual[len(usual) // 2] if usual else float("inf")
    for item, width in zip(items, widths, strict=True):
        item.is_whole |= not item.level and width > bound


def _char_width(item: Item) -> float:
    line = item.line
    return (line.right - line.left) / len(item.text) / line.size if item.text and line.size > 0 else 0.0


def _set_in(items: Sequence[Item]) -> None:
    """Tell the indents of code, from the leftmost of the lines that follow each other down a page."""
    block: list[Item] = []
    for item in (*items, None):
        if block and (item is None or not item.is_code or _is_elsewhere(block[-1], item)):
            _set_block_in(block)
            block = []
        if item is not None and item.is_code:
            block.append(item)


def _is_elsewhere(above: Item, below: Item) -> bool:
    """Say whether a line is on another page or in another column."""
    return above.page != below.page or below.line.base > above.line.base + 0.5 * below.line.size


def _set_block_in(block: Sequence[Item]) -> None:
    edge = min(item.line.left for item in block)
    pitches = sorted(_char_width(item) * item.line.size for item in block)
    pitch = pitches[len(pitches) // 2]
    for item in block:
        columns = round((item.line.left - edge) / pitch) if pitch > 0 else 0
        item.indent = columns if columns <= MAX_INDENT else 0
