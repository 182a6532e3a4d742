"""What the styles of an RTF say of its paragraphs: headings, by their names or outline levels."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
MAX_ANCESTORS = 20  # a loop of styles ends there


@dataclass(slots=True)
class _Style:
    name: str = ""
    outline: int | None = None
    base: int | None = None

    def heading(self) -> int | None:
        """Return the level that the style states itself; 1 is also the title's."""
        name = self.name.strip(" ;")
        if found := HEADING_NAME.fullmatch(name):
            return int(found[1])
        return 1 if name.lower() == "title" else self.outline


class Styles:
    """The paragraph styles, as the stylesheet is read from its begin to its end."""

    def __init__(self) -> None:
        self._styles: dict[int, _Style] = {}
        self._open = _Style()

    def begin(self) -> None:
        """Begin an entry; it is number 0 where it states no other."""
        self._open = _Style()
        self._styles.setdefault(0, self._open)

    def word(self, word: str, number: int) -> None:
        """Take a control word of the entry."""
        if word == "s":
            self._styles[number] = self._open
        elif word == "outlinelevel":
            self._open.outline = number + 1
        elif word == "sbasedon":
            self._open.base = number

    def text(self, text: str) -> None:
        """Take a piece of the entry's name."""
        self._open.name += text

    def heading(self, number: int) -> int | None:
        """Return the heading level of a style, with what it has from those that it is based on."""
        for _ in range(MAX_ANCESTORS):
            style = self._styles.get(number)
            if style is None:
                return None
            if level := style.heading():
                return level
            number = -1 if style.base is None else style.base
        return None
