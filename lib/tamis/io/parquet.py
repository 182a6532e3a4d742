"""Parquet to records: one a row, streamed by batches that are bounded in bytes.

A broken row group costs its own rows only: what was read of it stays, its stored bytes are a failed
range, and the next group is read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.types as pt
from pyarrow.parquet import ParquetFile

from tamis.io.records import (
    FailedRange,
    FileFacts,
    InputFile,
    Record,
    RecordKeys,
    finish_file,
    make_record,
    missing_text,
    too_large,
)
from tamis.io.stored import StoredStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pyarrow.parquet import ColumnChunkMetaData, RowGroupMetaData

BATCH_BYTES = 16_000_000
BATCH_ROWS = 1024
# A dictionary stores a value once that may stand in every row of a batch: that worst case has its own bound.
# A file of one 30 MB text in every row peaks at 0.5 GB with it (at 256 MB: 1.6 GB); rows of 3 kB lose 10 %.
WORST_BATCH_BYTES = 64_000_000
READ_ERRORS = (pa.ArrowException, OSError)


@dataclass(slots=True)
class _Progress:
    """What the row groups gave so far.

    Attributes:
        next_row: The number of the next group's first row.
        lost_rows: Rows of broken groups that the footer counts and nobody can read.
    """

    keys: RecordKeys
    ranges: list[FailedRange] = field(default_factory=list)
    next_row: int = 0
    lost_rows: int = 0


def read_parquet(
    file: InputFile, stored: BinaryIO, *, max_record_bytes: int
) -> Iterator[Record | FailedRange | FileFacts]:
    """Yield the records of one file, a range for each broken row group (or the whole file), then its facts.

    The bytes are read twice: in order for their SHA-256, then as Parquet wants them. The count of records
    is the footer's.
    """
    stream = StoredStream(stored)
    try:
        stream.drain()
        parquet = ParquetFile(stored, buffer_size=1 << 20, pre_buffer=False)
    except READ_ERRORS as error:
        yield from _unreadable(file, stream, error)
        return
    progress = _Progress(RecordKeys(file.path))
    for group in range(parquet.metadata.num_row_groups):
        for number, row in _group_rows(parquet, group, file, progress):
            yield _row_record(row, file, progress.keys, number, max_record_bytes)
    yield from finish_file(
        file,
        records=parquet.metadata.num_rows - progress.lost_rows,
        consumed=stream.position - sum(failed.length for failed in progress.ranges),
        sha256=stream.sha256,
        ranges=tuple(progress.ranges),
    )


def _unreadable(file: InputFile, stream: StoredStream, error: Exception) -> Iterator[FailedRange | FileFacts]:
    code, sha256 = ("unreadable", "") if stream.has_failed else ("corrupt", stream.sha256)
    failed = FailedRange(0, file.bytes, code, f"not readable as Parquet: {_first_line(error)}")
    return finish_file(file, records=0, consumed=0, sha256=sha256, ranges=(failed,))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _group_rows(
    parquet: ParquetFile, group: int, file: InputFile, progress: _Progress
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of one row group with their numbers in the file; note where it breaks off."""
    first, progress.next_row = (
        progress.next_row,
        progress.next_row + parquet.metadata.row_group(group).num_rows,
    )
    try:
        for batch in _row_batches(parquet, group, file):
            yield from enumerate(batch, first)
            first += len(batch)
    except READ_ERRORS as error:
        progress.lost_rows += progress.next_row - first
        progress.ranges.append(_group_range(parquet.metadata.row_group(group), error))


def _group_range(group: RowGroupMetaData, error: Exception) -> FailedRange:
    columns = [group.column(index) for index in range(group.num_columns)]
    starts = [column.dictionary_page_offset or column.data_page_offset for column in columns]
    length = sum(column.total_compressed_size for column in columns)
    return FailedRange(min(starts), length, "corrupt", f"row group not readable: {_first_line(error)}")


def _row_batches(parquet: ParquetFile, group: int, file: InputFile) -> Iterator[list[dict[str, Any]]]:
    wanted = {file.text_field, file.id_field}
    names = [column.name for column in parquet.schema_arrow if _is_read(column.type, column.name in wanted)]
    if not names:
        yield [{}] * parquet.metadata.row_group(group).num_rows
        return
    size = batch_rows(parquet.metadata.row_group(group))
    for batch in parquet.iter_batches(batch_size=size, row_groups=[group], columns=names, use_threads=False):
        columns = [_values(batch.column(name)) for name in names]
        yield [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def batch_rows(group: RowGroupMetaData) -> int:
    """Return how many rows of a group to hold at once: about `BATCH_BYTES` of them, at least one."""
    columns = [group.column(index) for index in range(group.num_columns)]
    mean_bytes = sum(column.total_uncompressed_size for column in columns) / max(group.num_rows, 1)
    worst_bytes = sum(_dictionary_bytes(column) for column in columns)
    rows = min(BATCH_ROWS, BATCH_BYTES / max(mean_bytes, 1), WORST_BATCH_BYTES / max(worst_bytes, 1))
    return max(1, int(rows))


def _dictionary_bytes(column: ColumnChunkMetaData) -> float:
    """Return about how long the longest value of a column can be that is stored once for many rows."""
    if not column.has_dictionary_page:
        return 0
    stored = column.data_page_offset - column.dictionary_page_offset
    return stored * column.total_uncompressed_size / max(column.total_compressed_size, 1)


def _is_read(kind: pa.DataType, is_wanted: bool) -> bool:
    """Tell scalars from nested columns; of bytes only those are read that the recipe names."""
    if pt.is_dictionary(kind):
        kind = kind.value_type
    return (
        _is_string(kind) or pt.is_primitive(kind) or pt.is_decimal(kind) or (is_wanted and _is_binary(kind))
    )


def _is_string(kind: pa.DataType) -> bool:
    return pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return (
        pt.is_binary(kind)
        or pt.is_large_binary(kind)
        or pt.is_binary_view(kind)
        or pt.is_fixed_size_binary(kind)
    )


def _values(column: pa.Array) -> list[Any]:
    """Return a column as strings, integers, floats, booleans and None."""
    if pt.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _is_string(kind) or _is_binary(kind):
        # Arrow does not check that strings are UTF-8 and fails on those that are not.
        stored = column.cast(pa.large_binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "replace") for value in stored]
    if pt.is_integer(kind) or pt.is_boolean(kind) or pt.is_floating(kind):
        return column.to_pylist()
    if (
        pt.is_timestamp(kind) and kind.tz
    ):  # by the stored instant: the zone's rules may be missing on the machine
        instants = column.view(pa.timestamp(kind.unit)).cast(pa.large_string()).to_pylist()
        return [None if instant is None else instant + "Z" for instant in instants]
    return column.cast(pa.large_string()).to_pylist()


def _row_record(
    row: dict[str, Any], file: InputFile, keys: RecordKeys, number: int, max_record_bytes: int
) -> Record:
    digest = hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()
    text = row.get(file.text_field)
    length = len(text.encode()) if isinstance(text, str) else 0
    error = None
    if length > max_record_bytes:
        error = too_large("text", length, max_record_bytes)
    elif not isinstance(text, str):
        error = missing_text(row, file.text_field)
    return make_record(
        row,
        keys,
        file,
        offset=number,
        length=length,
        sha256=digest,
        text=None if error else text,
        error=error,
    )
