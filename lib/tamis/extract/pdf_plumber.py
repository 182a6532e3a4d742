"""PDF pages by pdfplumber: lines with their places, in rows over the page's whole width; 60 ms a page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.pdf_page import Line, Page, PdfFile

if TYPE_CHECKING:
    from collections.abc import Iterator

# A gap of so many font sizes parts two words. The default, 3 points, glues words: recall .39 instead of .95.
WORD_GAP = 0.15


def read_pages(payload: bytes) -> PdfFile:
    """Return the pages of a PDF with their lines.

    Raises:
        DocumentError: ``encrypted``.
        Exception: Whatever pdfplumber and pdfminer raise on broken files; the caller maps it.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        document = pdfplumber.open(io.BytesIO(payload))
    except PdfminerException as error:
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in (*error.args, error.__cause__)):
            raise DocumentError("encrypted", "PDF: a password is needed to open it") from error
        raise
    with document:
        pages = [Page(list(_lines(page)), 0.0, float(page.height)) for page in document.pages]
        information = {key: value for key, value in document.metadata.items() if isinstance(value, str)}
        return PdfFile(pages, information)


def _lines(page: Any) -> Iterator[Line]:
    for found in page.extract_text_lines(x_tolerance_ratio=WORD_GAP):
        char = found["chars"][len(found["chars"]) // 2]
        font = char["fontname"].lower()
        yield Line(
            found["text"],
            left=found["x0"],
            right=found["x1"],
            base=float(page.height) - found["bottom"],
            size=char["size"],
            is_bold="bold" in font,
            is_mono="mono" in font or "courier" in font,
            is_level=bool(char["upright"]),
        )
    page.close()
