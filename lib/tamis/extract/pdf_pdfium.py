"""PDF files by pdfium: opening, pages, what the file states, and which pages are scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.pdf_drawn import DrawnObjects, drawn_on
from tamis.extract.pdf_page import Line, Page, PdfFile
from tamis.extract.pdf_pictures import PictureReader
from tamis.extract.pdf_reader import LineReader, turn
from tamis.extract.pdf_scans import read_scan
from tamis.extract.pdf_tables import find_grids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.ocr import OcrEngine

MAX_PAGES = 50_000  # a page takes 2 ms at least: beyond, no usual CPU limit is kept
SCAN_MAX_CHARS = 40  # of a stamp or a page number beside the picture
SCAN_MIN_COVER = 0.5  # of the page, by one image
MAX_OBJECTS = 5000  # of a page, looked at for that image
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
        pictures = PictureReader()
        pages = list(_pages(document, count, engine, pictures))
        return PdfFile(pages, _information(document), pictures.unread)
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


def _pages(document: Any, count: int, engine: OcrEngine | None, pictures: PictureReader) -> Iterator[Page]:
    """Yield each page; one that pdfium cannot load is empty, unless none of them loads."""
    from pypdfium2 import PdfiumError, raw

    is_form = raw.FPDF_GetFormType(document) != raw.FORMTYPE_NONE
    failed = 0
    for number in range(count):
        try:
            yield _page(_filled_in(document, number) if is_form else document[number], engine, pictures)
        except PdfiumError:
            failed += 1
            if failed == count:
                raise
            yield Page([], is_broken=True)


def _filled_in(document: Any, number: int) -> Any:
    """Return a page of a form with what its fields show made a part of it: they lie beside its content."""
    from pypdfium2 import raw

    page = document[number]
    if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) != raw.FLATTEN_SUCCESS:
        return page
    page.close()
    return document[number]


def _page(page: Any, engine: OcrEngine | None, pictures: PictureReader) -> Page:
    quarters = page.get_rotation() // 90
    drawn = drawn_on(page, quarters)
    lines = _page_lines(page, quarters, drawn)
    left, bottom, right, top = page.get_bbox()
    heights = (turn(left, bottom, quarters)[1], turn(right, top, quarters)[1])
    is_bare = sum(len(line.text) for line in lines) <= SCAN_MAX_CHARS
    is_scan = is_bare and _is_covered(page, (right - left) * (top - bottom))
    made = Page(lines, min(heights), max(heights), is_scan=is_scan)
    if is_scan and engine is not None:
        read_scan(made, page, engine)
    if engine is None or not (is_scan and made.lines):  # else its text is the picture's
        made.pictures = pictures.read(drawn.images)
    page.close()
    return made


def _page_lines(page: Any, quarters: int, drawn: DrawnObjects) -> list[Line]:
    from pypdfium2 import raw

    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        return []
    try:
        reader = LineReader(text_page, quarters)
        return reader.lines(find_grids(drawn.paths))
    finally:
        raw.FPDFText_ClosePage(text_page)


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
