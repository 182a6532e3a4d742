"""Texts to their sets of shingles: the n-grams of a document's tokens, as hashes.

What a token is, `tokens` tells; how shingles are hashed, `shingle_kernel`. A document of fewer than n tokens
has no shingles.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.shingle_kernel import COUNT, SEEN_FLAGS, TALLY_FIELDS, shingle_document, shingle_scratch
from tamis.kernels import READ_U8, READ_U32, kernel, utf8_buffers
from tamis.unicode_tables import NOT_NFC_SAFE, char_class, lower_map

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

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
