"""What the styles of an OpenDocument say of its paragraphs and runs (part 3, 16.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.opendocument_lists import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
TITLE = "Title"
MAX_ANCESTORS = 20  # a loop of styles ends there


def title_styles(roots: Iterable[Any]) -> frozenset[str]:
    """Return the names of the styles that are, or are based on, a document's title."""
    base = {
        style.get(f"{STYLE}name", ""): style.get(f"{STYLE}parent-style-name", "")
        for root in roots
        for style in root.iter(f"{STYLE}style")
        if style.get(f"{STYLE}family") == "paragraph"
    }
    return frozenset({TITLE, *(name for name in base if _is_title(name, base))})


def style_fonts(roots: Iterable[Any]) -> dict[str, str]:
    """Return the fonts that the styles of runs state, by their names."""
    families = {
        face.get(f"{STYLE}name", ""): face.get(f"{SVG}font-family", "").strip("'")
        for root in roots
        for face in root.iter(f"{STYLE}font-face")
    }
    stated = {
        found.getparent().get(f"{STYLE}name", ""): found.get(f"{STYLE}font-name", "")
        for root in roots
        for found in root.iter(f"{STYLE}text-properties")
        if found.getparent().get(f"{STYLE}family") == "text"
    }
    return {name: families.get(font, font) for name, font in stated.items() if font}


def _is_title(name: str, base: dict[str, str]) -> bool:
    for _ in range(MAX_ANCESTORS):
        if name == TITLE:
            return True
        name = base.get(name, "")
    return False
