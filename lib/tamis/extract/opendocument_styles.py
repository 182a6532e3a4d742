"""What the paragraph styles of an OpenDocument say of its paragraphs (part 3, 16.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.opendocument_lists import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _is_title(name: str, base: dict[str, str]) -> bool:
    for _ in range(MAX_ANCESTORS):
        if name == TITLE:
            return True
        name = base.get(name, "")
    return False
