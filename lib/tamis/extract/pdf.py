"""PDF to text by pypdf, page by page, with the words apart and line-end hyphens joined.

pypdf tells a gap between words by half the width of the font's space. Subsets made by XeTeX, LuaTeX and
dvipdfmx hold no space; pypdf then takes the width of whatever glyph has the code 32, and glues the words of
whole books together: recall of word 3-grams .13 on the Debian FAQ. With a space of usual width added to such
fonts it is .955 (maint-guide .36 to .94, policy .40 to .98; 2026-11-22, pypdf 7.1.0). The layout mode is no
better: .125 on the FAQ.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf import PdfReader

# A quarter of the em is the usual space of text fonts; 150 to 300 gave the same recall on the four manuals.
SPACE_WIDTH = 250
SPACE_CODE = 0xFFFE  # no subset of real size reaches it
SPACE_MAPPING = b"1 beginbfchar\n<FFFE> <0020>\nendbfchar\nendcmap"
MAPS_TO_SPACE = re.compile(rb"<[0-9A-Fa-f]+>\s*<0020>")
# Form XObjects nest; their fonts are looked for so deep.
MAX_FORM_DEPTH = 4

LINE_END_HYPHEN = re.compile(r"([^\W\d_]+)([-\u2010\u00ad\x02])[ \t]*\n[ \t]*([^\W\d_]+)")
COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of a PDF and its information dictionary."""

    text: str
    title: str | None
    author: str | None
    published_utc: str | None
    page_count: int


def pdf_text(payload: bytes) -> PdfText:
    """Return the text of all pages, a blank line between pages, lines as they are set.

    Raises:
        DocumentError: ``encrypted`` if it does not open without a password.
        pypdf.errors.PyPdfError and others: the file is broken; the caller maps them.
    """
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(payload), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError("encrypted", "PDF: a password is needed to open it")
    text = "\n\n".join(_page_texts(reader))
    information: Any = reader.metadata or {}
    return PdfText(
        text=join_hyphens(text),
        title=_stated(information, "/Title"),
        author=_stated(information, "/Author"),
        published_utc=_iso_date(_stated(information, "/CreationDate")),
        page_count=len(reader.pages),
    )


def join_hyphens(text: str) -> str:
    r"""Return text with words joined that were broken at a line's end.

    A hyphen stays where the document writes the same compound elsewhere inside a line, or where the second
    half is capitalised; soft hyphens never stay.

    Example:
        >>> join_hyphens("a well-known exam-\nple of well-\nknown words")
        'a well-known example of well-known words'
    """
    compounds = {found.lower() for found in COMPOUND.findall(text)}

    def joined(found: re.Match[str]) -> str:
        head, hyphen, tail = found.groups()
        soft = hyphen in "\u00ad\x02"
        if not soft and (not tail[0].islower() or f"{head}-{tail}".lower() in compounds):
            return f"{head}-{tail}"
        return head + tail

    return LINE_END_HYPHEN.sub(joined, text)


def _page_texts(reader: PdfReader) -> Iterator[str]:
    seen: set[int] = set()
    for page in reader.pages:
        _mend_fonts(page.get("/Resources"), seen, MAX_FORM_DEPTH)
        yield page.extract_text().strip("\n")


def _mend_fonts(resources: Any, seen: set[int], depth: int) -> None:
    """Give each composite font of a page, and of the forms on it, a space."""
    resources = _resolved(resources)
    if id(resources) in seen or not isinstance(resources, dict):
        return
    seen.add(id(resources))
    for font in _members(resources, "/Font"):
        if id(font) not in seen:
            seen.add(id(font))
            _mend_font(font)
    if depth:
        for form in _members(resources, "/XObject"):
            _mend_fonts(form.get("/Resources"), seen, depth - 1)


def _mend_font(font: Any) -> None:
    """Add an unused code of usual width that maps to a space, if the font's ToUnicode map has none."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject, NumberObject

    unicode_map = _resolved(font.get("/ToUnicode"))
    descendants = _resolved(font.get("/DescendantFonts"))
    if font.get("/Subtype") != "/Type0" or not hasattr(unicode_map, "get_data") or not descendants:
        return
    mapping = unicode_map.get_data()
    if MAPS_TO_SPACE.search(mapping):
        return
    mended = DecodedStreamObject()
    mended.set_data(mapping.replace(b"endcmap", SPACE_MAPPING, 1))
    font[NameObject("/ToUnicode")] = mended
    descendant = _resolved(descendants[0])
    widths = ArrayObject(_resolved(descendant.get("/W")) or ())
    widths.extend([NumberObject(SPACE_CODE), ArrayObject([NumberObject(SPACE_WIDTH)])])
    descendant[NameObject("/W")] = widths


def _members(resources: Any, key: str) -> list[Any]:
    values = _resolved(resources.get(key))
    found = [_resolved(value) for value in values.values()] if isinstance(values, dict) else []
    return [value for value in found if isinstance(value, dict)]


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _stated(information: Any, key: str) -> str | None:
    value = _resolved(information.get(key))
    return value.strip() or None if isinstance(value, str) else None


def _iso_date(stated: str | None) -> str | None:
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
