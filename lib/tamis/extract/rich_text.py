r"""RTF to Markdown, in the form of ``word``: headings, lists, tables, notes and text boxes in order.

Reads RTF 1.9.1. Numbers of lists are those that the file shows. Tracked changes are taken as accepted;
headers, footers, comments, pictures and the instructions of fields are no part of the text. Text beyond ASCII
that is not escaped is read in the code page that the file names (``\ansicpg``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.rich_text_document import RichDocument
from tamis.extract.rich_text_groups import BODY, CREATED, SKIPPED
from tamis.extract.rich_text_tokens import CLOSE, LINE_ENDS, OPEN, SIGN, TEXT, tokens
from tamis.extract.rich_text_words import WORDS

if TYPE_CHECKING:
    from tamis.extract.office import DocumentText

SAID = {
    "tab": "\t", "line": "\n", "page": "\n", "column": "\n", "emdash": "\u2014", "endash": "\u2013",
    "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "\u2022", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
SIGNS = {b"~": "\xa0", b"_": "-", b"\t": "\t"}
LITERAL = (b"{", b"}", b"\\")


def rich_text(payload: bytes) -> DocumentText:
    """Return the text of an RTF, with title, author and day of creation as its info group states them.

    A file that is cut off gives what stands before; nothing in it is an error.
    """
    reader = _Reader()
    for kind, value, number in tokens(payload):
        if reader.is_at_end(kind, value, number):
            break
    return reader.text()


class _Reader:
    """The tokens of a file as they come: text is decoded a run at a time."""

    def __init__(self) -> None:
        self._document = RichDocument()
        self._bytes = bytearray()  # not decoded yet
        self._fallback = 0  # characters that are still to be left out
        self._is_first = self._is_starred = False  # the next word begins a group; a star stands before it

    def is_at_end(self, kind: int, value: bytes, number: int | None) -> bool:
        """Take a token and return whether it ends the file's one group; what follows is none of it."""
        if kind == TEXT:
            self._add(value)
            return False
        self._flush()
        if kind == CLOSE:
            self._fallback = 0
            return self._document.close_group()
        if kind == OPEN:
            self._document.open_group()
            self._is_first, self._is_starred, self._fallback = True, False, 0
        elif kind == SIGN:
            self._sign(value)
        else:
            self._word(value.decode(), number)
        return False

    def text(self) -> DocumentText:
        """Return what the file says."""
        self._flush()
        return self._document.text()

    def _add(self, data: bytes) -> None:
        """Add bytes of text, but those that only stand for a character of Unicode."""
        left_out = min(self._fallback, len(data))
        self._fallback -= left_out
        self._bytes += data[left_out:]
        self._is_first = self._is_first and data.isspace()

    def _flush(self) -> None:
        if self._bytes:
            document = self._document
            document.say(document.font().text(bytes(self._bytes), document.encoding))
            self._bytes.clear()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._is_starred = True  # it says something before the first word of a group only
        elif sign in LITERAL:
            self._add(sign)
        elif sign in LINE_ENDS:
            WORDS["par"](self._document, 1)
        else:
            self._document.say(SIGNS.get(sign, ""))

    def _word(self, word: str, number: int | None) -> None:
        document = self._document
        if self._is_first:
            document.begin(word, is_starred=self._is_starred)
        self._is_first = self._is_starred = False
        self._fallback = 0
        target = document.state.target
        if target == SKIPPED:
            return
        if word == "u":
            document.say(document.font().character(number or 0))
            self._fallback = max(document.state.fallback, 0)
        elif word in SAID:
            document.say(SAID[word])
        elif word in WORDS:
            WORDS[word](document, 1 if number is None else number)
        elif target == BODY:
            document.row.word(word, number or 0)
        elif target == CREATED:
            document.created[word] = number or 0
