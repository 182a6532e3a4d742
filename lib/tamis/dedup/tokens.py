r"""UTF-8 bytes to the 64-bit hashes of a document's tokens, compiled, some four kilobytes at a time.

A token is a maximal run of ``\w`` (Python's ``re``, on NFC text), lower-cased code point by code point.
Where more than half of a document's ``\w`` code points belong to scripts written without spaces (Han, Kana,
Thai, Lao, Khmer, Myanmar), each ``\w`` code point of that document is a token instead.

How: a chunk is copied to scratch, lower-cased, beside one byte of 0 or 1 (part of a word) for each byte;
LLVM turns this into vector code. Eight such bytes at a time become bits, so that the ends of words are found
by counting trailing zeros, and a word is hashed eight bytes at a step. 3.9 GB/s for the first part and 0.9
GB/s for both on ASCII text; a loop over bytes reaches 0.3 (a 2.6 GHz Zen 4 core, 2026-11).

All arithmetic is on numba's unsigned 64-bit integers, hence the constants: an int64 beside an uint64 would
become a float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.kernels import kernel
from tamis.unicode_tables import LOWERS, NO_SPACE_SCRIPT, WORD, decode_utf8

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
_UNSPACED_WORD = NO_SPACE_SCRIPT | WORD
_SEED = np.uint64(0x243F6A8885A308D3)  # pi
_MULTIPLIER = np.uint64(
    0x9E3779B97F4A7C15
)  # 2**64 / golden ratio, odd: a bijection, so words up to 8 bytes never meet
_LEADS = np.uint64(0x8080808080808080)
_GATHER = np.uint64(0x0102040810204080)  # brings the low bits of 8 bytes together in the top byte
_ZERO, _ONE, _TWO, _FOUR = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
_EIGHT, _32, _56, _63, _64 = np.uint64(8), np.uint64(32), np.uint64(56), np.uint64(63), np.uint64(64)
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
def next_words(  # noqa: PLR0917 - numba has no keyword-only arguments for its own callers
    data: NDArray[np.uint8],
    at: int,
    end: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    scratch: Any,
    count: int,
) -> tuple[int, int]:
    """Append the hashes of the words that end in the next chunk to the ``count`` tokens of the scratch.

    Returns:
        Where the next chunk begins, and the number of tokens now in the scratch.
    """
    lowered, marks, lowered_words, mark_words, tokens, state = scratch
    at, filled = _lower_chunk(data, at, end, flags, lower, scratch)
    whole = filled
    if at < end:  # the last word may go on in the next chunk
        while whole > 0 and marks[whole - 1] == 1:
            whole -= 1
    marks[whole : (filled | 63) + 65] = 0
    first = state[HELD_HASH] if state[HELD_BYTES] > _ZERO else _SEED
    count = _hash_words(lowered_words, mark_words, whole, tokens, count, first)
    if whole > 0:
        first = _SEED
    while filled - whole > 8:
        first = _mixed(first, _load(lowered_words, whole))
        whole += 8
    for index in range(filled - whole):
        lowered[index] = lowered[whole + index]
        marks[index] = 1
    state[HELD_HASH] = first
    state[HELD_BYTES] = np.uint64(filled - whole)
    return at, count


@kernel()
def next_characters(  # noqa: PLR0917
    data: NDArray[np.uint8],
    at: int,
    end: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    scratch: Any,
    count: int,
) -> tuple[int, int]:
    r"""Like `next_words`, but each ``\w`` code point is a token."""
    tokens, state = scratch[4], scratch[5]
    stop = min(end, at + CHUNK_BYTES)
    seen = np.uint8(0)
    while at < stop:
        code, size = signed(data[at]), 1
        if code >= 0x80:
            code, size = decode_utf8(data, at, end)
        flag = flags[code]
        seen |= flag
        tokens[count] = _mixed(_SEED, np.uint64(lower[code]))
        count += flag & WORD
        at += size
    state[SEEN] |= np.uint64(seen)
    return at, count


@kernel()
def is_mostly_unspaced(data: NDArray[np.uint8], at: int, end: int, flags: NDArray[np.uint8]) -> bool:
    r"""Tell whether more than half of the ``\w`` code points are of scripts written without spaces."""
    words = unspaced = 0
    while at < end:
        code, size = signed(data[at]), 1
        if code >= 0x80:  # a branch that is mostly foreseen: 2 times the speed of decoding every byte
            code, size = decode_utf8(data, at, end)
        flag = flags[code]
        words += flag & WORD
        unspaced += (flag & _UNSPACED_WORD) == _UNSPACED_WORD
        at += size
    return unspaced * 2 > words


@kernel()
def looks_unspaced(data: NDArray[np.uint8], at: int, end: int) -> bool:
    """Guess `is_mostly_unspaced` from the first 512 bytes, which spares such documents the loop for words."""
    sample = data[at : min(end, at + 512)]
    high = 0
    for index in range(len(sample)):
        high += sample[index] >= 0xE0
    return high * 8 > len(sample)


@kernel()
def _lower_chunk(  # noqa: PLR0917
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
            at = (word << 3) + (_trailing_zeros(leads) >> 3)
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
                    _encode(small, lowered, at)
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
        after = _encode(signed(lower[code]), lowered, filled)
        if after == filled + 1:
            lowered[filled] |= 0x20
        marks[filled:after] = flags[code] & WORD
        filled = after
    return filled


@kernel()
def _utf8_size(code: int) -> int:
    return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)


@kernel()
def _encode(code: int, into: NDArray[np.uint8], at: int) -> int:
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
def _hash_words(  # noqa: PLR0917
    lowered: NDArray[np.uint64],
    marks: NDArray[np.uint64],
    filled: int,
    tokens: NDArray[np.uint64],
    count: int,
    first: np.uint64,
) -> int:
    """Append the hash of every word in the scratch; ``first`` is the state that the first one begins with."""
    start = 0
    inside = _ZERO
    for base in range(0, filled + 1, 64):
        bits = _ZERO
        for index in range(8):
            bits |= ((marks[(base >> 3) + index] * _GATHER) >> _56) << np.uint64(8 * index)
        before = (bits << _ONE) | inside
        starts, ends = bits & ~before, ~bits & before
        if inside == _ZERO:
            start = base + _trailing_zeros(starts)
            starts &= starts - _ONE
        while ends != _ZERO:
            tokens[count] = _word_hash(lowered, start, base + _trailing_zeros(ends), first)
            count += 1
            first = _SEED
            ends &= ends - _ONE
            start = base + _trailing_zeros(starts)
            starts &= starts - _ONE
        inside = bits >> _63
    return count


@kernel()
def _word_hash(lowered: NDArray[np.uint64], start: int, end: int, state: np.uint64) -> np.uint64:
    while end - start > 8:
        state = _mixed(state, _load(lowered, start))
        start += 8
    keep = ~_ZERO >> (_64 - _EIGHT * np.uint64(end - start))
    return _mixed(state, _load(lowered, start) & keep)


@kernel()
def _mixed(state: np.uint64, piece: np.uint64) -> np.uint64:
    product = (state ^ piece) * _MULTIPLIER
    return product ^ (product >> _32)


@kernel()
def _load(words: NDArray[np.uint64], at: int) -> np.uint64:
    """Return the 8 bytes that begin at byte ``at``, aligned or not, of a little-endian buffer."""
    shift = np.uint64(at & 7) * _EIGHT
    # Two shifts for the upper part: by 64 at once is undefined where the bytes are aligned.
    return (words[at >> 3] >> shift) | ((words[(at >> 3) + 1] << _ONE) << (_63 - shift))


@kernel()
def _trailing_zeros(bits: np.uint64) -> int:
    """Return the index of the lowest set bit (64 for none); LLVM makes one instruction of this."""
    below = (bits & (~bits + _ONE)) - _ONE
    below -= (below >> _ONE) & _PAIRS
    below = (below & _NIBBLES) + ((below >> _TWO) & _NIBBLES)
    below = (below + (below >> _FOUR)) & _BYTES
    return signed((below * _BYTE_SUM) >> _56)
