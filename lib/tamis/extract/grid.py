"""The tables of a sheet: blocks of filled cells that nothing but blank cells parts.

Shared by XLSX, XLS and ODS. Rows come one by one and are kept only as far as the last blank row, so a huge
sheet of many tables costs little. Blocks are 4-connected components of filled cells, as docling takes them;
those whose rectangles meet are one table, so a hole in a table does not tear it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.extract.markdown import Repeated, blocks, repeated, table, without_banners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_CELLS = 5_000_000  # about 100 MB of text, 20 s of reading
MAX_MERGED_CELLS = 100_000  # of all merged ranges together; a file of 1 kB can state 17 billion
MAX_BLOCKS = 500  # a region of more blocks is one sparse table: joining rectangles takes their number squared

Area = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0


def sheet_text(name: str, rows: Iterable[list[str]], merged: Sequence[Area] = ()) -> str:
    """Return a sheet as a heading and its tables; "" for a sheet without a filled cell.

    Args:
        name: The sheet's.
        rows: The values of each row from the first on, without gaps between rows.
        merged: Ranges whose first cell's value holds for all.

    Raises:
        DocumentError: ``too_large`` beyond five million cells.
    """
    tables = list(_tables(name, _filled(rows, merged)))
    return blocks([f"## {name}", *tables]) if tables else ""


def _filled(rows: Iterable[list[str]], merged: Sequence[Area]) -> Iterator[list[str]]:
    """Yield rows with the values of merged ranges repeated in all their cells."""
    starting: defaultdict[int, list[Area]] = defaultdict(list)
    budget = MAX_MERGED_CELLS
    for area in merged:
        budget -= (area[2] - area[0] + 1) * (area[3] - area[1] + 1)
        if budget < 0:
            break
        starting[area[0]].append(area)
    pending: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for at, row in enumerate(rows):
        for first, left, last, right in starting.pop(at, ()):
            value = repeated(row[left]) if left < len(row) else ""
            for below in range(first, last + 1) if value else ():
                pending[below].append((left + (below == first), right, value))
        for left, right, value in pending.pop(at, ()):
            row.extend([""] * (right + 1 - len(row)))
            row[left : right + 1] = [value] * (right + 1 - left)
        yield row


def _tables(name: str, rows: Iterable[list[str]]) -> Iterator[str]:
    cells = 0
    run: list[list[str]] = []
    for row in rows:
        cells += len(row)
        if cells > MAX_CELLS:
            raise DocumentError("too_large", f"sheet {name!r} holds more than {MAX_CELLS:,} cells")
        if any(row):
            run.append(row)
        elif run:
            yield from _region_tables(run)
            run = []
    yield from _region_tables(run)


def _region_tables(rows: list[list[str]]) -> Iterator[str]:
    """Yield the tables of consecutive rows none of which is blank."""
    for top, left, bottom, right in _areas(rows):
        width = right + 1 - left
        yield _block_text([row[left : right + 1] for row in rows[top : bottom + 1]], width)


def _block_text(rows: list[list[str]], width: int) -> str:
    """Return a block as a table; a single column is text, a paragraph a row."""
    told = without_banners(rows, width)
    if max(map(len, told)) > 1:
        return table(told)
    return "\n\n".join(row[0] for row in told if row and not isinstance(row[0], Repeated))


def _areas(rows: list[list[str]]) -> list[Area]:
    """Return the rectangles of the blocks, by their first row and column; no two overlap."""
    found = _components(rows)
    if len(found) > MAX_BLOCKS:
        return [(0, min(area[1] for area in found), len(rows) - 1, max(area[3] for area in found))]
    apart: list[Area] = []
    while found:
        area = found.pop()
        meeting = next((other for other in apart if _overlap(area, other)), None)
        if meeting is None:
            apart.append(area)
        else:
            apart.remove(meeting)
            found.append(_union(area, meeting))
    return sorted(apart)


def _overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _union(one: Area, other: Area) -> Area:
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _components(rows: list[list[str]]) -> list[Area]:
    """Return the rectangle around each 4-connected component of filled cells, by union-find over runs."""
    areas: list[Area] = []
    parents: list[int] = []
    above: list[tuple[int, int, int]] = []  # the runs of the row before: first and last column, component
    for at, row in enumerate(rows):
        runs = [(left, right, len(areas) + count) for count, (left, right) in enumerate(_runs(row))]
        areas += [(at, left, at, right) for left, right, _ in runs]
        parents += [number for _, _, number in runs]
        for one, other in _touching(above, runs):
            root, joined = sorted((_root(parents, one), _root(parents, other)))
            parents[joined] = root
            areas[root] = _union(areas[root], areas[joined])
        above = runs
    return [area for number, area in enumerate(areas) if parents[number] == number]


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _touching(
    above: list[tuple[int, int, int]], below: list[tuple[int, int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the components of runs that share a column; both lists are in the order of columns."""
    first = 0
    for left, right, number in below:
        while first < len(above) and above[first][1] < left:
            first += 1
        at = first
        while at < len(above) and above[at][0] <= right:
            yield above[at][2], number
            at += 1


def _runs(row: list[str]) -> Iterator[tuple[int, int]]:
    """Yield first and last column of each run of filled cells."""
    start = -1
    for at, value in enumerate(row):
        if value and start < 0:
            start = at
        elif not value and start >= 0:
            yield start, at - 1
            start = -1
    if start >= 0:
        yield start, len(row) - 1
