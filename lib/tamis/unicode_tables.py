"""What kernels must know of a code point, as arrays indexed by it.

Built from Python's own `unicodedata` at first use (0.3 s), so that a kernel agrees with ``re`` and ``str`` of
the Python it runs on; all machines of a run should therefore run one Python version.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

from tamis.kernels import READ_U8, kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

WORD = 1  # re's \w
SPACE = 2  # re's \s
ALPHA = 4  # str.isalpha
DIGIT = 8  # re's \d: decimal digits of any script
PUNCT = 16  # general category P
NO_SPACE_SCRIPT = 32  # letter or mark of a script written without spaces between words
NOT_NFC_SAFE = 64  # a text without such code points is NFC; with them it may not be
LOWERS = 128  # lower_map() changes it

CODE_POINTS = 0x110000
REPLACEMENT = 0xFFFD  # what a byte that is not UTF-8 is read as

_USED = 0x40000  # planes 4 to 13 hold nothing; 15 and 16 are private use, of no class
_PLANE_14 = range(0xE0000, 0xE1000)
_JAMO = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))  # vowels and finals: they compose with what precedes
_NO_SPACE_RANGES = (
    (0x0E00, 0x0E7F), (0x0E80, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),  # Myanmar
    (0x1780, 0x17FF), (0x19E0, 0x19FF),  # Khmer
    (0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F), (0x1AFF0, 0x1B16F),  # Kana
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip


@functools.cache
def char_class() -> NDArray[np.uint8]:
    """Return shape (0x110000,): the sum of the flags above that hold for each code point."""
    import numpy as np

    chars = _chars()
    categories = [unicodedata.category(char)[0] for char in chars]
    letters_and_marks = _each("LM".__contains__, categories)
    flags = (
        WORD * (_each(str.isalnum, chars) | _members("_"))
        + SPACE * _each(str.isspace, chars)
        + ALPHA * _each(str.isalpha, chars)
        + DIGIT * _each(str.isdecimal, chars)
        + PUNCT * _each("P".__eq__, categories)
        + NO_SPACE_SCRIPT * (_no_space_script() & letters_and_marks)
        + NOT_NFC_SAFE * _not_nfc_safe(chars)
    )
    table = _spread(flags)
    table[lower_map() != np.arange(CODE_POINTS)] |= LOWERS
    table.setflags(write=False)
    return table


@functools.cache
def lower_map() -> NDArray[np.uint32]:
    """Return shape (0x110000,): the lower-case form of each code point.

    Unlike ``str.lower``, whose results no such table can hold: U+0130 becomes ``i`` without
    the combining dot, and a sigma at the end of a word stays the ordinary small sigma.
    """
    import numpy as np

    table = np.arange(CODE_POINTS, dtype=np.uint32)
    table[:_USED] = np.fromiter((ord(char.lower()[0]) for char in map(chr, range(_USED))), np.uint32, _USED)
    table.setflags(write=False)
    return table


@kernel()
def decode_utf8(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return the code point that begins at a byte and its length in bytes, never reading at or past ``end``.

    A byte that begins no valid form gives (REPLACEMENT, 1). So does an overlong one: callers size arrays by
    the bytes that a line feed or a space has.
    """
    first = int(data[at])
    if first < 0x80:
        return first, 1
    if 0xC2 <= first < 0xE0 and at + 1 < end:
        return (first & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
    code = 0
    if 0xE0 <= first < 0xF0 and at + 2 < end:
        code = (first & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F)
        if code >= 0x800:
            return code, 3
    if 0xF0 <= first < 0xF5 and at + 3 < end:
        code = (first & 0x07) << 18 | (data[at + 1] & 0x3F) << 12 | (data[at + 2] & 0x3F) << 6
        code |= data[at + 3] & 0x3F
        if 0x10000 <= code < CODE_POINTS:
            return code, 4
    return REPLACEMENT, 1


@kernel(f"int64({READ_U8}, int64, int64)")
def count_chars(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the number of code points in ``data[start:end]``, which is UTF-8."""
    continuation = 0
    for index in range(start, end):
        continuation += (data[index] & 0xC0) == 0x80
    return end - start - continuation


def _chars() -> list[str]:
    return list(map(chr, (*range(_USED), *_PLANE_14)))


def _each(test: Callable[[str], bool], values: list[str]) -> NDArray[np.uint8]:
    import numpy as np

    return np.fromiter(map(test, values), np.bool_, len(values)).view(np.uint8)


def _members(chars: str) -> NDArray[np.uint8]:
    import numpy as np

    mask = np.zeros(_USED + len(_PLANE_14), np.uint8)
    mask[[ord(char) for char in chars]] = 1
    return mask


def _no_space_script() -> NDArray[np.uint8]:
    import numpy as np

    mask = np.zeros(_USED + len(_PLANE_14), np.uint8)
    for first, last in _NO_SPACE_RANGES:
        mask[first : last + 1] = 1
    return mask


def _not_nfc_safe(chars: list[str]) -> NDArray[np.uint8]:
    """NFC_Quick_Check No or Maybe, or a combining class, after UAX #15, section 9.

    `unicodedata` does not tell Maybe. It is every code point that comes second in a canonical decomposition.
    """
    second = _members("".join(map(chr, _JAMO)))
    for char in chars:
        parts = unicodedata.decomposition(char).split(" ")
        if len(parts) == 2 and not parts[0].startswith("<"):
            second[int(parts[1], 16)] = 1
    normal = _each(lambda char: unicodedata.is_normalized("NFC", char), chars)
    combining = _each(lambda char: unicodedata.combining(char) > 0, chars)
    return second | combining | (1 - normal)


def _spread(flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    table = np.zeros(CODE_POINTS, dtype=np.uint8)
    table[:_USED] = flags[:_USED]
    table[_PLANE_14.start : _PLANE_14.stop] = flags[_USED:]
    return table
