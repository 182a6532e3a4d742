"""One payload to one extraction: sniff, dispatch by media type, clean.

The only place where an arbitrary exception of a parsing library becomes a ``DocumentError``. The result
depends on the payload, its name and the options alone: no engine keeps anything from one document to the next
that changes a text, and dates are not compared with today.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, Self

from tamis.document import Declared, Extraction
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.clean import clean_text, cleaned, cleaned_metadata
from tamis.extract.compressed import opened
from tamis.extract.declared import in_utf8, refuse_media
from tamis.extract.documents import READERS, read_document, unsupported
from tamis.extract.members import MAX_EXPANDED_BYTES
from tamis.extract.pictures import placed
from tamis.io.records import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tamis.config import Extract

TEXT_EXTRACTOR = "tamis-text-3"  # raised when the rendering of JSON, CSV, XML or text changes
HTML_EXTRACTOR = "tamis-html-3"  # raised when blocks, weights or the Markdown of pages change
NOISY_LOGGERS = ("trafilatura", "htmldate", "courlan", "pypdf", "pdfminer", "charset_normalizer", "openpyxl")


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What a recipe says about extraction, as plain values.

    Attributes:
        html_engine: ``auto`` weighs trafilatura's choice by a model of blocks (``extract/html.py``).
        html_content: ``main``, or ``all`` that can be read.
        html_links: Whether links keep their targets.
        pdf_engine: ``auto`` is pypdfium2 (measured in ``extract/pdf.py``).
        pdf_ocr: What reads scanned pages; ``auto`` is rapidocr.
        max_expanded_bytes: Bound on what a compressed payload, package or archive may expand to.
        max_record_bytes: Bound on a member of an archive, as on any record.
    """

    html_engine: Literal["auto", "trafilatura", "resiliparse"] = "auto"
    html_content: Literal["main", "all"] = "main"
    html_links: bool = False
    pdf_engine: Literal["auto", "pypdfium2", "pypdf", "pdfplumber"] = "auto"
    pdf_ocr: Literal["off", "auto", "rapidocr", "textract"] = "off"
    max_expanded_bytes: int = MAX_EXPANDED_BYTES
    max_record_bytes: int = MAX_RECORD_BYTES

    @classmethod
    def of(cls, settings: Extract) -> Self:
        """Return what the recipe's part `extract` says."""
        html, pdf = settings.html, settings.pdf
        return cls(
            html_engine=html.engine, html_content=html.content, html_links=html.links,
            pdf_engine=pdf.engine, pdf_ocr=pdf.ocr, max_record_bytes=settings.max_record_bytes,
        )  # fmt: skip


def extract_payload(
    payload: bytes, *, name: str = "", options: ExtractOptions | None = None, declared: Declared | None = None
) -> Extraction:
    """Return the text of one record as Markdown, with what its format says about it.

    Args:
        payload: The record's bytes. One layer of gzip, zstd, bzip2 or xz around a document is taken off.
        name: File name; decides only between kinds of text (see ``sniff_media_type``).
        options: Engines and bounds; the defaults if None.
        declared: What an archive says of the payload; pictures, sound and programs are then refused as
            `codes.NO_DOCUMENT`. None outside archives.

    Returns:
        An extraction whose text is clean (see ``clean_text``) and stripped; ``""`` where there is no text.

    Raises:
        DocumentError: With a code of ``codes.FAILURE_CODES``.
    """
    options = options or ExtractOptions()
    with mapped_errors():
        return _cleaned(_extract(payload, name, options, declared))


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn whatever a parser raises into a DocumentError."""
    try:
        yield
    except DocumentError:
        raise
    except RecursionError as error:
        raise DocumentError("too_deep", "its parts nest deeper than the parser's stack") from error
    except MemoryError as error:
        raise DocumentError("memory_limit", "the parser ran out of memory") from error
    except Exception as error:  # parsers raise whatever broken bytes lead them to
        raise DocumentError("corrupt", f"{type(error).__name__}: {error}") from error


def _extract(payload: bytes, name: str, options: ExtractOptions, declared: Declared | None) -> Extraction:
    _quiet()
    came_with = declared or Declared()
    payload, media_type = opened(payload, name, declared, options.max_expanded_bytes)
    if declared is not None:
        refuse_media(media_type, declared)
    if media_type == media.ENCRYPTED_OOXML:
        raise DocumentError("encrypted", "Office document: a password is needed to open it")
    extractor = EXTRACTORS.get(media_type)
    if extractor is None:
        raise unsupported(media_type, payload)
    text = in_utf8(payload, media_type, came_with)
    return replace(extractor(text, options), media_type=media_type)


def _cleaned(raw: Extraction) -> Extraction:
    """Return an extraction whose every string is clean; what was done to its text is counted in metadata."""
    text, counts = cleaned(raw.text)
    metadata = {key: clean_text(value) for key, value in raw.metadata.items()} | cleaned_metadata(counts)
    pictures, left_out = placed(raw.text, text, raw.pictures)
    if left_out:
        metadata["pictures_left_out"] = str(left_out)
    return replace(
        raw,
        text=text.strip(),
        title=_clean_field(raw.title),
        url=_clean_field(raw.url),
        author=_clean_field(raw.author),
        published_utc=_clean_field(raw.published_utc),
        metadata=dict(sorted(metadata.items())),
        pictures=pictures,
    )


def _clean_field(value: str | None) -> str | None:
    return " ".join(clean_text(value).split()) or None if value else None


def _html(payload: bytes, options: ExtractOptions) -> Extraction:
    from tamis.extract.html import html_page

    page = html_page(
        payload, engine=options.html_engine, content=options.html_content, links=options.html_links
    )
    library = "resiliparse" if options.html_engine == "resiliparse" else "trafilatura"
    return Extraction(
        text=page.text,
        media_type=media.HTML,
        extractor=f"{HTML_EXTRACTOR}+{_library(library)}",
        title=page.title,
        url=page.url,
        author=page.author,
        published_utc=page.published_utc,
        metadata=page.metadata,
        pictures=tuple(page.pictures),
    )


def _archive(payload: bytes, media_type: str, options: ExtractOptions) -> Extraction:
    from tamis.extract.archive import archive_extraction

    return archive_extraction(payload, media_type, options)


def _pdf(payload: bytes, options: ExtractOptions) -> Extraction:
    from tamis.extract.pdf import pdf_text

    pdf = pdf_text(payload, options.pdf_engine, options.pdf_ocr)
    return Extraction(
        text=pdf.text,
        media_type=media.PDF,
        extractor=pdf.made_by,
        title=pdf.title,
        author=pdf.author,
        published_utc=pdf.published_utc,
        metadata=pdf.facts,
        pictures=pdf.pictures,
    )


def _structured(payload: bytes, media_type: str) -> Extraction:
    from tamis.extract.structured import csv_text, json_text, plain_text
    from tamis.extract.xml_document import xml_text

    read: Mapping[str, Callable[[bytes], str]] = {
        media.JSON: json_text,
        media.NDJSON: json_text,
        media.CSV: csv_text,
        media.TSV: csv_text,
        media.XML: xml_text,
        media.MARKDOWN: plain_text,
        media.PLAIN: plain_text,
    }
    return Extraction(text=read[media_type](payload), media_type=media_type, extractor=TEXT_EXTRACTOR)


@lru_cache
def _library(name: str) -> str:
    return f"{name}-{version(name)}"


def _quiet() -> None:
    """Keep the engines' warnings out of the worker's log: what matters is in the result or its error."""
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


EXTRACTORS: dict[str, Callable[[bytes, ExtractOptions], Extraction]] = {
    media.HTML: _html,
    media.XHTML: _html,
    media.PDF: _pdf,
    **{
        kind: lambda payload, options, kind=kind: _archive(payload, kind, options)  # type: ignore[misc]
        for kind in (media.ZIP, media.TAR)
    },
    **{
        kind: lambda payload, options, kind=kind: read_document(payload, kind, options.max_expanded_bytes)  # type: ignore[misc]
        for kind in READERS
    },
    **{
        kind: lambda payload, _options, kind=kind: _structured(payload, kind)  # type: ignore[misc]
        for kind in (media.JSON, media.NDJSON, media.CSV, media.TSV, media.XML, media.MARKDOWN, media.PLAIN)
    },
}
