"""Streams and properties of an OLE compound file (MS-CFB, MS-OLEPS), for Office files of 1997 to 2003.

By olefile, which reads on where a table does not fit; so a stream that came short is told from a whole one
here. The properties are read here too: olefile loops as often as a count says, up to four billion times.
"""

from __future__ import annotations

import io
import struct
from struct import unpack_from
from typing import NamedTuple

from tamis.errors import DocumentError
from tamis.extract.documents import CONVERT
from tamis.extract.windows_values import code_page_name, filetime

SUMMARY = "\5SummaryInformation"
CODE_PAGE, TITLE, AUTHOR, CREATED = 1, 2, 4, 12  # MS-OLEPS 2.25.1
STRING, WIDE_STRING, FILETIME = 30, 31, 64  # types of values, MS-OLEPS 2.2
MAX_PROPERTIES = 100  # the summary has 19
MAX_STRING_BYTES = 4096
MIN_SECTOR_BYTES = 512


class Stated(NamedTuple):
    """Title, author and creation date (ISO 8601) that a file states; None where it does not."""

    title: str | None = None
    author: str | None = None
    published_utc: str | None = None


class Container:
    """An open compound file.

    Raises:
        DocumentError: ``corrupt`` where it states more tables than it has room for.
        Whatever olefile raises for a broken one; the caller maps it.
    """

    def __init__(self, payload: bytes) -> None:
        import olefile

        tables = max(unpack_from("<I", payload, at)[0] for at in (44, 64, 72))
        if tables * MIN_SECTOR_BYTES > len(payload):
            raise DocumentError("corrupt", "OLE: it states more allocation tables than it has sectors")
        self._ole = olefile.OleFileIO(io.BytesIO(payload))
        self._bytes = len(payload)

    def __contains__(self, name: str) -> bool:
        return bool(self._ole.exists(name))

    def stream(self, name: str) -> bytes:
        """Return a stream's bytes.

        Raises:
            DocumentError: ``corrupt`` where there is none of that name, or less of it than its entry says.
        """
        if name not in self:
            raise DocumentError("corrupt", f"OLE: the stream {name!r} is missing")
        size = self._ole.get_size(name)
        if max(size, self._ole.root.size) <= self._bytes:  # a chain of sectors that is a loop has no end
            found = bytes(self._ole.openstream(name).read())
            if len(found) == size:
                return found
        raise DocumentError("corrupt", f"OLE: the stream {name!r} is cut off")

    def stated(self) -> Stated:
        """Return what the file's summary says of it; nothing where that is broken."""
        try:
            return _stated(self.stream(SUMMARY))
        except (DocumentError, OSError, struct.error, ValueError, LookupError, OverflowError):
            return Stated()


def too_old(what: str, newer: str) -> DocumentError:
    """Return the error of a file of 1995 or before, with the way out."""
    return DocumentError("unsupported_format", CONVERT.format(what, newer, newer.lower()))


def _stated(stream: bytes) -> Stated:
    start = unpack_from("<I", stream, 44)[0]
    offsets: dict[int, int] = {}
    for number in range(min(unpack_from("<I", stream, start + 4)[0], MAX_PROPERTIES)):
        name, offset = unpack_from("<II", stream, start + 8 + 8 * number)
        offsets[name] = start + offset
    page = unpack_from("<H", stream, offsets[CODE_PAGE] + 4)[0] if CODE_PAGE in offsets else 1252
    encoding = code_page_name(page) or "cp1252"
    title, author = (
        _string(stream, offsets[key], encoding) if key in offsets else None for key in (TITLE, AUTHOR)
    )
    return Stated(title, author, _time(stream, offsets[CREATED]) if CREATED in offsets else None)


def _string(stream: bytes, at: int, encoding: str) -> str | None:
    kind, count = unpack_from("<II", stream, at)
    size = min(count * 2 if kind == WIDE_STRING else count, MAX_STRING_BYTES)
    if kind not in (STRING, WIDE_STRING):
        return None
    text = stream[at + 8 : at + 8 + size].decode("utf-16-le" if kind == WIDE_STRING else encoding, "replace")
    return text.partition("\0")[0].strip() or None


def _time(stream: bytes, at: int) -> str | None:
    kind, ticks = unpack_from("<IQ", stream, at)
    if kind != FILETIME or not ticks or not (found := filetime(ticks)):
        return None
    return found.replace(microsecond=0).isoformat().replace("+00:00", "Z")
