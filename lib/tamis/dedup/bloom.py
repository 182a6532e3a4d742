"""Band keys as bits: which of very many stored keys may be among those of a new batch.

A Bloom filter whose bits for one key lie in one 64-bit word (Putze, Sanders and Singler, "Cache-, Hash- and
Space-Efficient Bloom Filters", WEA 2007, section 3): one cache miss a key. Keys are hashes already, so their
own bits choose word and places. At 32 bits a key it takes 1 of 2,500 keys for one that it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.kernels import READ_I64, READ_U64, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYS_A_WORD = 2
PROBES = 6
MIN_WORDS = 1 << 10

_32, _63 = np.uint64(32), np.uint64(63)


def words_for(keys: int) -> int:
    """Return the words of a filter of so many keys."""
    return max(MIN_WORDS, -(-keys // KEYS_A_WORD))


def word_of(keys: NDArray[np.int64], words: int) -> NDArray[np.int64]:
    """Return which word of a filter each key is in, by the upper half of the key.

    Args:
        keys: Shape (n,), uniform.
        words: Of the whole filter, under 2**32.
    """
    return _words_of(np.ascontiguousarray(keys), words)


def set_bits(filled: NDArray[np.uint64], keys: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    """Add keys to a filter, or to a piece of one.

    Args:
        filled: Words of the piece.
        keys: Shape (n,).
        places: Shape (n,), int64: the word of each key, counted from the piece's first.
    """
    _set_bits(filled, np.ascontiguousarray(keys), places)


def may_hold(filled: NDArray[np.uint64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each key whether the filter may hold it; never False for one that it does.

    Args:
        filled: Shape (words,).
        keys: Shape (n,).

    Example:
        >>> keys = np.array([-1, 0x123456789ABCDEF], dtype=np.int64)
        >>> filled = np.zeros(words_for(1), np.uint64)
        >>> set_bits(filled, keys[:1], word_of(keys[:1], len(filled)))
        >>> may_hold(filled, keys).tolist()
        [True, False]
    """
    return _may_hold(filled, np.ascontiguousarray(keys))


@kernel(f"void(uint64[::1], {READ_I64}, {READ_I64})")
def _set_bits(filled: NDArray[np.uint64], keys: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    for index in range(len(keys)):
        filled[places[index]] |= _bits(np.uint64(keys[index]))


@kernel(f"boolean[::1]({READ_U64}, {READ_I64})")
def _may_hold(filled: NDArray[np.uint64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = np.empty(len(keys), np.bool_)
    for index in range(len(keys)):
        wanted = _bits(np.uint64(keys[index]))
        found[index] = filled[_word(keys[index], len(filled))] & wanted == wanted
    return found


@kernel(f"int64[::1]({READ_I64}, int64)")
def _words_of(keys: NDArray[np.int64], words: int) -> NDArray[np.int64]:
    places = np.empty(len(keys), np.int64)
    for index in range(len(keys)):
        places[index] = _word(keys[index], words)
    return places


@kernel()
def _word(key: Any, words: Any) -> Any:
    return np.int64(((np.uint64(key) >> _32) * np.uint64(words)) >> _32)


@kernel()
def _bits(key: Any) -> Any:
    """Return a word of up to `PROBES` bits, each placed by six bits of the mixed key."""
    bits = np.uint64(0)
    rest = (key ^ (key >> _32)) * np.uint64(0x9E3779B97F4A7C15)
    for probe in range(PROBES):
        bits |= np.uint64(1) << ((rest >> np.uint64(64 - 6 - 6 * probe)) & _63)
    return bits
