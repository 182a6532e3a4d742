"""An Office Open XML package: its parts by the relationships between them (ECMA-376 part 2, section 6.5).

Only what is asked for is read, so a broken or missing picture, theme or font costs no text. Strict documents
(ISO/IEC 29500-1) are given transitional names as they are read; no macro is ever read.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

from tamis.errors import DocumentError
from tamis.extract.office import parsed_xml

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

    def __contains__(self, part: str) -> bool:
        return _folded(part) in self._members

    def read(self, part: str) -> bytes:
        """Return the bytes of a part, in transitional names.

        Raises:
            DocumentError: ``corrupt``, naming a part that is missing.
        """
        if part not in self:
            raise DocumentError("corrupt", f"ZIP: part {part!r} is missing")
        data = self._archive.read(self._members[_folded(part)])
        return STRICT_NAMES.sub(_transitional_name, data) if STRICT_MARK in data else data

    def root(self, part: str) -> Any:
        """Return the root element of a part."""
        return parsed_xml(self.read(part))

    def main_part(self, default: str) -> str:
        """Return the part that the package is about, or ``default`` where nothing points to one."""
        found = (one.part for one in self.relations("").values() if one.kind == "officeDocument")
        return next((part for part in found if part in self), default)

    def relations(self, part: str) -> dict[str, Relation]:
        """Return a part's relationships to other parts by their ids; none if they cannot be read."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        return {
            one.get("Id", ""): Relation(
                one.get("Type", "").rpartition("/")[2], _target(folder, one.get("Target", ""))
            )
            for one in self.root(rels).iter(RELATIONSHIP)
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


def transitional(payload: bytes) -> bytes:
    """Return a package in transitional names, for a library that knows no others."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        names = {"_rels/.rels", "xl/workbook.xml"}.intersection(archive.namelist())
        return _rewritten(archive) if any(STRICT_MARK in archive.read(name) for name in names) else payload


def _rewritten(archive: zipfile.ZipFile) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            data = archive.read(member)
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


def core_properties(package: Package) -> tuple[str | None, str | None, str | None]:
    """Return the title, creator and creation date that a package states; None where it does not."""
    from lxml import etree

    part = next(package.related("", "core-properties"), "docProps/core.xml")
    try:
        root = package.root(part) if part in package else None
    except (etree.XMLSyntaxError, zipfile.BadZipFile):
        root = None

    def stated(name: str) -> str | None:
        element = next(root.iter(f"{{*}}{name}"), None) if root is not None else None
        return (element.text or "").strip() or None if element is not None else None

    return stated("title"), stated("creator"), stated("created")
