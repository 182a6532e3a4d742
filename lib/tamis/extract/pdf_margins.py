"""Running heads, footers and page numbers: told by where they stand and what comes back, and taken out.

A *row* is what stands on one baseline; a *band* is the rows that stand equally far from the same edge, over
all pages. Text alone does not tell: heads change with their sections; nor does place: the first line of the
body stands at one height, too. So a band is judged as a whole, by how many of its rows come back or count
pages, and a row goes only with all that stand further out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.extract.pdf_page import Line, Page

DEPTH = 3  # rows from each edge that may be running ones
ZONE = 0.2  # of the page's height
WIDE_EM = 15.0  # a line of the text, not of a margin
ROW_POINTS = 2.0  # baselines so near make one row
BAND_POINTS = 1.5
MIN_PAGES = 3  # that a band must be found on; on fewer, only page numbers are told
MIN_PAGES_OF_NUMBERS = 2
MIN_BAND_SHARE = 0.5  # of a band's rows that must come back or count pages
MIN_ROW_SHARE = 0.3  # of all pages that a row is on, to go without its band
MAX_NUMBER_CHARS = 20  # of a row that says little beside its number ("Page 1 of 2")
APART_RATIO = 1.8  # body sizes between the baselines of a head and the body; lines of a text: 1.2
HEADING_RATIO = 1.15  # larger than the body: titles of slides repeat too

DIGITS = re.compile(r"\d+")
ROMAN = re.compile(r"^[ivxlc]+(?= |$)|(?<= )[ivxlc]+$|^[IVXLC]+$")  # in upper case only if alone
LETTER = re.compile(r"[^\W\d_]")
ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(slots=True)
class _Row:
    page: int
    lines: list[Line]
    distance: float
    gap: float = float("inf")
    key: str = ""
    numbers: frozenset[int] = frozenset()
    is_proven: bool = False
    is_frequent: bool = False
    is_running: bool = False

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)


def drop_running_lines(pages: Sequence[Page], body_size: float) -> int:
    """Take the running lines out of pages, in place; return how many.

    Args:
        pages: All pages of one document.
        body_size: Font size of its body.
    """
    if len(pages) < MIN_PAGES_OF_NUMBERS:
        return 0
    before = [page.lines for page in pages]
    for rows_of in (_side_rows, partial(_edge_rows, at_top=True), partial(_edge_rows, at_top=False)):
        places = [rows_of(number, page) for number, page in enumerate(pages)]
        for band in _bands(row for rows in places for row in rows):
            _judge(band, len(pages), body_size)
        for page, rows in zip(pages, places, strict=True):
            running = _running_lines(rows)
            page.lines = [line for line in page.lines if id(line) not in running]
    if not any(page.lines for page in pages):  # pages that say their number only: it is the text
        for page, lines in zip(pages, before, strict=True):
            page.lines = lines
    return sum(map(len, before)) - sum(len(page.lines) for page in pages)


def _side_rows(number: int, page: Page) -> list[_Row]:
    """Return the lines in the margins beside the text, each a row."""
    wide = [line for line in page.lines if line.right - line.left > WIDE_EM * line.size]
    left = min((line.left for line in wide), default=0.0)
    right = max((line.right for line in wide), default=0.0)
    beside = [line for line in page.lines if wide and (line.right < left or line.left > right)]
    return [_told(_Row(number, [line], page.top - line.base)) for line in beside]


def _edge_rows(number: int, page: Page, *, at_top: bool) -> list[_Row]:
    """Return the rows nearest to an edge, outermost first."""
    reach = ZONE * (page.top - page.bottom)
    rows: list[_Row] = []
    for line in sorted(page.lines, key=lambda line: -line.base if at_top else line.base):
        distance = page.top - line.base if at_top else line.base - page.bottom
        if rows and abs(distance - rows[-1].distance) <= ROW_POINTS:
            rows[-1].lines.append(line)
            continue
        if rows:
            rows[-1].gap = distance - rows[-1].distance
        if len(rows) == DEPTH or distance > reach:
            break
        rows.append(_Row(number, [line], distance))
    return [_told(row) for row in rows]


def _told(row: _Row) -> _Row:
    """Fill in what a row says."""
    said = " ".join(line.text for line in sorted(row.lines, key=lambda line: line.left))
    text = " ".join(said.split())
    row.key = ROMAN.sub("#", DIGITS.sub("#", text)).lower()
    row.numbers = frozenset() if row.lines[0].is_table else _numbers(text)
    return row


def _numbers(text: str) -> frozenset[int]:
    """Return the numbers that a row begins or ends with, or that are all it says."""
    found = DIGITS.findall(text)
    numbers = {int(found[0]), int(found[-1])} if found and len(found[0]) < 7 > len(found[-1]) else set()
    return frozenset(numbers | {_roman_value(word.lower()) for word in ROMAN.findall(text)})


def _roman_value(word: str) -> int:
    values = [ROMAN_VALUES[letter] for letter in word]
    return values[-1] + sum(-a if a < b else a for a, b in pairwise(values))


def _bands(rows: Iterable[_Row]) -> list[list[_Row]]:
    bands: list[list[_Row]] = []
    last = float("-inf")
    for row in sorted(rows, key=lambda row: row.distance):
        if row.distance - last > BAND_POINTS:
            bands.append([])
        bands[-1].append(row)
        last = row.distance
    return bands


def _judge(band: list[_Row], page_count: int, body_size: float) -> None:
    """Mark the running rows of a band.

    A row is proven by a number that counts the pages, by a text that comes back, or, where it stands apart
    from the body, by words that it begins with.
    """
    offset, counting = _page_offset(band)
    is_long = page_count >= MIN_PAGES
    texts = _recurring((row, row.key) for row in band)
    starts = _recurring((row, _beginning(row.key)) for row in band)
    for row in band:
        counts = counting >= min(MIN_PAGES, page_count) and row.page + offset in row.numbers
        apart = row.gap >= APART_RATIO * body_size
        says = is_long and (row.key in texts or (apart and _beginning(row.key) in starts))
        # A text may begin with "Question 3" on page 3: what says more than its number must stand apart.
        is_bare = len(row.key) <= MAX_NUMBER_CHARS
        row.is_proven = (counts and (is_bare or (is_long and apart))) or says
    _mark(band, page_count, body_size)


def _mark(band: list[_Row], page_count: int, body_size: float) -> None:
    proven = [row for row in band if row.is_proven]
    shared = Counter(row.key for row in proven)
    sizes = {round(row.size) for row in proven}
    pages = len({row.page for row in proven})
    runs = pages >= min(MIN_PAGES, page_count) and len(proven) >= MIN_BAND_SHARE * len(band)
    for row in band:
        row.is_frequent = shared[row.key] >= max(MIN_PAGES, MIN_ROW_SHARE * page_count)
        fits = row.is_proven or (page_count >= MIN_PAGES and round(row.size) in sizes)
        is_small = row.size <= HEADING_RATIO * body_size or not LETTER.search(row.key)
        row.is_running = row.is_frequent or (runs and fits and is_small)


def _recurring(keys: Iterable[tuple[_Row, str]]) -> set[str]:
    """Return the keys with letters that stand on two pages or more."""
    pages: defaultdict[str, set[int]] = defaultdict(set)
    for row, key in keys:
        pages[key].add(row.page)
    return {key for key, found in pages.items() if len(found) > 1 and LETTER.search(key)}


def _beginning(key: str) -> str:
    return " ".join(key.split(" ", 2)[:2])


def _page_offset(band: list[_Row]) -> tuple[int, int]:
    """Return the offset of the pages' numbers from their index, and how often it is met."""
    offsets = Counter(offset for row in band for offset in {number - row.page for number in row.numbers})
    return max(offsets.items(), key=lambda item: (item[1], -abs(item[0]), item[0]), default=(0, 0))


def _running_lines(rows: list[_Row]) -> set[int]:
    """Return the ids of the lines that go: of frequent rows, and of those with all further out running."""
    running: set[int] = set()
    is_outermost = True
    for row in rows:
        is_outermost &= row.is_running
        if row.is_running and (row.is_frequent or is_outermost):
            running.update(id(line) for line in row.lines)
    return running
