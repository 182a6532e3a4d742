"""One text of an RTF, the body, a note or a text box, while its paragraphs come in."""

from __future__ import annotations

import re
from typing import NamedTuple

from tamis.extract.legacy_word_file import joined
from tamis.extract.legacy_word_tables import Shape, TableReader
from tamis.extract.numbering import item_text

MAX_HEADING = 6
# Marks of lists that are typed, or written by a program that knows no lists.
BULLET = re.compile("^[·•◦▪\u2013\ufffd-]\\t\\s*")
NUMBER = re.compile(r"^(\d{1,4}[.)])\t\s*")
LETTER_BULLET = "o"  # Word's bullet of the second level, in Courier New


class Paragraph(NamedTuple):
    """Properties of a paragraph.

    Attributes:
        style: Its number.
        heading: 1 to 9; 10 is body text; None: as the style has it.
        level: Its level in a list, from 0.
        depth: How many tables it is in.
    """

    style: int = 0
    heading: int | None = None
    level: int = 0
    depth: int = 0


class Flow:
    """The blocks so far, and the table and the paragraph that are open."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.boxes: list[str] = []
        self._table = TableReader()
        self._pieces: list[str] = []
        self._label: list[str] = []

    def say(self, text: str) -> None:
        """Add to the paragraph that is open."""
        self._pieces.append(text)

    def begin_mark(self) -> None:
        """Begin the number or bullet of the paragraph; the last counts: LibreOffice repeats older ones."""
        self._label = []

    def mark(self, text: str) -> None:
        """Add to the number or bullet."""
        self._label.append(text)

    def end_paragraph(self, said: Paragraph) -> None:
        """Close the paragraph, with the text boxes that are anchored in it."""
        texts = [self._block(said), *self.boxes]
        self.boxes = []
        if said.depth:
            self._in_cell(texts, said.depth)
        else:
            self.parts += [self._table.end(), *texts]

    def end_cell(self, said: Paragraph) -> None:
        """Close the paragraph and the cell that it is in, an inner table's or a table's."""
        self.end_paragraph(said._replace(depth=max(said.depth, 1)))
        if said.depth < 2:
            self._table.end_cell()

    def end_inner_row(self) -> None:
        """Close a row of a table in a cell."""
        self._table.inner("", is_row_end=True)

    def end_row(self, shape: Shape) -> None:
        """Close the row."""
        self._table.end_row(shape)

    def end(self, said: Paragraph) -> list[str]:
        """Close what is open and return the blocks."""
        self.end_paragraph(said)
        self.parts.append(self._table.end())
        return [part for part in self.parts if part]

    def _in_cell(self, texts: list[str], depth: int) -> None:
        text = "\n".join(filter(None, texts))
        if depth > 1:
            self._table.inner(text, is_row_end=False)
        else:
            self._table.paragraph(text)

    def _block(self, said: Paragraph) -> str:
        text = joined("".join(self._pieces)).strip()
        label = joined("".join(self._label)).strip()
        self._pieces, self._label = [], []
        is_bullet = label == LETTER_BULLET or not any(map(str.isalnum, label))
        if not text:
            return ""
        if said.heading and said.heading <= MAX_HEADING:
            shown = "" if is_bullet else label
            return f"{'#' * said.heading} {' '.join([shown, *text.split()]).strip()}"
        if label:
            return item_text(text, "-" if is_bullet else label, said.level)
        return NUMBER.sub(r"\1 ", BULLET.sub("- ", text))
