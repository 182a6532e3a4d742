"""`tamis signals FILE.jsonl`: the signals of each text of a JSON Lines file, as a run would find them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.errors import ConfigError, DocumentError, Problem
from tamis.extract.clean import clean_text
from tamis.io.jsonl import read_jsonl
from tamis.io.records import MAX_RECORD_BYTES, FailedRange, InputFile, Record
from tamis.signals.measure import signals_of_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

BATCH_CHARS = 4_000_000  # of text held at once


@dataclass(slots=True)
class _Batch:
    """Records in order; those that could be read wait for their signals."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    chars: int = 0

    def add(self, record: Record) -> None:
        if record.error is not None:
            self.lines.append({"id": record.key, "error": _told(record.error)})
            return
        text = clean_text(record.text or "")
        self.lines.append({"id": record.key})
        self.texts.append(text)
        self.chars += len(text)

    def measured(self) -> Iterator[dict[str, Any]]:
        rows = iter(signals_of_texts(self.texts))
        for line in self.lines:
            yield line if "error" in line else {**line, **next(rows)}


def signals_of_file(path: str | Path) -> Iterator[dict[str, Any]]:
    """Yield the id and the signals of each line of a file, plain, gzip or zstd; read as a run reads it.

    A line without an ``id`` is named by the file, its SHA-256 and its count. A line that holds no text, or
    a part of the file that cannot be read, has ``error`` (code and message) in place of signals.

    Raises:
        ConfigError: The path is no readable file; nothing is yielded then.
    """
    file = Path(path)
    try:
        stored = file.open("rb")
    except OSError as error:
        raise ConfigError([Problem(str(path), f"is no readable file: {error.strerror}")]) from None
    ledger = InputFile("", str(file.parent), file.name, "jsonl", file.stat().st_size, id_field="id")
    return _measured(ledger, stored)


def _measured(file: InputFile, stored: BinaryIO) -> Iterator[dict[str, Any]]:
    with stored:
        batch = _Batch()
        for found in read_jsonl(file, stored, max_record_bytes=MAX_RECORD_BYTES):
            if isinstance(found, Record):
                batch.add(found)
            elif isinstance(found, FailedRange):
                batch.lines.append({"id": None, "error": {"code": found.code, "message": found.message}})
            if batch.chars >= BATCH_CHARS:
                yield from batch.measured()
                batch = _Batch()
        yield from batch.measured()


def _told(error: DocumentError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}
