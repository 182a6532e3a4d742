"""The file systems that inputs can lie in, behind the few operations that tamis needs.

Local folders are walked with ``os``, since Arrow's local file system fails on names that are not UTF-8; all
else goes through `pyarrow.fs`. Paths are a store's own, as `os.fsdecode` gives them; wildcards mean
nothing here.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.fs import FileInfo, FileSystem

_HIDDEN = re.compile(
    r"\.|_(?:SUCCESS|delta_log|delta_index|change_data|spark_metadata|metadata|common_metadata|temporary"
    r"|started_.*|committed_.*)$"
)

Listed = tuple[str, int, str]  # path below the walked folder, bytes, etag


class Store(Protocol):
    """One file system."""

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""

    def stat(self, path: str) -> tuple[int, str]:
        """Return a file's bytes and modification time in nanoseconds, empty where the store tells none."""

    def walk(self, path: str) -> Iterator[Listed]:
        """Yield every file below a folder that is not hidden."""

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading, seekable."""


class LocalStore:
    """The machine's own file system."""

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""
        if os.path.isdir(path):  # noqa: PTH112  (str keeps names that are not UTF-8)
            return "folder"
        return "file" if os.path.exists(path) else None  # noqa: PTH110

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""
        try:
            return sorted(os.listdir(path))  # noqa: PTH208
        except FileNotFoundError:
            return []

    def stat(self, path: str) -> tuple[int, str]:
        """Return a file's bytes and modification time in nanoseconds."""
        status = os.stat(path)  # noqa: PTH116
        return status.st_size, str(status.st_mtime_ns)

    def walk(self, path: str) -> Iterator[Listed]:
        """Yield the regular files below a folder.

        Linked folders come after real ones, and each folder is entered once, by device and inode: a link to
        what the walk has seen, a loop above all, adds nothing.
        """
        seen: set[tuple[int, int]] = set()
        waiting, links = [""], list[str]()
        while waiting or links:
            folder = waiting.pop() if waiting else links.pop(0)
            status = os.stat(_below(path, folder))  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            for entry in _entries(_below(path, folder)):
                name = _below(folder, entry.name)
                if entry.is_dir():
                    (links if entry.is_symlink() else waiting).append(name)
                elif (
                    entry.is_file()
                ):  # no sockets, pipes (opening one hangs) or broken links: they hold no bytes
                    yield name, entry.stat().st_size, str(entry.stat().st_mtime_ns)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading, unbuffered: readers ask for a mebibyte at a time."""
        return cast("BinaryIO", open(path, "rb", buffering=0))  # noqa: PTH123


def _below(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder and name else folder or name


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(
            (entry for entry in entries if not _HIDDEN.match(entry.name)), key=lambda entry: entry.name
        )


class ArrowStore:
    """Any file system that `pyarrow.fs` offers."""

    def __init__(self, system: FileSystem) -> None:
        self.system = system

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""
        from pyarrow.fs import FileType

        kinds = {FileType.File: "file", FileType.Directory: "folder"}
        return kinds.get(self.system.get_file_info(path).type)

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""
        from pyarrow.fs import FileSelector

        infos = self.system.get_file_info(FileSelector(path, allow_not_found=True))
        return sorted(info.base_name for info in infos)

    def stat(self, path: str) -> tuple[int, str]:
        """Return a file's bytes and modification time in nanoseconds, empty where the store tells none."""
        return _size_and_time(self.system.get_file_info(path))

    def walk(self, path: str) -> Iterator[Listed]:
        """Yield every file below a folder that is not hidden."""
        from pyarrow.fs import FileSelector, FileType

        for info in self.system.get_file_info(FileSelector(path, recursive=True)):
            name = info.path[len(path) :].lstrip("/")
            hidden = any(_HIDDEN.match(part) for part in name.split("/"))
            if info.type == FileType.File and not hidden:
                yield name, *_size_and_time(info)

    def open(self, path: str) -> BinaryIO:
        """Open a file for random access."""
        return cast("BinaryIO", self.system.open_input_file(path))


def _size_and_time(info: FileInfo) -> tuple[int, str]:
    return info.size or 0, "" if info.mtime_ns is None else str(info.mtime_ns)
