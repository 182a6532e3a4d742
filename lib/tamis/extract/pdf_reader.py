"""One page of pdfium to lines with their places: a dozen calls a line.

pdfium knows each character's box, but tells one a call: 2,500 calls a page. Lines need the first, the middle
and the last character only, which adds 0.8 ms to the 1.8 ms that pdfium takes for a page of a manual.
"""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tamis.extract.pdf_columns import MIN_ROWS, MIN_SIDE_EM, gap_of, in_columns
from tamis.extract.pdf_page import LINE_END_HYPHEN, Line
from tamis.extract.pdf_tables import table_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tamis.extract.pdf_tables import Grid

Span = tuple[str, int, int]  # a line's text, where it starts in the page's, length without a hyphen's mark

# pdfium ends lines with CR LF, but writes U+0002 (U+FFFE from GetText) for a hyphen and its line end.
LINE = re.compile("[^\r\n\x02\ufffe]+[\x02\ufffe]?")
EDGE = " \t\xa0\x02\ufffe"
FIXED_PITCH = 1  # bit of a font descriptor's flags, ISO 32000-1 table 123
FORCE_BOLD = 1 << 18
FONT_NAME_BYTES = 128
BOLD = re.compile(rb"bold|black|heavy|cmbx|demi|medi$", re.IGNORECASE)  # URW calls the bold of Times "Medi"
MONO = re.compile(rb"mono|courier|consol|cmtt", re.IGNORECASE)
SAMPLE_LINES = 10  # of a page, looked at for gaps first
MAX_RECTS = 200  # of a line; a row of table cells has fewer


class LineReader:
    """Reads the lines of one text page into buffers that all calls share."""

    def __init__(self, text_page: Any, quarters: int) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = text_page
        self._quarters = quarters
        self._box, self._matrix = raw.FS_RECTF(), raw.FS_MATRIX()
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._font = ctypes.create_string_buffer(FONT_NAME_BYTES)

    def lines(self, grids: Sequence[Grid]) -> list[Line]:
        """Return the lines that hold more than white space, in the order in which they are read.

        Args:
            grids: Of ruling lines: the lines inside one that is a table become one line, the table.
        """
        spans = list(self._spans())
        lines = [self._line(*span) for span in spans]
        for grid in grids:
            spans, lines = self._with_table(grid, spans, lines)
        wide = [at for at, line in enumerate(lines) if line.right - line.left > 2 * MIN_SIDE_EM * line.size]
        # The parts of all lines take as long as the lines; of a page in columns most rows have the gap.
        sample = wide[:: len(wide) // SAMPLE_LINES + 1]
        if sum(self._gap(spans[at], lines[at]) is not None for at in sample) < MIN_ROWS // 2:
            return lines
        pieces: list[Line] = []
        for at, line in enumerate(lines):
            gap = self._gap(spans[at], line) if at in wide else None
            pieces += [line] if gap is None else self._split(spans[at], line, [gap])
        return in_columns(pieces) or lines

    def _with_table(self, grid: Grid, spans: list[Span], lines: list[Line]) -> tuple[list[Span], list[Line]]:
        """Put a table in the place of its lines."""
        inside = [at for at, line in enumerate(lines) if grid.holds(line) and not line.is_table]
        pieces = [piece for at in inside for piece in self._split(spans[at], lines[at], grid.xs[1:-1])]
        text = table_markdown(grid, pieces) if inside else None
        if text is None:
            return spans, lines
        first = inside[0]
        size = lines[first].size
        made = Line(text, grid.xs[0], grid.xs[-1], grid.ys[0] - size, size, is_table=True)
        outside = sorted({*range(len(lines))}.difference(inside[1:]))
        return [spans[at] for at in outside], [made if at == first else lines[at] for at in outside]

    def _spans(self) -> Iterator[Span]:
        """Yield the text of each line, where it starts and its length without the mark of a hyphen."""
        for found in LINE.finditer(self._text()):
            text = found.group()
            core = text.strip(EDGE)
            if core:
                mark = LINE_END_HYPHEN if text[-1] in "\x02\ufffe" else ""
                yield core + mark, found.start() + text.index(core[0]), len(core)

    def _gap(self, span: Span, line: Line) -> float | None:
        """Return the middle of a wide gap inside a line."""
        first, last = self._char(span[1]), self._char(span[1] + span[2] - 1)
        count = self._raw.FPDFText_CountRects(self._page, first, last - first + 1)
        return gap_of([self._rect(at) for at in range(count)], line.size) if 1 < count < MAX_RECTS else None

    def _split(self, span: Span, line: Line, cuts: Sequence[float]) -> list[Line]:
        """Return the pieces of a line between places, but for a place that stands inside a word."""
        text, start, length = span
        cuts = [cut for cut in cuts if line.left < cut < line.right]
        if not cuts or self._left(start) > self._left(start + length - 1):  # it runs from right to left
            return [line]
        ends = {bisect_left(range(length), cut, key=lambda at: self._left(start + at)) for cut in cuts}
        ends = {end for end in ends if 0 < end < length and (text[end - 1] in EDGE or text[end] in EDGE)}
        pieces = []
        for begin, end in pairwise([0, *sorted(ends), length]):
            core = text[begin:end].strip(EDGE)
            if core:
                mark = text[length:] if end == length else ""
                pieces.append(self._line(core + mark, start + text.index(core[0], begin), len(core)))
        return pieces

    def _left(self, place: int) -> float:
        return min(x for x, _ in self._corners(self._char(place)))

    def _text(self) -> str:
        count = self._raw.FPDFText_CountChars(self._page)
        if count <= 0:
            return ""
        units = (ctypes.c_ushort * (count + 1))()
        written = self._raw.FPDFText_GetText(self._page, 0, count, units)
        return bytes(memoryview(units).cast("B")[: 2 * max(0, written - 1)]).decode("utf-16-le", "replace")

    def _line(self, text: str, start: int, length: int) -> Line:
        at = self._char(start), self._char(start + length - 1)
        middle = start + length // 2
        middle -= text[length // 2] == " "  # a space may be pdfium's own, which has no font
        sample = self._char(middle)
        corners = [*self._corners(at[0]), *self._corners(at[1])]
        size, direction = self._shape(sample)
        looks = [self._look(at[0]), self._look(sample)]
        return Line(
            text,
            left=min(x for x, _ in corners),
            right=max(x for x, _ in corners),
            base=self._origin(at[0])[1],
            size=size,
            is_bold=all(bold for bold, _ in looks),
            is_mono=all(mono for _, mono in looks),
            is_level=direction[0] > 0 and abs(direction[1]) < 0.1 * direction[0],
        )

    def _char(self, place: int) -> int:
        """Return pdfium's index of the character at a place in the text."""
        return self._raw.FPDFText_GetCharIndexFromTextIndex(self._page, place)

    def _rect(self, at: int) -> tuple[float, float]:
        """Return the left and right edges of a part of the line whose parts were counted last."""
        edges = [ctypes.c_double() for _ in range(4)]
        self._raw.FPDFText_GetRect(self._page, at, *map(ctypes.byref, edges))
        left, top, right, bottom = (edge.value for edge in edges)
        turned = turn(left, bottom, self._quarters)[0], turn(right, top, self._quarters)[0]
        return min(turned), max(turned)

    def _corners(self, char: int) -> list[tuple[float, float]]:
        box = self._box
        self._raw.FPDFText_GetLooseCharBox(self._page, char, ctypes.byref(box))
        return [turn(box.left, box.bottom, self._quarters), turn(box.right, box.top, self._quarters)]

    def _origin(self, char: int) -> tuple[float, float]:
        self._raw.FPDFText_GetCharOrigin(self._page, char, ctypes.byref(self._x), ctypes.byref(self._y))
        return turn(self._x.value, self._y.value, self._quarters)

    def _shape(self, char: int) -> tuple[float, tuple[float, float]]:
        """Return the size that a character has on the page, and the way its line runs."""
        matrix = self._matrix
        self._raw.FPDFText_GetMatrix(self._page, char, ctypes.byref(matrix))
        size = self._raw.FPDFText_GetFontSize(self._page, char) * math.hypot(matrix.c, matrix.d)
        return size, turn(matrix.a, matrix.b, self._quarters)

    def _look(self, char: int) -> tuple[bool, bool]:
        """Return whether a character is bold, and whether its font has a fixed pitch."""
        self._flags.value = 0
        self._font.value = b""
        self._raw.FPDFText_GetFontInfo(
            self._page, char, self._font, FONT_NAME_BYTES, ctypes.byref(self._flags)
        )
        name, flags = self._font.value, self._flags.value
        is_bold = bool(flags & FORCE_BOLD) or BOLD.search(name) is not None
        return is_bold, bool(flags & FIXED_PITCH) or MONO.search(name) is not None


def turn(x: float, y: float, quarters: int) -> tuple[float, float]:
    """Return a point of a page that is shown turned clockwise by so many quarters."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[quarters]
