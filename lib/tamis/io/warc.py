"""WARC and WET files to records, plain, gzip or zstd; also a part of a file, so that tasks can share it.

Documents are responses with status 200, resources, and conversions (WET), whose text is taken as it is. All
else in an archive is skipped and counted by its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.io.decode import DamagedStreamError, skippable_frame
from tamis.io.records import FailedRange, FileFacts, InputFile, Record, Skipped, Status
from tamis.io.stored import StoredStream
from tamis.io.warc_records import to_record
from tamis.io.warc_units import DICTIONARY_MARK, MAX_DICTIONARY_BYTES, Units, read_dictionary, units_of
from tamis.io.warc_walk import REWIND_BYTES, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def read_warc(
    file: InputFile, stored: BinaryIO, *, max_record_bytes: int
) -> Iterator[Record | Skipped | FailedRange | FileFacts]:
    """Yield the records of one archive, or of a part of it, then its failed ranges, then its facts.

    Of a part only the first has a ``sha256``: it reads the rest of the file for it.
    """
    start, stop = file.part or (0, None)
    stream = StoredStream(stored, keep=REWIND_BYTES)
    failure = ""
    try:
        units = _units(stream)
        if start:
            stream = StoredStream(stored, start=start, keep=REWIND_BYTES)
        walk = Walk(stream, units, stop=stop, max_record_bytes=max_record_bytes)
        for placed in walk.records(is_start=not start):
            yield to_record(placed, file)
        if not start:
            stream.drain()
        elif stream.has_failed:
            stream.read(1)
    except OSError as error:
        failure = f"storage failed at byte {stream.position}: {error}"
    yield from _end(file, walk, stream, failure)


def _units(stream: StoredStream) -> Units:
    """Return how the archive is packed; the stream stands where its records begin."""
    units = units_of(stream.peek(4))
    if stream.peek(4) != DICTIONARY_MARK:
        return units
    try:
        return units.with_dictionary(read_dictionary(skippable_frame(stream, MAX_DICTIONARY_BYTES)))
    except (DamagedStreamError, OSError):  # it ends within: the walk finds nothing more, or the same failure
        return units


def _end(
    file: InputFile, walk: Walk, stream: StoredStream, failure: str
) -> Iterator[FailedRange | FileFacts]:
    """Yield the failed ranges and the facts; what is missing of the last part is a failed range, too."""
    stop = file.bytes if file.part is None else min(file.part[1], file.bytes)
    end = walk.end
    ranges = list(walk.ranges)
    if end < stop and (failure or stop == file.bytes):
        told = failure or f"{end} bytes where {file.bytes} were listed: it changed while it was read"
        ranges.append(FailedRange(end, stop - end, "unreadable" if failure else "changed", told))
        end = stop
    yield from ranges
    consumed = end - walk.start - sum(failed.length for failed in ranges)
    status: Status = "read" if not ranges else "damaged" if walk.found else "unreadable"
    sha256 = "" if failure or walk.start else stream.sha256
    covers = (walk.start, max(end, walk.reach) if stop < file.bytes else end)
    yield FileFacts(sha256, walk.found, consumed, status, tuple(ranges), covers)
