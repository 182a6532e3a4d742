"""The records of a PowerPoint 97 to 2003 file (MS-PPT): those that its last save points to."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple

from tamis.errors import DocumentError
from tamis.extract.legacy_container import too_old

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.legacy_container import Container

ENCRYPTED = 0xF3D1C4DF  # headerToken of CurrentUserAtom, MS-PPT 2.3.2
USER_EDIT, DIRECTORY = 4085, 6002
ENCRYPTED_EDIT_BYTES = 32  # the edit names a session of encryption (MS-PPT 2.3.3)
HEADER_BYTES = 8
MAX_DEPTH = 50  # PowerPoint nests groups of shapes; each level is two records deep
DUAL = "PP97_DUALSTORAGE/"  # a file for 95 and 97 keeps the newer streams there


class Record(NamedTuple):
    """A record of a stream: its kind, its instance, and where its content begins and ends."""

    kind: int
    instance: int
    start: int
    end: int
    is_container: bool


class SlidesFile:
    """An open file.

    Raises:
        DocumentError: ``encrypted``; ``unsupported_format`` for PowerPoint 95; ``corrupt``.
        struct.error: It is cut off.
    """

    def __init__(self, container: Container) -> None:
        folder = DUAL if f"{DUAL}PowerPoint Document" in container else ""
        if not folder and "PowerPoint Document" not in container and "PP40" in container:
            raise too_old("PowerPoint 95", "PPTX")
        self.stream = container.stream(f"{folder}PowerPoint Document")
        token, edit = unpack_from("<II", container.stream(f"{folder}Current User"), 12)
        if token == ENCRYPTED:
            raise DocumentError("encrypted", "PPT: a password is needed to open it")
        self._unread = len(self.stream)
        self._offsets, self.document = self._directory(edit)

    def object_at(self, name: int, kind: int) -> Record:
        """Return the record of an object by its number in the directory.

        Raises:
            DocumentError: ``corrupt`` where there is none, one of another kind, or they overlap.
        """
        found = self.record(self._offsets[name], len(self.stream)) if name in self._offsets else None
        if found is None or found.kind != kind:
            raise DocumentError("corrupt", f"PPT: its directory has no object {name} of kind {kind}")
        self._read_once(found)
        return found

    def record(self, at: int, end: int) -> Record:
        """Return the record that begins at an offset.

        Raises:
            DocumentError: ``corrupt`` where it goes beyond ``end``.
        """
        head, kind, size = unpack_from("<HHI", self.stream, at)
        start = at + HEADER_BYTES
        if start + size > end:
            raise DocumentError("corrupt", f"PPT: the record at {at} goes beyond what it is in")
        return Record(kind, head >> 4, start, start + size, head & 15 == 15)

    def children(self, parent: Record) -> Iterator[Record]:
        """Yield the records in a record."""
        at = parent.start
        while at + HEADER_BYTES <= parent.end:
            child = self.record(at, parent.end)
            yield child
            at = child.end

    def find(self, parent: Record, *kinds: int) -> Iterator[Record]:
        """Yield the records of some kinds at any depth, in the file's order; not those inside them.

        Raises:
            DocumentError: ``too_deep``.
        """
        stack = [self.children(parent)]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
            elif child.kind in kinds:
                yield child
            elif child.is_container:
                if len(stack) > MAX_DEPTH:
                    raise DocumentError("too_deep", f"PPT: its records nest deeper than {MAX_DEPTH} levels")
                stack.append(self.children(child))

    def content(self, record: Record) -> bytes:
        """Return a record's content."""
        return self.stream[record.start : record.end]

    def _read_once(self, record: Record) -> None:
        """Refuse a file whose directory leads to the same bytes over and over."""
        self._unread -= record.end - record.start
        if self._unread < 0:
            raise DocumentError("corrupt", "PPT: its objects overlap")

    def _directory(self, edit: int) -> tuple[dict[int, int], int]:
        """Return the offsets of all live objects, by the edits from the last on, and the document."""
        offsets: dict[int, int] = {}
        document = None
        limit = len(self.stream)
        while True:
            record = self.record(edit, len(self.stream))
            if record.kind != USER_EDIT or edit >= limit:  # an edit lies behind the one before it
                raise DocumentError("corrupt", "PPT: its chain of edits is broken")
            if record.end - record.start >= ENCRYPTED_EDIT_BYTES:
                raise DocumentError("encrypted", "PPT: a password is needed to open it")
            before, directory, name = unpack_from("<III", self.stream, record.start + 8)
            document = name if document is None else document
            for key, offset in self._entries(directory):
                offsets.setdefault(key, offset)
            if not before:
                return offsets, document
            edit, limit = before, edit

    def _entries(self, at: int) -> Iterator[tuple[int, int]]:
        """Yield the entries of one directory (MS-PPT 2.3.4): the object's number and its offset."""
        record = self.record(at, len(self.stream))
        if record.kind != DIRECTORY:
            raise DocumentError("corrupt", "PPT: a directory of its objects is missing")
        self._read_once(record)
        at = record.start
        while at < record.end:
            entry = unpack_from("<I", self.stream, at)[0]
            first, count = entry & 0xFFFFF, entry >> 20
            at += 4
            for number, offset in enumerate(unpack_from(f"<{count}I", self.stream, at)):
                yield first + number, offset
            at += 4 * count
