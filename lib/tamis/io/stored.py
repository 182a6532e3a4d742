"""The stored bytes of one input, read once from the start, hashed and counted on the way."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

CHUNK_BYTES = 1 << 20  # asked of storage at a time


class StoredStream:
    """Stored bytes, read once from the start, hashed and counted on the way.

    Attributes:
        position: How many bytes have been handed out.
    """

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._hash = hashlib.sha256()
        self._buffer = b""
        self._cursor = 0
        self._failure: OSError | None = None
        self.position = 0

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes without taking them; fewer at the end."""
        while len(self._buffer) - self._cursor < size and (more := self._fill(max(size, CHUNK_BYTES))):
            self._buffer = self._buffer[self._cursor :] + more
            self._cursor = 0
        return self._buffer[self._cursor : self._cursor + size]

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
            self._buffer, self._cursor = self._fill(max(wanted, CHUNK_BYTES)), 0
        return bool(self._buffer)

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
