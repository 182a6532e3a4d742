"""What a document is, and the ids that name it.

A ``doc_id`` is the first 64 bits of SHA-256 over (source, key), as a signed BIGINT: it depends on where a
record stands in its source, never on the run, the file order or the directory that the corpus lies in.
Among 2.6 billion documents 0.2 collisions are expected; ingest resolves them like repeated keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# HTML, Markdown and DOCX carry the author's structure; PDF only its looks (DESIGN, table `documents`).
FORMAT_PRIORITY = {
    "text/html": 0,
    "application/xhtml+xml": 0,
    "text/markdown": 0,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 0,
    "application/pdf": 2,
}
OTHER_FORMAT_PRIORITY = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a document, by reference.

    Attributes:
        position: Code point of the document's text at which it stands: the end of a line, or 0.
        sha256: Of the bytes as they are embedded; None where the picture is linked, missing or broken.
        media_type: Of those bytes; None where they are no file of their own (PDF's raw pixels) or not there.
        alt: Alternative text.
        caption: What stands below or above it as its caption.
        url: Of a linked picture.
    """

    position: int
    sha256: str | None = None
    media_type: str | None = None
    alt: str | None = None
    caption: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    r"""The text of one record, as Markdown, with what its format says about it.

    Attributes:
        text: Markdown; valid Unicode, NFC, ``\n`` line ends, no control characters but tab and newline.
        media_type: The type the bytes turned out to be, not the one their suffix claims.
        extractor: Library and version that made the text, such as ``trafilatura-2.3.1``.
        published_utc: ISO 8601 date or date-time, as the document states it.
        metadata: Whatever else the format states, as strings.
        members: How many records of their own it holds (an archive's files, a mail's attachments); None
            where it is no container.
        expanded_bytes: What they unpack to, where that is more than the bytes that hold them.
        is_document: False for a container that is nothing but its members; ``text`` is empty then.
        pictures: In the order of their positions.
    """

    text: str
    media_type: str
    extractor: str
    title: str | None = None
    url: str | None = None
    author: str | None = None
    published_utc: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    members: int | None = None
    expanded_bytes: int = 0
    is_document: bool = True
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What came with a payload, such as HTTP or MIME headers, and says how to read it.

    Attributes:
        media_type: Lower case, without parameters; None where none was named.
        charset: The label of the text's encoding.
        codings: What was done to the bytes for transport (``gzip``, ``chunked``), in the order of undoing.
        is_certain: The media type follows from what holds the payload (a mailbox holds mails), so that it
            is not sniffed.
    """

    media_type: str | None = None
    charset: str | None = None
    codings: tuple[str, ...] = ()
    is_certain: bool = False

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Declared:
        """Return what `dataclasses.asdict` and JSON made of one."""
        return cls(**{**fields, "codings": tuple(fields["codings"])})


def make_doc_id(source: str, key: str) -> int:
    r"""Return the doc_id of a record: the first 64 bits of SHA-256 over (source, key), signed.

    Example:
        >>> format_doc_id(make_doc_id("handbook", "a.html"))
        'a354caab38feadd4'
    """
    digest = hashlib.sha256(f"{source}\x00{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def format_doc_id(doc_id: int) -> str:
    """Return a doc_id as the 16 hex digits that users see.

    Example:
        >>> format_doc_id(-1)
        'ffffffffffffffff'
    """
    return f"{doc_id & 0xFFFFFFFFFFFFFFFF:016x}"


def parse_doc_id(text: str) -> int:
    """Return the BIGINT of 16 hex digits.

    Raises:
        ValueError: ``text`` is not 16 hex digits.

    Example:
        >>> parse_doc_id("ffffffffffffffff")
        -1
    """
    if len(text) != 16:
        raise ValueError(f"a doc_id has 16 hex digits, got {text!r}")
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)


def beginning(text: str | None, chars: int) -> str:
    r"""Return what a text begins with, in one line of at most so many characters.

    Example:
        >>> beginning("On  the\nriver", 8), beginning(None, 8)
        ('On the r', '')
    """
    # Four times as much is looked at: enough for wide indents, and a text of 30 MB is not split whole.
    return " ".join((text or "")[: 4 * chars].split())[:chars]


def format_priority(media_type: str) -> int:
    """Return the rank of a media type among copies of one document: 0 is the best copy."""
    return FORMAT_PRIORITY.get(media_type, OTHER_FORMAT_PRIORITY)
