r"""Decompressed bytes of a web archive to raw WARC records, also where records or their lengths are damaged.

WARC/1.1 (ISO 28500:2017), section 4: a version line, header fields, a blank line, ``Content-Length`` bytes,
two line ends. Headers are parsed by fastwarc. Records are framed here, since fastwarc 2.0.1 ends an archive
at the first byte out of place, and reads over the end of a gzip member where a length is too large.

A length is trusted only when a line end or another record follows the block. Where it is not, the record
fails, and the next one is looked for from the start of its block on.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from tamis.errors import DocumentError
from tamis.io.records import too_large
from tamis.io.warc_headers import HEADER_END, MAX_HEADER_BYTES, Headers, parse_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK_BYTES = 64  # holds a version line and the start of a field

FIRST_LINE = re.compile(rb"WARC/\d\.\d+\r?\n[\w-]+:")  # and the start of a field
LINE_ENDS = re.compile(rb"[\r\n]*")


class RawRecord(NamedTuple):
    """One record as it is framed.

    Attributes:
        offset: Of its version line, in the decompressed stream.
        length: Bytes of header and block; of a failed record all up to the next one.
        headers: The named fields.
        block: The bytes after the header; None where they are too many or of an unknown number.
        sha256: Over header and block; of a record whose length is wrong over its header.
    """

    offset: int
    length: int
    headers: Headers
    block: bytes | None
    sha256: str
    error: DocumentError | None = None


class Garbage(NamedTuple):
    """Bytes that belong to no record."""

    offset: int
    length: int


class RecordSplitter:
    """Cuts a stream into WARC records; a block that is too long is hashed and counted, never held.

    Args:
        max_bytes: The longest block that is kept.
        offset: Of the first byte to be fed.
        stop: A record that begins here or later is left alone.

    Attributes:
        found: Records that have ended so far, the failed ones among them.
        position: Of the first byte that belongs to nothing yet.
        is_done: A record at or after ``stop`` was reached.
    """

    def __init__(self, max_bytes: int, *, offset: int = 0, stop: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._stop = stop
        self._buffer = b""
        self._cursor = 0
        self._waiting: list[bytes] = []
        self._needed = 1  # bytes in hand before it is worth looking
        self._open: RawRecord | None = None  # its header is read, or it has failed
        self._hash = hashlib.sha256()
        self._skipped = 0  # of a block that is too long
        self._is_lost = False
        self._lost = 0  # bytes given up since the last record
        self.found = 0
        self.position = offset
        self.is_done = False

    def feed(self, data: bytes) -> Iterator[RawRecord | Garbage]:
        """Yield what ends within the next bytes of the stream."""
        self._waiting.append(data)
        self._needed -= len(data)
        if self._needed <= 0:
            self._gather()
            yield from self._found(is_end=False)

    def finish(self) -> Iterator[RawRecord | Garbage]:
        """Yield what is left where the stream ends."""
        self._gather()
        yield from self._found(is_end=True)

    def _gather(self) -> None:
        rest = self._buffer[self._cursor :]
        parts = [rest, *self._waiting] if rest else self._waiting
        self._buffer = parts[0] if len(parts) == 1 else b"".join(parts)  # a member is most often one piece
        self._cursor = 0
        self._waiting.clear()
        self._needed = 1

    def _found(self, *, is_end: bool) -> Iterator[RawRecord | Garbage]:
        while not self.is_done:
            if self._is_lost:
                item, goes_on = self._search(is_end=is_end)
            elif self._open is None:
                item, goes_on = None, self._read_header(is_end=is_end)
            else:
                item, goes_on = self._read_block(self._open, is_end=is_end)
            if item is not None:
                yield item
            if not goes_on:
                return

    @property
    def _left(self) -> int:
        return len(self._buffer) - self._cursor

    def _take(self, size: int) -> bytes:
        taken = self._buffer[self._cursor : self._cursor + size]
        self._cursor += len(taken)
        self.position += len(taken)
        return taken

    def _wait_for(self, size: int) -> bool:
        self._needed = size - self._left
        return False

    def _read_header(self, *, is_end: bool) -> bool:
        """Open the next record, or get lost; say whether there is more to do."""
        blank = LINE_ENDS.match(self._buffer, self._cursor)
        self._take(blank.end() - self._cursor if blank else 0)
        if not self._left:
            return False
        if self._left < MARK_BYTES and not is_end:
            return self._wait_for(MARK_BYTES)
        is_record = FIRST_LINE.match(self._buffer, self._cursor) is not None
        if is_record and self._stop is not None and self.position >= self._stop:
            self.is_done = True
            return False
        end = HEADER_END.search(self._buffer, self._cursor, self._cursor + MAX_HEADER_BYTES)
        if is_record and end:
            self._open_record(self._take(end.end() - self._cursor))
        elif is_record and self._left < MAX_HEADER_BYTES and not is_end:
            return self._wait_for(self._left + 1)
        else:
            self._lost, self._is_lost = len(self._take(1)), True
        return True

    def _open_record(self, header: bytes) -> None:
        headers = parse_headers(header)
        length = headers["Content-Length"]
        self._hash = hashlib.sha256(header)
        self._skipped = 0
        self._open = RawRecord(self.position - len(header), len(header), headers, None, "")
        if not (length.isascii() and length.isdecimal()) or len(length) > 18:
            self._fail("corrupt", f"Content-Length is {length!r}")

    def _fail(self, code: str, message: str) -> None:
        """Give the open record up: what follows is its own until the next record."""
        if self._open is not None:
            self._open = self._open._replace(
                sha256=self._hash.hexdigest(), error=DocumentError(code, message)
            )
        self._is_lost = True

    def _read_block(self, record: RawRecord, *, is_end: bool) -> tuple[RawRecord | None, bool]:
        size = int(record.headers["Content-Length"])
        if size > self._max_bytes:
            self._skip(size)
            if self._skipped < size and not is_end:
                return None, self._wait_for(1)
        # One byte more tells whether the length is right.
        missing = size + 1 - self._skipped - self._left
        if missing > 0 and not is_end:
            return None, self._wait_for(size + 1 - self._skipped)
        held = size - self._skipped
        if missing > 1:
            self._fail("truncated", f"Content-Length is {size}, {size + 1 - missing} bytes follow")
            return None, True
        after = self._cursor + held
        if self._buffer[after : after + 1].strip(b"\r\n") and not FIRST_LINE.match(self._buffer, after):
            self._fail("corrupt", f"Content-Length is {size}, but no record ends there")
            return None, True
        return self._close(record, self._take(held), size), True

    def _skip(self, size: int) -> None:
        part = self._take(size - self._skipped)
        self._hash.update(part)
        self._skipped += len(part)

    def _close(self, record: RawRecord, block: bytes, size: int) -> RawRecord:
        self._open = None
        self.found += 1
        self._hash.update(block)
        error = too_large("record", size, self._max_bytes) if self._skipped else None
        return record._replace(
            length=record.length + size, block=None if error else block, sha256=self._hash.hexdigest(),
            error=error,
        )  # fmt: skip

    def _search(self, *, is_end: bool) -> tuple[RawRecord | Garbage | None, bool]:
        """Pass bytes up to the next record; they are the failed record's, else nobody's."""
        start = FIRST_LINE.search(self._buffer, self._cursor)
        if start is None and not is_end:
            self._lost += len(self._take(max(0, self._left - MARK_BYTES)))
            return None, self._wait_for(2 * MARK_BYTES)
        self._lost += len(self._take(start.start() - self._cursor if start else self._left))
        lost, self._lost, self._is_lost = self._lost, 0, False
        record, self._open = self._open, None
        if record is not None:
            self.found += 1
            return record._replace(length=record.length + self._skipped + lost), True
        return Garbage(self.position - lost, lost), True
