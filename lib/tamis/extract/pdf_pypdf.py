"""PDF to text by pypdf, page by page, with the words apart.

pypdf tells a gap between words by half the width of the font's space. Subsets made by XeTeX, LuaTeX and
dvipdfmx hold no space; pypdf then takes the width of whatever glyph has the code 32, and glues the words of
whole books together: recall of word 3-grams .13 on the Debian FAQ. With a space of usual width added to such
fonts it is .955 (maint-guide .36 to .94, policy .40 to .98; 2026-11-22, pypdf 7.1.0). The layout mode is no
better: .125 on the FAQ.
"""

from __future__ import annotations

import io
import re
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


def read_texts(payload: bytes) -> tuple[list[str], dict[str, str]]:
    """Return the text of each page, lines as they are set, and the information dictionary.

    Raises:
        DocumentError: ``encrypted`` if it does not open without a password.
        pypdf.errors.PyPdfError and others: the file is broken; the caller maps them.
    """
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(payload), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError("encrypted", "PDF: a password is needed to open it")
    stated = {key[1:]: _resolved(value) for key, value in (reader.metadata or {}).items()}
    return list(_page_texts(reader)), {key: value for key, value in stated.items() if isinstance(value, str)}


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
