"""Tables with ruling lines: edges to grids, and the text between them to Markdown.

pdfplumber finds these, too, at 60 ms a page, and a fifth of real pages has rulings; from pdfium's paths and
lines it takes 0.2 ms a page, 1 ms where there is a table.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tamis.extract.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.extract.pdf_page import Line

THIN = 3.0  # points: no thicker line is a ruling
MIN_LENGTH = 5.0
TOUCH = 3.0  # edges so near meet
MIN_LINES = 3  # rulings each way: two rows and two columns
MAX_EDGES = 400  # of a page, once merged: more is a drawing
MIN_FILLED = 0.4  # of the cells that hold text: less is a drawing or a form
MAX_CELL_LINES = 3.0  # on average: cells with more frame a layout, not data

Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Edge:
    """A straight ruling.

    Attributes:
        at: Its y if it is level, its x if upright.
        start, end: Where it runs from and to.
    """

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """The rulings of one table: x from left to right, y from top to bottom."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def holds(self, line: Line) -> bool:
        """Tell whether a line begins inside."""
        return (
            self.ys[-1] - TOUCH < line.base < self.ys[0]
            and self.xs[0] - TOUCH < line.left < self.xs[-1]
            and line.is_level
        )


def find_grids(boxes: Iterable[Box]) -> list[Grid]:
    """Return the grids that the boxes of a page's paths make, from top to bottom."""
    level, upright = _edges(boxes)
    if not min(len(level), len(upright)) >= MIN_LINES or len(level) + len(upright) > MAX_EDGES:
        return []
    grids = []
    for group_level, group_upright in _joined(level, upright):
        xs = _distinct(edge.at for edge in group_upright)
        ys = _distinct(edge.at for edge in group_level)
        if len(xs) >= MIN_LINES and len(ys) >= MIN_LINES:
            grids.append(Grid(tuple(xs), tuple(reversed(ys))))
    return sorted(grids, key=lambda grid: -grid.ys[0])


def table_markdown(grid: Grid, pieces: Sequence[Line]) -> str | None:
    """Return a table's Markdown, or None where the grid is no table: a frame, a form, a drawing.

    Args:
        grid: Its rulings.
        pieces: The lines inside, cut at the upright rulings.
    """
    cells: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for piece in pieces:
        row = sum(y > piece.base for y in grid.ys[1:-1])
        column = sum(x < (piece.left + min(piece.right, piece.left + 2 * TOUCH)) / 2 for x in grid.xs[1:-1])
        cells[row, column].append(piece.text)
    rows, columns = {row for row, _ in cells}, {column for _, column in cells}
    is_sparse = len(cells) < MIN_FILLED * len(rows) * (len(grid.xs) - 1)
    if min(len(rows), len(columns)) < 2 or is_sparse or len(pieces) > MAX_CELL_LINES * len(cells):
        return None
    used = sorted(columns)
    return table([[_cell(cells[row, column]) for column in used] for row in sorted(rows)])


def _cell(parts: Sequence[str]) -> str:
    """Join the lines of a cell; hyphens at their ends are the typesetter's."""
    return " ".join(parts).replace("\x02 ", "").replace("\x02", "-")


def _edges(boxes: Iterable[Box]) -> tuple[list[Edge], list[Edge]]:
    """Return level and upright edges; a box that is no line gives its four sides."""
    level: list[Edge] = []
    upright: list[Edge] = []
    for left, bottom, right, top in boxes:
        width, height = right - left, top - bottom
        if height <= THIN and width >= MIN_LENGTH:
            level.append(Edge((top + bottom) / 2, left, right))
        elif width <= THIN and height >= MIN_LENGTH:
            upright.append(Edge((left + right) / 2, bottom, top))
        elif min(width, height) >= MIN_LENGTH:
            level += [Edge(bottom, left, right), Edge(top, left, right)]
            upright += [Edge(left, bottom, top), Edge(right, bottom, top)]
    return _merged(level), _merged(upright)


def _merged(edges: list[Edge]) -> list[Edge]:
    """Join edges on one line that touch each other."""
    by_place: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_place[round(edge.at)].append(edge)
    merged: list[Edge] = []
    for place in sorted(by_place):
        current: Edge | None = None
        for edge in sorted(by_place[place], key=lambda edge: edge.start):
            if current is not None and edge.start <= current.end + TOUCH:
                current = Edge(current.at, current.start, max(current.end, edge.end))
                continue
            merged += [current] if current else []
            current = edge
        merged += [current] if current else []
    return merged


def _joined(level: list[Edge], upright: list[Edge]) -> list[tuple[list[Edge], list[Edge]]]:
    """Group edges that meet, directly or over others."""
    group_of = list(range(len(level)))  # of each level edge; the upright ones join groups
    met_by = [[at for at, other in enumerate(level) if _meet(other, edge)] for edge in upright]
    for met in met_by:
        joined = {group_of[at] for at in met}
        group_of = [group_of[met[0]] if group in joined else group for group in group_of]
    groups: defaultdict[int, tuple[list[Edge], list[Edge]]] = defaultdict(lambda: ([], []))
    for at, edge in enumerate(level):
        groups[group_of[at]][0].append(edge)
    for met, edge in zip(met_by, upright, strict=True):
        if met:
            groups[group_of[met[0]]][1].append(edge)
    return list(groups.values())


def _meet(level: Edge, upright: Edge) -> bool:
    return (
        level.start - TOUCH <= upright.at <= level.end + TOUCH
        and upright.start - TOUCH <= level.at <= upright.end + TOUCH
    )


def _distinct(places: Iterable[float]) -> list[float]:
    """Return places in order, those near each other once."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > TOUCH:
            found.append(place)
    return found
