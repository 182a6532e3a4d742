"""Texts to their sets of shingles: the n-grams of a document's tokens, as hashes.

What a token is, `tokens` tells; how shingles are hashed, `shingle_kernel`. A document of fewer than n tokens
has no shingles.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.shingle_kernel import COUNT, SEEN_FLAGS, TALLY_FIELDS, shingle_document, shingle_scratch
from tamis.kernels import READ_I64, READ_U8, READ_U32, kernel, utf8_buffers
from tamis.unicode_tables import NOT_NFC_SAFE, char_class, lower_map

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    PackedSets = tuple[NDArray[np.uint32], NDArray[np.int64]]  # values of all sets, how many each has

MAX_NGRAM = 512  # the token scratch keeps room for this many from one chunk to the next

_ZERO = np.uint64(0)


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
    values, counts, flags = _kernel_sets(texts, ngram)
    rows, fixed = denormalized(texts, flags)
    if len(rows):
        values, counts = _replaced((values, counts), rows, _kernel_sets(fixed, ngram)[:2])
    offsets = np.append(0, np.cumsum(counts))
    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64()), pa.array(values), mask=pa.array(counts == 0, pa.bool_())
    )


def _replaced(sets: PackedSets, rows: NDArray[np.int64], others: PackedSets) -> PackedSets:
    """Return the sets with others in place of some rows."""
    counts = sets[1].copy()
    pieces = np.split(sets[0], np.cumsum(sets[1])[:-1])
    counts[rows] = others[1]
    for row, values in zip(rows.tolist(), np.split(others[0], np.cumsum(others[1])[:-1]), strict=True):
        pieces[row] = values
    return np.concatenate(pieces), counts


def _kernel_sets(
    texts: pa.Array, ngram: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint64]]:
    """Return all texts' sets one after the other, how many values each has, and the flags of each text."""
    data, offsets = utf8_buffers(texts)
    counts, flags = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.uint64)
    return _shingle_sets(data, offsets, ngram, char_class(), lower_map(), counts, flags), counts, flags


@kernel(f"uint32[::1]({READ_U8}, {READ_I64}, int64, {READ_U8}, {READ_U32}, int64[::1], uint64[::1])")
def _shingle_sets(  # noqa: PLR0917
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    ngram: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    counts: NDArray[np.int64],
    seen: NDArray[np.uint64],
) -> NDArray[np.uint32]:
    """Fill in counts and flags, return the sets; one after the other, each ascending."""
    none = np.empty(0, np.uint32)
    tally = np.zeros(TALLY_FIELDS, np.uint64)
    scratch: Any = shingle_scratch()
    values, total = np.empty(1 << 16, np.uint32), 0
    for row in range(len(counts)):
        start, end = offsets[row], offsets[row + 1]
        table = shingle_document(
            data, start, end, ngram, (flags, lower), scratch, (lower[:0], lower[:0]), tally, none
        )
        values = _with_room(values, total, np.int64(tally[COUNT]))
        counts[row] = _write_set(table, values[total : total + np.int64(tally[COUNT])])
        seen[row] = tally[SEEN_FLAGS]
        total += counts[row]
    return values[:total].copy()


@kernel()
def _with_room(values: NDArray[np.uint32], used: int, more: Any) -> NDArray[np.uint32]:
    if used + more <= len(values):
        return values
    larger = np.empty(2 * (used + more), np.uint32)
    for index in range(used):
        larger[index] = values[index]
    return larger


@kernel()
def _write_set(table: NDArray[np.uint64], values: NDArray[np.uint32]) -> int:
    """Write the low halves of a table, ascending and distinct; return how many these are."""
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
    return distinct
