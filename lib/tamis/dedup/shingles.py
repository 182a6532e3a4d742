"""Texts to their sets of shingles: the n-grams of a document's tokens, as hashes.

A shingle's 64-bit hash is a polynomial in the hashes of its n tokens, mixed by MurmurHash3's finaliser, so
it depends on their order. Distinct shingles are told apart by these 64 bits (3e-6 collisions expected among
10**7). The sets that are compared hold the low 32 bits, which are also what MinHash draws from: of 10**6
shingles 116 are lost to collisions.

A document of fewer than n tokens has no shingles.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.tokens import (
    SEEN,
    is_mostly_unspaced,
    looks_unspaced,
    next_characters,
    next_words,
    token_scratch,
)
from tamis.kernels import READ_U8, READ_U32, kernel, utf8_buffers
from tamis.unicode_tables import NO_SPACE_SCRIPT, NOT_NFC_SAFE, char_class, lower_map

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MAX_NGRAM = 512  # the token scratch keeps room for this many from one chunk to the next

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


def check_ngram(ngram: int) -> None:
    """Refuse n-grams that the kernels have no room for.

    Raises:
        ValueError: Not 1 .. 512.
    """
    if not 1 <= ngram <= MAX_NGRAM:
        raise ValueError(f"ngram must be 1 .. {MAX_NGRAM}, got {ngram}")


def denormalized(texts: pa.Array, seen_flags: NDArray[np.uint64]) -> tuple[NDArray[np.int64], pa.Array]:
    """Return the rows whose text is not NFC, and their texts as NFC.

    Args:
        texts: Shape (n,), ``string`` or ``large_string``.
        seen_flags: Shape (n,): the flags of the characters in each. Most texts hold none that NFC could
        change.
    """
    import pyarrow as pa

    rows, fixed = [], []
    for row in np.flatnonzero(seen_flags & np.uint64(NOT_NFC_SAFE)).tolist():
        text = texts[row].as_py()
        if not unicodedata.is_normalized("NFC", text):
            rows.append(row)
            fixed.append(unicodedata.normalize("NFC", text))
    return np.array(rows, np.int64), pa.array(fixed, pa.large_string())


def shingle_sets(texts: pa.Array, ngram: int = 5) -> pa.LargeListArray:
    """Return the sorted distinct 32-bit shingles of each text; null under ``ngram`` tokens.

    Args:
        texts: Shape (n,), ``string`` or ``large_string``, nulls allowed; normalised to NFC where it is not.
        ngram: Tokens in a shingle, 1 .. 512.

    Example:
        >>> import pyarrow as pa
        >>> sets = shingle_sets(pa.array(["a b c d e f", "A b, c d e", "four words and no"]))
        >>> [values if values is None else len(values) for values in sets.to_pylist()]
        [2, 1, None]
    """
    import pyarrow as pa

    check_ngram(ngram)
    sets, flags = _kernel_sets(texts, ngram)
    rows, fixed = denormalized(texts, flags)
    again = dict(zip(rows.tolist(), _kernel_sets(fixed, ngram)[0], strict=True))
    sets = [again.get(row, values) for row, values in enumerate(sets)]
    offsets = np.concatenate([[0], np.cumsum([len(values) for values in sets], dtype=np.int64)])
    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64()),
        pa.array(np.concatenate([np.empty(0, np.uint32), *sets])),
        mask=pa.array([len(values) == 0 for values in sets], pa.bool_()),
    )


def _kernel_sets(texts: pa.Array, ngram: int) -> tuple[list[NDArray[np.uint32]], NDArray[np.uint64]]:
    data, offsets = utf8_buffers(texts)
    flags = np.zeros(len(texts), np.uint64)
    sets = []
    for row in range(len(texts)):
        found, flags[row] = _shingle_set(
            data, offsets[row], offsets[row + 1], ngram, char_class(), lower_map()
        )
        sets.append(found)
    return sets, flags


@kernel(f"Tuple((uint32[::1], uint64))({READ_U8}, int64, int64, int64, {READ_U8}, {READ_U32})")
def _shingle_set(  # noqa: PLR0917
    data: NDArray[np.uint8],
    start: int,
    end: int,
    ngram: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], np.uint64]:
    none = np.empty(0, np.uint32)
    tally = np.zeros(TALLY_FIELDS, np.uint64)
    table = shingle_document(
        data, start, end, ngram, (flags, lower), shingle_scratch(), (lower[:0], lower[:0]), tally, none
    )
    values = np.empty(np.int64(tally[COUNT]), np.uint32)
    count = 0
    for value in table:
        if value != _ZERO:
            values[count] = np.uint32(value)
            count += 1
    values.sort()
    distinct = min(1, count)
    for index in range(1, count):
        values[distinct] = values[index]
        distinct += values[index] != values[index - 1]
    return values[:distinct].copy(), tally[SEEN_FLAGS]
