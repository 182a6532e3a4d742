"""Delta tables read without a JVM: what the log says of a table's last commits, and small tables' rows.

delta-rs reads a log in milliseconds where a Spark job takes 0.4 s and a session ten, so a run that has
nothing to do says so in a second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from deltalake import DeltaTable
    from pyarrow.dataset import Expression

LOOK_BACK = 20  # commits searched for an application's last write: `inputs` has two writers
SCAN_ROWS = 32_768  # 8 MB of signatures of 256 hashes


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table, as tamis wrote it.

    Attributes:
        version: Delta's version number.
        txn: ``epoch << 32 | batch``.
        meta: What the writer said of itself: app, txn, config_digest, versions_read, pending, run_id.
        rows: Rows written.
    """

    version: int
    txn: int
    meta: dict[str, Any]
    rows: int


def table_uri(output: str, table: str) -> str:
    """Return where a table lies under an output."""
    return f"{output.rstrip('/')}/{table}"


def last_commit(uri: str, app: str) -> Commit | None:
    """Return the last version that ``app`` wrote to a table; None if it never did."""
    table = _opened(uri)
    for info in table.history(LOOK_BACK) if table else ():
        meta = json.loads(info.get("userMetadata") or "{}")
        if meta.get("app") == app:
            rows = int(info.get("operationMetrics", {}).get("numOutputRows", 0))
            return Commit(info["version"], meta["txn"], meta, rows)
    return None


def latest_version(uri: str) -> int | None:
    """Return the last version in a table's log, committed by a run or not; None without a table."""
    table = _opened(uri)
    return table.version() if table else None


def column_names(uri: str, version: int) -> list[str]:
    """Return the columns of a version of a table; none without a table."""
    table = _opened(uri, version)
    return [field.name for field in table.schema().fields] if table else []


def small_rows(uri: str, version: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of a table that fits in memory (``runs``, ``inputs``); none without a table."""
    table = _opened(uri, version)
    return table.to_pyarrow_table().to_pylist(maps_as_pydicts="strict") if table else []


def plain_files(uri: str, version: int, *, at_most: int) -> list[str]:
    """Return the Parquet files that make up a version, if they are few and all that it takes to read it.

    None are returned for more than ``at_most``, and where rows were deleted in place (deletion vectors).
    """
    table = _whole(uri, version)
    files = _places(table.get_add_actions()) if table else []
    return [f"{uri}/{file}" for file in files] if len(files) <= at_most else []


def file_sizes(uri: str, version: int) -> list[tuple[str, int, int]] | None:
    """Return URI, bytes and batch_id of each file of a version of a table partitioned by batch_id.

    None where rows were deleted in place: the files then hold more than the table.
    """
    table = _whole(uri, version)
    if table is None:
        return None
    actions = table.get_add_actions(flatten=True)
    files = (_as_uri(f"{uri}/{place}") for place in _places(actions))
    sizes, batches = (actions.column(name).to_pylist() for name in ("size_bytes", "partition.batch_id"))
    return list(zip(files, sizes, batches, strict=True))


def row_batches(
    uri: str, version: int, columns: Sequence[str], where: Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a version, of the rows that meet a condition, `SCAN_ROWS` at a time at most.

    One file is open at a time and its pages are streamed, so a table may be larger than memory. A table
    without rows, or none at all, gives no batches.

    Args:
        uri: Where the table lies.
        version: Of the table.
        columns: Names.
        where: On the table's columns; a file is skipped where its statistics rule the condition out.
    """
    from pyarrow.dataset import ParquetFragmentScanOptions

    table = _opened(uri, version)
    if table is None:
        return
    # By default row groups are fetched whole and ahead: 100 MB each where they hold signatures.
    streamed = ParquetFragmentScanOptions(use_buffered_stream=True, pre_buffer=False)
    yield from table.to_pyarrow_dataset().to_batches(
        columns=list(columns), filter=where, batch_size=SCAN_ROWS, batch_readahead=0, fragment_readahead=0,
        fragment_scan_options=streamed, use_threads=False,
    )  # fmt: skip


def data_files(uri: str, version: int) -> list[str]:
    """Return the Parquet files of a version as URIs, as `shards.matching_batches` takes them."""
    table = _opened(uri, version)
    return [_as_uri(f"{uri}/{place}") for place in _places(table.get_add_actions())] if table else []


def _whole(uri: str, version: int) -> DeltaTable | None:
    """Return a version whose files hold its rows and no others; None without it or with deletion vectors."""
    table = _opened(uri, version)
    return None if table is None or table.protocol().reader_features else table


def _places(actions: Any) -> list[str]:
    """Return the files' places under the table, as they are: the log has them percent-encoded."""
    return [unquote(place) for place in actions.column("path").to_pylist()]


def _as_uri(file: str) -> str:
    """Return a file's URI as Spark's `_metadata.file_path` has it, percent-encoded."""
    if file.startswith("file:"):
        return file
    return quote(file, safe=":/=") if "://" in file else Path(file).absolute().as_uri()


def _opened(uri: str, version: int | None = None) -> DeltaTable | None:
    from deltalake import DeltaTable

    place = uri.replace("s3a://", "s3://", 1)
    return DeltaTable(place, version=version) if DeltaTable.is_deltatable(place) else None
