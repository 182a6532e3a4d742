"""PDF to Markdown by the engine that the recipe names.

`auto` is pypdfium2, measured best and fastest. What pdfium and pdfplumber give, lines with their places,
becomes Markdown without running heads; pypdf tells no places, so that its text is lines as they are set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from tamis.extract.hyphens import join_hyphens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tamis.document import Picture
    from tamis.extract.ocr import Ocr
    from tamis.extract.pdf_page import PdfFile

PDF_CODE = "tamis-pdf-3"  # raised when this code makes another text of the same pages
Engine = Literal["auto", "pypdfium2", "pypdf", "pdfplumber"]


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of a PDF, and what the file states.

    Attributes:
        made_by: The packages that read it and their versions, and the number of this code.
        facts: ``page_count``, and where above zero ``scanned_pages``, ``failed_pages``, ``running_lines``,
            ``pictures_running``, ``pictures_unread``.
    """

    text: str
    made_by: str
    title: str | None
    author: str | None
    published_utc: str | None
    facts: dict[str, str]
    pictures: tuple[Picture, ...] = ()


def pdf_text(payload: bytes, engine: Engine = "auto", ocr: Ocr = "off") -> PdfText:
    """Return the text of all pages as Markdown.

    Args:
        payload: The file.
        engine: What reads pages.
        ocr: What reads scanned pages, with pypdfium2 only.

    Raises:
        DocumentError: ``encrypted``, ``too_large``, ``corrupt``, ``ocr_unavailable`` or ``ocr_failed``.
        Exception: Whatever pypdf and pdfplumber raise on broken files; the caller maps it.
    """
    if engine == "pypdf":
        return _by_pypdf(payload)
    if engine == "pdfplumber":
        from tamis.extract import pdf_plumber

        return _from_lines(pdf_plumber.read_pages(payload), _library("pdfplumber"))
    return _by_pdfium(payload, ocr)


def _by_pdfium(payload: bytes, ocr: Ocr) -> PdfText:
    from tamis.extract.ocr import ocr_engine
    from tamis.extract.pdf_pdfium import read_pages

    file = read_pages(payload)
    made_by = _library("pypdfium2")
    if ocr != "off" and any(page.is_scan for page in file.pages):
        engine = ocr_engine(ocr)
        file = read_pages(payload, engine)
        made_by += f"+{engine.name}"
    return _from_lines(file, made_by)


def _by_pypdf(payload: bytes) -> PdfText:
    from tamis.extract.pdf_pypdf import read_texts

    texts, information = read_texts(payload)
    return _stated(
        _library("pypdf"), join_hyphens("\n\n".join(texts)), information, {"page_count": len(texts)}
    )


def _from_lines(file: PdfFile, made_by: str) -> PdfText:
    from tamis.extract.pdf_layout import body_size
    from tamis.extract.pdf_margins import drop_running_lines
    from tamis.extract.pdf_markdown import pages_markdown
    from tamis.extract.pdf_pictures import drop_running_pictures

    running = drop_running_lines(file.pages, body_size(file.pages))
    running_pictures = drop_running_pictures(file.pages)
    counts = {
        "page_count": len(file.pages),
        "scanned_pages": sum(page.is_scan for page in file.pages),
        "failed_pages": sum(page.is_broken for page in file.pages),
        "running_lines": running,
        "pictures_running": running_pictures,
        "pictures_unread": file.unread_pictures,
    }
    text, pictures = pages_markdown(file.pages)
    return replace(_stated(made_by, text, file.information, counts), pictures=pictures)


def _library(name: str) -> str:
    return f"{name}-{version(name)}"


def _stated(made_by: str, text: str, information: Mapping[str, str], counts: Mapping[str, int]) -> PdfText:
    stated = {key: value.strip() or None for key, value in information.items()}
    return PdfText(
        text,
        f"{made_by}+{PDF_CODE}",
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
