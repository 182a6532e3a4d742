"""The normalised text of a span: what makes two spans the same.

As CCNet (Wenzek et al., arXiv:1911.00359, section 3.1): lower case, digits to ``0``, punctuation and accents
removed. Code point by code point: lower case; canonical decomposition without nonspacing marks (Mn); decimal
digits to ``0``; punctuation (general category P, and the five symbols that CCNet's list adds) and control
characters removed; then white space at both ends. So the paper; its code removes a list of 34 signs, none of
them ASCII, keeps accents, and strips before it removes, not after.

A sigma at the end of a word keeps its form and capitals become the ordinary sigma: no context is looked at.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.lowercase import encode_utf8, signed
from tamis.kernels import kernel
from tamis.unicode_tables import CODE_POINTS, SPACE, decode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

REMOVED = -1
FIRST_LIST = -2  # entry FIRST_LIST - i: the code points of list i, behind their count
MAX_GROWTH = 3  # bytes out for one byte in: Hangul syllables fall into three letters of 3 bytes

_CCNET_SYMBOLS = frozenset("\u00b4\u2236\uff5e\u2501\u25ba")  # acute, ratio, tilde, line, pointer
# Ranges whose code points are all as they are: ideographs, private use, and what is not assigned
_CHANGING = ((0, 0x3400), (0xA000, 0xE000), (0xF900, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE0200))
_SURROGATES = range(0xD800, 0xE000)


@functools.cache
def span_forms() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return what each code point becomes.

    Returns:
        forms: Shape (0x110000,): a code point, `REMOVED`, or `FIRST_LIST` - i.
        lists: Element i is the length of a list of code points, which follow it.
    """
    import numpy as np

    forms = np.arange(CODE_POINTS, dtype=np.int32)
    lists: list[int] = []
    for code in _changing():
        form = [ord(char) for char in _form(chr(code))]
        if len(form) == 1:
            forms[code] = form[0]
        else:
            forms[code] = FIRST_LIST - len(lists) if form else REMOVED
            lists += [len(form), *form] if form else []
    table = np.array(lists, np.int32)
    for array in (forms, table):
        array.setflags(write=False)
    return forms, table


def _changing() -> Iterable[int]:
    return (code for first, last in _CHANGING for code in range(first, last) if code not in _SURROGATES)


def _form(char: str) -> str:
    parts = unicodedata.normalize("NFD", char.lower())
    return "".join("0" if part.isdecimal() else part for part in parts if not _is_removed(part))


def _is_removed(char: str) -> bool:
    category = unicodedata.category(char)
    return category in {"Mn", "Cc"} or category[0] == "P" or char in _CCNET_SYMBOLS


@kernel()
def write_span_text(  # noqa: PLR0917 - numba has no keyword-only arguments for its own callers
    data: NDArray[np.uint8],
    at: int,
    end: int,
    forms: NDArray[np.int32],
    lists: NDArray[np.int32],
    into: NDArray[np.uint8],
    used: int,
) -> int:
    """Append ``data[at:end]``, normalised but for its ends, to ``into[:used]``; return the bytes used."""
    while at < end:
        rest, room = data[at:end], into[used:]
        count = read = np.uint64(0)  # unsigned, so that numba does not test them for being negative
        while read < np.uint64(len(rest)) and rest[read] < 0x80:
            form = forms[rest[read]]
            room[count] = form
            count += np.uint64(form != REMOVED)
            read += np.uint64(1)
        used += signed(count)
        at += signed(read)
        if at == end:
            break
        code, size = decode_utf8(data, at, end)
        at += size
        form = forms[code]
        if form >= 0:
            used = encode_utf8(form, into, used)
        elif form <= FIRST_LIST:
            place = FIRST_LIST - form
            for index in range(place + 1, place + 1 + lists[place]):
                used = encode_utf8(lists[index], into, used)
    return used


@kernel()
def trim_span(
    data: NDArray[np.uint8], at: int, end: int, forms: NDArray[np.int32], flags: NDArray[np.uint8]
) -> tuple[int, int]:
    """Return ``data[at:end]``'s range without what leaves nothing or white space at its ends."""
    while at < end:
        code, size = decode_utf8(data, at, end)
        if forms[code] != REMOVED and not flags[code] & SPACE:
            break
        at += size
    while end > at:
        last = end - 1
        while last > at and data[last] & 0xC0 == 0x80:
            last -= 1
        code, _ = decode_utf8(data, last, end)
        if forms[code] != REMOVED and not flags[code] & SPACE:
            break
        end = last
    return at, end
