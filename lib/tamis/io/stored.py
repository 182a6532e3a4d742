"""The stored bytes of one input, read once from the start, hashed and counted on the way."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

CHUNK_BYTES = 1 << 20  # asked of storage at a time


class StoredStream:
    """Stored bytes, read once from the start, hashed and counted on the way.

    Args:
        stored: Seekable where ``start`` is given.
        start: Where to begin, if not where it stands, at 0; the hash is of what follows.
        keep: How many bytes that were handed out can be taken back.

    Attributes:
        position: The place of the next byte.
    """

    def __init__(self, stored: BinaryIO, *, start: int | None = None, keep: int = 0) -> None:
        if start is not None:
            stored.seek(start)
        self._stored = stored
        self._keep = keep
        self._hash = hashlib.sha256()
        self._buffer = b""
        self._cursor = 0
        self._failure: OSError | None = None
        self.position = start or 0

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes without taking them; fewer at the end."""
        while len(self._buffer) - self._cursor < size and (more := self._fill(max(size, CHUNK_BYTES))):
            self._append(more)
        return self._buffer[self._cursor : self._cursor + size]

    def back(self, size: int) -> None:
        """Take back the last ``size`` bytes, at most ``keep``."""
        self._cursor -= size
        self.position -= size

    def skip(self, size: int) -> None:
        """Take ``size`` bytes that were peeked at."""
        self._cursor += size
        self.position += size

    def read(self, size: int) -> bytes:
        """Take the next ``size`` bytes; fewer at the end, or before a place that cannot be read.

        Raises:
            OSError: Storage failed at this very place.
        """
        parts = []
        wanted = size
        while wanted and self._refill(wanted):
            part = self._buffer[self._cursor : self._cursor + wanted]
            self.skip(len(part))
            parts.append(part)
            wanted -= len(part)
        if not parts and self._failure:
            raise self._failure
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def drain(self) -> None:
        """Take all that is left, for the hash and the count."""
        while self.read(CHUNK_BYTES):
            pass

    @property
    def has_failed(self) -> bool:
        """Storage failed before the end."""
        return self._failure is not None

    @property
    def sha256(self) -> str:
        """Hex digest of all bytes that were fetched."""
        return self._hash.hexdigest()

    def _refill(self, wanted: int) -> bool:
        if self._cursor == len(self._buffer):
            self._append(self._fill(max(wanted, CHUNK_BYTES)))
        return self._cursor < len(self._buffer)

    def _append(self, more: bytes) -> None:
        dropped = max(0, self._cursor - self._keep)
        self._buffer = self._buffer[dropped:] + more
        self._cursor -= dropped

    def _fill(self, size: int) -> bytes:
        if self._failure:
            return b""
        try:
            data = self._stored.read(size) or b""
        except OSError as error:  # what was fetched before it is still handed out
            self._failure = error
            return b""
        self._hash.update(data)
        return data
