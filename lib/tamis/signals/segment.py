r"""UTF-8 bytes to words, lines and paragraphs, with the counts that all text signals share, in one pass.

*Character*: a code point. *Word*: a run of characters without whitespace (``\S+``, as in ``str.split``),
in which every letter of a script written without spaces is a word of its own, together with the marks and
punctuation that follow it. *Line*: what stands between line feeds and holds a word. *Paragraph*: a run of
such lines.

As a regular expression, N being the letters of those scripts: ``N[^\s\w]*|[^\sN]+``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.kernels import kernel
from tamis.unicode_tables import ALPHA, NO_SPACE_SCRIPT, SPACE, WORD, decode_utf8

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

HASH_SEED = (
    0xCBF29CE484222325  # FNV-1a's; its prime moves a 21-bit character too little, so the golden ratio's
)
HASH_FACTOR = 0x9E3779B97F4A7C15
_NEWLINE, _HASH, _DOT = 0x0A, 0x23, 0x2E
_ELLIPSIS = 0x2026


class Segments(NamedTuple):
    """Arrays that hold one text's segments; made once per batch for its longest text and used again.

    Attributes:
        totals: Shape (TOTALS,), int64: counts, by the places above.
        word_hash: Shape (words,), 64-bit hash of each word's characters. Words are compared by it: among
            10**6
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
def hash_step(state: np.uint64, value: np.uint64) -> np.uint64:
    """Return the hash of a sequence to which ``value`` is added."""
    return (state ^ value) * np.uint64(HASH_FACTOR)


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


@kernel()
def is_bullet(code: int, length: int) -> bool:
    """Tell whether a line's first word, its first character and its bytes given, is a list's bullet."""
    if length == 1:
        return code in (0x2D, 0x2A, 0x2B)  # Markdown's - * +, which whitespace must follow
    return code in (0x2022, 0x2023, 0x25E6, 0x25AA, 0x25CF, 0x25A0)


@kernel()
def ends_in_ellipsis(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Tell whether ``data[start:end]`` ends in three dots or U+2026."""
    if end - start < 3:
        return False
    a, b, c = data[end - 3], data[end - 2], data[end - 1]
    return (a == _DOT and b == _DOT and c == _DOT) or (a == 0xE2 and b == 0x80 and c == 0xA6)


@kernel()
def segment(data: NDArray[np.uint8], start: int, end: int, classes: NDArray[np.uint8], out: Segments) -> None:
    """Segment one text into ``out``, whose arrays must be long enough (see `most_words_and_lines`).

    Args:
        data: UTF-8; the text is ``data[start:end]``.
        start: First byte.
        end: One past the last byte.
        classes: `unicode_tables.char_class()`.
        out: Overwritten.
    """
    words, word_chars, spaces, lines, paragraphs = 0, 0, 0, 0, 0
    alpha_words, hashes, ellipses, bullet_lines, ellipsis_lines, stop_words = 0, 0, 0, 0, 0, 0
    line_first, paragraph_first = 0, 0  # the first word of the open line and paragraph
    last_end = start
    at = start
    while at <= end:
        code, length = _NEWLINE, 1  # the end of the text closes its last line
        if at < end:
            code = int(data[at])
            if code >= 0x80:
                code, length = decode_utf8(data, at, end)
        if (classes[code] & SPACE) != 0:
            spaces += 1
            at += length
            if code != _NEWLINE:
                continue
            if words > line_first:
                ellipsis_lines += ends_in_ellipsis(data, start, last_end)
                out.line_end[lines] = words
                lines += 1
                line_first = words
            elif words > paragraph_first:
                out.paragraph_end[paragraphs] = words
                paragraphs += 1
                paragraph_first = words
            continue

        word_start, word_code, word_hash, word_flags = at, code, np.uint64(HASH_SEED), 0
        core_start, core_end = -1, -1  # without the punctuation around it
        alone = False  # a letter of a script without spaces: the next letter is another word
        dots, last_dot = 0, -1
        while at < end:
            byte = data[at]
            if byte < 0x80:
                flags = classes[byte]
                if (flags & SPACE) != 0 or (alone and (flags & WORD) != 0):
                    break
                if (flags & WORD) != 0:
                    # Letters and digits have a loop of their own, with nothing in it but the hash: the
                    # kernel's speed was 125 MB/s without it.
                    run = at
                    while True:
                        word_hash = hash_step(word_hash, np.uint64(byte))
                        word_flags |= flags
                        at += 1
                        if at >= end:
                            break
                        byte = data[at]
                        if byte >= 0x80:
                            break
                        flags = classes[byte]
                        if (flags & WORD) == 0:
                            break
                    word_chars += at - run
                    core_start = run if core_start < 0 else core_start
                    core_end = at
                    continue
                hashes += byte == _HASH
                if byte == _DOT:
                    dots = dots + 1 if last_dot == at - 1 else 1
                    last_dot = at
                    ellipses += dots % 3 == 0
                word_hash = hash_step(word_hash, np.uint64(byte))
                at += 1
            else:
                code, length = decode_utf8(data, at, end)
                flags = classes[code]
                if (flags & SPACE) != 0:
                    break
                if (flags & WORD) != 0:
                    no_space = (flags & NO_SPACE_SCRIPT) != 0
                    if at > word_start and (alone or no_space):
                        break
                    alone = no_space
                    core_start = at if core_start < 0 else core_start
                    core_end = at + length
                ellipses += code == _ELLIPSIS
                word_hash = hash_step(word_hash, np.uint64(code))
                word_flags |= flags
                at += length
            word_chars += 1

        alpha_words += (word_flags & ALPHA) != 0
        if 2 <= core_end - core_start <= 4:
            stop_words |= stop_word_bit(data, core_start, core_end)
        if words == line_first:
            bullet_lines += is_bullet(word_code, at - word_start)
        out.word_hash[words] = word_hash
        words += 1
        out.char_end[words] = word_chars
        last_end = at

    if words > paragraph_first:
        out.paragraph_end[paragraphs] = words
        paragraphs += 1
    totals = out.totals
    totals[CHARS], totals[BYTES] = word_chars + spaces - 1, end - start
    totals[WORDS], totals[LINES], totals[PARAGRAPHS] = words, lines, paragraphs
    totals[WORD_CHARS], totals[ALPHA_WORDS] = word_chars, alpha_words
    totals[HASHES], totals[ELLIPSES], totals[STOP_WORDS] = hashes, ellipses, stop_words
    totals[BULLET_LINES], totals[ELLIPSIS_LINES] = bullet_lines, ellipsis_lines
