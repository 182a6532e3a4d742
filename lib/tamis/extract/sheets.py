"""XLSX to Markdown by openpyxl, row by row: a heading a sheet, a table for each block of filled cells.

Formulas give the value that the file stores for them.
"""

from __future__ import annotations

import datetime as dt
import io
import warnings
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.markdown import blocks, table
from tamis.extract.office import OfficeText, core_properties, transitional

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CELLS = 5_000_000  # about 100 MB of text, 20 s of reading


def sheets_text(payload: bytes) -> OfficeText:
    """Return the values of an XLSX that passed ``check_package``, sheets in their order, hidden ones too.

    Raises:
        DocumentError: ``too_large`` beyond five million cells.
        Whatever openpyxl raises for a broken package; the caller maps it.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on extensions and styles that hold no text
        workbook = load_workbook(io.BytesIO(transitional(payload)), read_only=True, data_only=True)
        parts = [blocks([f"## {sheet.title}", *_tables(sheet)]) for sheet in workbook.worksheets]
    workbook.close()
    stated = core_properties(payload)
    filled = [part for part in parts if "\n" in part]  # a heading alone is an empty sheet
    return OfficeText(blocks(filled), stated.title, stated.author, stated.published_utc)


def _tables(sheet: Any) -> Iterator[str]:
    sheet.reset_dimensions()  # stated dimensions are often those of an empty million of rows
    cells = 0
    run: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True):
        values = [_value_text(value) for value in row]
        cells += len(values)
        if cells > MAX_CELLS:
            raise DocumentError(
                "too_large", f"XLSX: sheet {sheet.title!r} holds more than {MAX_CELLS:,} cells"
            )
        if any(values):
            run.append(values)
        else:
            yield from _side_by_side(run)
            run = []
    yield from _side_by_side(run)


def _side_by_side(rows: list[list[str]]) -> Iterator[str]:
    """Yield the tables of a run of rows: split where a column is blank, then again where a row is."""
    filled = {at for row in rows for at, value in enumerate(row) if value}
    starts = sorted(at for at in filled if at - 1 not in filled)
    ends = sorted(at + 1 for at in filled if at + 1 not in filled)
    for start, end in zip(starts, ends, strict=True):
        block: list[list[str]] = []
        for row in [*(row[start:end] for row in rows), [""]]:
            if any(row):
                block.append(row)
            elif block:
                yield _block_text(block)
                block = []


def _block_text(rows: list[list[str]]) -> str:
    """Return a block as a table; a single column is text, a paragraph a row."""
    if max(map(len, rows)) > 1:
        return table(rows)
    return "\n\n".join(row[0] for row in rows)


def _value_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    return str(value).strip()
