"""List and heading numbers of a Word document, counted as Word counts them (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9
PLACEHOLDER = re.compile(r"%([1-9])")
UNNUMBERED = frozenset({"bullet", "none"})
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MAX_ROMAN = 3999
ORDINAL_ENDS, TEENS = {1: "st", 2: "nd", 3: "rd"}, range(11, 14)  # English; Word writes those of the language
MAX_INDENT = 8
ORDERED = re.compile(r"\d{1,9}[.)]")  # what CommonMark takes for an ordered item


def value(element: Any, path: str) -> str | None:
    """Return the ``w:val`` of a descendant, named by a path without prefixes."""
    found = element.find("/".join(f"{WORD}{step}" for step in path.split("/")))
    return found.get(f"{WORD}val") if found is not None else None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list: its first number, its format, its label with ``%1`` for the first level's number.

    Attributes:
        restart: The level, from 1, down to which another item begins this one anew; 0: none does.
        is_legal: All numbers in the label are decimal.
    """

    start: int
    kind: str
    text: str
    restart: int = LEVELS
    is_legal: bool = False

    @classmethod
    def read(cls, element: Any) -> Level:
        """Return what a ``w:lvl`` states."""
        return cls(
            start=_whole(value(element, "start"), 0),  # 17.9.25; Word leaves a start of 0 out
            kind=value(element, "numFmt") or "decimal",
            text=value(element, "lvlText") or "",
            restart=_whole(value(element, "lvlRestart"), LEVELS),  # 17.9.10
            is_legal=_is_on(element, "isLgl"),
        )


class Numbering:
    """The numbers of one document, in the order in which they are asked for.

    Args:
        root: The numbering part's root element; None where there is none.
    """

    def __init__(self, root: Any) -> None:
        self._abstract_of: dict[str, str] = {}
        self._levels: dict[str, dict[int, Level]] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counts: defaultdict[str, list[int | None]] = defaultdict(lambda: [None] * LEVELS)
        if root is not None:
            self._read(root)

    def label(self, number: str, level: int) -> str:
        """Count one paragraph and return its label, such as ``1.2)``; "" for a bullet or an unknown list."""
        levels = self._levels.get(number, {})
        level = max(0, min(level, LEVELS - 1))
        if level not in levels:
            return ""
        counts = self._counts[self._abstract_of[number]]
        for at, start in self._restarts.pop(number, {}).items():  # at a list's first paragraph
            counts[at] = start - 1
        label = counted(levels, counts, level)  # a bullet, too, lets the levels below it begin anew
        return "" if levels[level].kind in UNNUMBERED else label

    def _read(self, root: Any) -> None:
        elements = list(root.iterchildren(f"{WORD}abstractNum"))
        styled = {name: element for element in elements if (name := value(element, "styleLink"))}
        abstract = {
            element.get(f"{WORD}abstractNumId"): _read_levels(
                styled.get(value(element, "numStyleLink") or "", element)
            )
            for element in elements
        }
        for element in root.iterchildren(f"{WORD}num"):
            number, abstract_number = element.get(f"{WORD}numId"), value(element, "abstractNumId") or ""
            levels = dict(abstract.get(abstract_number, {}))
            for override in element.iterchildren(f"{WORD}lvlOverride"):
                at = _whole(override.get(f"{WORD}ilvl"), 0)
                levels.update(_read_levels(override))
                if (start := value(override, "startOverride")) is not None and 0 <= at < LEVELS:
                    self._restarts.setdefault(number, {})[at] = _whole(start, 1)
            self._levels[number], self._abstract_of[number] = levels, abstract_number


def _read_levels(element: Any) -> dict[int, Level]:
    return {
        _whole(level.get(f"{WORD}ilvl"), 0): Level.read(level) for level in element.iterchildren(f"{WORD}lvl")
    }


def counted(levels: dict[int, Level], counts: list[int | None], level: int) -> str:
    """Count an item of a list and return its label; "" where its level has none.

    Args:
        levels: Of the list.
        counts: The last number of each of `LEVELS` levels, None where none was given; it is changed.
        level: The item's, from 0.
    """
    before = counts[level]
    counts[level] = _at(levels, level).start if before is None else before + 1
    for at in range(LEVELS):
        if at < level and counts[at] is None:
            counts[at] = _at(levels, at).start  # a level that was passed over counts as begun
        elif at > level and level < _at(levels, at).restart:
            counts[at] = None
    own = _at(levels, level)
    shown = [_shown(levels, counts, at, is_legal=own.is_legal) for at in range(LEVELS)]
    return PLACEHOLDER.sub(lambda found: shown[int(found[1]) - 1], own.text)


def _at(levels: dict[int, Level], at: int) -> Level:
    return levels.get(at, Level(1, "decimal", ""))


def _shown(levels: dict[int, Level], counts: list[int | None], at: int, *, is_legal: bool) -> str:
    """Return a level's number, decimal in a label that is "legal" (17.9.4); "" where it has none."""
    level, count = _at(levels, at), counts[at]
    if level.kind in UNNUMBERED:
        return ""
    return number_text(level.start if count is None else count, "decimal" if is_legal else level.kind)


def _is_on(element: Any, name: str) -> bool:
    found = element.find(f"{WORD}{name}")
    return found is not None and found.get(f"{WORD}val", "1") not in {"0", "false", "off"}


def number_text(number: int, kind: str) -> str:
    r"""Return a number in a format of ST_NumberFormat; decimal in those that are not known here.

    Example:
        >>> [number_text(28, kind) for kind in ("decimal", "lowerLetter", "upperRoman", "ordinal")]
        ['28', 'bb', 'XXVIII', '28th']
    """
    if kind.endswith("Letter") and number > 0:
        repeats, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) * min(repeats + 1, 8)
    elif kind.endswith("Roman") and 0 < number <= MAX_ROMAN:
        text = _roman(number)
    elif kind == "ordinal":
        return f"{number}{'th' if number % 100 in TEENS else ORDINAL_ENDS.get(number % 10, 'th')}"
    else:
        return f"{number:02}" if kind == "decimalZero" else str(number)
    return text.upper() if kind.startswith("upper") else text


def _roman(number: int) -> str:
    text = ""
    for worth, letters in ROMAN:
        count, number = divmod(number, worth)
        text += letters * count
    return text


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else default


def item_text(text: str, label: str, level: int) -> str:
    r"""Return a list item at its indent: a number that Markdown knows as its marker, others behind a bullet.

    Without a label the text goes on from the item before.

    Example:
        >>> [item_text("fine", label, 1) for label in ("2.", "b)", "-", "")]
        ['   2. fine', '   - b) fine', '   - fine', '     fine']
    """
    indent = "   " * min(level, MAX_INDENT)  # three nest below "1." and below "-"
    is_marker = ORDERED.fullmatch(label) or label in {"-", ""}
    marker = (label or " ") if is_marker else f"- {label}"
    return f"{indent}{marker} " + text.replace("\n", f"\n{indent}  ")
