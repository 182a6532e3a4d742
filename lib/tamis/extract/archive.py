"""Archives that are no document of some program: their files are records of their own. Here those of ZIP.

Nothing is written anywhere, so a member's path only names it. A member that is encrypted, broken or too large
costs itself; what the whole expands to is measured before anything else is read.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from tamis.document import Extraction
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.members import unique_paths
from tamis.extract.office import expansion_limit, inflated_bytes
from tamis.extract.sniff_container import open_zip, zip_damage
from tamis.extract.tar import TarContents

if TYPE_CHECKING:
    from tamis.extract.payload import ExtractOptions

EXTRACTOR = "tamis-members-1"
ENCRYPTED_BITS = 0x41  # APPNOTE 4.4.4: encrypted, strongly encrypted
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
MAC_FOLDER = "__MACOSX/"  # the Finder's attributes, a member for each real one
# A package of a program that no extractor reads (Visio, Java, Android, iWork, a damaged OpenDocument): its
# parts are no documents.
PACKAGE_PARTS = (
    "[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "META-INF/manifest.xml",
    "META-INF/container.xml", "AndroidManifest.xml", "Index/Document.iwa",
)  # fmt: skip


class ZipContents:
    """The files of a ZIP archive, folders left out, in the directory's order.

    Args:
        payload: The archive.
        max_member_bytes: A larger member is the error ``too_large``.

    Raises:
        DocumentError: ``corrupt``: the directory cannot be read. ``unsupported_format``: a program's package.
    """

    def __init__(self, payload: bytes, max_member_bytes: int) -> None:
        if damage := zip_damage(payload):
            raise DocumentError("corrupt", f"{damage}; the file is cut off or damaged")
        self._payload = payload
        self._max_member_bytes = max_member_bytes
        self._archive = open_zip(payload)
        part = next((part for part in PACKAGE_PARTS if part in self._archive.NameToInfo), None)
        if part is not None:
            raise DocumentError("unsupported_format", f"ZIP: no extractor reads packages with a {part!r} yet")
        self._files = [one for one in self._archive.infolist() if not one.is_dir()]
        self.paths = unique_paths(one.filename for one in self._files)

    def read(self, number: int) -> tuple[bytes, None]:
        """Return a file's bytes.

        Raises:
            DocumentError: ``encrypted``, ``unsupported_format`` (its compression), ``too_large``; or it is no
                document.
            zipfile.BadZipFile, zlib.error, EOFError: It is broken.
        """
        file = self._files[number]
        if file.filename.startswith(MAC_FOLDER):
            raise DocumentError(NO_DOCUMENT, "zip.macosx")
        if file.flag_bits & ENCRYPTED_BITS:
            raise DocumentError("encrypted", f"ZIP: member {file.filename!r} needs a password")
        if file.compress_type not in METHODS:
            raise DocumentError("unsupported_format", f"ZIP: compression method {file.compress_type}")
        limit = self._max_member_bytes
        with self._archive.open(file) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise DocumentError("too_large", f"the member has more than {limit} bytes (max_record_bytes)")
        return data, None

    def expanded_bytes(self, max_expanded_bytes: int) -> int:
        """Return what all files unpack to, by unpacking them without keeping the result.

        Raises:
            DocumentError: ``zip_bomb``, with the bounds of ``office.check_package``.
        """
        limit = expansion_limit(self._payload, max_expanded_bytes)
        expanded = 0
        for file in self._files:
            if file.compress_type in METHODS:
                expanded += inflated_bytes(self._payload, file, limit - expanded)
            if expanded > limit:
                size = len(self._payload)
                raise DocumentError("zip_bomb", f"ZIP of {size:,} bytes expands beyond {limit:,} bytes")
        return expanded


def archive_extraction(payload: bytes, media_type: str, options: ExtractOptions) -> Extraction:
    """Return what a ZIP or TAR archive is: no text, and how many members.

    Raises:
        DocumentError: What `ZipContents` or `TarContents` and its measure raise.
    """
    kinds: dict[str, type[ZipContents | TarContents]] = {media.ZIP: ZipContents, media.TAR: TarContents}
    contents = kinds[media_type](payload, options.max_record_bytes)
    return Extraction(
        text="", media_type=media_type, extractor=EXTRACTOR, members=len(contents.paths),
        expanded_bytes=contents.expanded_bytes(options.max_expanded_bytes), is_document=False,
    )  # fmt: skip
