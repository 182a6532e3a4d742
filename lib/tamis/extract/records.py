"""One input file -> rows: its documents, its failures, and what was counted of it.

Pure: runs inside a Spark task or a test. Rows carry ``kind`` so that one pass over the bytes can fill three
tables; they leave as Arrow batches cut by bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tamis.document import Declared, Extraction, format_priority, make_doc_id
from tamis.errors import DocumentError
from tamis.extract.clean import cleaned, cleaned_metadata
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.pictures import absolute
from tamis.io.readers import FailedRange, FileFacts, InputFile, Record, Skipped, read_input

if TYPE_CHECKING:
    import pyarrow as pa

DOCUMENT, FAILURE, INPUT = 0, 1, 2  # kind of a row
BATCH_BYTES = 8 << 20  # text in one Arrow batch: small beside the 2 GB of a process, large beside a call
BATCH_ROWS = 2000
PICTURE_CHARS = 500  # of one picture's reference in an Arrow batch

Extract = Callable[[bytes, str, Declared | None], Extraction]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record lies; columns shared by documents and failures."""

    file: InputFile
    key: str | None
    offset: int
    length: int

    def row(self, kind: int) -> dict[str, Any]:
        file = self.file
        doc_id = None if self.key is None else make_doc_id(file.source, self.key)
        return {
            "kind": kind, "ordinal": file.ordinal, "batch_id": file.batch_id, "shard": file.shard,
            "doc_id": doc_id, "source": file.source, "key": self.key, "path": file.path,
            "offset": self.offset, "length": self.length,
        }  # fmt: skip


def file_rows(file: InputFile, extract: Extract, *, max_record_bytes: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each record of a file and each range that failed, and last one for the file.

    Args:
        file: What the ledger says of it.
        extract: Turns a payload, its name and what was declared of it into text, within limits; raises
            DocumentError.
        max_record_bytes: Larger records are the failure ``too_large``.
    """
    skipped: Counter[str] = Counter()
    for item in read_input(file, max_record_bytes=max_record_bytes):
        match item:
            case Record():
                row = _record_row(file, item, extract)
                if row.get("code") == NO_DOCUMENT:
                    skipped[row["message"]] += 1
                else:
                    yield row
            case Skipped():
                skipped[item.reason] += 1
            case FailedRange():
                place = _Place(file, None, item.offset, item.length)
                yield _failure(place, DocumentError(item.code, item.message))
            case FileFacts():
                yield _input_row(file, item, skipped)


def _input_row(file: InputFile, facts: FileFacts, skipped: Counter[str]) -> dict[str, Any]:
    start, end = facts.covers or (0, file.bytes)
    return {
        **_Place(file, None, start, end - start).row(INPUT), "sha256": facts.sha256,
        "records": facts.records - skipped.total(), "skipped": json.dumps(skipped, sort_keys=True),
        "bytes_consumed": facts.bytes_consumed, "status": facts.status,
    }  # fmt: skip


def _record_row(file: InputFile, record: Record, extract: Extract) -> dict[str, Any]:
    place = _Place(file, record.key, record.offset, record.length)
    if record.error is not None:
        return {**_failure(place, record.error), "record_sha256": record.record_sha256}
    try:
        made = extraction_of(record, extract)
    except DocumentError as error:
        return {**_failure(place, error), "record_sha256": record.record_sha256}
    text = "" if made.text.isspace() else made.text  # so that length_chars = 0 finds all that say nothing
    return {
        **place.row(DOCUMENT), "record_sha256": record.record_sha256, "media_type": made.media_type,
        "format_priority": format_priority(made.media_type), "text": text,
        "length_chars": len(text), "title": made.title, "url": made.url, "author": made.author,
        "published_utc": made.published_utc, "extractor": made.extractor,
        "metadata": list(made.metadata.items()), "pictures": list(map(asdict, made.pictures)),
    }  # fmt: skip


def extraction_of(record: Record, extract: Extract) -> Extraction:
    """Return the text of a record: parsed from its payload, or the field that already holds it.

    Raises:
        DocumentError: There is none; `NO_DOCUMENT` where an archive holds something else than a document.
    """
    if record.payload is not None:
        return _with_record(extract(record.payload, record.name or record.key, record.declared), record)
    text, counts = cleaned(record.text or "")
    return Extraction(
        text=text, media_type="text/plain", extractor="field-2",
        title=record.title, url=record.url, author=record.author, published_utc=record.published_utc,
        metadata=record.metadata | cleaned_metadata(counts),
    )  # fmt: skip


def _with_record(made: Extraction, record: Record) -> Extraction:
    """Return an extraction with what the archive says: its URL stands; the page's own becomes metadata."""
    metadata = {**record.metadata, **made.metadata}
    if record.url and made.url and made.url != record.url:
        metadata["canonical_url"] = made.url
    url = record.url or made.url
    pictures = absolute(made.pictures, url)
    return replace(made, url=url, metadata=dict(sorted(metadata.items())), pictures=pictures)


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
