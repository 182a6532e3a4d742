"""An answer to the bytes of a WARC record (ISO 28500:2017), a gzip member of its own.

The record's id is made of its URL and payload: the same page fetched again has the same id, and so the same
doc_id. Digests are SHA-256; that is why no library writes the record: warcio and fastwarc know SHA-1 only.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import tamis
from tamis.errors import DocumentError
from tamis.io.warc_headers import MAX_HEADER_BYTES

if TYPE_CHECKING:
    from tamis.fetch.client import Answer

LEVEL = 6  # gzip's own default


def record_id(url: str, payload_sha256: str) -> str:
    """Return ``<urn:uuid:...>``, a UUID of version 5 over URL and payload."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{url} sha256:{payload_sha256}')}>"


def response_record(url: str, answer: Answer, date: str, payload_sha256: str) -> bytes:
    """Return the gzip member of a response.

    Args:
        url: What was asked last, after redirects.
        answer: The response.
        date: ISO 8601, UTC.
        payload_sha256: Of the body, hex digits.

    Raises:
        DocumentError: ``bad_response``, its header is too long to be read again.
    """
    header = http_header(answer)
    if len(header) > MAX_HEADER_BYTES:
        raise DocumentError("bad_response", f"an HTTP header of {len(header):,} bytes")
    return _member(
        {
            "WARC-Type": "response",
            "WARC-Record-ID": record_id(url, payload_sha256),
            "WARC-Date": date,
            "WARC-Target-URI": url,
            "WARC-IP-Address": answer.address,
            "WARC-Payload-Digest": f"sha256:{payload_sha256}",
            "Content-Type": "application/http; msgtype=response",
        },
        header + answer.body,
    )


def http_header(answer: Answer) -> bytes:
    """Return status line and fields as they came; the transfer coding, which is undone, under another name.

    Common Crawl calls it ``X-Crawl-Transfer-Encoding``, too.
    """
    lines = [f"{answer.version} {answer.status} {answer.reason}".rstrip()]
    for name, value in answer.headers:
        renamed = f"X-Crawl-{name}" if name.lower() == "transfer-encoding" else name
        lines.append(f"{renamed}: {' '.join(value.splitlines())}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def warcinfo_record(name: str, date: str, user_agent: str) -> bytes:
    """Return the gzip member that opens an archive: who fetched, and by which rules."""
    fields = {
        "software": f"tamis/{tamis.__version__}",
        "format": "WARC File Format 1.1",
        "robots": "RFC 9309",
        "http-header-user-agent": user_agent,
    }
    return _member(
        {
            "WARC-Type": "warcinfo",
            "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{name} {date} {user_agent}')}>",
            "WARC-Date": date,
            "WARC-Filename": name,
            "Content-Type": "application/warc-fields",
        },
        "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode(),
    )


def _member(headers: dict[str, str], block: bytes) -> bytes:
    digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
    fields = {**headers, "WARC-Block-Digest": digest, "Content-Length": str(len(block))}
    head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return gzip.compress(b"".join((head.encode(), block, b"\r\n\r\n")), LEVEL, mtime=0)
