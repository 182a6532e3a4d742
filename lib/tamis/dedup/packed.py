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
    import pyarrow as pa

    width = matrix.shape[1] * matrix.itemsize
    if valid is None or valid.all():
        offsets = np.arange(len(matrix) + 1, dtype=np.int64) * width
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
        return pa.Array.from_buffers(pa.large_binary(), len(matrix), buffers)
    offsets = np.zeros(len(valid) + 1, np.int64)
    np.cumsum(valid * width, out=offsets[1:])
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [bitmap, pa.py_buffer(offsets), pa.py_buffer(matrix[valid])]
    return pa.Array.from_buffers(pa.large_binary(), len(valid), buffers)


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
