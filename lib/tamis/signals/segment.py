"""UTF-8 bytes to words, lines and paragraphs, with the counts that all text signals share, in one pass.

*Character*: a code point. *Word*: a run of characters without whitespace (``\\S+``, as in ``str.split``), in which
every letter of a script written without spaces is a word of its own, together with the marks and punctuation that
follow it. *Line*: what stands between line feeds and holds a word. *Paragraph*: a run of such lines.

As a regular expression, N being the letters of those scripts: ``N[^\\s\\w]*|[^\\sN]+``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.kernels import READ_I64, READ_U8, kernel
from tamis.unicode_tables import ALPHA, NO_SPACE_SCRIPT, PUNCT, SPACE, WORD, decode_utf8

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Places in Segments.totals
CHARS = 0
BYTES = 1
WORDS = 2
LINES = 3
PARAGRAPHS = 4
WORD_CHARS = 5  # characters of words, so all that are not whitespace
ALPHA_WORDS = 6  # words with a letter
HASHES = 7  # number signs
ELLIPSES = 8  # "..." (not overlapping) and U+2026
BULLET_LINES = 9  # lines that begin with a bullet
ELLIPSIS_LINES = 10  # lines that end in an ellipsis
STOP_WORDS = 11  # bit i: stop word i occurs
TOTALS = 12

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_NEWLINE, _HASH, _DOT = 0x0A, 0x23, 0x2E
_ELLIPSIS = 0x2026


class Segments(NamedTuple):
    """Arrays that hold one text's segments; made once per batch for its longest text and used again.

    Attributes:
        totals: Shape (TOTALS,), int64: counts, by the places above.
        word_hash: Shape (words,), 64-bit FNV-1a of each word's bytes. Words are compared by it: among 10**6
            distinct words of one text two share it with a chance of 3e-8.
        char_end: Shape (words + 1,): characters of the words before each word; begins with 0.
        line_end: Shape (lines,): the word that each line ends before.
        paragraph_end: Shape (paragraphs,): the word that each paragraph ends before.
    """

    totals: NDArray[np.int64]
    word_hash: NDArray[np.uint64]
    char_end: NDArray[np.int32]
    line_end: NDArray[np.int32]
    paragraph_end: NDArray[np.int32]


@kernel()
def new_segments(words: int, lines: int) -> Segments:
    """Return room for a text of at most so many words and lines."""
    return Segments(
        np.zeros(TOTALS, np.int64),
        np.empty(words, np.uint64),
        np.zeros(words + 1, np.int32),
        np.empty(lines, np.int32),
        np.empty(lines, np.int32),
    )


@kernel()
def most_words_and_lines(data: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """Return upper bounds of a text's words and lines, at 10 times the speed of counting them."""
    spaces, wide, lines = 0, 0, 1
    for at in range(start, end):
        byte = data[at]
        # All whitespace beyond ASCII begins with C2 or E1 to E3; all scripts without spaces with E0 or more.
        spaces += (byte <= 0x20) | (byte == 0xC2)
        wide += byte >= 0xE0
        lines += byte == _NEWLINE
    return min(spaces + 2 * wide + 1, end - start), min(lines, end - start)


@kernel()
def stop_word_bit(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the bit of the stop word at ``data[start:end]``, whatever its case; 0 if it is none.

    The eight words of Rae et al. 2021, A.1.1.
    """
    if end - start < 2 or end - start > 4:
        return 0
    packed = 0
    for at in range(start, end):
        packed = packed << 8 | data[at] | 0x20
    words = (
        0x746865, 0x6265, 0x746F, 0x6F66, 0x616E64, 0x74686174, 0x68617665, 0x77697468,
    )  # fmt: skip  # the be to of and that have with
    bit = 1
    for word in words:
        if packed == word:
            return bit
        bit <<= 1
    return 0
