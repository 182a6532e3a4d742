"""The guard before every format that is a ZIP of XML: Office Open XML, OpenDocument, EPUB.

A package is measured before any parser opens it, by inflating every member piecewise without keeping the
result: what its directory declares is not trusted. XML is parsed without entities, DTDs and network.
"""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.sniff_container import open_zip

if TYPE_CHECKING:
    from tamis.document import Picture

CHUNK_BYTES = 1 << 20
# Apache POI refuses entries beyond 100:1, small ones excepted; a sheet of equal rows reaches 150:1.
MAX_EXPANSION_RATIO = 200
RATIO_FREE_BYTES = 16 << 20
LOCAL_HEADER_BYTES = 30


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of a document and what it states of itself.

    Attributes:
        members: As in `Extraction`.
        is_document: As in `Extraction`.
    """

    text: str
    title: str | None = None
    author: str | None = None
    published_utc: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    members: int | None = None
    is_document: bool = True
    pictures: tuple[Picture, ...] = ()


def check_package(payload: bytes, max_expanded_bytes: int) -> None:
    """Refuse a package that expands too far, before anything else opens it.

    Raises:
        DocumentError: ``zip_bomb`` beyond ``max_expanded_bytes``, or beyond 200:1 and 16 MB; ``encrypted``
            for ZIP's own passwords; ``corrupt`` for a broken directory or an unknown compression.
    """
    try:
        with open_zip(payload) as archive:
            _check_members(payload, archive.infolist(), max_expanded_bytes)
    except (zipfile.BadZipFile, ValueError) as error:
        raise DocumentError("corrupt", f"ZIP: {error}") from error


def _check_members(payload: bytes, members: list[zipfile.ZipInfo], max_expanded_bytes: int) -> None:
    limit = expansion_limit(payload, max_expanded_bytes)
    expanded = 0
    for member in members:
        if member.flag_bits & 1:
            raise DocumentError("encrypted", f"ZIP: member {member.filename!r} needs a password")
        expanded += inflated_bytes(payload, member, limit - expanded)
        if expanded > limit:
            raise DocumentError("zip_bomb", f"ZIP of {len(payload):,} bytes expands beyond {limit:,} bytes")


def expansion_limit(payload: bytes, max_expanded_bytes: int) -> int:
    """Return how many bytes a ZIP may expand to: the recipe's bound, and 200:1 beyond 16 MB."""
    return min(max_expanded_bytes, max(RATIO_FREE_BYTES, MAX_EXPANSION_RATIO * len(payload)))


def inflated_bytes(payload: bytes, member: zipfile.ZipInfo, limit: int) -> int:
    """Return how many bytes a member holds, counted up to one chunk beyond ``limit``."""
    if member.compress_type == zipfile.ZIP_STORED:
        return min(member.compress_size, len(payload))
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise DocumentError(
            "corrupt", f"ZIP: compression method {member.compress_type} of {member.filename!r}"
        )
    start = member.header_offset
    skipped = LOCAL_HEADER_BYTES + sum(
        int.from_bytes(payload[start + at : start + at + 2], "little") for at in (26, 28)
    )
    pending = payload[start + skipped : start + skipped + member.compress_size]
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    count = 0
    with contextlib.suppress(zlib.error):  # whoever reads a broken member gets no further either
        while pending and not inflater.eof and count <= limit:
            count += len(inflater.decompress(pending, CHUNK_BYTES))
            pending = inflater.unconsumed_tail
    return count


def parsed_xml(data: bytes) -> Any:
    """Return the root of an XML part; no entity is replaced, no DTD loaded, nothing fetched.

    Raises:
        lxml.etree.XMLSyntaxError: It is not well-formed, or nests deeper than 256 levels.
    """
    from lxml import etree

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
