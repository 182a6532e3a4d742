"""A web archive's stored bytes to its raw records: members and frames, damage, and where to go on after it.

A unit is what can be read without what stands before it: a gzip member, a zstd frame (with the file's
dictionary), or a record of a plain archive. A part of an archive owns the units that begin in its bytes.

After damage the next unit is looked for from 256 kB before the place where decoding stopped: a member that
was cut short decodes into the next one for some kilobytes before it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tamis.io.decode import DamagedStreamError, skippable_frame
from tamis.io.records import FailedRange
from tamis.io.stored import CHUNK_BYTES
from tamis.io.warc_frames import Garbage, RawRecord, RecordSplitter
from tamis.io.warc_units import Units, is_skippable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.io.stored import StoredStream

REWIND_BYTES = 1 << 18
SEEK_BYTES = 1 << 16  # looked through at a time: most units begin near


class Placed(NamedTuple):
    """A record and its place among the stored bytes; no two of a file are the same."""

    offset: int
    raw: RawRecord


class Walk:
    """One pass over an archive, or over a part of it.

    Args:
        stream: At the first byte of the part; it keeps `REWIND_BYTES`.
        units: How its records are packed.
        stop: A unit that begins here or later is left alone.
        max_record_bytes: A longer record comes without its bytes.

    Attributes:
        start: Where the first unit begins.
        end: All stored bytes from ``start`` to here are records or in ``ranges``; after the last record where
            the first unit begins that is left alone, or the end of the archive.
        found: Records that ended.
        ranges: Stored bytes that gave no records.
    """

    def __init__(
        self, stream: StoredStream, units: Units, *, stop: int | None, max_record_bytes: int
    ) -> None:
        self._stream = stream
        self._units = units
        self._stop = stop
        self._max_record_bytes = max_record_bytes
        self._last_offset = -1
        self.start = self.end = 0
        self.found = 0
        self.ranges: list[FailedRange] = []

    def records(self, *, is_start: bool) -> Iterator[Placed]:
        """Yield the records in order.

        Args:
            is_start: The stream stands where the archive's records begin; else the first unit is looked for.

        Raises:
            OSError: Storage failed.
        """
        if not is_start:
            self._seek(self._stop)
            self.start = self.end = self._stream.position
        yield from self._packed_records() if self._units.magic else self._plain_records()

    @property
    def reach(self) -> int:
        """Where the next part may begin at the earliest: places run ahead of bytes where these are fewer."""
        return max(self.end, self._last_offset + 1)

    def _packed_records(self) -> Iterator[Placed]:
        stream = self._stream
        while (head := stream.peek(4)) and not self._is_next_part(head):
            if self._units.begins(head):
                yield from self._unit()
            elif is_skippable(head):
                self._pass_frame()
            elif not self._pass_padding():
                what = f"no gzip member or zstd frame at byte {stream.position}, where one ended"
                self._resume(stream.position, stream.position, DamagedStreamError("corrupt", what))
            self.end = stream.position

    def _is_next_part(self, head: bytes) -> bool:
        return self._stop is not None and self._stream.position >= self._stop and self._units.begins(head)

    def _pass_frame(self) -> None:
        start = self._stream.position
        try:
            skippable_frame(self._stream)
        except DamagedStreamError as damage:
            self._resume(start, start + 1, damage)

    def _pass_padding(self) -> bool:
        """Say whether only zeros follow, as some writers leave them; they are passed."""
        start = self._stream.position
        while window := self._stream.peek(CHUNK_BYTES):
            if window.strip(b"\0"):
                break
            self._stream.skip(len(window))
        is_padding = not window
        if not is_padding and self._stream.position > start:
            lost = DamagedStreamError("corrupt", f"zeros at byte {start} between records")
            self._resume(start, self._stream.position, lost)
            return True
        return is_padding

    def _unit(self) -> Iterator[Placed]:
        """Yield the records of one gzip member or zstd frame."""
        stream, start = self._stream, self._stream.position
        splitter = RecordSplitter(self._max_record_bytes)
        try:
            for place, data in self._units.pieces(stream):
                for item in splitter.feed(data):
                    yield from self._placed(start, item)
                    self.end = place
        except DamagedStreamError as damage:
            self._resume(self.end, start + 1, damage)
        else:
            for item in splitter.finish():
                yield from self._placed(start, item)
        finally:
            self.found += splitter.found

    def _placed(self, start: int, item: RawRecord | Garbage) -> Iterator[Placed]:
        if isinstance(item, Garbage):
            told = f"{item.length} bytes are no record, {item.offset} into what is packed at byte {start}"
            self.ranges.append(FailedRange(start, 0, "not_warc", told))
            return
        self._last_offset = max(start, self._last_offset + 1)
        yield Placed(self._last_offset, item)

    def _plain_records(self) -> Iterator[Placed]:
        stream = self._stream
        splitter = RecordSplitter(self._max_record_bytes, offset=stream.position, stop=self._stop)
        try:
            while not splitter.is_done and (data := stream.read(CHUNK_BYTES)):
                yield from self._plainly_placed(splitter.feed(data))
            if not splitter.is_done:
                yield from self._plainly_placed(splitter.finish())
        finally:
            self.found = splitter.found
        self.end = splitter.position

    def _plainly_placed(self, items: Iterator[RawRecord | Garbage]) -> Iterator[Placed]:
        for item in items:
            self.end = item.offset + item.length
            if isinstance(item, Garbage):
                told = f"{item.length} bytes are no record"
                self.ranges.append(FailedRange(item.offset, item.length, "not_warc", told))
            else:
                yield Placed(item.offset, item)

    def _resume(self, lost: int, least: int, damage: DamagedStreamError) -> None:
        """Go to the next unit after damage; what lies between is a failed range.

        Args:
            lost: The first byte that gave no record.
            least: The first byte where a unit may begin.
            damage: What was found.
        """
        stream = self._stream
        stream.back(stream.position - max(least, stream.position - REWIND_BYTES))
        self._seek()
        self.ranges.append(FailedRange(lost, stream.position - lost, damage.code, damage.message))

    def _seek(self, limit: int | None = None) -> None:
        """Go to the next place where a unit begins, or to the end; no further than needed to pass a limit."""
        stream = self._stream
        size = max(SEEK_BYTES, 2 * self._units.trial_bytes)
        while (limit is None or stream.position < limit) and (window := stream.peek(size)):
            is_last = len(window) < size
            place = self._units.find(window, is_last=is_last)
            if place is not None:
                stream.skip(place)
                return
            stream.skip(len(window) if is_last else len(window) - self._units.trial_bytes)
