"""Files named by their content: written once, never changed, the same name whoever writes them.

A task that is tried again, or runs twice, writes the same file; a newer version of a corpus puts its files
beside the old ones, so that readers of the older table keep what it lists.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tamis.io.sinks import filesystem_of

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem
    from typing_extensions import Buffer

HASH_DIGITS = 12  # of the content, beside a stem that is one file's already


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file in its place."""

    name: str
    sha256: str
    bytes: int


class ContentFile(io.RawIOBase):
    """A stream that becomes ``<stem>-<hash><suffix>`` in a folder when it is finished.

    Args:
        folder: A local path or URI; made when it is not there.
        stem: What the file is, such as its batch and shard.
        suffix: With the dot.
    """

    def __init__(self, folder: str, stem: str, suffix: str) -> None:
        super().__init__()
        self._stem, self._suffix = stem, suffix
        self._filesystem, self._folder = filesystem_of(folder)
        self._filesystem.create_dir(self._folder, recursive=True)
        self._waiting = f"{self._folder}/.{stem}.{uuid.uuid4().hex[:8]}.tmp"
        self._stream = self._filesystem.open_output_stream(self._waiting)
        self._hash, self._bytes = hashlib.sha256(), 0

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, data: Buffer) -> int:
        """Append bytes."""
        view = memoryview(data).cast("B")
        self._stream.write(view)
        self._hash.update(view)
        self._bytes += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return the bytes written."""
        return self._bytes

    def finish(self) -> WrittenFile:
        """Put the file in its place, over one with the same content, and return what it is."""
        self._stream.close()
        sha256 = self._hash.hexdigest()
        name = f"{self._stem}-{sha256[:HASH_DIGITS]}{self._suffix}"
        self._filesystem.move(self._waiting, f"{self._folder}/{name}")
        return WrittenFile(name, sha256, self._bytes)

    def abandon(self) -> None:
        """Remove what was written of it."""
        with suppress(OSError):
            self._stream.close()
        with suppress(OSError):
            self._filesystem.delete_file(self._waiting)


def remove_others(folder: str, keep: set[str]) -> None:
    """Remove the files of a folder whose names are not in ``keep``; an absent folder has none."""
    from pyarrow.fs import FileSelector, FileType

    filesystem, path = filesystem_of(folder)
    for info in filesystem.get_file_info(FileSelector(path, allow_not_found=True)):
        if info.type == FileType.File and info.base_name not in keep:
            _remove(filesystem, info.path)


def _remove(filesystem: FileSystem, path: str) -> None:
    with suppress(FileNotFoundError):  # another process was faster
        filesystem.delete_file(path)
