"""Where inputs lie: list, open and read files on local disks and object stores by one set of names.

Local folders are walked with ``os``, since Arrow's local file system fails on names that are not UTF-8; every other
scheme (``s3``, ``gs``, ``hdfs``, ``abfss``, ...) goes through `pyarrow.fs`.

A listed path is relative to a root, with ``/``, and always valid Unicode: a byte that is not UTF-8 is written as U+FFFD
and two hex digits (``caf\ufffdE9.html``), and so is a literal U+FFFD, which makes the writing reversible while every
other name, URL-encoded ones too, stays as it is.

Left out below the root: names that begin with ``.``, and the bookkeeping of table formats (``_SUCCESS``, ``_delta_log``,
``_temporary``, ...). Any other name with ``_`` is kept: web trees are full of them (Python's own documentation has
``_setuptools_disclaimer.html``), and nothing may disappear without a reason. A path that is given itself is always taken.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast
from urllib.parse import unquote_to_bytes, urlsplit

from tamis.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.fs import FileInfo, FileSystem

NAMES_SHOWN = 5  # in the error for a missing path

_HIDDEN = re.compile(
    r"\.|_(?:SUCCESS|delta_log|delta_index|change_data|spark_metadata|metadata|common_metadata|temporary"
    r"|started_.*|committed_.*)$"
)
_UNDECODABLE = re.compile("[\ud800-\udfff\ufffd]")
_ESCAPED = re.compile("(?:\ufffd[0-9A-F]{2})+")
_SCHEME_ALIASES = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as its store lists it.

    Attributes:
        path: Relative to the root, with ``/``; valid Unicode (see `encode_path`).
        bytes: Its size.
        etag: What changes with its content: the modification time in nanoseconds; empty where a store tells none.
    """

    path: str
    bytes: int
    etag: str


class Store(Protocol):
    """What listing needs of a file system; paths are the store's own, wildcards mean nothing."""

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted."""

    def stat(self, path: str) -> tuple[int, str]:
        """Return (bytes, etag) of a file."""

    def walk(self, path: str) -> Iterator[tuple[str, int, str]]:
        """Yield (path relative to the folder, bytes, etag) of every file below it that is not hidden."""

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading, seekable."""


def encode_path(name: str) -> str:
    r"""Return a name as `os.fsdecode` gives it as valid Unicode, reversibly.

    Example:
        >>> ascii(encode_path("caf\udce9.html"))
        "'caf\\ufffdE9.html'"
    """
    return _UNDECODABLE.sub(_escape, name)


def decode_path(path: str) -> str:
    r"""Return the name, as `os.fsencode` takes it, that `encode_path` was given.

    Example:
        >>> ascii(decode_path("caf\ufffdE9.html"))
        "'caf\\udce9.html'"
    """
    return _ESCAPED.sub(_unescape, path)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\ufffd{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\ufffd", "")).decode("utf-8", "surrogateescape")


def resolve(uri: str) -> tuple[Store, str]:
    """Return the store that a path or URI lies in, and its path there.

    Raises:
        SourceError: The scheme is unknown or the store cannot be reached.
    """
    scheme, separator, _ = uri.partition("://")
    if separator and scheme != "file":
        return _resolve_remote(uri)
    if uri.startswith("file:"):
        uri = os.fsdecode(unquote_to_bytes(urlsplit(uri).path))
    # The executors may run in another directory than the driver.
    return LocalStore(), os.path.abspath(decode_path(uri))  # noqa: PTH100  (str keeps surrogates and speed)


def _resolve_remote(uri: str) -> tuple[Store, str]:
    from pyarrow import ArrowException
    from pyarrow.fs import FileSystem

    scheme, _, rest = uri.partition("://")
    # Only the bucket goes through Arrow's URI parser, which would take `?` and `%` in a key for syntax.
    place, _, key = rest.partition("/")
    try:
        system, base = FileSystem.from_uri(f"{_SCHEME_ALIASES.get(scheme, scheme)}://{place}/")
    except (ArrowException, OSError) as error:
        raise SourceError(
            f"{uri}: cannot be reached ({error}); give a local path, s3://, gs://, hdfs:// or abfss://"
        ) from error
    return ArrowStore(system), f"{base.rstrip('/')}/{key}".rstrip("/")


def list_files(pattern: str) -> tuple[str, list[StoredFile]]:
    """List what a file, a folder (its whole tree) or a glob names.

    In a glob ``*`` and ``?`` stay within a name, ``**`` crosses folders (``**/`` none or more of them); it matches
    files, never a folder as a whole. A path that exists as it is written is taken literally.

    Args:
        pattern: A local path or a URI.

    Returns:
        The root (the longest folder without a wildcard; of a single file, its folder) and the files, sorted by
        path. An empty folder, or a glob that matches nothing in a folder that exists, gives no files.

    Raises:
        SourceError: Nothing is there; the message names what is. Or a folder cannot be read.
    """
    store, path = resolve(pattern)
    prefix = _uri_prefix(pattern)
    try:
        return _list(store, path, prefix)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{pattern}: cannot be listed: {error}") from error


def _uri_prefix(uri: str) -> str:
    """Return what a store's path lacks to be a URI again; local paths need nothing."""
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme == "file":
        return ""
    # An object store's path begins with its bucket; elsewhere the host is no part of the path.
    return (
        f"{scheme}://"
        if _SCHEME_ALIASES.get(scheme, scheme) in {"s3", "gs"}
        else f"{scheme}://{rest.partition('/')[0]}"
    )


def _list(store: Store, path: str, prefix: str) -> tuple[str, list[StoredFile]]:
    kind = store.kind(path)
    if kind == "file":
        folder, _, name = path.rpartition("/")
        return encode_path(prefix + (folder or "/")), [StoredFile(encode_path(name), *store.stat(path))]
    root, glob = (path, "**") if kind == "folder" else _split_glob(path)
    if kind is None and (not glob or store.kind(root) != "folder"):
        raise SourceError(_missing(store, path))
    matches = glob_regex(glob).fullmatch
    found = (
        StoredFile(encode_path(name), size, etag) for name, size, etag in store.walk(root) if matches(name)
    )
    return encode_path(prefix + root), sorted(found, key=lambda file: file.path)


def _split_glob(path: str) -> tuple[str, str]:
    parts = path.split("/")
    wild = next((index for index, part in enumerate(parts) if "*" in part or "?" in part), len(parts))
    return "/".join(parts[:wild]) or "/", "/".join(parts[wild:])


def glob_regex(glob: str) -> re.Pattern[str]:
    """Return the regular expression that a whole relative path must match.

    Example:
        >>> bool(glob_regex("**/*.html").fullmatch("a.html")), bool(glob_regex("*.html").fullmatch("a/b.html"))
        (True, False)
    """
    meaning = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(meaning.get(token) or re.escape(token) for token in tokens), re.DOTALL)


def _missing(store: Store, path: str) -> str:
    folder = path.rpartition("/")[0]
    while folder and store.kind(folder) != "folder":
        folder = folder.rpartition("/")[0]
    names = store.names(folder or "/")
    shown = ", ".join(encode_path(name) for name in names[:NAMES_SHOWN]) or "nothing"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{encode_path(path)}: no such file or folder; {encode_path(folder or '/')} holds {shown}{more}"


def join(root: str, path: str) -> str:
    """Return the URI or local path of a listed file."""
    return f"{root.rstrip('/')}/{path}"


def open_input(root: str, path: str) -> BinaryIO:
    """Open a listed file for reading; seekable.

    Raises:
        SourceError: It cannot be opened.
    """
    store, full_path = resolve(join(root, path))
    try:
        return store.open(full_path)
    except OSError as error:
        raise SourceError(f"{join(root, path)}: cannot be opened: {error}") from error


def read_range(root: str, path: str, offset: int, length: int) -> bytes:
    """Return ``length`` stored bytes from ``offset``; fewer where the file ends.

    Raises:
        SourceError: It cannot be opened or read.
    """
    with open_input(root, path) as stored:
        try:
            stored.seek(offset)
            return stored.read(length)
        except OSError as error:
            raise SourceError(f"{join(root, path)}: bytes {offset} to {offset + length}: {error}") from error


class LocalStore:
    """The machine's own file system."""

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""
        if os.path.isdir(path):  # noqa: PTH112  (str keeps surrogates)
            return "folder"
        return "file" if os.path.exists(path) else None  # noqa: PTH110

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted."""
        return sorted(os.listdir(path))  # noqa: PTH208

    def stat(self, path: str) -> tuple[int, str]:
        """Return (bytes, modification time in nanoseconds) of a file."""
        status = os.stat(path)  # noqa: PTH116
        return status.st_size, str(status.st_mtime_ns)

    def walk(self, path: str) -> Iterator[tuple[str, int, str]]:
        """Yield the regular files below a folder.

        Linked folders come after real ones, and each folder is entered once, by device and inode: a link to what
        the walk has seen, a loop above all, adds nothing.
        """
        seen: set[tuple[int, int]] = set()
        links: list[str] = []
        yield from self._walk(path, "", seen, links)
        while links:
            link = links.pop(0)
            yield from self._walk(path, link, seen, links)

    def _walk(
        self, root: str, below: str, seen: set[tuple[int, int]], links: list[str]
    ) -> Iterator[tuple[str, int, str]]:
        folders = [below]
        while folders:
            folder = folders.pop()
            where = os.path.join(root, folder) if folder else root  # noqa: PTH118
            status = os.stat(where)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(where) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    yield from self._visit(
                        entry, f"{folder}/{entry.name}" if folder else entry.name, folders, links
                    )

    def _visit(
        self, entry: os.DirEntry[str], path: str, folders: list[str], links: list[str]
    ) -> Iterator[tuple[str, int, str]]:
        if _HIDDEN.match(entry.name):
            return
        if entry.is_dir():
            (links if entry.is_symlink() else folders).append(path)
        elif entry.is_file():  # no sockets, pipes (opening one hangs) or broken links: they hold no bytes
            status = entry.stat()
            yield path, status.st_size, str(status.st_mtime_ns)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading, unbuffered: readers ask for a mebibyte at a time."""
        return cast("BinaryIO", open(path, "rb", buffering=0))  # noqa: PTH123, SIM115


class ArrowStore:
    """Any file system that `pyarrow.fs` offers."""

    def __init__(self, system: FileSystem) -> None:
        self._system = system

    def kind(self, path: str) -> str | None:
        """Return ``file``, ``folder``, or None where there is nothing."""
        from pyarrow.fs import FileType

        return {FileType.File: "file", FileType.Directory: "folder"}.get(
            self._system.get_file_info(path).type
        )

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted."""
        from pyarrow.fs import FileSelector

        return sorted(
            info.base_name for info in self._system.get_file_info(FileSelector(path, allow_not_found=True))
        )

    def stat(self, path: str) -> tuple[int, str]:
        """Return (bytes, modification time in nanoseconds) of a file."""
        return _size_and_time(self._system.get_file_info(path))

    def walk(self, path: str) -> Iterator[tuple[str, int, str]]:
        """Yield every file below a folder."""
        from pyarrow.fs import FileSelector, FileType

        for info in self._system.get_file_info(FileSelector(path, recursive=True)):
            below = info.path[len(path) :].lstrip("/")
            hidden = any(_HIDDEN.match(name) for name in below.split("/"))
            if info.type == FileType.File and not hidden:
                yield below, *_size_and_time(info)

    def open(self, path: str) -> BinaryIO:
        """Open a file for random access."""
        return cast("BinaryIO", self._system.open_input_file(path))


def _size_and_time(info: FileInfo) -> tuple[int, str]:
    return info.size or 0, "" if info.mtime_ns is None else str(info.mtime_ns)
