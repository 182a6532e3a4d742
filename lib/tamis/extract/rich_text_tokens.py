r"""RTF taken apart: groups, control words, and characters in the encodings of their fonts (RTF 1.9.1).

The characters are decoded a run at a time: in East Asian fonts one takes two bytes, of which either may be
written as ``\'83`` or as itself.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tamis.extract.symbol_font import SHOWN, symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN, CLOSE, WORD, SIGN, TEXT = range(5)
TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)", re.DOTALL
)
NEXT = re.compile(rb"[^\r\n]")
# Character sets of fonts: RTF 1.9.1, "Font Table"; 1 is the file's own.
CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
LINE_ENDS = b"\r\n"

Token = tuple[int, bytes, int | None]


def tokens(data: bytes) -> Iterator[Token]:
    r"""Yield the tokens of a file: their kind, their word, sign or bytes, and the number of a word.

    Line ends say nothing; binary data behind ``\bin`` is passed over.
    """
    at = 0
    while found := NEXT.search(data, at):
        token = TOKEN.match(data, found.start())
        if token is None:  # a backslash at the end, or one before an accent that is none
            at = found.start() + 1
            continue
        at = token.end()
        word, number, byte, sign, brace, text = token.groups()
        if word is not None:
            count = int(number) if number else None
            at += max(count or 0, 0) if word == b"bin" else 0
            yield WORD, word, count
        elif brace is not None:
            yield (OPEN if brace == b"{" else CLOSE), brace, None
        elif sign is not None:
            yield SIGN, sign, None
        else:
            yield TEXT, text if byte is None else bytes.fromhex(byte.decode()), None


@dataclass(slots=True)
class Font:
    """A font of the file: its name, and the encoding of its bytes ("" is the file's own)."""

    name: str = ""
    encoding: str = ""

    def text(self, data: bytes, file_encoding: str) -> str:
        """Return what bytes show in the font; what cannot be decoded as U+FFFD."""
        if (name := self._shown_name()) in SHOWN:
            return "".join(symbol(name, byte) for byte in data)
        return data.decode(self.encoding or file_encoding, "replace")

    def character(self, code: int) -> str:
        r"""Return what a code of ``\u`` shows in the font, one unit of UTF-16."""
        unit = code & 0xFFFF
        return symbol(name, unit) if (name := self._shown_name()) in SHOWN else chr(unit)

    def _shown_name(self) -> str:
        return self.name.strip(" ;")


def code_page(number: int | None) -> str:
    """Return Python's name of a code page, windows-1252 where it has none."""
    name = "utf-8" if number == 65001 else f"cp{number}"
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
