"""DOC (Word 97 to 2003) to Markdown, in the form of ``word``: headings, lists, tables, notes, text boxes.

Reads MS-DOC. Tracked changes are taken as accepted; headers, footers, comments and the instructions of
fields are no part of the text. Changes of paragraphs that a fast save kept apart from them are not applied.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import compress, pairwise
from typing import TYPE_CHECKING

from tamis.extract.legacy_container import Container
from tamis.extract.legacy_word_file import (
    BOX_ANCHORS,
    BOXES,
    ENDNOTE_MARKS,
    ENDNOTES,
    FOOTNOTE_MARKS,
    FOOTNOTES,
    WordFile,
    joined,
)
from tamis.extract.legacy_word_lists import numbering_part
from tamis.extract.legacy_word_properties import Paragraphs, replaced_characters
from tamis.extract.legacy_word_tables import TableReader, stored_shape
from tamis.extract.markdown import joined_lists
from tamis.extract.numbering import Numbering, item_text
from tamis.extract.office import DocumentText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.legacy_word_properties import Paragraph

MAX_HEADING = 6
CELL, FIELD, RESULT, FIELD_END = "\x07", "\x13", "\x14", "\x15"
MARKS = re.compile("[\r\x07\x0c]")  # the ends of a paragraph, a cell or row, a page or section
FIELD_MARKS = re.compile("[\x13-\x15]")
SPOKEN = {0x09: "\t", 0x0B: "\n", 0x0E: "\n", 0x1E: "-"}  # tab, line break, column break, hyphen that stays
CONTROLS = {code: SPOKEN.get(code) for code in range(32)}
UNANCHORED = -1  # a position before the text
BOX_LINK = 14  # where a text box names its shape (MS-DOC 2.9.101)


def legacy_word_text(payload: bytes) -> DocumentText:
    """Return the text of a DOC, notes as footnotes behind it, text boxes behind what they are anchored to.

    Raises:
        DocumentError: ``encrypted``; ``unsupported_format`` for Word 95 and older; ``corrupt``.
        Whatever olefile and struct raise for a broken file; the caller maps it.
    """
    container = Container(payload)
    return DocumentText(_Reader(WordFile(container)).read(), *container.stated())


class _Reader:
    """One file: what is shown of its text, its paragraphs' properties, its lists as counted so far."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._paragraphs = Paragraphs(file)
        self._numbering = Numbering(numbering_part(file))
        main, notes, headers, macros, comments, endnotes, boxes = file.lengths()
        self._main, self._notes_end = main, main + notes
        self._boxes_start = main + notes + headers + macros + comments + endnotes
        self._last = self._boxes_start + boxes
        self._shown = bytearray(b"\1") * len(file.text)
        self._instead: dict[int, str] = {}
        self._replace()
        for text in pairwise(
            (0, main, self._notes_end, self._boxes_start - endnotes, self._boxes_start, self._last)
        ):
            self._drop_instructions(*text)
        self._notes = self._note_ranges(endnotes)
        self._replaced = sorted(self._instead)
        self._boxes = self._box_ranges()
        self._anchors = sorted(self._boxes)

    def read(self) -> str:
        """Return the text."""
        parts = [*self._blocks(0, self._main), *self._boxes_in(UNANCHORED, 0)]
        for number, (_, start, end) in enumerate(self._notes, 1):
            parts.append(f"[^{number}]: " + "\n".join(filter(None, self._blocks(start, end))).strip())
        return joined_lists(parts)

    def _blocks(self, start: int, end: int) -> Iterator[str]:
        """Yield the blocks of a range, each paragraph with the text boxes that are anchored in it."""
        table = TableReader()
        begun = start
        for found in MARKS.finditer(self._file.text, start, end):
            at = found.start()
            if found[0] != CELL and not self._shown[at]:
                continue  # a paragraph whose mark is deleted goes on in the next one
            said = self._paragraphs.at(self._file.offset_of(at))
            boxes = list(self._boxes_in(begun, at + 1))
            text = self._text(begun, at)
            begun = at + 1
            if said.in_table or found[0] == CELL:
                self._cell(table, said, [text, *boxes], is_end=found[0] == CELL)
            else:
                yield from (table.end(), self._block(text, said), *boxes)
        yield from (table.end(), self._text(begun, end))

    def _cell(self, table: TableReader, said: Paragraph, texts: list[str], *, is_end: bool) -> None:
        text = "\n".join(filter(None, [self._block(texts[0], said), *texts[1:]]))
        if said.is_row_end:
            table.end_row(stored_shape(said.shape))
        elif (said.depth or 1) > 1:
            table.inner(text, is_row_end=said.is_inner_row_end)
        else:
            table.paragraph(text)
            if is_end:
                table.end_cell()

    def _block(self, text: str, said: Paragraph) -> str:
        level = said.level or 0
        label = self._numbering.label(str(said.use), level) if said.use else ""
        if not text:
            return ""  # Word numbers it all the same
        if said.heading and said.heading <= MAX_HEADING:
            return f"{'#' * said.heading} {' '.join([label, *text.split()]).strip()}"
        return item_text(text, label or "-", level) if said.use else text

    def _text(self, start: int, end: int) -> str:
        """Return what is shown of a range."""
        letters = list(self._file.text[start:end])
        for at in self._replaced[bisect_left(self._replaced, start) : bisect_left(self._replaced, end)]:
            letters[at - start] = self._instead[at]
        return joined("".join(compress(letters, self._shown[start:end]))).translate(CONTROLS).strip()

    def _boxes_in(self, start: int, end: int) -> Iterator[str]:
        for at in self._anchors[bisect_left(self._anchors, start) : bisect_left(self._anchors, end)]:
            for box in self._boxes[at]:
                yield from filter(None, self._blocks(*box))

    def _replace(self) -> None:
        """Leave out what is deleted and put symbols in their places."""
        runs = replaced_characters(self._file)
        starts = [start for start, _, _ in runs]
        for piece in self._file.pieces:
            end = piece.offset + (piece.end - piece.first) * piece.width
            nearest = max(bisect_right(starts, piece.offset) - 1, 0)
            for first, last, shown in runs[nearest : bisect_left(starts, end)]:
                left = piece.first + (max(first, piece.offset) - piece.offset) // piece.width
                right = piece.first + (min(last, end) - piece.offset) // piece.width
                for at in range(left, right):
                    text = shown(self._file.text[at])
                    self._shown[at] = bool(text)
                    self._instead[at] = text

    def _drop_instructions(self, start: int, end: int) -> None:
        """Leave out what stands between the begin of a field and its result; fields nest."""
        opened: list[list[int]] = []
        dropped: list[tuple[int, int]] = []
        for found in FIELD_MARKS.finditer(self._file.text, start, end):
            if found[0] == FIELD:
                opened.append([found.start()])
            elif opened and found[0] == RESULT:
                opened[-1].append(found.start())
            elif opened and found[0] == FIELD_END:
                begun, *results = opened.pop()
                dropped.append((begun, results[0] if results else found.start()))
        covered = start
        for begun, last in sorted(dropped):
            if begun >= covered:
                self._shown[begun : last + 1] = bytes(last + 1 - begun)
                covered = last + 1

    def _note_ranges(self, endnotes: int) -> list[tuple[int, int, int]]:
        """Return the mark and the range of each note that is shown; puts numbers at the marks."""
        last_endnote = self._boxes_start
        found = [
            *self._notes_of(FOOTNOTE_MARKS, FOOTNOTES, self._main, self._notes_end),
            *self._notes_of(ENDNOTE_MARKS, ENDNOTES, last_endnote - endnotes, last_endnote),
        ]
        shown = sorted(note for note in found if self._shown[note[0]])
        for number, (mark, _, _) in enumerate(shown, 1):
            stands = self._instead.get(mark, self._file.text[mark])
            self._instead[mark] = f"[^{number}]{stands.strip()}"
        return shown

    def _notes_of(self, marks: int, texts: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        positions = self._file.plex(texts, 0)[0]
        ranges = pairwise(min(start + position, end) for position in positions)
        for mark, (first, last) in zip(self._file.plex(marks, 2)[0][:-1], ranges, strict=False):
            if mark < self._main:
                yield mark, first, last

    def _box_ranges(self) -> dict[int, list[tuple[int, int]]]:
        """Return the ranges of the text boxes by the position of their anchors, else by -1."""
        positions, anchors = self._file.plex(BOX_ANCHORS, 26)
        anchor_of = {anchor[:4]: position for position, anchor in zip(positions, anchors, strict=False)}
        made: dict[int, list[tuple[int, int]]] = {}
        starts, boxes = self._file.plex(BOXES, 22)
        for (first, last), box in zip(pairwise(starts), boxes, strict=True):
            at = anchor_of.get(box[BOX_LINK : BOX_LINK + 4], self._main)
            start, end = (min(self._boxes_start + position, self._last) for position in (first, last))
            made.setdefault(at if at < self._main else UNANCHORED, []).append((start, end))
        return made
