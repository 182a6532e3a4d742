"""`tamis extract FILE...`: the text that a run would use, a mapping a file, without Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.config import Extract
from tamis.errors import ConfigError, DocumentError, Problem
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions
from tamis.extract.sniff import sniff_media_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def extract_files(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield uri, media_type, status (ok, empty, failed), title, text, extractor and error of each file.

    Raises:
        ConfigError: a path is no readable file; nothing is extracted then.
    """
    problems = [Problem(path, "is no readable file") for path in paths if not _is_readable(path)]
    if problems:
        raise ConfigError(problems)
    return _extracted(paths, Extract())


def _is_readable(path: str) -> bool:
    try:
        with Path(path).open("rb"):
            return True
    except OSError:
        return False


def _extracted(paths: Sequence[str], limits: Extract) -> Iterator[dict[str, Any]]:
    options = ExtractOptions.from_recipe(limits)
    with IsolatedExtractor(options, cpu_seconds=limits.cpu_seconds, memory_bytes=limits.memory) as extractor:
        for path in paths:
            yield _one(extractor, path, limits.max_record_bytes)


def _one(extractor: IsolatedExtractor, path: str, max_record_bytes: int) -> dict[str, Any]:
    file = Path(path)
    line: dict[str, Any] = {
        "uri": path, "media_type": None, "status": "failed", "title": None, "text": None,
        "extractor": None, "error": None,
    }  # fmt: skip
    if file.stat().st_size > max_record_bytes:
        message = f"{file.stat().st_size} bytes; at most {max_record_bytes} are read"
        return {**line, "error": {"code": "too_large", "message": message}}
    payload = file.read_bytes()
    try:
        made = extractor.extract(payload, file.name)
    except DocumentError as error:
        told = {"code": error.code, "message": error.message}
        return {**line, "media_type": sniff_media_type(payload, file.name), "error": told}
    status = "ok" if made.text.strip() else "empty"
    return {
        **line, "media_type": made.media_type, "status": status, "title": made.title, "text": made.text,
        "extractor": made.extractor,
    }  # fmt: skip
