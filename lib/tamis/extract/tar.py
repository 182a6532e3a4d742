"""TAR archives (POSIX.1 pax, ustar, GNU): their files are records of their own, as those of a ZIP are.

Read from memory, never unpacked to a disk: a member's path only names it, and a link leads nowhere. A TAR has
no directory: what stands behind a damaged header cannot be found, and is one failure beside the files before.
"""

from __future__ import annotations

import io
import tarfile

from tamis.errors import DocumentError
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.members import unique_paths

REST = "(rest)"  # names what cannot be found
APPLE_DOUBLE = b"\0\5\x16\7"  # RFC 1740: what a Mac says of a file, a member before each real one
LINKS = frozenset({tarfile.LNKTYPE, tarfile.SYMTYPE})


class TarContents:
    """The members of a TAR archive, folders left out, in its order; last what is damaged, if anything is.

    Args:
        payload: The archive.
        max_member_bytes: A larger member is the error ``too_large``.

    Raises:
        DocumentError: ``corrupt``: not even the first header can be read.
    """

    def __init__(self, payload: bytes, max_member_bytes: int) -> None:
        self._max_member_bytes = max_member_bytes
        try:
            self._archive = tarfile.open(fileobj=io.BytesIO(payload), mode="r:")  # noqa: SIM115
        except tarfile.TarError as error:
            raise DocumentError("corrupt", f"TAR: {error}") from error
        found, self._damage = _listed(self._archive, payload)
        self._files = [one for one in found if not one.isdir()]
        self.paths = unique_paths([*(one.name for one in self._files), *([REST] if self._damage else [])])

    def read(self, number: int) -> tuple[bytes, None]:
        """Return a file's bytes.

        Raises:
            DocumentError: ``corrupt`` (the rest), ``too_large``; or it is no document.
            tarfile.TarError: It is cut off.
        """
        if number == len(self._files):
            raise DocumentError("corrupt", f"TAR: {self._damage}; what follows cannot be found")
        file = self._files[number]
        if not file.isreg():
            raise DocumentError(NO_DOCUMENT, "tar.link" if file.type in LINKS else "tar.special")
        if file.size > self._max_member_bytes:
            limit = f"{self._max_member_bytes} bytes (max_record_bytes)"
            raise DocumentError("too_large", f"the member has {file.size} bytes, more than {limit}")
        stream = self._archive.extractfile(file)
        data = stream.read() if stream else b""
        if data.startswith(APPLE_DOUBLE):
            raise DocumentError(NO_DOCUMENT, "tar.macosx")
        return data, None

    def expanded_bytes(self, max_expanded_bytes: int) -> int:
        """Return what all files hold; a sparse one holds more than is stored.

        Raises:
            DocumentError: ``zip_bomb`` beyond the limit.
        """
        expanded = sum(one.size for one in self._files if one.isreg())
        if expanded > max_expanded_bytes:
            raise DocumentError("zip_bomb", f"TAR: {expanded:,} bytes, more than {max_expanded_bytes:,}")
        return expanded


def _listed(archive: tarfile.TarFile, payload: bytes) -> tuple[list[tarfile.TarInfo], str]:
    """Return the members that can be found, and what is wrong behind them; "" if nothing is.

    tarfile ends as quietly at a header that it cannot read, or where the file does, as at the end mark.
    """
    members: list[tarfile.TarInfo] = []
    try:
        while (member := archive.next()) is not None:
            members.append(member)
    except tarfile.TarError as error:
        return members, str(error)
    rest = payload[archive.offset :]
    if len(rest) < tarfile.BLOCKSIZE:
        return members, "its end mark is missing"
    return members, "a header is damaged" if rest.strip(b"\0") else ""
