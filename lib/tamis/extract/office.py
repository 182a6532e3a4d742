"""What the three Office Open XML formats share: opening the package safely, and its core properties.

A package is measured before any parser opens it, by inflating every member piecewise without keeping the
result: what its directory declares is not trusted. Strict documents (ISO/IEC 29500-1) and those with macros
or templates are rewritten to the transitional main types that the libraries accept; no macro is ever read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from tamis.errors import DocumentError

CHUNK_BYTES = 1 << 20
# Apache POI refuses entries beyond 100:1, small ones excepted; a sheet of equal rows reaches 150:1.
MAX_EXPANSION_RATIO = 200
RATIO_FREE_BYTES = 16 << 20
MAX_RATIO_OF_DEFLATE = 1032  # zlib's technical notes; below this bound nothing need be inflated
LOCAL_HEADER_BYTES = 30

STRICT_MARK = b"purl.oclc.org/ooxml/"
STRICT_NAMES = re.compile(rb"http://purl\.oclc\.org/ooxml/([\w/.-]+)")
# ISO/IEC 29500-1 annex A gives each schema two names; those not listed differ by the prefix alone.
STRICT_PREFIXES: tuple[tuple[bytes, bytes], ...] = (
    (b"officeDocument/relationships/metadata/", b"package/2006/relationships/metadata/"),
    (b"officeDocument/relationships/", b"officeDocument/2006/relationships/"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
    (b"officeDocument/", b"officeDocument/2006/"),
    (b"wordprocessingml/", b"wordprocessingml/2006/"),
    (b"spreadsheetml/", b"spreadsheetml/2006/"),
    (b"presentationml/", b"presentationml/2006/"),
    (b"drawingml/", b"drawingml/2006/"),
    (b"schemaLibrary/", b"schemaLibrary/2006/"),
)
OTHER_MAIN_TYPES: tuple[tuple[bytes, bytes], ...] = (
    (
        rb"application/vnd\.ms-word\.(?:document|template)\.macroEnabled(?:Template)?\.main\+xml",
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    (
        rb"application/vnd\.openxmlformats-officedocument\.wordprocessingml\.template\.main\+xml",
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    (
        (
            rb"application/vnd\.ms-powerpoint\.(?:presentation|slideshow|template)\.macroEnabled\.main\+xml"
            rb"|application/vnd\.openxmlformats-officedocument\.presentationml\.(?:slideshow|template)\.main\+xml"
        ),
        b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    ),
)
CONTENT_TYPES = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class OfficeText:
    """The text of a package and its core properties."""

    text: str
    title: str | None = None
    author: str | None = None
    published_utc: str | None = None


@dataclass(frozen=True, slots=True)
class CoreProperties:
    """Title, creator and creation date that a package states; the libraries invent what is missing."""

    title: str | None
    author: str | None
    published_utc: str | None


def check_package(payload: bytes, max_expanded_bytes: int) -> None:
    """Refuse a package that expands too far, before anything else opens it.

    Raises:
        DocumentError: ``zip_bomb`` beyond ``max_expanded_bytes``, or beyond 200:1 and 16 MB; ``encrypted``
            for ZIP's own passwords; ``corrupt`` for a broken directory or an unknown compression.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            _check_members(payload, archive.infolist(), max_expanded_bytes)
    except (zipfile.BadZipFile, zlib.error, ValueError) as error:
        raise DocumentError("corrupt", f"ZIP: {error}") from error


def _check_members(payload: bytes, members: list[zipfile.ZipInfo], max_expanded_bytes: int) -> None:
    by_ratio = max(RATIO_FREE_BYTES, MAX_EXPANSION_RATIO * len(payload))
    limit = min(max_expanded_bytes, by_ratio)
    expanded = 0
    for member in members:
        if member.flag_bits & 1:
            raise DocumentError("encrypted", f"ZIP: member {member.filename!r} needs a password")
        expanded += max(member.file_size, _inflated_bytes(payload, member, limit - expanded))
        if expanded > limit:
            raise DocumentError("zip_bomb", f"ZIP of {len(payload):,} bytes expands beyond {limit:,} bytes")


def _inflated_bytes(payload: bytes, member: zipfile.ZipInfo, limit: int) -> int:
    """Return how many bytes a member holds, counted up to one chunk beyond ``limit``."""
    if member.compress_type == zipfile.ZIP_STORED:
        return member.compress_size
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise DocumentError(
            "corrupt", f"ZIP: compression method {member.compress_type} of {member.filename!r}"
        )
    if member.compress_size * MAX_RATIO_OF_DEFLATE <= min(limit, member.file_size):
        return member.file_size
    start = member.header_offset
    skipped = LOCAL_HEADER_BYTES + sum(
        int.from_bytes(payload[start + at : start + at + 2], "little") for at in (26, 28)
    )
    pending = payload[start + skipped : start + skipped + member.compress_size]
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    count = 0
    while pending and not inflater.eof and count <= limit:
        count += len(inflater.decompress(pending, CHUNK_BYTES))
        pending = inflater.unconsumed_tail
    return count


def transitional(payload: bytes) -> bytes:
    """Return the package in transitional names and with a plain main type; unchanged if it is so already."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        types = archive.read(CONTENT_TYPES) if CONTENT_TYPES in archive.namelist() else b""
        plain_types = types
        for pattern, replacement in OTHER_MAIN_TYPES:
            plain_types = re.sub(pattern, replacement, plain_types)
        is_strict = any(
            STRICT_MARK in archive.read(name)
            for name in ("_rels/.rels", "xl/workbook.xml", "word/document.xml")
            if name in archive.namelist()
        )
        if not is_strict and plain_types == types:
            return payload
        return _rewritten(archive, plain_types)


def _rewritten(archive: zipfile.ZipFile, content_types: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            data = content_types if member.filename == CONTENT_TYPES else archive.read(member)
            if member.filename.endswith((".xml", ".rels")):
                data = STRICT_NAMES.sub(_transitional_name, data)
            copy.writestr(member.filename, data)
    return target.getvalue()


def _transitional_name(found: re.Match[bytes]) -> bytes:
    name = found[1]
    for strict, plain in STRICT_PREFIXES:
        if name.startswith(strict):
            return b"http://schemas.openxmlformats.org/" + plain + name[len(strict) :]
    return found[0]


def core_properties(payload: bytes) -> CoreProperties:
    """Return what ``docProps/core.xml`` states; nothing where it is missing or broken."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return CoreProperties(None, None, None)
        try:
            root = etree.fromstring(archive.read("docProps/core.xml"), parser)
        except etree.XMLSyntaxError:
            return CoreProperties(None, None, None)

    def stated(name: str) -> str | None:
        element = next(root.iter(f"{{*}}{name}"), None)
        return (element.text or "").strip() or None if element is not None else None

    return CoreProperties(stated("title"), stated("creator"), stated("created"))
