"""Tables of a Word document on their grid, merged cells repeated (ECMA-376 part 1, section 17.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.markdown import repeated
from tamis.extract.numbering import WORD, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CONTAINERS = frozenset(f"{WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
MAX_COLUMNS = 63  # Word's own limit


def word_rows(element: Any, read_blocks: Callable[[Any], Iterable[str]]) -> list[list[str]]:
    """Return the rows of a ``w:tbl``, without those that a tracked change deleted.

    Args:
        element: The table.
        read_blocks: Gives the blocks of a cell.
    """
    rows: list[list[str]] = []
    merged: dict[int, str] = {}  # by column, the cell that may go on in the next row
    for row in _children(element, "tr"):
        if row.find(f"{WORD}trPr/{WORD}del") is None:
            cells, merged = _row(row, merged, read_blocks)
            rows.append(cells)
    return rows


def _row(
    row: Any, above: dict[int, str], read_blocks: Callable[[Any], Iterable[str]]
) -> tuple[list[str], dict[int, str]]:
    cells = [""] * _span(value(row, "trPr/gridBefore"), 0)
    merged: dict[int, str] = {}
    for cell in _children(row, "tc"):
        merge = cell.find(f"{WORD}tcPr/{WORD}vMerge")
        goes_on = merge is not None and merge.get(f"{WORD}val", "continue") == "continue"
        text = "\n".join(part for part in read_blocks(cell) if part)
        if goes_on:
            text = repeated(above.get(len(cells), ""))
        if merge is not None:
            merged[len(cells)] = text
        cells += [text, *[repeated(text)] * (_span(value(cell, "tcPr/gridSpan"), 1) - 1)]
    return cells, merged


def _span(text: str | None, default: int) -> int:
    return min(int(text), MAX_COLUMNS) if text and text.isdecimal() else default


def _children(element: Any, name: str) -> Iterator[Any]:
    """Yield the children of that name, also those inside content controls and insertions."""
    for child in element:
        if child.tag == f"{WORD}{name}":
            yield child
        elif child.tag in CONTAINERS:
            yield from _children(child, name)
