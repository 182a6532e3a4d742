"""SHA-1 (FIPS 180-4, section 6.1) as a kernel, for keys of spans that no Python object stands for.

OpenSSL is four times as fast (the processor has instructions for it), but takes a Python object and a call a
span: 0.7 us, as long as this kernel needs for 280 bytes. 400 MB/s a core (2.6 GHz Zen 4, 2026-11). Not for
security: SHA-1's collisions can be made on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_BYTES = 64
PADDING_BYTES = 2 * BLOCK_BYTES  # room that `sha1_finish` needs after the message

u32: Any = np.uint32  # a short name: every operation of 32 bits is widened to 64 and has to be cut back
_K1, _K2, _K3, _K4 = (
    np.uint32(0x5A827999),
    np.uint32(0x6ED9EBA1),
    np.uint32(0x8F1BBCDC),
    np.uint32(0xCA62C1D6),
)


@kernel()
def sha1_begin(state: NDArray[np.uint32]) -> None:
    """Set ``state``, shape (5,), to that of no message."""
    state[0], state[1] = 0x67452301, 0xEFCDAB89
    state[2], state[3], state[4] = 0x98BADCFE, 0x10325476, 0xC3D2E1F0


@kernel()
def sha1_blocks(
    data: NDArray[np.uint32], count: int, words: NDArray[np.uint32], state: NDArray[np.uint32]
) -> None:
    """Take in the first ``count`` blocks of ``data``; ``words`` is scratch of shape (80,)."""
    for block in range(count):
        _block(data[block * 16 : block * 16 + 16], words, state)


@kernel()
def sha1_finish(  # noqa: PLR0917 - numba has no keyword-only arguments for its own callers
    data: NDArray[np.uint8],
    size: int,
    before: int,
    data_words: NDArray[np.uint32],
    words: NDArray[np.uint32],
    state: NDArray[np.uint32],
) -> None:
    """Take in the end of a message, ``data[:size]``, of which ``before`` bytes were taken in already.

    Overwrites up to `PADDING_BYTES` of ``data`` from ``size``; ``data_words`` is the same memory as uint32.
    """
    blocks = (size + 8) // BLOCK_BYTES + 1
    data[size : blocks * BLOCK_BYTES] = 0
    data[size] = 0x80
    bits = (before + size) * 8
    data_words[blocks * 16 - 2] = swapped(u32(bits >> 32))
    data_words[blocks * 16 - 1] = swapped(u32(bits))
    sha1_blocks(data_words, blocks, words, state)


@kernel()
def swapped(word: np.uint32) -> np.uint32:
    """Return 32 bits with their bytes in the other order: SHA-1 is big-endian, the processors are not."""
    return u32(
        word << u32(24) | (word & u32(0xFF00)) << u32(8) | (word >> u32(8)) & u32(0xFF00) | word >> u32(24)
    )


@kernel()
def _block(data: NDArray[np.uint32], words: NDArray[np.uint32], state: NDArray[np.uint32]) -> None:
    for index in range(16):
        words[index] = swapped(data[index])
    for index in range(16, 80):
        words[index] = _rotated(
            words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1
        )
    a, b, c, d, e = state[0], state[1], state[2], state[3], state[4]
    # Five rounds at a time: after them every variable has its own name again, and nothing is moved.
    for index in range(0, 20, 5):
        e, b = _round(a, b, e, d ^ (b & (c ^ d)), words[index], _K1)
        d, a = _round(e, a, d, c ^ (a & (b ^ c)), words[index + 1], _K1)
        c, e = _round(d, e, c, b ^ (e & (a ^ b)), words[index + 2], _K1)
        b, d = _round(c, d, b, a ^ (d & (e ^ a)), words[index + 3], _K1)
        a, c = _round(b, c, a, e ^ (c & (d ^ e)), words[index + 4], _K1)
    for index in range(20, 40, 5):
        e, b = _round(a, b, e, b ^ c ^ d, words[index], _K2)
        d, a = _round(e, a, d, a ^ b ^ c, words[index + 1], _K2)
        c, e = _round(d, e, c, e ^ a ^ b, words[index + 2], _K2)
        b, d = _round(c, d, b, d ^ e ^ a, words[index + 3], _K2)
        a, c = _round(b, c, a, c ^ d ^ e, words[index + 4], _K2)
    for index in range(40, 60, 5):
        e, b = _round(a, b, e, (b & c) | (d & (b | c)), words[index], _K3)
        d, a = _round(e, a, d, (a & b) | (c & (a | b)), words[index + 1], _K3)
        c, e = _round(d, e, c, (e & a) | (b & (e | a)), words[index + 2], _K3)
        b, d = _round(c, d, b, (d & e) | (a & (d | e)), words[index + 3], _K3)
        a, c = _round(b, c, a, (c & d) | (e & (c | d)), words[index + 4], _K3)
    for index in range(60, 80, 5):
        e, b = _round(a, b, e, b ^ c ^ d, words[index], _K4)
        d, a = _round(e, a, d, a ^ b ^ c, words[index + 1], _K4)
        c, e = _round(d, e, c, e ^ a ^ b, words[index + 2], _K4)
        b, d = _round(c, d, b, d ^ e ^ a, words[index + 3], _K4)
        a, c = _round(b, c, a, c ^ d ^ e, words[index + 4], _K4)
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e


@kernel()
def _round(  # noqa: PLR0917
    a: np.uint32, b: np.uint32, e: np.uint32, mixed: np.uint32, word: np.uint32, constant: np.uint32
) -> tuple[np.uint32, np.uint32]:
    return u32(_rotated(a, 5) + mixed + e + constant + word), _rotated(b, 30)


@kernel()
def _rotated(value: np.uint32, bits: int) -> np.uint32:
    return u32(value << u32(bits) | value >> u32(32 - bits))
