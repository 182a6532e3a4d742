"""Tell a payload's media type from its bytes.

Magic numbers first, then containers by what they hold, then text kinds by their first characters, roughly as
the WHATWG MIME Sniffing Standard (sections 7.1 and 7.2) does. A file's suffix is trusted only between kinds
of text that the bytes cannot tell apart: Markdown, JSON, CSV and plain text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tamis.extract import media
from tamis.extract.sniff_container import ole_media_type, zip_media_type

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_BYTES = 8192

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", media.GZIP),
    (b"\x28\xb5\x2f\xfd", media.ZSTD),
    (b"WARC/", media.WARC),
    (b"filedesc://", media.ARC),
    (b"{\\rtf", media.RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BZh", media.BZIP2),
    (b"\xfd7zXZ\x00", media.XZ),
    (b"7z\xbc\xaf\x27\x1c", media.SEVEN_ZIP),
    (b"Rar!\x1a\x07", media.RAR),
    # Excel 2, 3, 4 and 5: a BOF record that no OLE file wraps ([MS-XLS] 2.4.21).
    (b"\x09\x00\x04\x00", media.XLS),
    (b"\x09\x02\x06\x00", media.XLS),
    (b"\x09\x04\x06\x00", media.XLS),
    (b"\x09\x08\x08\x00", media.XLS),
    (b"%!PS", "application/postscript"),
)

# Magic and version of a TAR's first header (POSIX.1 pax, ustar interchange format; GNU's own).
TAR_MAGIC_AT, TAR_MAGICS = 257, (b"ustar\x0000", b"ustar  \x00")

BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

PROLOGUE = re.compile(r"\s*(?:(?:<!--.*?(?:-->|\Z)|<\?.*?\?>)\s*)*", re.DOTALL)
DOCTYPE_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
ROOT_TAG = re.compile(r"<!doctype\s+([\w:.-]+)|<([a-z_][\w:.-]*)[\s/>]", re.IGNORECASE)
HTML_START = re.compile(
    r"<(?:head|body|script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|ul|ol|span|meta|link|img|center"
    r"|frameset|article|section|main|header|nav|form)[\s/>]",
    re.IGNORECASE,
)
MAIL_HEADER = re.compile(
    r"^(?:return-path|received|delivered-to|message-id|mime-version|from|to|cc|date|subject|reply-to|sender"
    r"|content-type|content-transfer-encoding|x-[\w-]+|dkim-signature|authentication-results):[ \t]",
    re.IGNORECASE | re.MULTILINE,
)
HEADER_LINE = re.compile(r"[!-9;-~]+:(?:[ \t]|\r?\n)|[Xx]-[\w-]+:")
HEADERS_END = re.compile(r"\n\r?\n")
# WHATWG 3: the bytes that text does not hold. Random bytes have 11 % of them.
BINARY_BYTES = bytes(b for b in range(0x20) if b not in b"\t\n\x0c\r\x1b\x0b")
MAX_BINARY_FRACTION = 0.02
TEXT_SUFFIXES = {
    "md": media.MARKDOWN,
    "markdown": media.MARKDOWN,
    "csv": media.CSV,
    "tsv": media.TSV,
    "tab": media.TSV,
}
DECLARED_SUFFIXES = {
    media.HTML: "html",
    media.XHTML: "html",
    media.MARKDOWN: "md",
    media.CSV: "csv",
    media.TSV: "tsv",
    media.JSON: "json",
    media.NDJSON: "jsonl",
}


def sniff_media_type(payload: bytes, name: str = "", declared: str | None = None) -> str:
    """Return the media type that the bytes turn out to be.

    Args:
        payload: The whole record. Containers are opened as far as their directory.
        name: File name or path; its suffix decides only between kinds of text.
        declared: The media type that came with it; where it names a kind of text it stands for the suffix.

    Returns:
        A MIME type such as ``text/html``; ``application/octet-stream`` for bytes that are no text
        and no known format, ``text/plain`` for no bytes at all.

    Example:
        >>> sniff_media_type(b"%PDF-1.4 ...", "liar.html")
        'application/pdf'
    """
    suffix = DECLARED_SUFFIXES.get(declared or "") or name.rpartition("/")[2].rpartition(".")[2].lower()
    return _binary_type(payload) or _text_type(payload, suffix)


def bom_encoding(payload: bytes) -> tuple[str, int] | None:
    """Return the encoding that a byte order mark names and the mark's length in bytes, or None."""
    return next(((name, len(bom)) for bom, name in BOMS if payload.startswith(bom)), None)


def _binary_type(payload: bytes) -> str | None:
    """Return the type of a payload with a magic number; None where it may be text."""
    if payload.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zip_media_type(payload)
    if payload.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ole_media_type(payload)
    if payload.startswith(TAR_MAGICS, TAR_MAGIC_AT):
        return media.TAR
    if b"%PDF-" in payload[:1024]:  # readers accept the mark within the first 1,024 bytes
        return media.PDF
    if payload[:4] == b"RIFF" and payload[8:12] == b"WEBP":
        return "image/webp"
    if payload[:2] == b"BM" and payload[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return next((kind for magic, kind in MAGIC if payload.startswith(magic)), None)


def _text_type(payload: bytes, suffix: str) -> str:
    head = _head_text(payload)
    if head is None:
        return media.OCTETS
    start = PROLOGUE.match(head)
    body = head[start.end() :] if start else head
    rules: tuple[Callable[[], str | None], ...] = (
        lambda: _mail_type(head),  # first: an address in brackets looks like a tag where the name says HTML
        lambda: _markup_type(head, body, suffix),
        lambda: _json_type(payload, head.lstrip(), suffix),
    )
    found = next((kind for rule in rules if (kind := rule())), None)
    return found or _suffix_type(head, suffix)


def _head_text(payload: bytes) -> str | None:
    """Decode the first 8 kB roughly, for their ASCII characters; None if they are no text."""
    head = payload[:HEAD_BYTES]
    mark = bom_encoding(head)
    if mark:
        return head[mark[1] :].decode(mark[0], "replace")
    if wide := wide_encoding(head):
        return head.decode(wide, "replace")
    binary = len(head) - len(head.translate(None, BINARY_BYTES))
    if binary > max(1, MAX_BINARY_FRACTION * len(head)):
        return None
    return head.decode("latin-1")


def wide_encoding(head: bytes) -> str | None:
    """Return the UTF-16 of text without a byte order mark: every other byte NUL, the rest hardly ever."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 8 or abs(even - odd) < 0.35 * len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _markup_type(head: str, body: str, suffix: str) -> str | None:
    if DOCTYPE_HTML.match(body):
        xhtml = head.lstrip().startswith("<?xml") and "http://www.w3.org/1999/xhtml" in head
        return media.XHTML if xhtml else media.HTML
    if suffix in {"md", "markdown", "txt", "csv", "rst"}:  # Markdown often starts with a tag
        return None
    is_xml = suffix == "xml" or head.lstrip().startswith("<?xml")  # DocBook and JATS begin with <article>
    if HTML_START.match(body) and not is_xml:
        return media.HTML
    if root := ROOT_TAG.match(body):
        return _xml_type((root[1] or root[2]).lower(), suffix)
    if is_xml and body.startswith("<"):
        return media.XML
    return media.HTML if suffix in {"html", "htm"} and re.search(r"<[a-zA-Z]", head) else None


def _xml_type(root: str, suffix: str) -> str:
    if root.rpartition(":")[2] == "svg":
        return media.SVG
    return media.HTML if suffix in {"html", "htm"} else media.XML


def _mail_type(head: str) -> str | None:
    """Return the type of a mail or mailbox: header lines from the first on, three of them a mail's."""
    is_mbox = head.startswith("From ")
    headers = head.partition("\n")[2] if is_mbox else head
    has_end = len(head) >= HEAD_BYTES or HEADERS_END.search(headers)  # notes may begin as mails do
    if not has_end or not HEADER_LINE.match(headers) or len(MAIL_HEADER.findall(headers)) < 3:
        return None
    return media.MBOX if is_mbox else media.MAIL


def _json_type(payload: bytes, head: str, suffix: str) -> str | None:
    if not head.startswith(("{", "[")):
        return None
    if suffix in {"jsonl", "ndjson"}:
        return media.NDJSON
    if suffix in {"json", "ipynb", "geojson"}:
        return media.JSON
    if suffix in TEXT_SUFFIXES:
        return None
    if _is_json(payload):
        return media.JSON
    first, _, rest = payload.strip().partition(b"\n")
    return media.NDJSON if rest and _is_json(first) and _is_json(rest.strip().partition(b"\n")[0]) else None


def _is_json(payload: bytes) -> bool:
    try:
        value = json.loads(payload)
    except RecursionError:  # nested so deep, it is hardly anything else
        return True
    except ValueError:
        return False
    return isinstance(value, dict | list)


def _suffix_type(head: str, suffix: str) -> str:
    kind = TEXT_SUFFIXES.get(suffix, media.PLAIN)
    if kind in {media.CSV, media.TSV} and not re.search(r"[,;\t|]", head):
        return media.PLAIN
    return kind
