"""XLS (Excel 2 to 2003) to Markdown by xlrd, in the form of ``sheets``."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.grid import sheet_text
from tamis.extract.legacy_container import Container
from tamis.extract.legacy_sheets_boxes import text_boxes
from tamis.extract.markdown import blocks
from tamis.extract.office import DocumentText
from tamis.extract.remarks import remarks_section
from tamis.extract.sheets import number_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKBOOK, BIFF_97 = "Workbook", 80


def legacy_sheets_text(payload: bytes) -> DocumentText:
    """Return the values of an XLS, sheets in their order, hidden ones too.

    Raises:
        DocumentError: ``encrypted``; ``too_large`` beyond five million cells.
        Whatever xlrd raises for a broken file; the caller maps it.
    """
    import xlrd

    try:  # with formats: without them it reads no merged cells
        book = xlrd.open_workbook(
            file_contents=payload, logfile=io.StringIO(), formatting_info=True, ragged_rows=True
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise DocumentError("encrypted", "XLS: a password is needed to open it") from error
        raise
    author = (book.user_name or "").strip() or None
    boxes = _boxes(book, payload)
    parts = (_sheet(book, sheet, said) for sheet, said in zip(book.sheets(), boxes, strict=True))
    return DocumentText(blocks(parts), author=author)


def _boxes(book: Any, payload: bytes) -> Iterator[Iterator[str]]:
    """Yield the text boxes of each sheet; those of versions before 97 are kept otherwise and not read."""
    stream = _workbook(payload) if book.biff_version >= BIFF_97 else b""
    for start in book._sh_abs_posn:  # noqa: SLF001  # the library tells it in no other way
        yield text_boxes(stream, start - book.base)


def _workbook(payload: bytes) -> bytes:
    """Return the workbook's stream; b"" of a damaged file, which xlrd may still read."""
    try:
        return Container(payload).stream(WORKBOOK)
    except (DocumentError, OSError, struct.error):
        return b""


def _sheet(book: Any, sheet: Any, boxes: Iterator[str]) -> str:
    merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
    text = sheet_text(sheet.name, _rows(book, sheet), merged)
    return blocks([text, *boxes, remarks_section(_remarks(sheet))])


def _remarks(sheet: Any) -> Iterator[str]:
    for _, note in sorted(sheet.cell_note_map.items()):
        yield (note.text or "").strip()


def _rows(book: Any, sheet: Any) -> Iterator[list[str]]:
    for at in range(sheet.nrows):
        yield [_cell_text(book, cell) for cell in sheet.row(at)]


def _cell_text(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return _date_text(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return value_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_NUMBER and cell.xf_index is not None:
        return number_text(cell.value, _format_code(book, cell.xf_index))
    return value_text(cell.value)


def _format_code(book: Any, style: int) -> str:
    try:
        return str(book.format_map[book.xf_list[style].format_key].format_str)
    except (IndexError, KeyError):  # the formats of old versions are not all listed
        return ""


def _date_text(value: float, datemode: int) -> str:
    """Return a date in ISO 8601; a value below one day is a time; what is no date stays a number."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    try:
        moment = xldate_as_datetime(value, datemode)
    except (XLDateError, OverflowError, ValueError):
        return value_text(value)
    return value_text(moment.time()) if 0 <= value < 1 else value_text(moment)
