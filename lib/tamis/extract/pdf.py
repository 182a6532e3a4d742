"""PDF to Markdown by the engine that the recipe names.

`auto` is pypdfium2, measured best and fastest. What pdfium and pdfplumber give, lines with their places,
becomes Markdown without running heads; pypdf tells no places, so that its text is lines as they are set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tamis.extract.hyphens import join_hyphens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tamis.extract.pdf_page import PdfFile

PDF_CODE = "tamis-pdf-1"  # raised when this code makes another text of the same pages
Engine = Literal["auto", "pypdfium2", "pypdf", "pdfplumber"]


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of a PDF, and what the file states.

    Attributes:
        library: The package that read it.
        facts: ``page_count``, and where above zero ``scanned_pages``, ``failed_pages``, ``running_lines``.
    """

    text: str
    library: str
    title: str | None
    author: str | None
    published_utc: str | None
    facts: dict[str, str]


def pdf_text(payload: bytes, engine: Engine = "auto") -> PdfText:
    """Return the text of all pages as Markdown.

    Raises:
        DocumentError: ``encrypted``, ``too_large`` or ``corrupt``.
        Exception: Whatever pypdf and pdfplumber raise on broken files; the caller maps it.
    """
    if engine == "pypdf":
        return _by_pypdf(payload)
    if engine == "pdfplumber":
        from tamis.extract.pdf_plumber import read_pages

        return _from_lines(read_pages(payload), "pdfplumber")
    from tamis.extract.pdf_pdfium import read_pages

    return _from_lines(read_pages(payload), "pypdfium2")


def _by_pypdf(payload: bytes) -> PdfText:
    from tamis.extract.pdf_pypdf import read_texts

    texts, information = read_texts(payload)
    return _stated("pypdf", join_hyphens("\n\n".join(texts)), information, {"page_count": len(texts)})


def _from_lines(file: PdfFile, library: str) -> PdfText:
    from tamis.extract.pdf_layout import body_size
    from tamis.extract.pdf_margins import drop_running_lines
    from tamis.extract.pdf_markdown import pages_markdown

    running = drop_running_lines(file.pages, body_size(file.pages))
    counts = {
        "page_count": len(file.pages),
        "scanned_pages": sum(page.is_scan for page in file.pages),
        "failed_pages": sum(page.is_broken for page in file.pages),
        "running_lines": running,
    }
    return _stated(library, pages_markdown(file.pages), file.information, counts)


def _stated(library: str, text: str, information: Mapping[str, str], counts: Mapping[str, int]) -> PdfText:
    stated = {key: value.strip() or None for key, value in information.items()}
    return PdfText(
        text,
        library,
        title=stated.get("Title"),
        author=stated.get("Author"),
        published_utc=iso_date(stated.get("CreationDate")),
        facts={name: str(count) for name, count in counts.items() if count or name == "page_count"},
    )


def iso_date(stated: str | None) -> str | None:
    """Return a PDF date (``D:20240131235959+01'00'``, ISO 32000-1 section 7.9.4) as ISO 8601, or None."""
    found = PDF_DATE.match(stated or "")
    if not found:
        return None
    year, month, day, hour, minute, second, zone, zone_hour, zone_minute = found.groups()
    if hour is None:
        return f"{year}-{month or '01'}-{day or '01'}"
    offset = (
        "" if zone is None else "Z" if zone in "Zz" else f"{zone}{zone_hour or '00'}:{zone_minute or '00'}"
    )
    return f"{year}-{month}-{day}T{hour}:{minute or '00'}:{second or '00'}{offset}"


PDF_DATE = re.compile(
    r"(?:D:)?([12]\d{3})(?:([01]\d)(?:([0-3]\d)(?:([0-2]\d)(?:([0-5]\d)(?:([0-5]\d))?)?"
    r"(?:([Zz+-])(?:(\d\d)'?(?:(\d\d)'?)?)?)?)?)?)?"
)
