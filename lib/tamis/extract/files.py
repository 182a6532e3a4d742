"""`tamis extract FILE...`: the text that a run would use, a mapping a document, without Spark."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.config import Extract
from tamis.errors import ConfigError, Problem
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.expand import Found, found_in
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions
from tamis.extract.sniff import sniff_media_type
from tamis.io.readers import FailedRange, InputFile, Record, read_input
from tamis.io.warc_units import HEAD_BYTES, is_archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tamis.io.records import Format


def extract_files(paths: Sequence[str], settings: Extract | None = None) -> Iterator[dict[str, Any]]:
    """Yield uri, media_type, status (ok, empty, failed), title, text, pictures, extractor and error of each.

    A file is a document, a web archive one for each record that is one; their uri is ``FILE!RECORD-ID``.
    What an archive, mailbox or mail holds follows it, as ``FILE!PATH``.

    Args:
        paths: Files.
        settings: Engines and limits; the defaults if None.

    Raises:
        ConfigError: a path is no readable file; nothing is extracted then.
    """
    problems = [Problem(path, "is no readable file") for path in paths if not _is_readable(path)]
    if problems:
        raise ConfigError(problems)
    return _extracted(paths, settings or Extract())


def _is_readable(path: str) -> bool:
    try:
        with Path(path).open("rb"):
            return True
    except OSError:
        return False


def _extracted(paths: Sequence[str], limits: Extract) -> Iterator[dict[str, Any]]:
    options = ExtractOptions.of(limits)
    with IsolatedExtractor(options, cpu_seconds=limits.cpu_seconds, memory_bytes=limits.memory) as extractor:
        for path in paths:
            yield from _lines(extractor, path, limits.max_record_bytes)


def _lines(extractor: IsolatedExtractor, path: str, max_record_bytes: int) -> Iterator[dict[str, Any]]:
    file = Path(path)
    with file.open("rb") as stream:
        form: Format = "warc" if is_archive(stream.read(HEAD_BYTES)) else "files"
    stored = InputFile("", str(file.parent), file.name, form, file.stat().st_size)
    for item in read_input(stored, max_record_bytes=max_record_bytes):
        if isinstance(item, FailedRange):
            yield _line(path, error={"code": item.code, "message": item.message})
        elif isinstance(item, Record):
            prefix = path if form == "files" else f"{path}!{item.key}"
            for found in found_in(item, extractor):
                yield from _found_lines(prefix + found.record.key.removeprefix(item.key), found)


def _found_lines(uri: str, found: Found) -> Iterator[dict[str, Any]]:
    """Yield the line of a record; none of what is no document."""
    made, error, record = found.made, found.error, found.record
    if error is not None and error.code != NO_DOCUMENT:
        payload = record.payload
        media_type = None if payload is None else sniff_media_type(payload, record.name or record.key)
        yield _line(uri, media_type=media_type, error={"code": error.code, "message": error.message})
    if made is None or not made.is_document:
        return
    status = "ok" if made.text.strip() else "empty"
    yield _line(
        uri, media_type=made.media_type, status=status, title=made.title, text=made.text,
        pictures=list(map(asdict, made.pictures)), extractor=made.extractor,
    )  # fmt: skip


def _line(uri: str, **known: Any) -> dict[str, Any]:
    return {
        "uri": uri, "media_type": None, "status": "failed", "title": None, "text": None, "pictures": [],
        "extractor": None, "error": None, **known,
    }  # fmt: skip
