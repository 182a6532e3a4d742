"""Input files to records: one entry for every format.

Streaming, with memory bounded by ``max_record_bytes`` and a few mebibytes. A reader never fails: what it
cannot read it yields as records with an error and failed byte ranges, so that nothing disappears without
a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.errors import SourceError
from tamis.io.jsonl import read_jsonl
from tamis.io.records import (
    MAX_RECORD_BYTES,
    FailedRange,
    FileFacts,
    InputFile,
    Record,
    Skipped,
    finish_file,
    too_large,
)
from tamis.io.storage import open_input
from tamis.io.stored import StoredStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["FailedRange", "FileFacts", "InputFile", "Record", "Skipped", "read_input"]


def read_input(
    file: InputFile, *, max_record_bytes: int = MAX_RECORD_BYTES
) -> Iterator[Record | Skipped | FailedRange | FileFacts]:
    """Yield the records of one file, in order, then its failed byte ranges, then one `FileFacts`.

    Among them, in their place, what an archive holds that is no document.

    Args:
        file: What to read and how.
        max_record_bytes: A longer record is yielded with the error ``too_large``, without its bytes.
    """
    try:
        stored = open_input(file.root, file.path)
    except SourceError as error:
        failed = FailedRange(0, file.bytes, "unreadable", str(error))
        yield from finish_file(file, records=0, consumed=0, sha256="", ranges=(failed,))
        return
    with stored:
        yield from _read(file, stored, max_record_bytes)


def _read(
    file: InputFile, stored: BinaryIO, max_record_bytes: int
) -> Iterator[Record | Skipped | FailedRange | FileFacts]:
    if file.format == "jsonl":
        return read_jsonl(file, stored, max_record_bytes=max_record_bytes)
    if file.format == "parquet":
        from tamis.io.parquet import read_parquet

        return read_parquet(file, stored, max_record_bytes=max_record_bytes)
    if file.format == "warc":
        from tamis.io.warc import read_warc

        return read_warc(file, stored, max_record_bytes=max_record_bytes)
    return read_whole(file, stored, max_record_bytes=max_record_bytes)


def read_whole(
    file: InputFile, stored: BinaryIO, *, max_record_bytes: int
) -> Iterator[Record | FailedRange | FileFacts]:
    """Yield a file as one record, then its facts; without its bytes when they are too many."""
    stream = StoredStream(stored)
    try:
        payload = stream.read(min(file.bytes, max_record_bytes) + 1)
        if file.bytes < len(payload) <= max_record_bytes:  # it grew since it was listed
            payload += stream.read(max_record_bytes + 1 - len(payload))
        stream.drain()
    except OSError as error:
        failed = FailedRange(
            0, file.bytes, "unreadable", f"storage failed at byte {stream.position}: {error}"
        )
        yield from finish_file(file, records=0, consumed=0, sha256="", ranges=(failed,))
        return
    record = Record(file.path, 0, stream.position, stream.sha256, payload=payload)
    if stream.position > max_record_bytes:
        record.payload, record.error = None, too_large("file", stream.position, max_record_bytes)
    yield record
    yield from finish_file(file, records=1, consumed=stream.position, sha256=stream.sha256)
