"""Tables of a Word 97 to 2003 file: cells come one by one, rows end in a mark that tells where cells lie."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from struct import unpack_from
from typing import NamedTuple

from tamis.extract.markdown import merged_table, repeated

MAX_COLUMNS = 63  # Word's own limit
SAME_EDGE = 60  # twips, a millimetre: rows that were drawn by hand do not meet exactly
CELL_BYTES = 20
GOES_ON, BESIDE, UP_OR_DOWN = 32, 3, 96  # MS-DOC 2.9.327


class Shape(NamedTuple):
    """Where a row's cells begin and end, in twips, one edge more than cells; and how each is merged."""

    edges: tuple[int, ...] = ()
    merges: tuple[int, ...] = ()


class Row(NamedTuple):
    """Texts of a row's cells, and its shape."""

    cells: list[str]
    shape: Shape


class _Cell(NamedTuple):
    text: str
    left: int
    right: int
    merge: int


def stored_shape(stored: bytes) -> Shape:
    """Return the shape that a DOC states for a row (MS-DOC 2.9.315); an empty one where it is cut off."""
    count = stored[0] if stored else 0
    start = 3 + 2 * count
    if len(stored) < start:
        return Shape()
    merges = (
        int.from_bytes(stored[at : at + 2], "little")
        for at in range(start, start + CELL_BYTES * count, CELL_BYTES)
    )
    return Shape(unpack_from(f"<{count + 1}h", stored, 1), tuple(merges))


class TableReader:
    """The table that is being read: paragraphs come in, rows are kept until it ends."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._cells: list[str] = []
        self._cell: list[str] = []
        self._inner: list[str] = []

    def paragraph(self, text: str) -> None:
        """Add a paragraph to the cell that is open."""
        self._cell.append(text)

    def inner(self, text: str, *, is_row_end: bool) -> None:
        """Add a paragraph of a table in the open cell: its rows become lines."""
        self._inner.append(text)
        if is_row_end:
            self.paragraph(" ".join(filter(None, self._inner)))
            self._inner = []

    def end_cell(self) -> None:
        """Close the cell that is open."""
        self._cells.append("\n".join(filter(None, [*self._cell, *self._inner])))
        self._cell, self._inner = [], []

    def end_row(self, shape: Shape) -> None:
        """Close the row; one without cells is none."""
        if self._cells:
            self._rows.append(Row(self._cells, shape))
        self._cells = []

    def end(self) -> str:
        """Return the table and begin the next; "" where none was open."""
        if self._cell or self._inner:
            self.end_cell()
        self.end_row(Shape())
        rows, self._rows = self._rows, []
        if len(rows) == 1 and len(rows[0].cells) == 1:
            return rows[0].cells[0]  # a frame around text
        return merged_table(_on_grid(rows))


def _on_grid(rows: list[Row]) -> list[list[str]]:
    """Return the rows with merged cells repeated; as they come where their shapes do not tell the grid."""
    placed = [_cells(row) for row in rows]
    edges = _edges({edge for cells in placed for cell in cells for edge in (cell.left, cell.right)})
    if not all(placed) or len(edges) > MAX_COLUMNS + 1:
        return [row.cells for row in rows]
    made: list[list[str]] = []
    above: dict[int, str] = {}
    for cells in placed:
        row, above = _row(cells, edges, above)
        made.append(row)
    return made


def _cells(row: Row) -> list[_Cell]:
    """Return the cells with their edges; none where the shape does not fit the texts."""
    edges, merges = row.shape
    if len(merges) != len(row.cells):
        return []
    return [
        _Cell(text, *sides, merge)
        for text, sides, merge in zip(row.cells, pairwise(edges), merges, strict=True)
    ]


def _edges(found: set[int]) -> list[int]:
    """Return the edges of a table's columns, in order, those that are nearly the same as one."""
    edges: list[int] = []
    last = None
    for edge in sorted(found):
        if last is None or edge - last > SAME_EDGE:
            edges.append(edge)
        last = edge
    return edges


def _row(cells: list[_Cell], edges: list[int], above: dict[int, str]) -> tuple[list[str], dict[int, str]]:
    row: list[str] = []
    merged: dict[int, str] = {}
    for cell in cells:
        first = bisect_right(edges, cell.left) - 1
        row += [""] * (first - len(row))
        text = cell.text
        if cell.merge & UP_OR_DOWN:
            text = repeated(above.get(first, text)) if cell.merge & UP_OR_DOWN == GOES_ON else text
            merged[first] = text
        elif cell.merge & BESIDE and not text and row:
            text = repeated(row[-1])
        columns = bisect_right(edges, cell.right) - 1 - first
        row += [text, *[repeated(text)] * (columns - 1)]
    return row, merged
