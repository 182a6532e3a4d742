"""What the readers hand on: records, failed byte ranges, and the facts of one input file."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tamis.document import Declared

MAX_RECORD_BYTES = 64_000_000
PROMOTED_FIELDS = frozenset(
    {"title", "url", "author", "published_utc"}
)  # columns of `documents`, not of `metadata`

Format = Literal["files", "jsonl", "parquet", "warc"]
Status = Literal["read", "damaged", "unreadable"]


@dataclass(frozen=True, slots=True)
class InputFile:
    """One row of the ledger, with how to read it.

    Attributes:
        root: URI or absolute path that ``path`` is relative to.
        path: As `storage.list_files` gives it.
        bytes: The size that was listed.
        ordinal: Its place in the ledger.
        id_field: The field or column with a record's own id; None: the key is made from path and content.
        text_field: The field or column that holds the text (not used by ``files`` and ``warc``).
        part: ``warc``: only the records whose gzip member, zstd frame or plain record begins in these stored
            bytes [start, end); None: all.
    """

    source: str
    root: str
    path: str
    format: Format
    bytes: int
    ordinal: int = 0
    batch_id: int = 1
    shard: int = 0
    id_field: str | None = None
    text_field: str = "text"
    part: tuple[int, int] | None = None

    @classmethod
    def from_ledger(cls, row: Mapping[str, Any]) -> InputFile:
        """Return a row of table ``inputs``, whose ``options`` are JSON, as what a reader takes."""
        names = ("source", "root", "path", "format", "bytes", "ordinal", "batch_id", "shard")
        part = row.get("part")
        return cls(
            **{name: row[name] for name in names}, **json.loads(row["options"]),
            part=tuple(part) if part else None,
        )  # fmt: skip


@dataclass(slots=True)
class Record:
    """One record: a whole file's bytes, or the text of one line or row; or why it could not be read.

    Attributes:
        key: Its name within the source; with the source it makes the doc_id. An id that repeats is not
            resolved here.
        offset: ``files`` 0; ``jsonl`` the first byte of its line in the decompressed stream (in the UTF-8
            form of a UTF-16 file); ``parquet`` its row number; ``warc`` where its gzip member, zstd frame or
            plain record is stored, plus its number in that.
        length: Bytes of the file, the line without its line end, the row's text, or the WARC header and
            block.
        record_sha256: Over these bytes; ``parquet``: over the JSON of the row's columns, sorted by name.
        payload: The bytes (``files``, ``warc``).
        text: The text (``jsonl``, ``parquet``, WARC conversions): valid Unicode.
        name: What a payload is called; its suffix tells kinds of text apart. Empty: the key.
        declared: What the archive says of the payload; None outside archives.
        metadata: The record's other scalar fields, as strings; nested ones are left out.
        error: Why there is neither payload nor text.
    """

    key: str
    offset: int
    length: int
    record_sha256: str
    payload: bytes | None = None
    text: str | None = None
    title: str | None = None
    url: str | None = None
    author: str | None = None
    published_utc: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    name: str = ""
    declared: Declared | None = None
    error: DocumentError | None = None


class Skipped(NamedTuple):
    """A record of an archive that is no document, such as a request, and why."""

    reason: str


class FailedRange(NamedTuple):
    """Stored bytes of a file that gave no records: where they are, why, and what was found."""

    offset: int
    length: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What conservation is checked against, for one file.

    ``bytes_consumed`` and the lengths of ``ranges`` add up to the listed size, unless the file grew since.

    Attributes:
        sha256: Of all stored bytes; empty when they could not be read to the end.
        records: How many records the file holds outside ``ranges``, those skipped included, counted apart
            from what the reader yielded.
        status: ``damaged`` gave some records, ``unreadable`` none.
        covers: The stored bytes [start, end) that all this is about; None: the whole file.
    """

    sha256: str
    records: int
    bytes_consumed: int
    status: Status
    ranges: tuple[FailedRange, ...] = ()
    covers: tuple[int, int] | None = None


class RecordKeys:
    """Keys for the records of one file that have no id: path, SHA-256 and count among equal records.

    Remembers 64 bits of each digest in one flat array, 16 to 32 bytes a record (a set of digests takes 130).
    Two digests that share 64 bits still have different keys; one of them merely starts counting at 1.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._table = array("Q", bytes(8 * 1024))
        self._held = 0
        self._repeats: dict[int, int] = {}

    def key(self, digest: str) -> str:
        """Return the key of the next record with this SHA-256, in hex."""
        return f"{self._path}:{digest}:{self._count(int(digest[:16], 16) or 1)}"

    def _count(self, value: int) -> int:
        slot = self._slot(value)
        if self._table[slot]:
            self._repeats[value] = self._repeats.get(value, 0) + 1
            return self._repeats[value]
        self._table[slot] = value
        self._held += 1
        if self._held * 2 > len(self._table):
            self._grow()
        return 0

    def _slot(self, value: int) -> int:
        table, mask = self._table, len(self._table) - 1
        slot = value & mask
        while table[slot] and table[slot] != value:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        values, self._table = self._table, array("Q", bytes(16 * len(self._table)))
        for value in values:
            if value:
                self._table[self._slot(value)] = value


def make_record(
    fields: Mapping[str, Any], keys: RecordKeys, file: InputFile, *,
    offset: int, length: int, sha256: str, text: str | None, error: DocumentError | None,
) -> Record:  # fmt: skip
    """Return a record: its key, the fields that `documents` has a column for, other scalars as metadata."""
    record = Record("", offset, length, sha256, text=text, error=error)
    for name, value in fields.items():
        if name in (file.text_field, file.id_field) or value is None or isinstance(value, (dict, list)):
            continue
        if name in PROMOTED_FIELDS and isinstance(value, str):
            setattr(record, name, value)
        else:
            record.metadata[name] = _as_string(value)
    record_id = fields.get(file.id_field) if file.id_field else None
    if record_id is None or record_id == "" or isinstance(record_id, (dict, list)):
        record.key = keys.key(sha256)
    else:
        record.key = _as_string(record_id)
    return record


def _as_string(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def finish_file(
    file: InputFile, *, records: int, consumed: int, sha256: str, ranges: tuple[FailedRange, ...] = ()
) -> Iterator[FailedRange | FileFacts]:
    """Yield the failed ranges and the facts of a file, and a range for what is missing of the listed size."""
    missing = file.bytes - consumed - sum(failed.length for failed in ranges)
    if missing > 0:
        found = f"{file.bytes - missing} bytes where {file.bytes} were listed: it changed while it was read"
        ranges = (*ranges, FailedRange(file.bytes - missing, missing, "changed", found))
    yield from ranges
    status: Status = "read" if not ranges else "damaged" if records else "unreadable"
    yield FileFacts(sha256, records, consumed, status, ranges)


def missing_text(fields: Mapping[str, Any], text_field: str) -> DocumentError:
    """Return the error of a record without a string for its text, naming what it has."""
    if text_field in fields:
        found = "null" if fields[text_field] is None else type(fields[text_field]).__name__
        return DocumentError("missing_text", f"field {text_field!r} holds {found}, expected a string")
    names = ", ".join(sorted(fields)[:8]) or "none"
    return DocumentError("missing_text", f"no field {text_field!r}; the fields are: {names}")


def too_large(what: str, length: int, max_record_bytes: int) -> DocumentError:
    """Return the error of a record over the limit."""
    return DocumentError(
        "too_large", f"the {what} has {length} bytes, max_record_bytes is {max_record_bytes}"
    )
