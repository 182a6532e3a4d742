"""Lists of OpenDocument: which levels are numbered, and what the numbers look like (part 3, 16.30)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.extract.numbering import item_text, number_text

if TYPE_CHECKING:
    from collections.abc import Iterable

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
KINDS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str
    prefix: str
    suffix: str
    start: int


@dataclass(slots=True)
class Counting:
    """One list while it is read: its style, its depth from 0, and the last number given."""

    style: str
    depth: int
    level: _Level | None
    count: int = 0

    def marker(self, item: Any) -> str:
        """Count an item and return its marker; "" for a header, which has none."""
        if item.tag != f"{TEXT}list-item":
            return ""
        if self.level is None:
            return "-"
        stated = item.get(f"{TEXT}start-value", "")
        self.count = int(stated) if stated.isdecimal() else self.count + 1
        return f"{self.level.prefix}{number_text(self.count, self.level.kind)}{self.level.suffix}"

    def item(self, text: str, marker: str) -> str:
        """Return a block of an item, at its indent; without a marker it goes on from the block before."""
        return item_text(text, marker, self.depth)


@dataclass(slots=True)
class ListStyles:
    """The list styles of a document.

    Args:
        roots: The roots of the parts that may define styles, the first to be preferred.
    """

    roots: Iterable[Any]
    _levels: dict[tuple[str, int], _Level] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for root in self.roots:
            for style in root.iter(f"{TEXT}list-style"):
                for level in style.iterchildren(f"{TEXT}list-level-style-number"):
                    depth = level.get(f"{TEXT}level", "1")
                    if depth.isdecimal() and level.get(f"{STYLE}num-format") in KINDS:
                        self._levels.setdefault(
                            (style.get(f"{STYLE}name", ""), int(depth) - 1), _level(level)
                        )

    def start(self, element: Any) -> Counting:
        """Begin an outermost list."""
        return self._counting(element.get(f"{TEXT}style-name", ""), 0)

    def nested(self, element: Any, outer: Counting) -> Counting:
        """Begin a list inside an item; without a style of its own it has that of the list around it."""
        return self._counting(element.get(f"{TEXT}style-name") or outer.style, outer.depth + 1)

    def _counting(self, style: str, depth: int) -> Counting:
        level = self._levels.get((style, depth))
        return Counting(style, depth, level, level.start - 1 if level else 0)


def _level(element: Any) -> _Level:
    start = element.get(f"{TEXT}start-value", "1")
    return _Level(
        kind=KINDS[element.get(f"{STYLE}num-format")],
        prefix=element.get(f"{STYLE}num-prefix", ""),
        suffix=element.get(f"{STYLE}num-suffix", ""),
        start=int(start) if start.isdecimal() else 1,
    )
