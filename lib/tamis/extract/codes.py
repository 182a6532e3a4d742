"""Every code under which a document can fail, and what it means to whoever reads ``failures``."""

from __future__ import annotations

NO_DOCUMENT = "no_document"  # of an archive: skipped and counted by the reason in the message, no failure

FAILURE_CODES: dict[str, str] = {
    "bad_encoding": "the text is in no encoding that could be told, or not in the one it must be in",
    "changed": "the file is shorter than when it was listed",
    "corrupt": "the bytes do not follow their format; the message quotes the parser",
    "cpu_limit": "extraction used more CPU seconds than the recipe allows a document",
    "crashed": "the worker process died in native code",
    "duplicate_id": "another record of this source has the same id and other bytes",
    "encrypted": "a password is needed to read it",
    "invalid_json": "it is not JSON, at the line and column that the message names",
    "killed": "another process ended the worker twice; most likely the kernel, short of memory",
    "memory_limit": "extraction needed more memory than the recipe allows a document",
    "missing_text": "the record lacks the field that holds its text, or the field is not a string",
    "not_an_object": "the JSON line is valid but no object",
    "not_warc": "the bytes are no WARC record: another format, or what lies between records",
    "not_jsonl": "the file has another format than JSON Lines; the message names it",
    "ocr_failed": "the OCR engine or service failed on a scanned page; the message quotes it",
    "ocr_unavailable": "the OCR engine of the recipe is not installed; the message tells the command",
    "too_deep": "its elements nest deeper than can be read safely",
    "too_large": "it holds more bytes, cells or records than the limit in the message",
    "truncated": "the compressed stream ends before its end mark",
    "unreadable": "storage failed while the file was read; the message quotes it",
    "unsupported_format": "no extractor reads this media type yet; the message names it",
    "wall_limit": "extraction slept: it passed the wall-clock limit without using its CPU seconds",
    "zip_bomb": "it would expand beyond the limit in bytes or in ratio; it was not expanded",
}
