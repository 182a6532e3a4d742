"""PDF pages by pdfium: lines with their places, from a dozen calls a line.

pdfium knows each character's box, but tells one a call: 2,500 calls a page. Lines need the first, the middle
and the last character only, which adds 0.8 ms to the 1.8 ms that pdfium takes for a page of a manual.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.pdf_columns import MIN_ROWS, MIN_SIDE_EM, gap_of, in_columns
from tamis.extract.pdf_page import LINE_END_HYPHEN, Line, Page, PdfFile
from tamis.extract.pdf_scans import read_scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.ocr import OcrEngine

MAX_PAGES = 50_000  # a page takes 2 ms at least: beyond, no usual CPU limit is kept
# pdfium ends lines with CR LF, but writes U+0002 (U+FFFE from GetText) for a hyphen and its line end.
LINE = re.compile("[^\r\n\x02\ufffe]+[\x02\ufffe]?")
EDGE = " \t\xa0\x02\ufffe"
FIXED_PITCH = 1  # bit of a font descriptor's flags, ISO 32000-1 table 123
FORCE_BOLD = 1 << 18
FONT_NAME_BYTES = 128
BOLD = re.compile(rb"bold|black|heavy|cmbx|demi|medi$", re.IGNORECASE)  # URW calls the bold of Times "Medi"
MONO = re.compile(rb"mono|courier|consol|cmtt", re.IGNORECASE)
SCAN_MAX_CHARS = 40  # of a stamp or a page number beside the picture
SCAN_MIN_COVER = 0.5  # of the page, by one image
MAX_OBJECTS = 2000  # looked at for that image
SAMPLE_LINES = 10  # of a page, looked at for gaps first
MAX_RECTS = 200  # of a line; a row of table cells has fewer
INFORMATION = ("Title", "Author", "CreationDate")


def read_pages(payload: bytes, engine: OcrEngine | None = None) -> PdfFile:
    """Return the pages of a PDF with their lines.

    Args:
        payload: The file.
        engine: Reads the scanned pages; None leaves them empty.

    Raises:
        DocumentError: ``encrypted``, ``too_large`` (more than ``MAX_PAGES``), ``corrupt``, or the engine's.
    """
    from pypdfium2 import PdfiumError

    document = open_document(payload)
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise DocumentError("too_large", f"PDF: {count} pages; at most {MAX_PAGES} are read")
        return PdfFile(list(_pages(document, count, engine)), _information(document))
    except PdfiumError as error:
        raise DocumentError("corrupt", f"PDF: {error}") from error
    finally:
        document.close()


def open_document(payload: bytes) -> Any:
    """Return pdfium's document; an empty password is tried, as all readers do.

    Raises:
        DocumentError: ``encrypted`` or ``corrupt``.
    """
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    try:
        return PdfDocument(payload)
    except PdfiumError as error:
        if getattr(error, "err_code", None) in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            raise DocumentError("encrypted", "PDF: a password is needed to open it") from error
        raise DocumentError("corrupt", f"PDF: {error}") from error


def _pages(document: Any, count: int, engine: OcrEngine | None) -> Iterator[Page]:
    """Yield each page; one that pdfium cannot load is empty, unless none of them loads."""
    from pypdfium2 import PdfiumError

    failed = 0
    for number in range(count):
        try:
            page = document[number]
        except PdfiumError:
            failed += 1
            if failed == count:
                raise
            yield Page([], is_broken=True)
            continue
        made = _page(page)
        if made.is_scan and engine is not None:
            read_scan(made, page, engine)
        yield made
        page.close()


def _page(page: Any) -> Page:
    quarters = page.get_rotation() // 90
    lines = _page_lines(page, quarters)
    left, bottom, right, top = page.get_bbox()
    heights = (_turn(left, bottom, quarters)[1], _turn(right, top, quarters)[1])
    is_bare = sum(len(line.text) for line in lines) <= SCAN_MAX_CHARS
    is_scan = is_bare and _is_covered(page, (right - left) * (top - bottom))
    return Page(lines, min(heights), max(heights), is_scan=is_scan)


def _page_lines(page: Any, quarters: int) -> list[Line]:
    from pypdfium2 import raw

    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        return []
    try:
        return _LineReader(text_page, quarters).lines()
    finally:
        raw.FPDFText_ClosePage(text_page)


class _LineReader:
    """Reads the lines of one text page into buffers that all calls share."""

    def __init__(self, text_page: Any, quarters: int) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = text_page
        self._quarters = quarters
        self._box, self._matrix = raw.FS_RECTF(), raw.FS_MATRIX()
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._font = ctypes.create_string_buffer(FONT_NAME_BYTES)

    def lines(self) -> list[Line]:
        """Return the lines that hold more than white space, in the order in which they are read."""
        spans = list(self._spans())
        lines = [self._line(*span) for span in spans]
        wide = [at for at, line in enumerate(lines) if line.right - line.left > 2 * MIN_SIDE_EM * line.size]
        # The parts of all lines take as long as the lines; of a page in columns most rows have the gap.
        sample = wide[:: len(wide) // SAMPLE_LINES + 1]
        if sum(self._gap(spans[at], lines[at]) is not None for at in sample) < MIN_ROWS // 2:
            return lines
        pieces: list[Line] = []
        for at, line in enumerate(lines):
            gap = self._gap(spans[at], line) if at in wide else None
            pieces += [line] if gap is None else self._split(spans[at], gap)
        return in_columns(pieces) or lines

    def _spans(self) -> Iterator[tuple[str, int, int]]:
        """Yield the text of each line, where it starts and its length without the mark of a hyphen."""
        for found in LINE.finditer(self._text()):
            text = found.group()
            core = text.strip(EDGE)
            if core:
                mark = LINE_END_HYPHEN if text[-1] in "\x02\ufffe" else ""
                yield core + mark, found.start() + text.index(core[0]), len(core)

    def _gap(self, span: tuple[str, int, int], line: Line) -> float | None:
        """Return the middle of a wide gap inside a line."""
        first, last = self._char(span[1]), self._char(span[1] + span[2] - 1)
        count = self._raw.FPDFText_CountRects(self._page, first, last - first + 1)
        return gap_of([self._rect(at) for at in range(count)], line.size) if 1 < count < MAX_RECTS else None

    def _split(self, span: tuple[str, int, int], gap: float) -> Iterator[Line]:
        text, start, length = span
        cut = next(
            at
            for at in range(length)
            if at == length - 1 or self._corners(self._char(start + at))[0][0] > gap
        )
        head, tail = text[:cut].rstrip(EDGE), text[cut:]
        if head:
            yield self._line(head, start, len(head))
        yield self._line(tail, start + cut, length - cut)

    def _text(self) -> str:
        count = self._raw.FPDFText_CountChars(self._page)
        if count <= 0:
            return ""
        units = (ctypes.c_ushort * (count + 1))()
        written = self._raw.FPDFText_GetText(self._page, 0, count, units)
        return bytes(memoryview(units).cast("B")[: 2 * max(0, written - 1)]).decode("utf-16-le", "replace")

    def _line(self, text: str, start: int, length: int) -> Line:
        at = self._char(start), self._char(start + length - 1)
        middle = start + length // 2
        middle -= text[length // 2] == " "  # a space may be pdfium's own, which has no font
        sample = self._char(middle)
        corners = [*self._corners(at[0]), *self._corners(at[1])]
        size, direction = self._shape(sample)
        looks = [self._look(at[0]), self._look(sample)]
        return Line(
            text,
            left=min(x for x, _ in corners),
            right=max(x for x, _ in corners),
            base=self._origin(at[0])[1],
            size=size,
            is_bold=all(bold for bold, _ in looks),
            is_mono=all(mono for _, mono in looks),
            is_level=direction[0] > 0 and abs(direction[1]) < 0.1 * direction[0],
        )

    def _char(self, place: int) -> int:
        """Return pdfium's index of the character at a place in the text."""
        return self._raw.FPDFText_GetCharIndexFromTextIndex(self._page, place)

    def _rect(self, at: int) -> tuple[float, float]:
        """Return the left and right edges of a part of the line whose parts were counted last."""
        edges = [ctypes.c_double() for _ in range(4)]
        self._raw.FPDFText_GetRect(self._page, at, *map(ctypes.byref, edges))
        left, top, right, bottom = (edge.value for edge in edges)
        turned = _turn(left, bottom, self._quarters)[0], _turn(right, top, self._quarters)[0]
        return min(turned), max(turned)

    def _corners(self, char: int) -> list[tuple[float, float]]:
        box = self._box
        self._raw.FPDFText_GetLooseCharBox(self._page, char, ctypes.byref(box))
        return [_turn(box.left, box.bottom, self._quarters), _turn(box.right, box.top, self._quarters)]

    def _origin(self, char: int) -> tuple[float, float]:
        self._raw.FPDFText_GetCharOrigin(self._page, char, ctypes.byref(self._x), ctypes.byref(self._y))
        return _turn(self._x.value, self._y.value, self._quarters)

    def _shape(self, char: int) -> tuple[float, tuple[float, float]]:
        """Return the size that a character has on the page, and the way its line runs."""
        matrix = self._matrix
        self._raw.FPDFText_GetMatrix(self._page, char, ctypes.byref(matrix))
        size = self._raw.FPDFText_GetFontSize(self._page, char) * math.hypot(matrix.c, matrix.d)
        return size, _turn(matrix.a, matrix.b, self._quarters)

    def _look(self, char: int) -> tuple[bool, bool]:
        """Return whether a character is bold, and whether its font has a fixed pitch."""
        self._flags.value = 0
        self._font.value = b""
        self._raw.FPDFText_GetFontInfo(
            self._page, char, self._font, FONT_NAME_BYTES, ctypes.byref(self._flags)
        )
        name, flags = self._font.value, self._flags.value
        is_bold = bool(flags & FORCE_BOLD) or BOLD.search(name) is not None
        return is_bold, bool(flags & FIXED_PITCH) or MONO.search(name) is not None


def _turn(x: float, y: float, quarters: int) -> tuple[float, float]:
    """Return a point of a page that is shown turned clockwise by so many quarters."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[quarters]


def _is_covered(page: Any, area: float) -> bool:
    """Tell whether one image covers most of a page, as in a scan."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    images = page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3)
    for image, _ in zip(images, range(MAX_OBJECTS), strict=False):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) >= SCAN_MIN_COVER * area > 0:
            return True
    return False


def _information(document: Any) -> dict[str, str]:
    return {key: document.get_metadata_value(key) for key in INFORMATION}
