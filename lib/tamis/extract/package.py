"""An Office Open XML package: its parts by the relationships between them (ECMA-376 part 2, section 6.5).

Only what is asked for is read, so a broken or missing picture, theme or font costs no text. Strict documents
(ISO/IEC 29500-1) are given transitional names as they are read; no macro is ever read.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from tamis.errors import DocumentError
from tamis.extract.office import CHUNK_BYTES, parsed_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

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
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)  # what zipfile raises for a member
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Relation(NamedTuple):
    """Where a relationship leads: its kind (``chart``, ``footnotes``) and the part's name."""

    kind: str
    part: str


class Package:
    """A package that passed ``check_package``.

    Raises:
        zipfile.BadZipFile: It is no ZIP.
    """

    def __init__(self, payload: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(payload))
        # Names of parts do not depend on case, and some writers use backslashes.
        self._members = {_folded(name): name for name in self._archive.namelist()}
        self._broken: set[str] = set()
        self._relations: dict[str, dict[str, Relation]] = {}
        self._links: dict[str, dict[str, str]] = {}

    def __contains__(self, part: str) -> bool:
        return _folded(part) in self._members

    def parts(self) -> list[str]:
        """Return the names of all members."""
        return self._archive.namelist()

    def read(self, part: str) -> bytes:
        """Return the bytes of a part, in transitional names.

        Raises:
            DocumentError: ``corrupt``, naming a part that is missing.
        """
        if part not in self:
            raise DocumentError("corrupt", f"ZIP: part {part!r} is missing")
        data = self._archive.read(self._members[_folded(part)])
        return STRICT_NAMES.sub(_transitional_name, data) if STRICT_MARK in data else data

    def digest(self, part: str, head_bytes: int) -> tuple[str, bytes] | None:
        """Return SHA-256 of a part as it is, and its first bytes; None where it is missing or broken.

        It is read a piece at a time: a picture may be larger than all else.
        """
        if part not in self:
            return None
        try:
            with self._archive.open(self._members[_folded(part)]) as stream:
                head = stream.read(head_bytes)
                digest = hashlib.sha256(head)
                while piece := stream.read(CHUNK_BYTES):
                    digest.update(piece)
        except BROKEN:
            return None
        return digest.hexdigest(), head

    def root(self, part: str) -> Any:
        """Return the root element of a part."""
        return parsed_xml(self.read(part))

    def extra_root(self, part: str) -> Any:
        """Return the root of a part that a text can do without; None if it is missing or, noted, broken."""
        from lxml import etree

        try:
            return self.root(part) if part in self else None
        except (*BROKEN, etree.XMLSyntaxError):
            self.note_broken(part)
            return None

    def note_broken(self, part: str) -> None:
        """Note a part that is broken or missing, and that the text does without."""
        self._broken.add(part)

    def notes(self) -> dict[str, str]:
        """Return what a document's metadata says of parts that had to be done without."""
        return {"broken_parts": ", ".join(sorted(self._broken))} if self._broken else {}

    def plain_copy(self, payload: bytes, trimmings: re.Pattern[str]) -> bytes:
        """Return the package for a library that knows transitional names only and reads parts it need not.

        Args:
            payload: The package; it is returned where it needs no change.
            trimmings: Names of members that are left out, and noted, if they are broken.
        """
        broken = [
            name for name in self._archive.namelist() if trimmings.fullmatch(name) and self._fails(name)
        ]
        main = self._members.get("xl/workbook.xml")
        if not broken and (main is None or STRICT_MARK not in self._archive.read(main)):
            return payload
        self._broken.update(broken)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
            for name in self._archive.namelist():
                if name not in broken:
                    copy.writestr(name, self.read(name) if name.endswith((".xml", ".rels")) else b"")
        return target.getvalue()

    def _fails(self, name: str) -> bool:
        try:
            return not self._archive.read(name)
        except BROKEN:
            return True

    def main_part(self, default: str) -> str:
        """Return the part that the package is about, or ``default`` where nothing points to one."""
        found = (one.part for one in self.relations("").values() if one.kind == "officeDocument")
        return next((part for part in found if part in self), default)

    def relations(self, part: str) -> dict[str, Relation]:
        """Return a part's relationships to other parts by their ids."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def link(self, part: str, name: str) -> str | None:
        """Return the address outside the package that a part's relationship of that id leads to."""
        self.relations(part)
        return self._links.get(part, {}).get(name)

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        # Where the package's own are broken, the main part still has its usual name.
        root = (self.root(rels) if part else self.extra_root(rels)) if rels in self else None
        if root is None:
            return {}
        self._links[part] = {
            one.get("Id", ""): one.get("Target", "")
            for one in root.iter(RELATIONSHIP)
            if one.get("TargetMode") == "External"
        }
        return {
            one.get("Id", ""): Relation(
                one.get("Type", "").rpartition("/")[2], _target(folder, one.get("Target", ""))
            )
            for one in root.iter(RELATIONSHIP)
            if one.get("TargetMode") != "External"
        }

    def related(self, part: str, kind: str) -> Iterator[str]:
        """Yield the parts of a kind that a part points to, if they exist."""
        yield from (
            one.part for one in self.relations(part).values() if one.kind == kind and one.part in self
        )


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _target(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _transitional_name(found: re.Match[bytes]) -> bytes:
    name = found[1]
    for strict, plain in STRICT_PREFIXES:
        if name.startswith(strict):
            return b"http://schemas.openxmlformats.org/" + plain + name[len(strict) :]
    return found[0]


def core_properties(package: Package) -> tuple[str | None, str | None, str | None]:
    """Return the title, creator and creation date (ISO 8601) that a package states; None where it does not.

    By python-docx: all Office Open XML packages have the same core properties (ECMA-376 part 2, section 8).
    """
    from docx.opc.coreprops import CoreProperties
    from docx.oxml.parser import parse_xml
    from lxml.etree import tostring

    root = package.extra_root(next(package.related("", "core-properties"), "docProps/core.xml"))
    if root is None:
        return None, None, None
    stated = CoreProperties(parse_xml(tostring(root)))
    created = stated.created.isoformat().replace("+00:00", "Z") if stated.created else None
    return stated.title.strip() or None, stated.author.strip() or None, created
