"""What a Word 97 to 2003 file says of its paragraphs and characters: styles, lists, tables, deletions."""

from __future__ import annotations

import sys
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import partial
from struct import unpack_from
from typing import TYPE_CHECKING

from tamis.extract.legacy_word_file import CHARACTERS, FONTS, PARAGRAPHS, STYLES, properties
from tamis.extract.symbol_font import SHOWN, shown_text, symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tamis.extract.legacy_word_file import WordFile

# Names of properties: MS-DOC 2.6.1 (characters), 2.6.2 (paragraphs), 2.6.3 (tables).
DELETED, SYMBOL, FONT = 0x0800, 0x6A09, 0x4A4F
IN_TABLE, ROW_END, DEPTH, INNER_CELL, INNER_ROW_END = 0x2416, 0x2417, 0x6649, 0x244B, 0x244C
LIST_LEVEL, LIST_USE, OUTLINE = 0x260A, 0x460B, 0x2640
ELSEWHERE = (0x6645, 0x6646)  # the properties lie in the stream Data
SHAPE = 0xD608
LAST_HEADING = 9
FONT_NAME = 40  # where the name begins in a font's entry (MS-DOC 2.9.92)
TITLE_STYLE, NO_STYLE = 62, 0xFFF  # MS-DOC 2.9.271: 1 to 9 are headings
MAX_ANCESTORS = 20  # a loop of styles ends there


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Properties of a paragraph; None where nothing is said.

    Attributes:
        heading: 1 to 9; 10 is body text.
        use: Number of the list that it is in, from 1; 0: none.
        level: Its level in the list, from 0.
        depth: How many tables it is in.
        shape: Where its row's cells begin and end, and which are merged (MS-DOC 2.9.315).
    """

    heading: int | None = None
    use: int | None = None
    level: int | None = None
    in_table: bool = False
    is_row_end: bool = False
    depth: int | None = None
    is_inner_row_end: bool = False
    shape: bytes = b""

    def over(self, style: Paragraph) -> Paragraph:
        """Return these properties, where they say nothing those of a style."""
        stated = {
            name: getattr(style, name) for name in ("heading", "use", "level") if getattr(self, name) is None
        }
        return replace(self, **stated)


class Paragraphs:
    """The properties of all paragraphs of a file, by where their marks lie."""

    def __init__(self, file: WordFile) -> None:
        self._data = file.data
        self._styles = _styles(file.part(STYLES))
        runs = sorted(
            (run for page in file.pages(PARAGRAPHS) for run in _runs(page, 13)), key=lambda run: run[:2]
        )
        self._starts = [start for start, _, _ in runs]
        self._runs = runs
        self._known: dict[bytes, Paragraph] = {}

    def at(self, offset: int) -> Paragraph:
        """Return the properties of the paragraph whose mark begins at an offset."""
        number = bisect_right(self._starts, offset) - 1
        if number < 0 or offset >= self._runs[number][1]:
            return Paragraph()
        stored = self._runs[number][2]
        if stored not in self._known:
            style = self._styles.get(int.from_bytes(stored[:2], "little"), Paragraph())
            self._known[stored] = _paragraph(stored[2:], self._data).over(style)
        return self._known[stored]


def _runs(page: bytes, item_bytes: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield the runs of a page: first and last offset, and the bytes of their properties."""
    count = page[-1]
    offsets = unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        at = 2 * page[4 * (count + 1) + item_bytes * number]
        size = page[at] if at else 0
        if at and item_bytes > 1:  # MS-DOC 2.9.175: counted in words, less a byte, or in the next byte
            at, size = (at, 2 * size - 1) if size else (at + 1, 2 * page[at + 1])
        yield offsets[number], offsets[number + 1], page[at + 1 : at + 1 + size] if at else b""


def _paragraph(group: bytes, data: bytes) -> Paragraph:
    found: dict[str, int | bool | bytes] = {}
    for code, operand in _with_data(group, data):
        number = int.from_bytes(operand[:4], "little")
        if code == OUTLINE:
            found["heading"] = number + 1
        elif code in FIELDS:
            found[FIELDS[code]] = number
        elif code == SHAPE:
            found["shape"] = operand
    return Paragraph(**found)  # type: ignore[arg-type]


FIELDS = {
    LIST_USE: "use", LIST_LEVEL: "level", IN_TABLE: "in_table", ROW_END: "is_row_end", DEPTH: "depth",
    INNER_ROW_END: "is_inner_row_end",
}  # fmt: skip


def _with_data(group: bytes, data: bytes) -> Iterator[tuple[int, bytes]]:
    for code, operand in properties(group):
        yield code, operand
        if code in ELSEWHERE:
            start = int.from_bytes(operand, "little")
            size = int.from_bytes(data[start : start + 2], "little")
            yield from properties(data[start + 2 : start + 2 + size])


def _styles(sheet: bytes) -> dict[int, Paragraph]:
    """Return what each paragraph style says, with those that it is based on (MS-DOC 2.9.271)."""
    if not sheet:
        return {}
    own: dict[int, tuple[int, Paragraph]] = {}
    head, count, base_bytes = unpack_from("<HHH", sheet)
    at = 2 + head
    for number in range(count):
        size = unpack_from("<H", sheet, at)[0]
        if size:
            own[number] = _style(sheet[at + 2 : at + 2 + size], base_bytes)
        at += 2 + size + size % 2
    return {number: _resolved(number, own) for number in own}


def _style(entry: bytes, base_bytes: int) -> tuple[int, Paragraph]:
    """Return the number of the style that this one is based on, and what it says itself."""
    kind, base = (unpack_from("<H", entry, at)[0] for at in (0, 2))
    at = base_bytes + 2 + 2 * unpack_from("<H", entry, base_bytes)[0] + 2  # behind the name
    size = int.from_bytes(entry[at : at + 2], "little")
    own = _paragraph(entry[at + 4 : at + 2 + size], b"") if base & 0xF == 1 else Paragraph()
    number = kind & 0xFFF
    if 1 <= number <= LAST_HEADING:
        own = replace(own, heading=number)
    elif number == TITLE_STYLE:
        own = replace(own, heading=1)
    return base >> 4, own


def _resolved(number: int, own: dict[int, tuple[int, Paragraph]]) -> Paragraph:
    made = Paragraph()
    for _ in range(MAX_ANCESTORS):
        if number not in own:
            break
        number, said = own[number]
        made = made.over(said)
    return made


def replaced_characters(file: WordFile) -> list[tuple[int, int, Callable[[str], str]]]:
    """Return ranges of offsets whose characters read otherwise, and what each reads as.

    Deleted ones are "", symbols what they show. The ranges come in order; none meets another.
    """
    fonts = _fonts(file.part(FONTS))
    found = (
        (start, end, shown)
        for page in file.pages(CHARACTERS)
        for start, end, group in _runs(page, 1)
        if (shown := _shown(group, fonts)) is not None
    )
    runs = sorted(found, key=lambda run: run[:2])
    limits = [*(start for start, _, _ in runs[1:]), sys.maxsize]
    return [(start, min(end, limit), shown) for (start, end, shown), limit in zip(runs, limits, strict=False)]


def _shown(group: bytes, fonts: list[str]) -> Callable[[str], str] | None:
    """Return what a run shows in the place of a character; None: the character itself."""
    said = dict(properties(group))
    if said.get(DELETED, b"\0") != b"\0":
        return lambda _: ""
    if SYMBOL in said:
        font, code = unpack_from("<HH", said[SYMBOL])
        text = symbol(_name(fonts, font), code)
        return lambda _: text
    name = _name(fonts, int.from_bytes(said.get(FONT, b"\xff\xff"), "little"))
    return partial(shown_text, name) if name in SHOWN else None


def _name(fonts: list[str], number: int) -> str:
    return fonts[number] if number < len(fonts) else ""


def _fonts(stored: bytes) -> list[str]:
    """Return the names of the file's fonts."""
    names: list[str] = []
    at = 4
    for _ in range(unpack_from("<H", stored)[0] if stored else 0):
        size = 1 + stored[at]
        names.append(stored[at + FONT_NAME : at + size].decode("utf-16-le", "replace").partition("\0")[0])
        at += size
    return names
