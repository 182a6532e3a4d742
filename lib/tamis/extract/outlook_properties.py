"""The objects of an Outlook message file and their properties ([MS-OXMSG] 2.1 to 2.4).

A message, its recipients and its attachments are storages of an OLE file, opened by olefile. A property of
variable length is a stream named by its id and type; one of fixed length is a row of the storage's stream
``__properties_version1.0``.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from olefile import DEFECT_INCORRECT, OleFileIO

from tamis.errors import DocumentError
from tamis.extract.windows_values import code_page_name, filetime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PROPERTIES = "__properties_version1.0"
VALUE = "__substg1.0_{:04x}{:04x}"
RECIPIENT, ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
WIDE, NARROW, BINARY, OBJECT, INTEGER, TIME = 0x1F, 0x1E, 0x102, 0x0D, 0x03, 0x40
DATA = 0x3701
MESSAGE_CODE_PAGE, INTERNET_CODE_PAGE = 0x3FFD, 0x3FDE
ROW = struct.Struct("<HHIQ")  # type, id, flags; value, or size in bytes of what has a stream, with its end
ATTACHMENT_COUNT = 20  # where it stands in the header
EMPTY = 2  # a string that is nothing but its end needs no stream
ROOT_HEADER, MESSAGE_HEADER, OTHER_HEADER = 32, 24, 8  # bytes before the rows, 2.4.1
Place = tuple[str, ...]


class OutlookFile:
    """An open message file; what may be read of it is bounded by its own size, since no streams overlap.

    Raises:
        OSError: olefile finds a defect that could cost text.
    """

    def __init__(self, payload: bytes) -> None:
        # Not the bytes: olefile takes fewer than 1,536 for a file's name.
        self._ole = OleFileIO(io.BytesIO(payload), raise_defects=DEFECT_INCORRECT)
        self._bytes_left = len(payload)
        self._counted: set[Place] = set()
        self._names: dict[Place, list[str]] = {}
        for path in self._ole.listdir(streams=True, storages=True):
            *folder, name = (step.lower() for step in path)  # MS-CFB 2.6.4: case does not matter
            self._names.setdefault(tuple(folder), []).append(name)

    def names(self, folder: Place) -> list[str]:
        """Return the names in a storage in lower case, sorted; none where it is missing."""
        return sorted(self._names.get(folder, ()))

    def read(self, path: Place) -> bytes | None:
        """Return a stream's bytes; None where there is none of that name.

        Raises:
            DocumentError: ``corrupt``: all that was read is more than the file holds.
        """
        if path[-1] not in self._names.get(path[:-1], ()) or path in self._names:
            return None
        size = self._ole.get_size(list(path))
        self._bytes_left -= 0 if path in self._counted else size
        self._counted.add(path)
        if self._bytes_left < 0:
            raise DocumentError("corrupt", "OLE: streams overlap; together they are longer than the file")
        # Writers leave any first sector in the entry of an empty stream, which olefile refuses to open.
        return bytes(self._ole.openstream(list(path)).read()) if size else b""


class Item:
    """A message, recipient or attachment.

    Args:
        file: Where it is.
        path: Of its storage; empty for the message that the file is.
        code_page: Of its strings that are not Unicode; None: it is a message and states its own.

    Raises:
        DocumentError: ``corrupt``: it has no properties.
    """

    def __init__(self, file: OutlookFile, path: Place = (), code_page: str | None = None) -> None:
        self._file, self._path = file, path
        self._names = frozenset(file.names(path))
        rows = file.read((*path, PROPERTIES))
        if rows is None:
            raise DocumentError("corrupt", f"MSG: {'/'.join((*path, PROPERTIES))} is missing")
        header = OTHER_HEADER if code_page else MESSAGE_HEADER if path else ROOT_HEADER
        self._attachments = int.from_bytes(rows[ATTACHMENT_COUNT:][:4], "little")
        self._fixed = {
            (number, kind): value
            for kind, number, _flags, value in ROW.iter_unpack(_whole_rows(rows, header))
        }
        self.code_page = code_page or _code_page(
            self.integer(MESSAGE_CODE_PAGE) or self.integer(INTERNET_CODE_PAGE)
        )

    def items(self, kind: str) -> Iterator[Item]:
        """Yield a message's recipients or attachments, in order.

        Raises:
            DocumentError: ``corrupt``: fewer attachments than it states.
        """
        names = [name for name in self._file.names(self._path) if name.startswith(kind)]
        if kind == ATTACHMENT and len(names) < self._attachments:
            raise DocumentError("corrupt", f"MSG: {len(names)} of {self._attachments} attachments")
        for name in names:
            yield Item(self._file, (*self._path, name), self.code_page)

    def message(self) -> Item | None:
        """Return the message that is attached as a storage; None where that is another program's object."""
        path = (*self._path, VALUE.format(DATA, OBJECT))
        return Item(self._file, path) if PROPERTIES in self._file.names(path) else None

    def text(self, *numbers: int) -> str | None:
        """Return the first of these properties that is a string and not blank."""
        for number in numbers:
            for kind, encoding in ((WIDE, "utf-16-le"), (NARROW, self.code_page)):
                found = (self._value(number, kind) or b"").decode(encoding, "replace").replace("\0", "")
                if found.strip():
                    return found
        return None

    def line(self, *numbers: int) -> str | None:
        """Return what `text` does, on one line."""
        return " ".join((self.text(*numbers) or "").split()) or None

    def binary(self, number: int) -> bytes | None:
        """Return a property of bytes; None where it is missing."""
        return self._value(number, BINARY)

    def integer(self, number: int) -> int:
        """Return a property of 32 bits; 0 where it is missing."""
        return self._fixed.get((number, INTEGER), 0) & 0xFFFFFFFF

    def time(self, *numbers: int) -> datetime | None:
        """Return the first of these times that is stated and that a calendar has."""
        for number in numbers:
            if (ticks := self._fixed.get((number, TIME))) and (found := filetime(ticks)):
                return found
        return None

    def _value(self, number: int, kind: int) -> bytes | None:
        name = VALUE.format(number, kind)
        if name in self._names:
            return self._file.read((*self._path, name))
        if self._fixed.get((number, kind), 0) & 0xFFFFFFFF > EMPTY:
            raise DocumentError("corrupt", f"MSG: {'/'.join((*self._path, name))} is missing")
        return None


def _code_page(number: int) -> str:
    return code_page_name(number) or "cp1252"


def _whole_rows(stream: bytes, header: int) -> bytes:
    return stream[header : header + (len(stream) - header) // ROW.size * ROW.size]
