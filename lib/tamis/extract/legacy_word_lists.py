"""The lists of a Word 97 to 2003 file as the numbering part that a DOCX has (MS-DOC 2.9.131 to 2.9.150)."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING, Any

from lxml import etree

from tamis.extract.legacy_word_file import LIST_USES, LISTS, joined
from tamis.extract.numbering import LEVELS, WORD

if TYPE_CHECKING:
    from tamis.extract.legacy_word_file import WordFile

LIST_BYTES, LEVEL_BYTES, USE_BYTES = 28, 28, 16
KINDS = {
    0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 5: "ordinal",
    22: "decimalZero", 23: "bullet", 255: "none",
}  # fmt: skip
HAS_START, HAS_LEVEL = 16, 32
IS_LEGAL, NO_RESTART = 4, 8


def numbering_part(file: WordFile) -> Any:
    """Return the lists as a ``w:numbering`` element, for `Numbering`; its numbers count the uses from 1.

    Raises:
        struct.error: A list is cut off.
    """
    root = etree.Element(f"{WORD}numbering")
    lists, levels = file.part(LISTS), file.behind(LISTS)
    at = 0
    for number in range(unpack_from("<H", lists)[0] if lists else 0):
        name = unpack_from("<i", lists, 2 + LIST_BYTES * number)[0]
        abstract = etree.SubElement(root, f"{WORD}abstractNum", {f"{WORD}abstractNumId": str(name)})
        is_simple = lists[2 + LIST_BYTES * number + 26] & 1
        for level in range(1 if is_simple else LEVELS):
            at = _level(abstract, level, levels, at)
    _uses(root, file.part(LIST_USES))
    return root


def _level(parent: Any, number: int, stored: bytes, at: int) -> int:
    """Add a level (MS-DOC 2.9.150) and return where the next one begins."""
    start, kind, flags = unpack_from("<iBB", stored, at)
    restart = stored[at + 26]
    at += LEVEL_BYTES + stored[at + 24] + stored[at + 25]
    size = 2 * unpack_from("<H", stored, at)[0]
    text = joined(stored[at + 2 : at + 2 + size].decode("utf-16-le", "surrogatepass"))
    shown = "".join(f"%{ord(letter) + 1}" if ord(letter) < LEVELS else letter for letter in text)
    level = etree.SubElement(parent, f"{WORD}lvl", {f"{WORD}ilvl": str(number)})
    _stated(level, "start", str(max(start, 0)))
    _stated(level, "numFmt", KINDS.get(kind, "decimal"))
    _stated(level, "lvlText", "".join(letter for letter in shown if letter.isprintable()))
    if flags & IS_LEGAL:
        _stated(level, "isLgl", "1")
    if flags & NO_RESTART:
        _stated(level, "lvlRestart", str(restart))
    return at + 2 + size


def _uses(root: Any, stored: bytes) -> None:
    count = unpack_from("<I", stored)[0] if stored else 0
    at = 4 + USE_BYTES * count
    for number in range(count):
        name = unpack_from("<i", stored, 4 + USE_BYTES * number)[0]
        use = etree.SubElement(root, f"{WORD}num", {f"{WORD}numId": str(number + 1)})
        _stated(use, "abstractNumId", str(name))
        at += 4
        for _ in range(stored[4 + USE_BYTES * number + 12]):
            at = _override(use, stored, at)


def _override(use: Any, stored: bytes, at: int) -> int:
    """Add what a use changes in a level (MS-DOC 2.9.133) and return where the next change begins."""
    start, flags = unpack_from("<iI", stored, at)
    element = etree.SubElement(use, f"{WORD}lvlOverride", {f"{WORD}ilvl": str(flags & 15)})
    if flags & HAS_START and not flags & HAS_LEVEL:
        _stated(element, "startOverride", str(max(start, 0)))
    return _level(element, flags & 15, stored, at + 8) if flags & HAS_LEVEL else at + 8


def _stated(parent: Any, name: str, value: str) -> None:
    etree.SubElement(parent, f"{WORD}{name}", {f"{WORD}val": value})
