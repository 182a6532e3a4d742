"""A table's files, opened where they lie: text goes from its file to the task that needs it, never shuffled.

Spark finds which file holds which document (`file_path`, a scan of narrow columns); a task then opens the
file itself and streams the wanted rows in batches bounded by their text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import unquote

import numpy as np

from tamis.errors import SourceError
from tamis.io.storage import locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray
    from pyspark.sql import Column

# 4 M code points are 4 to 16 MB of text: a batch, its filtered copy and its cut copy stay under 50 MB.
BATCH_CHARS = 1 << 22
BATCH_ROWS = (4096, 1024, 256, 64, 16, 4, 1)
SPLIT_BYTES = 32 << 20  # stored: some 100 MB of text
READ_BUFFER_BYTES = 1 << 20  # a column chunk is streamed: whole, the text of 100 rows of 30 MB is 3 GB


class Split(NamedTuple):
    """A piece of a Parquet file: the row groups whose middle lies in it.

    Attributes:
        uri: The file, as `file_path` gives it.
        start: First byte.
        stop: The byte past its last.
        batch_id: Of its rows: a partition column is not in the file.
    """

    uri: str
    start: int
    stop: int
    batch_id: int


def file_splits(uri: str, size: int, batch_id: int) -> list[Split]:
    """Return the pieces of a file of so many bytes."""
    starts = range(0, max(1, size), SPLIT_BYTES)
    return [Split(uri, start, start + SPLIT_BYTES, batch_id) for start in starts]


def file_path() -> Column:
    """Return the column that says which file a row of a file-based table was read from, as a URI."""
    from pyspark.sql import functions as F

    return F.col("_metadata.file_path")


def matching_batches(
    uri: str, doc_ids: NDArray[np.int64], columns: Sequence[str], *, max_chars: int = BATCH_CHARS
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one Parquet file whose doc_id is wanted, in the file's order.

    Args:
        uri: The file, as `file_path` gives it: percent-encoded.
        doc_ids: Wanted, ascending.
        columns: To read; the file must also hold ``doc_id`` and ``length_chars``.
        max_chars: Code points of text a batch; a longer row is a batch of its own.

    Raises:
        SourceError: the file cannot be opened.
    """
    with _open(uri) as stream:
        file = _parquet(stream)
        for group in range(file.num_row_groups):
            yield from _group_batches(file, group, doc_ids, columns, max_chars=max_chars)


def text_batches(
    split: Split, columns: Sequence[str], doc_ids: NDArray[np.int64] | None = None,
    *, max_chars: int = BATCH_CHARS,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """Yield the rows of a split that have a text, in the file's order.

    Args:
        split: Where they lie.
        columns: To give, in this order; batch_id may be one.
        doc_ids: Wanted, ascending; None: all.
        max_chars: As in `matching_batches`.

    Raises:
        SourceError: the file cannot be opened.
    """
    import pyarrow as pa

    stored = sorted({*columns, "text"} - {"batch_id"})
    with _open(split.uri) as stream:
        file = _parquet(stream)
        for group in _groups(file, split):
            for batch in _group_batches(file, group, doc_ids, stored, max_chars=max_chars):
                text = batch.column("text")
                said = batch.filter(text.is_valid()) if text.null_count else batch  # a filter copies all text
                batch_ids = pa.array(np.full(said.num_rows, split.batch_id, np.int32))
                yield said.append_column("batch_id", batch_ids).select(list(columns))


def _groups(file: pq.ParquetFile, split: Split) -> list[int]:
    """Return the row groups of a split: each is in one split of its file."""
    found = []
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        chunks = [group.column(place) for place in range(group.num_columns)]
        first = min(chunk.dictionary_page_offset or chunk.data_page_offset for chunk in chunks)
        middle = first + sum(chunk.total_compressed_size for chunk in chunks) // 2
        if split.start <= middle < split.stop:
            found.append(number)
    return found


def _parquet(stream: BinaryIO) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    return pq.ParquetFile(stream, pre_buffer=False, buffer_size=READ_BUFFER_BYTES)


def _open(uri: str) -> BinaryIO:
    # `locate` itself decodes file: URIs; keys of object stores it takes as they are.
    store, path = locate(uri if uri.startswith("file:") else unquote(uri))
    try:
        return store.open(path)
    except OSError as error:
        raise SourceError(f"{uri}: a file of the table cannot be opened: {error}") from error


def _group_batches(
    file: pq.ParquetFile, group: int, doc_ids: NDArray[np.int64] | None, columns: Sequence[str],
    *, max_chars: int,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    import pyarrow as pa

    keys = file.read_row_group(group, columns=["doc_id", "length_chars"], use_threads=False)
    wanted = np.ones(len(keys), np.bool_)
    if doc_ids is not None:
        wanted = contains(doc_ids, keys["doc_id"].to_numpy())
    if not wanted.any():
        return
    lengths = keys["length_chars"].fill_null(0).to_numpy().astype(np.int64)
    size = batch_rows(lengths, max_chars)
    start = 0
    for batch in file.iter_batches(
        batch_size=size, row_groups=[group], columns=list(columns), use_threads=False
    ):
        mask = wanted[start : start + batch.num_rows]
        start += batch.num_rows
        if mask.all():
            yield batch
        elif mask.any():
            yield batch.filter(pa.array(mask))


def batch_rows(lengths: NDArray[np.int64], max_chars: int) -> int:
    """Return how many rows to read at a time, so that no batch holds more than ``max_chars``; at least 1.

    Args:
        lengths: Shape (n,), code points of each row, in the file's order.
        max_chars: Bound on the sum over a batch.

    Example:
        >>> batch_rows(np.array([10] * 64 + [500]), 1000), batch_rows(np.array([10] * 64 + [5000]), 1000)
        (64, 1)
    """
    for size in BATCH_ROWS:
        if lengths.size == 0 or np.add.reduceat(lengths, np.arange(0, lengths.size, size)).max() <= max_chars:
            return size
    return 1


def contains(sorted_ids: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of ``ids`` occur in ``sorted_ids``, as a mask of the shape of ``ids``."""
    if sorted_ids.size == 0:
        return np.zeros(ids.shape, dtype=np.bool_)
    found: NDArray[np.bool_] = sorted_ids[places(sorted_ids, ids)] == ids
    return found


def places(sorted_ids: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each id stands, or would stand, in ``sorted_ids``; never past its end."""
    return np.minimum(np.searchsorted(sorted_ids, ids), sorted_ids.size - 1)
