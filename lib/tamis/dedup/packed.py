"""Numbers packed in a binary Arrow column, as they lie: no Python object per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

BATCH_ROWS = 1 << 15  # of narrow columns: 1 to 2 MB


def packed_values(array: pa.Array, dtype: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    r"""Return all rows' values one after the other, and how many each row holds.

    Args:
        array: ``binary`` or ``large_binary``, without nulls; each row whole values, little-endian.
        dtype: Of the values.

    Returns:
        values: Shape (sum of counts,), a view of the array's buffer.
        counts: Shape (n,).

    Example:
        >>> import pyarrow as pa
        >>> values, counts = packed_values(pa.array([b"\x01\x00", b"", b"\x02\x00\x03\x00"]), "<u2")
        >>> values.tolist(), counts.tolist()
        ([1, 2, 3], [1, 0, 2])
    """
    import pyarrow as pa

    offset_type = np.int64 if pa.types.is_large_binary(array.type) else np.int32
    _, offset_buffer, data = array.buffers()
    size = np.dtype(dtype).itemsize
    if not len(array):
        return np.zeros(0, dtype), np.zeros(0, np.int64)
    offsets = np.frombuffer(offset_buffer, offset_type)[array.offset : array.offset + len(array) + 1]
    counts = np.diff(offsets).astype(np.int64) // size
    total = int(counts.sum())
    if not total:
        return np.zeros(0, dtype), counts
    return np.frombuffer(data, dtype, count=total, offset=int(offsets[0])), counts


def packed_lists(lists: pa.LargeListArray) -> pa.Array:
    r"""Return lists of numbers as ``large_binary`` over the same buffer: nothing is copied but the offsets.

    Args:
        lists: Without nulls.

    Example:
        >>> import pyarrow as pa
        >>> packed_lists(pa.array([[1], [], [2, 3]], pa.large_list(pa.uint16()))).to_pylist()
        [b'\x01\x00', b'', b'\x02\x00\x03\x00']
    """
    import pyarrow as pa

    values = lists.values
    size = values.type.bit_width // 8
    offsets = (lists.offsets.to_numpy() + values.offset) * size
    buffers = [None, pa.py_buffer(offsets.astype(np.int64)), values.buffers()[1]]
    return pa.Array.from_buffers(pa.large_binary(), len(lists), buffers)


def packed_matrix(matrix: NDArray[Any], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    r"""Return the rows of a matrix as ``large_binary``, null where they are not valid.

    Args:
        matrix: Shape (n, k), contiguous; taken as the buffer itself where all rows are valid.
        valid: Shape (n,); None: all are.

    Example:
        >>> packed_matrix(np.array([[1, 2], [3, 4]], np.uint8), np.array([True, False])).to_pylist()
        [b'\x01\x02', None]
    """
    counts = np.full(len(matrix), matrix.shape[1], np.int64)
    if valid is None or valid.all():
        return packed_rows(matrix, counts)
    return packed_rows(matrix[valid], counts * valid, valid)


def packed_rows(
    values: NDArray[Any], counts: NDArray[np.int64], valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    r"""Return rows of different lengths as ``large_binary``, null where they are not valid.

    Args:
        values: All rows' one after the other, contiguous; taken as the buffer itself.
        counts: Shape (n,): values of each row, 0 where it is not valid.
        valid: Shape (n,); None: all are.

    Example:
        >>> packed_rows(np.array([1, 2, 3], np.uint8), np.array([1, 0, 2])).to_pylist()
        [b'\x01', b'', b'\x02\x03']
    """
    import pyarrow as pa

    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts * values.itemsize, out=offsets[1:])
    bitmap = None if valid is None or valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [bitmap, pa.py_buffer(offsets), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.large_binary(), len(counts), buffers)


def rows_and_places(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return of each packed value the row that it is of, and its place in that row.

    Args:
        counts: Shape (n,), values of each row.

    Example:
        >>> rows, places = rows_and_places(np.array([2, 0, 1]))
        >>> rows.tolist(), places.tolist()
        ([0, 0, 2], [0, 1, 0])
    """
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def sliced(batch: pa.RecordBatch, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield a batch in pieces: the JVM holds each one whole, outside its heap.

    Args:
        batch: Any; few rows in may be very many out.
        rows: Most of a piece.
    """
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def typed_batch(columns: Mapping[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the schema's columns, in its order, from Arrow or NumPy arrays of any like type."""
    import pyarrow as pa

    arrays = []
    for field in schema:
        values = columns[field.name]
        is_arrow = isinstance(values, pa.Array)
        arrays.append(values.cast(field.type) if is_arrow else pa.array(values, type=field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
