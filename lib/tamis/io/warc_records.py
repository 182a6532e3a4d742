"""A raw WARC record to a record: which are documents, what they are called, how their payload is packed.

WARC/1.1 sections 5 and 6 (fields and types); HTTP messages as RFC 9112 and 9110 have them.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.io.records import InputFile, Record, Skipped
from tamis.io.warc_headers import HEADER_END, MAX_HEADER_BYTES, Headers, parse_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.io.warc_walk import Placed

KINDS = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})
STATUS = re.compile(r"HTTP/\d[\d.]*\s+(\d{3})(?!\d)", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
METADATA_FIELDS = {
    "warc_date": "WARC-Date",
    "warc_type": "WARC-Type",
    "warc_truncated": "WARC-Truncated",
    "warc_languages": "WARC-Identified-Content-Language",
}
BASE32_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
DIGESTS = {"md5", "sha1", "sha256", "sha512"}


def to_record(placed: Placed, file: InputFile) -> Record | Skipped:
    """Return a document to be, or why the record is none.

    Skipped are, by reason: the WARC types ``warcinfo``, ``request``, ``metadata``, ``revisit``,
    ``continuation`` and ``unknown``; ``not_http``, such as look-ups of names; ``http_status.404`` and so on.
    One whose length is wrong fails, of whatever type: it may have hidden others.
    """
    raw = placed.raw
    kind = raw.headers["WARC-Type"].lower()
    read = READERS.get(kind)
    is_cut = raw.error is not None and raw.error.code != "too_large"  # who knows what its length swallowed
    if read is None and not is_cut:
        return Skipped(kind if kind in KINDS else "unknown")
    record = Record(
        raw.headers["WARC-Record-ID"] or f"{file.path}:{raw.sha256}:0",
        placed.offset, raw.length, raw.sha256, error=raw.error,
        url=raw.headers["WARC-Target-URI"].removeprefix("<").removesuffix(">") or None,
        metadata={to: said for to, name in METADATA_FIELDS.items() if (said := raw.headers[name])},
    )  # fmt: skip
    if read is None or raw.block is None:
        return record
    if not _is_digest_right(raw.headers["WARC-Block-Digest"], raw.block):
        record.metadata["warc_block_digest"] = "mismatch"
    record.name = _url_path(record.url)
    try:
        return read(record, raw.headers, raw.block) or record
    except DocumentError as error:
        record.error = error
        return record


def _url_path(url: str | None) -> str:
    """Return the path of a URL, which ends as a file's name does; empty where there is none."""
    try:
        return urlsplit(url or "").path
    except ValueError:
        return ""


def _response(record: Record, headers: Headers, block: bytes) -> Skipped | None:
    """Fill in an HTTP response's payload."""
    if not headers["Content-Type"].lower().startswith("application/http"):
        return Skipped("not_http")
    end = HEADER_END.search(block, 0, MAX_HEADER_BYTES)
    http = parse_headers(block[: end.end()] if end else block[:MAX_HEADER_BYTES])
    status = STATUS.match(http.status_line)
    if status is None:
        raise DocumentError(
            "corrupt", f"the HTTP response begins with {block[:40]!r}, not with a status line"
        )
    if status[1] != "200":
        return Skipped(f"http_status.{status[1]}")
    content_type = http["Content-Type"]
    if content_type:
        record.metadata["http_content_type"] = content_type
    record.payload = block[end.end() :] if end else b""
    record.declared = _declared(
        content_type, codings=(*_codings(http, "Transfer-Encoding"), *_codings(http, "Content-Encoding"))
    )
    return None


def _resource(record: Record, headers: Headers, block: bytes) -> Skipped | None:
    """Fill in a payload that was stored by itself."""
    declared = _declared(headers["Content-Type"])
    if declared.media_type == "text/dns":
        return Skipped("not_http")
    record.payload, record.declared = block, declared
    return None


def _conversion(record: Record, headers: Headers, block: bytes) -> Skipped | None:
    """Fill in the text of a WET record; what was converted to anything else is a payload."""
    declared = _declared(headers["Content-Type"] or "text/plain")
    if declared.media_type != "text/plain":
        return _resource(record, headers, block)
    try:
        record.text = block.decode(declared.charset or "utf-8", "replace")
    except (LookupError, ValueError):  # no such encoding
        record.text = block.decode("utf-8", "replace")
    return None


READERS: dict[str, Callable[[Record, Headers, bytes], Skipped | None]] = {
    "response": _response,
    "resource": _resource,
    "conversion": _conversion,
}


def _declared(content_type: str, codings: tuple[str, ...] = ()) -> Declared:
    charset = CHARSET.search(content_type)
    media_type = content_type.partition(";")[0].strip().lower()
    return Declared(media_type or None, charset[1] if charset else None, codings)


def _codings(http: Headers, field: str) -> tuple[str, ...]:
    """Return the codings of a field, the last that was applied first."""
    named = http[field].split(",")
    return tuple(name for part in reversed(named) if (name := part.strip().lower()) not in {"", "identity"})


def _is_digest_right(digest: str, block: bytes) -> bool:
    """Say whether a block has the digest that its record names; True where that cannot be told."""
    name, _, value = digest.partition(":")
    name = name.lower().replace("-", "")
    if name not in DIGESTS:
        return True
    found = hashlib.new(name, block, usedforsecurity=False)
    size = found.digest_size
    try:
        number = int(value, 16) if len(value) == 2 * size else _base32(value, size)
    except ValueError:
        return False
    return number == int.from_bytes(found.digest(), "big")


def _base32(value: str, size: int) -> int:
    """Return base32 (RFC 4648) of ``size`` bytes as an integer, in 1 us; the standard library takes 20."""
    digits = value.rstrip("=").upper().translate(BASE32_DIGITS)
    return int(digits, 32) >> max(0, 5 * len(digits) - 8 * size)
