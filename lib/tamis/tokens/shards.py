"""Token ids -> shard files: Parquet rows of one length, or Megatron's ``.bin`` and ``.idx``.

Megatron-LM, megatron/core/datasets/indexed_dataset.py (``_IndexWriter``, ``DType``), as of November 2026:
one sequence a document, since Megatron cuts and shuffles by itself. Writers are given a stream and write it
front to back, so that it may be an object store's.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.tokens.packing import Packer, row_offsets

if TYPE_CHECKING:
    from io import RawIOBase

    from numpy.typing import NDArray

INDEX_MAGIC = b"MMIDIDX\x00\x00"
INDEX_VERSION = 1
DTYPE_CODES = {"int32": 4, "uint16": 8}

GROUP_TOKENS = (
    1 << 21
)  # a row group of 8 MB in memory: what a reader takes at once, and all that a writer holds


class ParquetShard:
    """Rows ``input_ids: list<int32>`` of ``sequence_length`` tokens; the last one may be shorter."""

    suffix = ".parquet"

    def __init__(self, stream: RawIOBase, sequence_length: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.sequences = 0
        self._length = sequence_length
        self._packer = Packer(sequence_length, max(1, GROUP_TOKENS // sequence_length))
        self._schema = pa.schema([("input_ids", pa.list_(pa.int32()))])
        # Ids hardly repeat within a page's reach: no dictionary; zstd still halves them.
        self._writer = pq.ParquetWriter(
            stream, self._schema, compression="zstd", use_dictionary=False, write_statistics=False
        )

    def add(self, ids: NDArray[Any], *, continues: bool = False) -> None:  # noqa: ARG002  # one stream
        """Append ids: a document's, or more of the last one's."""
        for group in self._packer.add(ids):
            self._write(group)

    def close(self) -> None:
        """Write the last rows and the footer."""
        rest = self._packer.rest()
        if len(rest):
            self._write(rest)
        self._writer.close()

    def _write(self, ids: NDArray[np.int32]) -> None:
        import pyarrow as pa

        offsets = row_offsets(len(ids), self._length)
        rows = pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))
        self._writer.write_table(pa.table([rows], schema=self._schema), row_group_size=len(rows))
        self.sequences += len(rows)


class MegatronShard:
    """The ``.bin`` of a Megatron dataset: the ids of all documents, back to back."""

    suffix = ".bin"

    def __init__(self, stream: RawIOBase, dtype: np.dtype[Any]) -> None:
        self._stream = stream
        self._dtype = dtype.newbyteorder("<")
        self._lengths: list[int] = []

    @property
    def sequences(self) -> int:
        """Documents written."""
        return len(self._lengths)

    def add(self, ids: NDArray[Any], *, continues: bool = False) -> None:
        """Append ids: a document's, or more of the last one's."""
        self._stream.write(ids.astype(self._dtype, copy=False).tobytes())
        if continues:
            self._lengths[-1] += len(ids)
        else:
            self._lengths.append(len(ids))

    def close(self) -> None:
        """Nothing is held back."""

    def index(self) -> bytes:
        """Return the ``.idx`` that belongs to it."""
        return megatron_index(np.array(self._lengths, dtype=np.int32), self._dtype)


def megatron_index(lengths: NDArray[np.int32], dtype: np.dtype[Any]) -> bytes:
    """Return Megatron's index of documents of these lengths.

    Layout, little-endian: magic, version (uint64), code of the dtype (uint8), number of sequences and of
    document borders (uint64), lengths (int32), byte offsets (int64), document borders (int64, one more than
    documents).

    Args:
        lengths: Shape (n,), tokens of each document.
        dtype: Of the ids in the ``.bin``: uint16 or int32.
    """
    ends = np.cumsum(lengths, dtype=np.int64) * dtype.itemsize
    pointers = np.concatenate([np.zeros(min(1, len(ends)), dtype=np.int64), ends[:-1]])
    borders = np.arange(len(lengths) + 1, dtype=np.int64)
    counts = len(lengths), len(borders)
    head = struct.pack("<9sQBQQ", INDEX_MAGIC, INDEX_VERSION, DTYPE_CODES[dtype.name], *counts)
    columns = (lengths.astype("<i4"), pointers.astype("<i8"), borders.astype("<i8"))
    return head + b"".join(column.tobytes() for column in columns)
