"""EPUB 2 and 3 to Markdown: the chapters in the order of the spine (EPUB 3.3, sections 4 and 5)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tamis.errors import DocumentError
from tamis.extract.clean import decode_text
from tamis.extract.epub_notes import BookNotes
from tamis.extract.html_whole import whole_page
from tamis.extract.markdown import blocks
from tamis.extract.office import DocumentText
from tamis.extract.package import Package
from tamis.extract.sniff_container import EPUB_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCRYPTION = "META-INF/encryption.xml"
CHAPTERS = frozenset(
    {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"}
)
METADATA = ("language", "publisher", "identifier", "rights", "subject")


def epub_text(payload: bytes) -> DocumentText:
    """Return the chapters of an EPUB that passed ``check_package``; its table of contents is left out.

    Raises:
        DocumentError: ``encrypted`` if a chapter is; ``corrupt`` without a package document or chapters.
        Whatever zipfile and lxml raise for a broken file; the caller maps it.
    """
    package = Package(payload)
    part = _package_document(package)
    book = package.root(part)
    chapters = list(_chapters(book, posixpath.dirname(part)))
    if encrypted := _encrypted(package).intersection(chapters):
        raise DocumentError("encrypted", f"EPUB: {min(encrypted)!r} and more are encrypted")
    readable = [chapter for chapter in chapters if chapter in package]
    for missing in set(chapters).difference(readable):
        package.note_broken(missing)
    if not readable:
        raise DocumentError("corrupt", "EPUB: its spine names no chapter that exists")
    notes = BookNotes()
    text = blocks(_chapter(package, chapter, notes) for chapter in readable)
    return DocumentText(
        text,
        _stated(book, "title"),
        _stated(book, "creator"),
        _stated(book, "date"),
        _metadata(book) | package.notes(),
    )


def _package_document(package: Package) -> str:
    """Return the part that describes the book: as the container says, else the one of its kind."""
    container = package.extra_root(EPUB_CONTAINER)
    found = container.find(".//{*}rootfile") if container is not None else None
    if found is not None:
        return found.get("full-path", "")
    return next((name for name in sorted(package.parts()) if name.endswith(".opf")), EPUB_CONTAINER)


def _chapter(package: Package, part: str, notes: BookNotes) -> str:
    return whole_page(decode_text(package.read(part), None)[0], notes.mark)


def _chapters(book: Any, folder: str) -> Iterator[str]:
    """Yield the parts that the spine lists, but for the navigation document."""
    items = {item.get("id"): item for item in book.iterfind(".//{*}manifest/{*}item")}
    for entry in book.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(entry.get("idref"))
        if item is None or item.get("media-type", "").lower() not in CHAPTERS:
            continue
        if "nav" not in item.get("properties", "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _encrypted(package: Package) -> set[str]:
    """Return the parts that are encrypted; obfuscated fonts are among them."""
    if ENCRYPTION not in package:
        return set()
    root = package.root(ENCRYPTION)
    return {unquote(one.get("URI", "")) for one in root.iter("{*}CipherReference")}


def _stated(book: Any, name: str) -> str | None:
    text = book.findtext(f".//{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
    return text.strip() or None if text else None


def _metadata(book: Any) -> dict[str, str]:
    return {name: value for name in METADATA if (value := _stated(book, name))}
