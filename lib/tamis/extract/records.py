"""One input file -> rows: its documents, its failures, and what was counted of it.

Pure: runs inside a Spark task or a test. Rows carry ``kind`` so that one pass over the bytes can fill three
tables; they leave as Arrow batches cut by bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.document import format_priority, make_doc_id
from tamis.errors import DocumentError
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.expand import Found, found_in
from tamis.io.readers import FailedRange, FileFacts, InputFile, Record, Skipped, read_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from tamis.document import Extraction
    from tamis.extract.expand import Extractor

DOCUMENT, FAILURE, INPUT, CONTAINER = 0, 1, 2, 3  # kind of a row
BATCH_BYTES = 8 << 20  # text in one Arrow batch: small beside the 2 GB of a process, large beside a call
BATCH_ROWS = 2000
PICTURE_CHARS = 500  # of one picture's reference in an Arrow batch


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record lies; columns shared by all rows.

    Attributes:
        within: Keys of the containers that it is in, outermost first.
        member: Its number among all that is inside one record of the input; 0: it is that record.
    """

    file: InputFile
    key: str | None
    offset: int
    length: int
    within: tuple[str, ...] = ()
    member: int = 0

    def row(self, kind: int) -> dict[str, Any]:
        file = self.file
        doc_id = None if self.key is None else make_doc_id(file.source, self.key)
        ancestors = [make_doc_id(file.source, key) for key in self.within]
        return {
            "kind": kind, "ordinal": file.ordinal, "batch_id": file.batch_id, "shard": file.shard,
            "doc_id": doc_id, "source": file.source, "key": self.key, "path": file.path,
            "offset": self.offset, "length": self.length, "member": self.member,
            "parent_id": ancestors[-1] if ancestors else None, "ancestors": ancestors,
        }  # fmt: skip


@dataclass(slots=True)
class _Tally:
    """What is counted of a file beside what its reader counts.

    Attributes:
        skipped: What is no document, by reason.
        containers: Records that are nothing but their members.
        members: Records inside others, as the containers tell their number.
        is_container: The file as a whole is one.
    """

    file: InputFile
    skipped: Counter[str] = field(default_factory=Counter)
    containers: int = 0
    members: int = 0
    is_container: bool = False

    def rows(self, number: int, found: Found) -> Iterator[dict[str, Any]]:
        """Yield the rows of one record: a document's, a container's (a mail may be both), or a failure's."""
        record = found.record
        place = _Place(self.file, record.key, record.offset, record.length, found.within, number)
        if found.error is not None:
            self.members -= found.stands_for - 1
            if found.error.code == NO_DOCUMENT:
                self.skipped[found.error.message] += 1
            else:
                yield {**_failure(place, found.error), "record_sha256": record.record_sha256}
        if found.made is not None:
            yield from self._made(place, record, found.made)

    def _made(self, place: _Place, record: Record, made: Extraction) -> Iterator[dict[str, Any]]:
        if made.is_document:
            yield _document(place, record, made)
        if made.members is None:
            return
        self.containers += not made.is_document
        self.members += made.members
        self.is_container |= self.file.format == "files"
        yield {
            **place.row(CONTAINER), "record_sha256": record.record_sha256, "media_type": made.media_type,
            "members": made.members,
        }  # fmt: skip

    def input_row(self, facts: FileFacts) -> dict[str, Any]:
        """Return the row of the file: its records are those found, less what is none, and their members."""
        start, end = facts.covers or (0, self.file.bytes)
        records = facts.records + self.members - self.containers - self.skipped.total()
        is_expanded = self.is_container and facts.status == "read"
        return {
            **_Place(self.file, None, start, end - start).row(INPUT), "sha256": facts.sha256,
            "records": records, "skipped": json.dumps(self.skipped, sort_keys=True),
            "bytes_consumed": facts.bytes_consumed, "status": "expanded" if is_expanded else facts.status,
        }  # fmt: skip


def file_rows(file: InputFile, extractor: Extractor, *, max_record_bytes: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each record of a file and each range that failed, and last one for the file.

    Args:
        file: What the ledger says of it.
        extractor: Turns a payload, its name and what was declared of it into text, within limits, and gives
            the members of containers; raises DocumentError.
        max_record_bytes: Larger records are the failure ``too_large``.
    """
    tally = _Tally(file)
    for item in read_input(file, max_record_bytes=max_record_bytes):
        match item:
            case Record():
                for number, found in enumerate(found_in(item, extractor)):
                    yield from tally.rows(number, found)
            case Skipped():
                tally.skipped[item.reason] += 1
            case FailedRange():
                place = _Place(file, None, item.offset, item.length)
                yield _failure(place, DocumentError(item.code, item.message))
            case FileFacts():
                yield tally.input_row(item)


def _document(place: _Place, record: Record, made: Extraction) -> dict[str, Any]:
    text = "" if made.text.isspace() else made.text  # so that length_chars = 0 finds all that say nothing
    return {
        **place.row(DOCUMENT), "record_sha256": record.record_sha256, "media_type": made.media_type,
        "format_priority": format_priority(made.media_type), "text": text,
        "length_chars": len(text), "title": made.title, "url": made.url, "author": made.author,
        "published_utc": made.published_utc, "extractor": made.extractor,
        "metadata": list(made.metadata.items()), "pictures": list(map(asdict, made.pictures)),
    }  # fmt: skip


def _failure(place: _Place, error: DocumentError) -> dict[str, Any]:
    return {**place.row(FAILURE), "stage": "extract", "code": error.code, "message": error.message}


def arrow_batches(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows as Arrow batches of at most some 8 MB of text each (or one larger row)."""
    import pyarrow as pa

    waiting: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += row.get("length_chars", 0) + PICTURE_CHARS * len(row.get("pictures", ()))
        if size >= BATCH_BYTES or len(waiting) >= BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(waiting, schema)
            waiting, size = [], 0
    if waiting:
        yield pa.RecordBatch.from_pylist(waiting, schema)
