"""XLSX to Markdown by openpyxl, row by row: a heading a sheet, a table for each block of filled cells.

Formulas give the value that the file stores for them; text boxes, charts and comments follow the tables of
their sheet.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from tamis.extract.charts import DRAWING, chart_text, paragraph_text
from tamis.extract.grid import sheet_text
from tamis.extract.markdown import blocks
from tamis.extract.office import DocumentText
from tamis.extract.package import Package, core_properties
from tamis.extract.remarks import remarks_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.grid import Area

MERGED_RANGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,40}?ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\""
)
PERCENTAGE = re.compile(r"[0#?](?:\.([0#?]{1,15}))?%")
TRIMMINGS = re.compile(r"(?:xl/(?:theme/[^/]*|styles)|docProps/[^/]*)\.xml", re.IGNORECASE)
A_DAY, HALF_SECOND = dt.date(2000, 1, 1), dt.timedelta(microseconds=500_000)
MAX_PERCENTAGE = 1e9  # no share; it also keeps infinities and what is no number out
SHEET_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
SHEET_DATA_END = b"sheetData>"


def sheets_text(payload: bytes) -> DocumentText:
    """Return the values of an XLSX that passed ``check_package``, sheets in their order, hidden ones too.

    Raises:
        DocumentError: ``too_large`` beyond five million cells.
        Whatever openpyxl raises for a broken package; the caller maps it.
    """
    from openpyxl import load_workbook

    package = Package(payload)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on extensions and styles that hold no text
        workbook = load_workbook(
            io.BytesIO(package.plain_copy(payload, TRIMMINGS)), read_only=True, data_only=True
        )
        parts = [_sheet(package, sheet) for sheet in workbook.worksheets]
    workbook.close()
    return DocumentText(blocks(parts), *core_properties(package), package.notes())


def _sheet(package: Package, sheet: Any) -> str:
    part = sheet._worksheet_path  # noqa: SLF001  # the library tells it in no other way
    sheet.reset_dimensions()  # stated dimensions are often those of an empty million of rows
    text = sheet_text(sheet.title, _rows(sheet), list(_merged_ranges(package.read(part))))
    drawn = [*_shapes(package, part), *_charts(package, part)]
    return blocks([text, *drawn, remarks_text(package, part)])


def _rows(sheet: Any) -> Iterator[list[str]]:
    if not _has_percentages(sheet.parent):
        yield from ([value_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
        return
    for row in sheet.iter_rows():  # with formats: 2.7 s for 200,000 cells, where values alone take 2.0
        yield [
            number_text(cell.value, cell.number_format)
            if isinstance(cell.value, int | float)
            else value_text(cell.value)
            for cell in row
        ]


def _has_percentages(workbook: Any) -> bool:
    """Say whether a style of the workbook shows numbers as percentages; 9 and 10 are Excel's own."""
    own = {164 + at for at, code in enumerate(workbook._number_formats) if "%" in code}  # noqa: SLF001
    return any(style.numFmtId in own | {9, 10} for style in workbook._cell_styles)  # noqa: SLF001


def _merged_ranges(part: bytes) -> Iterator[Area]:
    """Yield the merged ranges, which a sheet lists behind its cells: openpyxl's streams leave them out."""
    from openpyxl.utils import column_index_from_string

    for found in MERGED_RANGE.finditer(part, max(0, part.rfind(SHEET_DATA_END))):
        left, right = (column_index_from_string(found[at].decode()) - 1 for at in (1, 3))
        yield int(found[2]) - 1, left, int(found[4]) - 1, right


def _shapes(package: Package, part: str) -> Iterator[str]:
    """Yield the paragraphs of the shapes that are drawn over a sheet, each shape once."""
    for drawing in package.related(part, "drawing"):
        root = package.extra_root(drawing)
        for shape in root.iter(f"{SHEET_DRAWING}sp") if root is not None else ():
            if next(shape.iterancestors(FALLBACK), None) is None:
                yield from map(paragraph_text, shape.iter(f"{DRAWING}p"))


def _charts(package: Package, part: str) -> Iterator[str]:
    """Yield the charts of a sheet, by the relationships of its drawings."""
    for drawing in package.related(part, "drawing"):
        for chart in package.related(drawing, "chart"):
            root = package.extra_root(chart)
            yield chart_text(root) if root is not None else ""


def number_text(value: float, code: str) -> str:
    """Return a number in its format as far as that changes what is said: a percentage with its decimals.

    Example:
        >>> number_text(0.025, "0.0%"), number_text(0.025, "0%"), number_text(0.025, "0.00")
        ('2.5%', '3%', '0.025')
    """
    found = PERCENTAGE.search(code)
    if found is None or isinstance(value, bool) or not abs(value) < MAX_PERCENTAGE:
        return value_text(value)
    shown = Decimal(f"{value:.15g}").scaleb(2)
    return f"{shown.quantize(Decimal(1).scaleb(-len(found[1] or '')), ROUND_HALF_UP):f}%"


def value_text(value: object) -> str:
    """Return a cell's value as text: whole numbers without a point, dates in ISO 8601, 15 digits as Excel."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return _moment_text(value)
    if isinstance(value, dt.time):
        return _moment_text(dt.datetime.combine(A_DAY, value)).partition(" ")[2] or "00:00:00"
    return str(value).strip()


def _moment_text(moment: dt.datetime) -> str:
    """Return a moment to the nearest second, since sheets count in days: 9.996 s are 10 s."""
    if moment.microsecond and moment.year < dt.MAXYEAR:
        moment += HALF_SECOND
    midnight = moment.time().replace(microsecond=0) == dt.time()
    return moment.date().isoformat() if midnight else moment.isoformat(sep=" ", timespec="seconds")
