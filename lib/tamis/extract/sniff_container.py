"""Tell what a ZIP or OLE container is, from its directory alone.

Office Open XML: ECMA-376 part 2 ([Content_Types].xml). EPUB and OpenDocument: the stored member ``mimetype``;
where that is missing or broken, what else they must have.
OLE: MS-CFB section 2.6, the directory's root entry and its class id.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib

from tamis.extract import media

MAX_CONTENT_TYPES_BYTES = MAX_MANIFEST_BYTES = 1 << 20
BROKEN = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError,
)  # fmt: skip

# Substrings of the content type of the main part: documents, templates, with and without macros.
OOXML_MAIN_PARTS: tuple[tuple[bytes, str], ...] = (
    (b"wordprocessingml.document.main+xml", media.DOCX),
    (b"wordprocessingml.template.main+xml", media.DOCX),
    (b"ms-word.document.macroenabled.main+xml", media.DOCX),
    (b"ms-word.template.macroenabledtemplate.main+xml", media.DOCX),
    (b"presentationml.presentation.main+xml", media.PPTX),
    (b"presentationml.slideshow.main+xml", media.PPTX),
    (b"presentationml.template.main+xml", media.PPTX),
    (b"ms-powerpoint.presentation.macroenabled.main+xml", media.PPTX),
    (b"ms-powerpoint.slideshow.macroenabled.main+xml", media.PPTX),
    (b"spreadsheetml.sheet.main+xml", media.XLSX),
    (b"spreadsheetml.template.main+xml", media.XLSX),
    (b"ms-excel.sheet.macroenabled.main+xml", media.XLSX),
    (b"ms-excel.template.macroenabled.main+xml", media.XLSX),
    (b"ms-excel.sheet.binary.macroenabled.main", media.XLSB),
)
OOXML_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", media.DOCX),
    ("ppt/presentation.xml", media.PPTX),
    ("xl/workbook.xml", media.XLSX),
)
EPUB_CONTAINER = "META-INF/container.xml"
ODF_MANIFEST = "META-INF/manifest.xml"  # OpenDocument 1.3, part 2, section 3.2: it repeats the media type
ODF_TYPE = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)\b")
# APPNOTE 4.3.7: the name follows the 30 bytes of a local header.
FIRST_OOXML_FOLDER = re.compile(rb"PK\x03\x04.{26}(word|ppt|xl)/", re.DOTALL)
OLE_CLASS_IDS: dict[str, str] = {  # the first three fields, little-endian as stored, in hex
    "0609020000000000": media.DOC,
    "0009020000000000": media.DOC,
    "1008020000000000": media.XLS,
    "2008020000000000": media.XLS,
    "108d81649b4fcf11": media.PPT,
    "0b0d020000000000": media.MSG,
}
ZIP64 = 0xFFFFFFFF  # the offset stands in another record
MAX_HEADER_TABLES = 109  # MS-CFB 2.2: further ones are listed elsewhere
OUTLOOK_STREAM = "__properties_version1.0"
OLE_STREAMS: tuple[tuple[str, str], ...] = (
    (OUTLOOK_STREAM, media.MSG),
    ("PowerPoint Document", media.PPT),
    ("WordDocument", media.DOC),
    ("Workbook", media.XLS),
    ("WORKBOOK", media.XLS),
    ("Book", media.XLS),
)


def open_zip(payload: bytes) -> zipfile.ZipFile:
    """Open a ZIP that begins with its first member.

    Raises:
        zipfile.BadZipFile: It is none; or it is cut off, and the directory found is that of a workbook stored
            inside it, whose offset (APPNOTE 4.3.16) does not count from the start of the file.
        ValueError: Its directory has impossible sizes.
    """
    archive = zipfile.ZipFile(io.BytesIO(payload))
    end = payload.rfind(b"PK\5\6")
    stated = int.from_bytes(payload[end + 16 : end + 20], "little")
    if stated not in (archive.start_dir, ZIP64):
        raise zipfile.BadZipFile("its directory is missing, that of an archive inside it is not its own")
    return archive


def zip_media_type(payload: bytes) -> str:
    """Return the media type of a ZIP by what it holds; a damaged one is judged by its first names."""
    try:
        with open_zip(payload) as archive:
            return _archive_type(archive)
    except BROKEN:
        return _damaged_zip_type(payload)


def zip_damage(payload: bytes) -> str:
    """Return what keeps a ZIP from telling its type; empty where it is just no type that is known."""
    try:
        with open_zip(payload) as archive:
            _archive_type(archive)
    except BROKEN as error:
        return f"ZIP: {error}"
    return ""


def _archive_type(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    with contextlib.suppress(*BROKEN):
        declared = _member_head(archive, "mimetype", 128).strip().decode("ascii", "replace")
        if declared.startswith("application/"):
            return declared.removesuffix("-template")  # OpenDocument's templates are documents
    content_types = _member_head(archive, "[Content_Types].xml", MAX_CONTENT_TYPES_BYTES).lower()
    for marker, kind in OOXML_MAIN_PARTS:
        if marker in content_types:
            return kind
    by_member = next((kind for member, kind in OOXML_MEMBERS if member in names), None)
    return by_member or _unnamed_type(archive, names) or media.ZIP


def _unnamed_type(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    """Return the type of an EPUB or OpenDocument package whose ``mimetype`` does not tell it."""
    if EPUB_CONTAINER in names and any(name.endswith(".opf") for name in names):
        return media.EPUB
    found = ODF_TYPE.search(_member_head(archive, ODF_MANIFEST, MAX_MANIFEST_BYTES))
    return found[0].decode() if found else None


def _member_head(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Return at most ``limit`` bytes of a member; none if it is missing."""
    if name not in archive.NameToInfo:
        return b""
    with archive.open(name) as member:
        return member.read(limit)


def _damaged_zip_type(payload: bytes) -> str:
    """Return the type that the local headers of a ZIP without a directory point to."""
    found = FIRST_OOXML_FOLDER.search(payload)
    return {b"word": media.DOCX, b"ppt": media.PPTX, b"xl": media.XLSX}[found[1]] if found else media.ZIP


def ole_media_type(payload: bytes) -> str:
    """Return the media type of an OLE compound file: encrypted OOXML, Word, Excel, PowerPoint or Outlook."""
    is_mail = _has_stream(payload, OUTLOOK_STREAM)  # an encrypted document may be attached to it
    if not is_mail and _has_stream(payload, "EncryptedPackage") and _has_stream(payload, "EncryptionInfo"):
        return media.ENCRYPTED_OOXML
    if kind := OLE_CLASS_IDS.get(_root_class_id(payload)):
        return kind
    # Embedded objects bring streams of other programs along, so the order of the list matters:
    # a mail holds documents, slides hold texts, and texts hold sheets.
    return next((kind for name, kind in OLE_STREAMS if _has_stream(payload, name)), media.OLE)


def is_ole_whole(payload: bytes) -> bool:
    """Say whether an OLE file has its root entry (MS-CFB 2.6.1: object type 5) and its allocation tables.

    Writers put the tables last, so a file that was cut off has lost them first.
    """
    count = min(int.from_bytes(payload[44:48], "little"), MAX_HEADER_TABLES)
    tables = (int.from_bytes(payload[at : at + 4], "little") for at in range(76, 76 + 4 * count, 4))
    is_there = all((sector + 1) * _sector_bytes(payload) < len(payload) for sector in tables)
    return is_there and payload[_root_entry(payload) + 66 :][:1] == b"\5"


def _root_class_id(payload: bytes) -> str:
    """Return the first eight bytes of the root entry's class id, in hex (MS-CFB 2.6.1)."""
    entry = _root_entry(payload)
    return payload[entry + 80 : entry + 88].hex()


def _root_entry(payload: bytes) -> int:
    """Return where the root entry begins (MS-CFB 2.2)."""
    return (int.from_bytes(payload[48:52], "little") + 1) * _sector_bytes(payload)


def _sector_bytes(payload: bytes) -> int:
    return 1 << min(int.from_bytes(payload[30:32], "little"), 20)


def _has_stream(payload: bytes, name: str) -> bool:
    """Say whether a directory entry of that name exists: its UTF-16 name is followed by a NUL."""
    return (name + "\0").encode("utf-16-le") in payload
