"""HTML tables: which hold data and which only lay a page out; rows with spans as a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.html_blocks import Block, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CELL_LETTERS = 1000  # a longer cell is a column of a page
ROW_CELL_LETTERS = 300
MAX_COLUMNS = 1000  # that cells above may cover
MAX_SPAN = 100  # a browser takes 1,000 columns; a page of 30 MB of them must stay small


def is_data_table(table: Group) -> bool:
    """Say whether a table has two cells, no table inside and no cell as long as a page.

    A single column needs a head, and a single row short cells: else both are old ways to lay out a page.
    """
    element = table.element
    if element.get("role") in ("presentation", "none") or element.find(".//table") is not None:
        return False
    widths = [sum(1 for _ in row.iterchildren("td", "th")) for row in element.iter("tr")]
    if sum(widths) < 2 or (max(widths) < 2 and element.find(".//th") is None):
        return False
    limit = CELL_LETTERS if len(widths) > 1 else ROW_CELL_LETTERS
    return all(len(cell.text_content()) < limit for cell in element.iter("td"))


def grid(table: Group, render: Callable[[Group], str]) -> list[list[str]]:
    """Return the cells' text by row; a cell that spans others leaves them empty."""
    rows: list[list[str]] = []
    covered: dict[int, int] = {}  # column -> the first row that no cell above covers
    for number, row in enumerate(_rows(table)):
        line: list[str] = []
        for cell in row.groups():
            _fill_covered(line, covered, number)
            wide, high = _span(cell, "colspan", least=1), _span(cell, "rowspan", least=0) or MAX_SPAN
            for column in range(len(line), len(line) + wide):
                covered[column] = number + high
            line += [render(cell), *[""] * (wide - 1)]
        _fill_covered(line, covered, number)
        rows.append(line)
    return rows


def _fill_covered(line: list[str], covered: dict[int, int], number: int) -> None:
    while len(line) < MAX_COLUMNS and covered.get(len(line), 0) > number:
        line.append("")


def between_cells(group: Group) -> Iterator[Block]:
    """Yield the blocks of a table that are in no cell; browsers show them before it (13.2.6.1)."""
    for child in group.children:
        if isinstance(child, Block):
            yield child
        elif child.tag == "tr":
            yield from (block for block in child.children if isinstance(block, Block))
        elif child.tag != "caption":
            yield from between_cells(child)


def _rows(group: Group) -> Iterator[Group]:
    for child in group.groups():
        if child.tag == "tr":
            yield child
        else:
            yield from _rows(child)


def _span(cell: Group, name: str, *, least: int) -> int:
    """Return how many columns or rows a cell spans; no rows are all that follow (HTML Standard 4.9.11)."""
    value = cell.element.get(name) or ""
    is_number = value.isascii() and value.isdigit() and len(value) < 10
    return min(max(int(value), least), MAX_SPAN) if is_number else 1
