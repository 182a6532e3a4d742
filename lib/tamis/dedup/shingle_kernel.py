"""One document's distinct shingles, and the smallest of their hashes under each hash function, as a kernel.

A shingle's 64-bit hash is a polynomial in the hashes of its n tokens, mixed by MurmurHash3's finaliser, so it
depends on their order. Distinct shingles are told apart by these 64 bits: among 10**7 of them 3e-6 collisions
are expected. MinHash draws from the low 32: of 10**6 shingles 116 are lost to collisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.lowercase import SEEN, token_scratch
from tamis.dedup.tokens import is_mostly_unspaced, looks_unspaced, next_characters, next_words
from tamis.kernels import kernel
from tamis.unicode_tables import NO_SPACE_SCRIPT

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Fields of `tally`, what is known of one document.
COUNT = 0  # distinct shingles
SUM = 1  # their sum modulo 2**64: equal sets have equal sums
SEEN_FLAGS = 2  # character flags that occur in it
TALLY_FIELDS = 3

_BASE = np.uint64(0xD6E8FEB86659FD93)  # odd; token hashes are mixed already
_MURMUR_1, _MURMUR_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_ZERO, _33 = np.uint64(0), np.uint64(33)
_MEMORY_BITS = 18  # 2 MB: the hash set of a document of up to 1 MB


@kernel()
def shingle_scratch() -> Any:
    """Return the memory that `shingle_document` works in, made once a batch."""
    tokens = token_scratch()
    return (
        tokens,
        np.empty(len(tokens[4]), np.uint64),
        np.empty(len(tokens[4]), np.uint32),
        _new_table(_MEMORY_BITS),
    )


@kernel()
def shingle_document(  # noqa: PLR0917 - numba has no keyword-only arguments for its own callers
    data: NDArray[np.uint8],
    start: int,
    end: int,
    ngram: int,
    tables: Any,
    scratch: Any,
    family: Any,
    tally: NDArray[np.uint64],
    signature: NDArray[np.uint32],
) -> NDArray[np.uint64]:
    """Collect one document's distinct shingles and lower ``signature`` by each of them.

    Args:
        data: UTF-8.
        start: First byte of the document.
        end: One past its last.
        ngram: Tokens in a shingle.
        tables: `char_class` and `lower_map`.
        scratch: From `shingle_scratch`.
        family: Multipliers and addends of the hash functions, both shape (k,) uint32; k may be 0.
        tally: Shape (3,), filled in.
        signature: Shape (k,), filled in; the largest uint32 throughout where there is no shingle.

    Returns:
        The set, a hash table with 0 in its empty slots. Overwritten by the next document.
    """
    token_memory, hashes, fresh, memory = scratch
    flags, lower = tables
    tokens, state = token_memory[4], token_memory[5]
    state[:] = _ZERO
    bits = _set_bits(end - start)
    table = _cleared(memory[: 1 << bits], tally, signature)
    decided = looks_unspaced(data, start, end)
    by_character = decided and is_mostly_unspaced(data, start, end, flags)
    at, kept = start, 0
    while at < end:
        if by_character:
            at, count = next_characters(data, at, end, flags, lower, token_memory, kept)
        else:
            at, count = next_words(data, at, end, flags, lower, token_memory, kept)
        if not decided and np.int64(state[SEEN]) & NO_SPACE_SCRIPT:
            decided = True
            by_character = is_mostly_unspaced(data, start, end, flags)
            if by_character:
                at, kept = start, 0
                _cleared(table, tally, signature)
                continue
        found = _shingle_hashes(tokens, count, ngram, hashes)
        while (np.int64(tally[COUNT]) + found) * 2 > len(table):
            bits += 1
            table = _moved(table, bits)
        added = _add(hashes, found, table, bits, fresh, tally)
        _lower_minima(fresh, added, family, signature)
        kept = count - found
        for index in range(kept):  # assigning a slice would have numba compile its error message for 5 s
            tokens[index] = tokens[found + index]
    tally[SEEN_FLAGS] = state[SEEN]
    return table


@kernel()
def _set_bits(size: int) -> int:
    """Return the bits of a set for most documents of ``size`` bytes: a word takes 8.7 bytes in English."""
    bits = 6
    while bits < _MEMORY_BITS and (1 << bits) < size >> 2:
        bits += 1
    return bits


@kernel()
def _cleared(
    table: NDArray[np.uint64], tally: NDArray[np.uint64], signature: NDArray[np.uint32]
) -> NDArray[np.uint64]:
    table[:] = _ZERO
    tally[:] = _ZERO
    signature[:] = np.uint32(0xFFFFFFFF)
    return table


@kernel()
def _shingle_hashes(tokens: NDArray[np.uint64], count: int, ngram: int, hashes: NDArray[np.uint64]) -> int:
    """Hash every run of ``ngram`` tokens; three vector loops instead of one rolling hash, which is serial."""
    found = max(0, count - ngram + 1)
    for index in range(found):
        hashes[index] = tokens[index]
    for place in range(1, ngram):
        later = tokens[place : place + found]
        for index in range(found):
            hashes[index] = hashes[index] * _BASE + later[index]
    for index in range(found):
        mixed = hashes[index]
        mixed = (mixed ^ (mixed >> _33)) * _MURMUR_1
        mixed = (mixed ^ (mixed >> _33)) * _MURMUR_2
        mixed ^= mixed >> _33
        hashes[index] = mixed | np.uint64(mixed == _ZERO)  # 0 marks an empty slot
    return found


@kernel()
def _add(  # noqa: PLR0917
    hashes: NDArray[np.uint64],
    found: int,
    table: NDArray[np.uint64],
    bits: int,
    fresh: NDArray[np.uint32],
    tally: NDArray[np.uint64],
) -> int:
    """Put hashes into the set (linear probing, at most half full); return how many were ``fresh``."""
    mask = (1 << bits) - 1
    shift = np.uint64(64 - bits)
    added = 0
    total = tally[SUM]
    for index in range(found):
        value = hashes[index]
        slot = np.int64(value >> shift)
        while table[slot] != value:
            if table[slot] == _ZERO:
                table[slot] = value
                fresh[added] = np.uint32(value)
                added += 1
                total += value
                break
            slot = (slot + 1) & mask
    tally[SUM] = total
    tally[COUNT] += np.uint64(added)
    return added


@kernel()
def _lower_minima(fresh: NDArray[np.uint32], count: int, family: Any, signature: NDArray[np.uint32]) -> None:
    """Lower each minimum by ``multiplier * key + addend`` modulo 2**32 over the keys, 16 keys at a time."""
    multipliers, addends = family
    for place in range(len(multipliers)):
        multiplier, addend, least = multipliers[place], addends[place], signature[place]
        for index in range(count):
            least = min(least, np.uint32(fresh[index] * multiplier + addend))
        signature[place] = least


@kernel()
def _new_table(bits: int) -> NDArray[np.uint64]:
    return np.zeros(1 << bits, np.uint64)


@kernel()
def _moved(table: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """Return a set of 2**bits slots with the same hashes."""
    larger = _new_table(bits)
    mask = (1 << bits) - 1
    shift = np.uint64(64 - bits)
    for index in range(len(table)):
        value = table[index]
        if value != _ZERO:
            slot = np.int64(value >> shift)
            while larger[slot] != _ZERO:
                slot = (slot + 1) & mask
            larger[slot] = value
    return larger
