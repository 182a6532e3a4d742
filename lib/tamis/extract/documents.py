"""Office documents, books and mail: the reader of each media type, behind the guard for packages."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import NamedTuple

from tamis.document import Extraction
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.office import check_package
from tamis.extract.sniff_container import is_ole_whole

OWN = "tamis-office-3"  # raised when the rendering of any of these changes


class _Reader(NamedTuple):
    """Where a function from bytes to DocumentText is, and the library that parses for it ("" is our code)."""

    module: str
    function: str
    library: str = ""
    is_package: bool = False


OPENDOCUMENT = _Reader("opendocument", "opendocument_text", is_package=True)
READERS: dict[str, _Reader] = {
    media.DOCX: _Reader("word", "word_text", is_package=True),
    media.PPTX: _Reader("slides", "slides_text", is_package=True),
    media.XLSX: _Reader("sheets", "sheets_text", "openpyxl", is_package=True),
    media.ODT: OPENDOCUMENT,
    media.ODS: OPENDOCUMENT,
    media.ODP: OPENDOCUMENT,
    media.EPUB: _Reader("epub", "epub_text", is_package=True),
    media.DOC: _Reader("legacy_word", "legacy_word_text", "olefile"),
    media.PPT: _Reader("legacy_slides", "legacy_slides_text", "olefile"),
    media.XLS: _Reader("legacy_sheets", "legacy_sheets_text", "xlrd"),
    media.RTF: _Reader("rich_text", "rich_text"),
    media.MAIL: _Reader("mail", "mail_text"),
    media.MBOX: _Reader("mailbox", "mailbox_text"),
    media.MSG: _Reader("outlook", "outlook_text", "olefile"),
}
CONVERT = "{}: save it as {}, or convert it: soffice --headless --convert-to {} FILE"
WAYS_OUT: dict[str, str] = {
    media.XLSB: CONVERT.format("binary Excel sheets", "XLSX", "xlsx"),
    media.WARC: "a web archive: name it in an input of its own with format: warc",
    media.ARC: "ARC, web archives before WARC: convert it: warcio recompress FILE FILE.warc.gz",
    media.SEVEN_ZIP: "7z: unpack it, or pack its files as ZIP or TAR",
    media.RAR: "RAR: unpack it, or pack its files as ZIP or TAR",
}


def read_document(payload: bytes, media_type: str, max_expanded_bytes: int) -> Extraction:
    """Return the text of a document whose type is a key of ``READERS``.

    Raises:
        DocumentError: What ``check_package`` and the reader raise.
        Whatever a library raises for broken bytes; the caller maps it.
    """
    reader = READERS[media_type]
    if reader.is_package:
        check_package(payload, max_expanded_bytes)
    document = getattr(import_module(f"tamis.extract.{reader.module}"), reader.function)(payload)
    return Extraction(
        text=document.text,
        media_type=media_type,
        extractor=_extractor(reader.library),
        title=document.title,
        author=document.author,
        published_utc=document.published_utc,
        metadata=document.metadata,
        members=document.members,
        is_document=document.is_document,
        pictures=document.pictures,
    )


def unsupported(media_type: str, payload: bytes) -> DocumentError:
    """Return the error of a type that nothing here reads, with the way out where there is one."""
    if media_type == media.OLE and not is_ole_whole(payload):
        damage = "OLE: its directory or an allocation table is missing"
        return DocumentError("corrupt", f"{damage}; the file is cut off or damaged")
    return DocumentError(
        "unsupported_format", WAYS_OUT.get(media_type, f"{media_type}: no extractor reads this type yet")
    )


@lru_cache
def _extractor(library: str) -> str:
    return f"{library}-{version(library)}+{OWN}" if library else OWN
