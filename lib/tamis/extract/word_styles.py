"""What the styles of a Word document say of its paragraphs (ECMA-376 part 1, section 17.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tamis.extract.numbering import WORD, value

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
MAX_ANCESTORS = 20  # a loop of styles ends there


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """Heading level (1 is the title's), list and level in it, None where nothing is said; if a caption."""

    heading: int | None = None
    number: str | None = None
    level: str | None = None
    is_caption: bool = False


def read_styles(root: Any) -> dict[str, ParagraphStyle]:
    """Return each style by its id, with what it has from those it is based on."""
    by_id = {style.get(f"{WORD}styleId"): style for style in root.iterchildren(f"{WORD}style")}
    return {name: _style(list(_chain(style, by_id))) for name, style in by_id.items()}


def _style(chain: list[Any]) -> ParagraphStyle:
    return ParagraphStyle(
        heading=next((level for style in chain if (level := _heading_level(style))), None),
        number=next((found for style in chain if (found := value(style, "pPr/numPr/numId"))), None),
        level=next((found for style in chain if (found := value(style, "pPr/numPr/ilvl"))), None),
        is_caption=any((value(style, "name") or "").lower() == "caption" for style in chain),
    )


def _chain(style: Any, by_id: dict[str, Any]) -> Iterator[Any]:
    for _ in range(MAX_ANCESTORS):
        yield style
        base = by_id.get(value(style, "basedOn") or "")
        if base is None:
            return
        style = base


def _heading_level(style: Any) -> int | None:
    name = value(style, "name") or ""
    if found := HEADING_NAME.fullmatch(name):
        return int(found[1])
    return 1 if name.lower() == "title" else outline_level(style)


def outline_level(element: Any) -> int | None:
    """Return the heading level that a paragraph or style states itself; body text is 10."""
    level = value(element, "pPr/outlineLvl")
    return int(level) + 1 if level is not None and level.isdecimal() else None
