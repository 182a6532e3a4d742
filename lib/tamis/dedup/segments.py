r"""UTF-8 bytes to the bounds of a text's spans: documents, paragraphs, lines and sentences.

In a text with ``\n`` line ends, a blank line being one that holds nothing but white space:

- document: the whole text; always one, also of an empty text.
- line: a line that is not blank, without its line end; what CCNet calls a paragraph.
- paragraph: a run of such lines.
- sentence: within a paragraph, up to a full stop, ``!``, ``?`` or ``…`` (and closing quotes and brackets)
  that white space follows, but no small letter after that; or up to a wide one (U+3002, U+FF01, U+FF1F).
  Without white space at its ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.lowercase import signed
from tamis.kernels import READ_U8, kernel
from tamis.unicode_tables import SPACE, decode_utf8

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = ("document", "paragraph", "line", "sentence")
_DOCUMENT, _PARAGRAPH, _LINE, _SENTENCE = range(4)  # places in UNITS
_NEWLINE = 0x0A
_NONE = -1
_BLOCK = 64


@kernel()
def next_span(
    data: NDArray[np.uint8], at: int, end: int, unit: int, flags: NDArray[np.uint8]
) -> tuple[int, int, int]:
    """Return the first byte of the next span, the one past its last, and where to look for the one after it.

    Args:
        data: UTF-8.
        at: The text's first byte, then what the former call returned.
        end: One past the text's last byte.
        unit: Place in `UNITS`.
        flags: `char_class`.

    Returns:
        A negative first byte: there is none.
    """
    if unit == _DOCUMENT:
        return (at, end, end + 1) if at <= end else (_NONE, _NONE, at)
    if unit == _PARAGRAPH:
        return _next_paragraph(data, at, end, flags)
    if unit == _LINE:
        return _next_line(data, at, end, flags)
    return _next_sentence(data, at, end, flags)


@kernel(f"int64({READ_U8}, int64, int64, int64)")
def most_spans(data: NDArray[np.uint8], start: int, end: int, unit: int) -> int:
    """Return a number that the spans of ``data[start:end]``, one text apart, cannot pass."""
    if unit == _SENTENCE:
        return (end - start) // 2 + 1  # each has a character, and a space or a wide full stop after it
    newlines = 0
    for index in range(start, end):
        newlines += data[index] == 0x0A
    return newlines + 1


@kernel()
def _next_line(data: NDArray[np.uint8], at: int, end: int, flags: NDArray[np.uint8]) -> tuple[int, int, int]:
    while at < end:
        stop = _line_end(data, at, end)
        if _skip_space(data, at, stop, flags) < stop:
            return at, stop, stop + 1
        at = stop + 1
    return _NONE, _NONE, at


@kernel()
def _next_paragraph(
    data: NDArray[np.uint8], at: int, end: int, flags: NDArray[np.uint8]
) -> tuple[int, int, int]:
    start, stop, at = _next_line(data, at, end, flags)
    while start != _NONE and at < end:
        line_end = _line_end(data, at, end)
        if _skip_space(data, at, line_end, flags) == line_end:
            break
        stop, at = line_end, line_end + 1
    return start, stop, at


@kernel()
def _next_sentence(
    data: NDArray[np.uint8], at: int, end: int, flags: NDArray[np.uint8]
) -> tuple[int, int, int]:
    at = _skip_space(data, at, end, flags)
    if at >= end:
        return _NONE, _NONE, at
    start = stop = at
    is_ended = is_ended_wide = False
    while at < end:
        code, size = decode_utf8(data, at, end)
        if flags[code] & SPACE:
            after = _skip_space(data, at, end, flags)
            is_last = is_ended_wide or _breaks_paragraph(data, at, after)
            if is_last or (is_ended and not _is_small(decode_utf8(data, after, end)[0])):
                return start, stop, after
            is_ended, at = False, after
            continue
        if _ends_anywhere(code):
            is_ended_wide = True
        elif _ends_before_space(code):
            is_ended = True
        elif not _closes(code):
            if is_ended_wide:
                return start, stop, at
            is_ended = False
        at += size
        stop = at
    return start, stop, end


@kernel()
def _line_end(data: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end:
        block = data[at : min(end, at + _BLOCK)]
        first = np.uint8(_BLOCK)
        for index in range(
            len(block)
        ):  # no early exit, and no length known before: so it becomes vector code
            first = min(first, np.uint8(index) if block[index] == _NEWLINE else np.uint8(_BLOCK))
        if first < _BLOCK:
            return at + signed(first)
        at += _BLOCK
    return end


@kernel()
def _skip_space(data: NDArray[np.uint8], at: int, end: int, flags: NDArray[np.uint8]) -> int:
    while at < end and (data[at] == 0x20 or data[at] == _NEWLINE):  # most of it, and cheaper than decoding
        at += 1
    while at < end:
        code, size = decode_utf8(data, at, end)
        if not flags[code] & SPACE:
            break
        at += size
    return at


@kernel()
def _breaks_paragraph(data: NDArray[np.uint8], at: int, after: int) -> bool:
    """Tell whether white space holds two line ends, so a blank line."""
    newlines = 0
    for index in range(at, after):
        newlines += data[index] == _NEWLINE
    return newlines > 1


@kernel()
def _ends_before_space(code: int) -> bool:
    """Full stops that need white space after them: European, Arabic, Urdu, Armenian, Indic."""
    if code < 0x80:
        return code in (0x2E, 0x21, 0x3F)
    return code in (0x2026, 0x061F, 0x06D4, 0x0589, 0x0964)


@kernel()
def _ends_anywhere(code: int) -> bool:
    """Full stops of scripts without spaces: Chinese, Japanese, Khmer, Myanmar."""
    return code >= 0x80 and code in (0x3002, 0xFF01, 0xFF1F, 0xFF61, 0x17D4, 0x104B)


@kernel()
def _closes(code: int) -> bool:
    """Quotes and brackets that may follow a full stop."""
    if code < 0x80:
        return code in (0x22, 0x27, 0x29, 0x5D, 0x7D)
    return code in (0x2019, 0x201D, 0x00BB, 0x300D, 0x300F, 0xFF09)


@kernel()
def _is_small(code: int) -> bool:
    """Tell small Latin, Greek and Cyrillic letters: what follows ``e.g.`` inside a sentence."""
    if code < 0x80:
        return 0x61 <= code <= 0x7A
    return 0xDF <= code <= 0xFF or 0x3AC <= code <= 0x3CE or 0x430 <= code <= 0x45F
