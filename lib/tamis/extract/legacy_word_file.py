"""The parts of a Word 97 to 2003 file (MS-DOC): its header, its pieces, its structures.

A position (CP) counts UTF-16 units of the text; an offset (FC) counts bytes of the stream ``WordDocument``.
The text stays one ``str`` character a UTF-16 unit here, so that positions are indexes into it; `joined` makes
characters of surrogate pairs.
"""

from __future__ import annotations

import array
import sys
from bisect import bisect_right
from dataclasses import dataclass
from struct import unpack_from
from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.extract.legacy_container import too_old

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.legacy_container import Container

MAGIC, MAGIC_95 = 0xA5EC, (0xA5DC, 0xA59B, 0xA697, 0xA699)
WORD_97 = 0x00C1  # nFib
ENCRYPTED, TABLE_1 = 0x0100, 0x0200
LENGTHS = 76  # ccpText; the other texts' lengths follow
PAIRS = 154  # where FibRgFcLcb97 begins: an offset and a size in the table stream each
STYLES, FOOTNOTE_MARKS, FOOTNOTES, CHARACTERS, PARAGRAPHS, FONTS, CLX = 1, 2, 3, 12, 13, 15, 33
BOX_ANCHORS, ENDNOTE_MARKS, ENDNOTES, BOXES, LISTS, LIST_USES = 40, 46, 47, 56, 73, 74
COMPRESSED = 1 << 30
PAGE_BYTES, PAGE_NUMBER = 512, 0x3FFFFF
MAX_REUSE = 4  # how often the pieces may take the whole stream: text that is copied may share its bytes
# Bytes that Windows-1252 does not define are the control characters of the same number.
WINDOWS_1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the text: its positions, where its bytes begin, and bytes a character (1 or 2)."""

    first: int
    end: int
    offset: int
    width: int


class WordFile:
    """An open file.

    Raises:
        DocumentError: ``encrypted``; ``unsupported_format`` for Word 95 and older; ``corrupt``.
        struct.error: It is cut off.
    """

    def __init__(self, container: Container) -> None:
        self.stream = container.stream("WordDocument")
        magic, version, flags = (unpack_from("<H", self.stream, at)[0] for at in (0, 2, 10))
        if magic in MAGIC_95 or (magic == MAGIC and version < WORD_97):
            raise too_old("Word 95 or older", "DOCX")
        if magic != MAGIC:
            raise DocumentError("corrupt", "DOC: its header is none of Word's")
        if flags & ENCRYPTED:
            raise DocumentError("encrypted", "DOC: a password is needed to open it")
        self._table = container.stream("1Table" if flags & TABLE_1 else "0Table")
        self.data = container.stream("Data") if "Data" in container else b""
        self.pieces = list(self._pieces())
        self.text = "".join(map(self._piece_text, self.pieces))
        self._starts = [piece.first for piece in self.pieces]

    def lengths(self) -> tuple[int, ...]:
        """Return the lengths of the texts: main, notes, headers, macros, comments, endnotes, boxes.

        Raises:
            DocumentError: ``corrupt`` where they are more than the pieces hold.
        """
        found: tuple[int, ...] = unpack_from("<7i", self.stream, LENGTHS)
        if min(found) < 0 or sum(found) > len(self.text):
            raise DocumentError("corrupt", "DOC: its texts are longer than its pieces")
        return found

    def part(self, number: int) -> bytes:
        """Return a structure of the table stream; b"" where the file has none.

        Raises:
            DocumentError: ``corrupt`` where it lies beyond the stream's end.
        """
        offset, size = unpack_from("<II", self.stream, PAIRS + 8 * number)
        if offset + size > len(self._table):
            raise DocumentError("corrupt", f"DOC: its structure {number} lies beyond the table stream")
        return self._table[offset : offset + size]

    def behind(self, number: int) -> bytes:
        """Return what follows a structure in the table stream, where lists keep their levels."""
        offset, size = unpack_from("<II", self.stream, PAIRS + 8 * number)
        return self._table[offset + size :]

    def plex(self, number: int, item_bytes: int) -> tuple[list[int], list[bytes]]:
        """Return a PLC (MS-DOC 2.2.2): its positions, and its items, one fewer.

        Raises:
            DocumentError: ``corrupt`` where the positions go back: a range would be read over and over.
        """
        part = self.part(number)
        count = max(len(part) - 4, 0) // (4 + item_bytes)
        if not part:
            return [], []
        at = 4 * (count + 1)
        items = [part[at + n * item_bytes : at + (n + 1) * item_bytes] for n in range(count)]
        positions = list(unpack_from(f"<{count + 1}I", part))
        if positions != sorted(positions):
            raise DocumentError("corrupt", f"DOC: the positions of its structure {number} go back")
        return positions, items

    def offset_of(self, position: int) -> int:
        """Return where a character's bytes begin."""
        piece = self.pieces[bisect_right(self._starts, position) - 1]
        return piece.offset + (position - piece.first) * piece.width

    def pages(self, number: int) -> Iterator[bytes]:
        """Yield the pages of properties of a kind (MS-DOC 2.9.22, 2.9.23), each once."""
        entries = self.plex(number, 4)[1]
        for number_of_page in dict.fromkeys(
            int.from_bytes(entry, "little") & PAGE_NUMBER for entry in entries
        ):
            start = number_of_page * PAGE_BYTES
            page = self.stream[start : start + PAGE_BYTES]
            if len(page) < PAGE_BYTES:
                raise DocumentError("corrupt", "DOC: a page of properties lies beyond the stream's end")
            yield page

    def _pieces(self) -> Iterator[Piece]:
        clx = self.part(CLX)
        at = 0
        while clx[at : at + 1] == b"\1":  # changes of properties that pieces refer to
            at += 3 + unpack_from("<H", clx, at + 1)[0]
        if clx[at : at + 1] != b"\2":
            raise DocumentError("corrupt", "DOC: its table of pieces is missing")
        count = (unpack_from("<I", clx, at + 1)[0] - 4) // 12
        positions = unpack_from(f"<{count + 1}I", clx, at + 5)
        budget = MAX_REUSE * len(self.stream)
        for number in range(count):
            stored = unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)[0]
            width = 1 if stored & COMPRESSED else 2
            offset = (stored & (COMPRESSED - 1)) // (3 - width)
            first, end = positions[number : number + 2]
            size = (end - first) * width
            budget -= size
            if size < 0 or budget < 0 or offset + size > len(self.stream):
                raise DocumentError("corrupt", "DOC: a piece of its text lies beyond the stream's end")
            yield Piece(first, end, offset, width)

    def _piece_text(self, piece: Piece) -> str:
        stored = self.stream[piece.offset : piece.offset + (piece.end - piece.first) * piece.width]
        if piece.width == 1:
            return stored.decode("latin-1").translate(_TO_1252)
        units = array.array("H", stored)
        if sys.byteorder == "big":
            units.byteswap()
        return "".join(map(chr, units))


_TO_1252 = {byte: letter for byte, letter in enumerate(WINDOWS_1252) if ord(letter) != byte}


def joined(units: str) -> str:
    """Return text whose surrogate pairs are characters; a lone surrogate becomes U+FFFD."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # of an operand, by the upper three bits of its property (MS-DOC 2.2.5.1)
TABLE_SHAPE, TABLE_SHAPE_OLD, TABS = 0xD608, 0xD606, 0xC615


def properties(group: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each property of a grpprl (MS-DOC 2.2.5) and its operand, as far as the group is whole."""
    at = 0
    while at + 2 < len(group):
        code = int.from_bytes(group[at : at + 2], "little")
        at += 2
        size = SIZES[code >> 13]
        if code in (TABLE_SHAPE, TABLE_SHAPE_OLD):
            size = int.from_bytes(group[at : at + 2], "little") - 1
            at += 2
        elif not size:
            size = group[at]
            if code == TABS and size == 255:
                size = _tab_bytes(group[at + 1 :])
            at += 1
        if size < 0 or at + size > len(group):
            return
        yield code, group[at : at + size]
        at += size


def _tab_bytes(operand: bytes) -> int:
    """Return the size of a change of tabs that is longer than a byte can tell (MS-DOC 2.9.199)."""
    deleted = operand[0] if operand else 0
    added = operand[1 + 4 * deleted] if 1 + 4 * deleted < len(operand) else 0
    return 2 + 4 * deleted + 3 * added
