"""UTF-8 bytes to lower-case bytes and word marks in scratch, some four kilobytes at a time.

ASCII becomes vector code (2.7 GB/s; a loop over bytes reaches 0.3). Other code points are then lowered and
marked in place one by one; only where a lower-case form has another length is the chunk done again, code
point by code point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.kernels import kernel
from tamis.unicode_tables import LOWERS, WORD, decode_utf8

if TYPE_CHECKING:
    from numpy.typing import NDArray


CHUNK_BYTES = 4096  # scratch of one chunk stays in the first-level cache
# A code point of 2 bytes may be 3 in lower case (U+023A); then the held bytes of a cut word and the padding.
_SCRATCH_BYTES = CHUNK_BYTES * 3 // 2 + 192

# Fields of `state`, which outlives a chunk.
HELD_HASH = 0  # hash of what was read of a word that the chunk's end cuts
HELD_BYTES = 1  # its last bytes, at most 8, at the start of the scratch
SEEN = 2  # all character flags seen in the document

signed: Any = np.int64  # inside a kernel the only int; to a type checker something else
_ZERO, _ONE, _TWO, _FOUR, _56 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
_LEADS = np.uint64(0x8080808080808080)
_PAIRS, _NIBBLES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _BYTE_SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)


@kernel()
def token_scratch() -> Any:
    """Return what the functions below share: lowered bytes, word marks, both as uint64, tokens, state."""
    lowered = np.zeros(_SCRATCH_BYTES // 8 * 8, np.uint8)
    marks = np.zeros(_SCRATCH_BYTES // 8 * 8, np.uint8)
    tokens = np.empty(_SCRATCH_BYTES + 1024, np.uint64)  # room for the tokens kept from one chunk to the next
    state = np.zeros(3, np.uint64)
    return lowered, marks, lowered.view(np.uint64), marks.view(np.uint64), tokens, state


@kernel()
def lower_chunk(  # noqa: PLR0917
    data: NDArray[np.uint8],
    at: int,
    end: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    scratch: Any,
) -> tuple[int, int]:
    """Fill the scratch after its held bytes; return where reading stopped and how many bytes it holds."""
    lowered, marks, _, mark_words, _, state = scratch
    held = signed(state[HELD_BYTES])
    stop = min(end, at + CHUNK_BYTES)
    while stop < end and data[stop] & 0xC0 == 0x80:  # not inside a code point
        stop += 1
    # Slices, since numba tests every computed index for being negative and then LLVM does not vectorise.
    source, into, mark = data[at:stop], lowered[held:], marks[held:]
    any_byte = np.uint8(0)
    for index in range(stop - at):
        byte = source[index]
        letter = byte | np.uint8(0x20)
        into[index] = letter if byte < 0x80 else byte  # `_` becomes 0x7F, which no word holds
        is_word = (np.uint8(letter - np.uint8(97)) < 26) | (np.uint8(byte - np.uint8(48)) < 10) | (byte == 95)
        mark[index] = np.uint8(is_word) | (np.uint8(0x80) if byte >= 0xC0 else np.uint8(0))
        any_byte |= byte
    filled = held + stop - at
    if any_byte >= 0x80 and not _mark_code_points(lowered, marks, mark_words, filled, flags, lower, state):
        filled = _lower_slowly(data, at, stop, flags, lower, lowered, marks, held)
    return stop, filled


@kernel()
def _mark_code_points(  # noqa: PLR0917
    lowered: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    mark_words: NDArray[np.uint64],
    filled: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    state: NDArray[np.uint64],
) -> bool:
    """Lower and mark, in place, the code points whose first byte is marked 0x80.

    Returns:
        False if one's lower case has another length; flags of the whole chunk are seen all the same.
    """
    marks[filled : (filled | 7) + 1] = 0
    seen = np.uint8(0)
    fits = True
    for word in range((filled + 7) >> 3):
        leads = mark_words[word] & _LEADS
        while leads != _ZERO:
            at = (word << 3) + (trailing_zeros(leads) >> 3)
            leads &= leads - _ONE
            code, size = _decode(lowered, at)
            flag = flags[code]
            seen |= flag
            mark = flag & WORD
            marks[at] = mark
            marks[at + 1] = mark
            if size > 2:
                marks[at + 2] = mark
            if size > 3:
                marks[at + 3] = mark
            if flag & LOWERS:
                small = signed(lower[code])
                fits &= _utf8_size(small) == size
                if fits:
                    encode_utf8(small, lowered, at)
    state[SEEN] |= np.uint64(seen)
    return fits


@kernel()
def _decode(valid: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """Like `decode_utf8`, for a form of 2 to 4 bytes in scratch, which may be read past its end."""
    first, second = signed(valid[at]), signed(valid[at + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = signed(valid[at + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return min((first & 0x07) << 18 | second << 12 | third << 6 | valid[at + 3] & 0x3F, 0x10FFFF), 4


@kernel()
def _lower_slowly(  # noqa: PLR0917
    data: NDArray[np.uint8],
    at: int,
    stop: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    lowered: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    filled: int,
) -> int:
    """Fill the scratch code point by code point: for the few whose lower case has another length."""
    while at < stop:
        code, size = decode_utf8(data, at, stop)
        at += size
        after = encode_utf8(signed(lower[code]), lowered, filled)
        if after == filled + 1:
            lowered[filled] |= 0x20
        marks[filled:after] = flags[code] & WORD
        filled = after
    return filled


@kernel()
def _utf8_size(code: int) -> int:
    return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)


@kernel()
def encode_utf8(code: int, into: NDArray[np.uint8], at: int) -> int:
    """Write one code point as UTF-8; return the index after it."""
    if code < 0x80:
        into[at] = code
        return at + 1
    size = _utf8_size(code)
    for index in range(at + size - 1, at, -1):
        into[index] = 0x80 | (code & 0x3F)
        code >>= 6
    into[at] = ((0xF00 >> size) & 0xFF) | code
    return at + size


@kernel()
def trailing_zeros(bits: np.uint64) -> int:
    """Return the index of the lowest set bit (64 for none); LLVM makes one instruction of this."""
    below = (bits & (~bits + _ONE)) - _ONE
    below -= (below >> _ONE) & _PAIRS
    below = (below & _NIBBLES) + ((below >> _TWO) & _NIBBLES)
    below = (below + (below >> _FOUR)) & _BYTES
    return signed((below * _BYTE_SUM) >> _56)
