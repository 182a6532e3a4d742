"""Lists of OpenDocument: which levels are numbered, and what the numbers look like (part 3, 16.30).

Numbers are counted as LibreOffice counts them: the lists inside the items of one list share its numbers, an
item that only holds a list has none, and a list goes on where ``continue-list`` or ``continue-numbering``
says so (part 3, 19.780 and 19.779).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.extract.numbering import LEVELS, UNNUMBERED, Level, counted, item_text

if TYPE_CHECKING:
    from collections.abc import Iterable

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
KINDS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "1st": "ordinal",
}  # fmt: skip
OUTLINE = f"{TEXT}outline-style"
LABEL_FORMAT = re.compile(r"%(\d{1,2})%")  # LibreOffice's own attribute num-list-format: "%1%.%2%)"

Counts = list[int | None]


@dataclass(slots=True)
class Counting:
    """One list while it is read: its style and that style's levels, its depth from 0, the numbers so far.

    Attributes:
        counts: By style: a list in an item may have another one, whose numbers are its own.
        has_items: Whether an item with a marker was met.
    """

    style: str
    levels: dict[int, Level]
    depth: int
    counts: defaultdict[str, Counts]
    has_items: bool = False

    def marker(self, item: Any) -> str:
        """Count an item and return its marker; "" for a header and for an item that begins with a list."""
        first = next(item.iterchildren(f"{TEXT}*"), None)
        if item.tag != f"{TEXT}list-item" or (first is not None and first.tag == f"{TEXT}list"):
            return ""
        self.has_items = True
        return self.label(item) or "-"

    def label(self, item: Any) -> str:
        """Count an item and return its number; "" for a bullet."""
        counts, level = self.counts[self.style], min(self.depth, LEVELS - 1)
        stated = item.get(f"{TEXT}start-value", "")
        if stated.isdecimal() and len(stated) < 9:
            counts[level] = int(stated) - 1
        label = counted(self.levels, counts, level)
        is_numbered = level in self.levels and self.levels[level].kind not in UNNUMBERED
        return label if is_numbered else ""

    def item(self, text: str, marker: str) -> str:
        """Return a block of an item, at its indent; without a marker it goes on from the block before.

        A list of headers alone, as LibreOffice writes the paragraphs of slides, is no list.
        """
        return item_text(text, marker, self.depth) if marker or self.has_items else text


@dataclass(slots=True)
class ListStyles:
    """The list styles of a document, and the lists as counted so far.

    Args:
        roots: The roots of the parts that may define styles, the first to be preferred.
    """

    roots: Iterable[Any]
    _levels: defaultdict[str, dict[int, Level]] = field(init=False, default_factory=lambda: defaultdict(dict))
    _by_id: dict[str | None, defaultdict[str, Counts]] = field(init=False, default_factory=dict)
    _by_style: dict[str, defaultdict[str, Counts]] = field(init=False, default_factory=dict)
    _outline: Counting = field(init=False)

    def __post_init__(self) -> None:
        outline = ""
        for root in self.roots:
            for style in root.iter(f"{TEXT}list-style", OUTLINE):
                name = style.get(f"{STYLE}name", "")
                outline = name if style.tag == OUTLINE else outline
                for level in style.iterchildren(f"{TEXT}*"):
                    depth = level.get(f"{TEXT}level", "1")
                    if depth.isdecimal() and 0 < int(depth) <= LEVELS:
                        self._levels[name].setdefault(int(depth) - 1, _level(level))
        self._outline = self._counting(outline, 0, _new_counts())

    def start(self, element: Any) -> Counting:
        """Begin an outermost list, or go on with one."""
        style = element.get(f"{TEXT}style-name", "")
        counts = self._by_id.get(element.get(f"{TEXT}continue-list"))
        if counts is None and element.get(f"{TEXT}continue-numbering") == "true":
            counts = self._by_style.get(style)
        counts = _new_counts() if counts is None else counts
        self._by_style[style] = counts
        if name := element.get(XML_ID):
            self._by_id[name] = counts
        return self._counting(style, 0, counts)

    def nested(self, element: Any, outer: Counting) -> Counting:
        """Begin a list inside an item; without a style of its own it has that of the list around it."""
        return self._counting(element.get(f"{TEXT}style-name") or outer.style, outer.depth + 1, outer.counts)

    def heading_number(self, heading: Any, level: int) -> str:
        """Count a heading outside of lists and return its number; "" where those of its level have none."""
        if heading.get(f"{TEXT}is-list-header") == "true" or not 0 < level <= LEVELS:
            return ""
        self._outline.depth = level - 1
        return self._outline.label(heading)

    def _counting(self, style: str, depth: int, counts: defaultdict[str, Counts]) -> Counting:
        return Counting(style, self._levels[style] if style else {}, depth, counts)


def _new_counts() -> defaultdict[str, Counts]:
    return defaultdict(lambda: [None] * LEVELS)


def _level(element: Any) -> Level:
    start = element.get(f"{TEXT}start-value", "1")
    kind = element.get(f"{STYLE}num-format")
    return Level(
        start=int(start) if start.isdecimal() and len(start) < 9 else 1,
        kind=KINDS.get(kind, "decimal") if kind else "none",
        text=_label(element),
    )


def _label(element: Any) -> str:
    """Return the label of a level as `Level` has it."""
    stated = next((text for name, text in element.items() if name.endswith("}num-list-format")), None)
    if stated is not None:
        return LABEL_FORMAT.sub(r"%\1", stated)
    last, shown = (element.get(f"{TEXT}{name}", "1") for name in ("level", "display-levels"))
    first = int(last) - int(shown) + 1 if shown.isdecimal() else int(last)
    numbers = ".".join(f"%{number}" for number in range(max(first, 1), int(last) + 1))
    return f"{element.get(f'{STYLE}num-prefix', '')}{numbers}{element.get(f'{STYLE}num-suffix', '')}"
