"""Tables of OpenDocument on their grid, repeated rows and cells unfolded within bounds (part 3, 9)."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from tamis.extract.markdown import repeated
from tamis.extract.opendocument_lists import OFFICE
from tamis.extract.sheets import value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
ROW_GROUPS = tuple(f"{TABLE}table-{name}" for name in ("header-rows", "rows", "row-group"))
MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576
# Longer ones are durations, or moments counted from the sheet's day 0: they are read as they are shown.
CLOCK = re.compile(r"PT([01]?\d|2[0-3])H([0-5]?\d)M([0-5]?\d)(?:[.,]\d*)?S")
MAX_SPAN = 256  # a merged cell's text is repeated over as many columns


def table_rows(table: Any, read: Callable[[Any], str]) -> Iterator[list[str]]:
    """Yield the rows of a ``table:table``, merged cells repeated; a run of blank rows is one.

    Args:
        table: The element.
        read: Gives the text of a cell.
    """
    below: dict[int, tuple[int, str]] = {}  # by column: rows that a merged cell goes on for, and its text
    for row in _rows(table):
        cells, below = _cells(row, below, read)
        count = _number(row, "number-rows-repeated", MAX_ROWS)
        for _ in range(count if any(cells) else 1):
            yield list(cells)


def _rows(table: Any) -> Iterator[Any]:
    stack = list(reversed(table))
    while stack:
        node = stack.pop()
        if node.tag == f"{TABLE}table-row":
            yield node
        elif node.tag in ROW_GROUPS:
            stack.extend(reversed(node))


def _cells(
    row: Any, above: dict[int, tuple[int, str]], read: Callable[[Any], str]
) -> tuple[list[str], dict[int, tuple[int, str]]]:
    cells: list[str] = []
    blank = 0  # cells not yet added: those at the end, often 16,000, are left out
    below = {at: (rows - 1, text) for at, (rows, text) in above.items() if rows > 1}
    covering: dict[int, str] = {at: text for at, (_, text) in above.items()}
    for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        count = min(_number(cell, "number-columns-repeated", MAX_COLUMNS), MAX_COLUMNS - len(cells) - blank)
        at = len(cells) + blank
        if cell.tag.endswith("}covered-table-cell"):
            values: list[str] = [repeated(covering.get(column, "")) for column in range(at, at + count)]
        else:
            values = [read(cell)] * count
            below |= _span(cell, at, values[:1], covering)
        if any(values):
            cells += [""] * blank + values
            blank = 0
        else:
            blank += count
    return cells, below


def _span(cell: Any, at: int, value: list[str], covering: dict[int, str]) -> dict[int, tuple[int, str]]:
    """Note what a merged cell covers: the rest of its columns in this row, and all in the rows below."""
    columns = _number(cell, "number-columns-spanned", MAX_SPAN)
    rows = _number(cell, "number-rows-spanned", MAX_ROWS)
    if not value or not value[0] or (columns == 1 and rows == 1):
        return {}
    covering.update(dict.fromkeys(range(at, at + columns), value[0]))
    return dict.fromkeys(range(at, at + columns), (rows - 1, value[0])) if rows > 1 else {}


def _number(element: Any, name: str, limit: int) -> int:
    text = element.get(f"{TABLE}{name}", "1")
    return max(1, min(int(text), limit)) if text.isdecimal() and len(text) < 10 else 1


def shown_value(cell: Any, read: Callable[[Any], str]) -> str:
    """Return a sheet's cell: numbers and dates by their exact value, all else as it is shown."""
    kind = cell.get(f"{OFFICE}value-type")
    if kind == "float":
        return _float_text(cell.get(f"{OFFICE}value", ""))
    if kind == "date":
        return _date_text(cell.get(f"{OFFICE}date-value", ""))
    if kind == "time" and (found := CLOCK.fullmatch(cell.get(f"{OFFICE}time-value", ""))):
        hours, minutes, seconds = map(int, found.groups())
        return value_text(dt.time(hours, minutes, seconds))
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value", "").upper()
    return read(cell)


def _date_text(text: str) -> str:
    """Return a date as `value_text` does; what is no date as it stands."""
    try:
        return value_text(dt.datetime.fromisoformat(text))
    except ValueError:
        return text


def _float_text(text: str) -> str:
    try:
        return value_text(float(text))
    except ValueError:
        return text
