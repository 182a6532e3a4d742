"""Where inputs lie: list, open and read files on local disks and object stores by one set of names.

A listed path is relative to a root, with ``/``, and always valid Unicode: a byte that is not UTF-8 is
written as U+FFFD and two hex digits, and so is a literal U+FFFD. That is reversible, and every other
name, URL-encoded ones too, stays as it is.

Left out below the root: names that begin with ``.``, and the bookkeeping of table formats (``_SUCCESS``,
``_delta_log``, ``_temporary``, ...). Any other name with ``_`` is kept: web trees are full of them
(Python's own documentation has ``_setuptools_disclaimer.html``), and nothing may disappear without a
reason. A path that is given itself is always taken.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

from tamis.errors import SourceError
from tamis.io.names import decode_path, encode_path, glob_regex
from tamis.io.stores import ArrowStore, LocalStore, Store

NAMES_SHOWN = 5  # in the error for a missing path

_SCHEME_ALIASES = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as its store lists it.

    Attributes:
        path: Relative to the root, with ``/``; valid Unicode (see `encode_path`).
        bytes: Its size.
        etag: Changes with its content: the modification time in nanoseconds; empty where a store tells none.
    """

    path: str
    bytes: int
    etag: str


class _Place(NamedTuple):
    """A path in a store; ``prefix`` in place of ``base`` makes it a URI again."""

    store: Store
    prefix: str
    base: str
    path: str

    def uri(self, path: str) -> str:
        return encode_path(self.prefix + path[len(self.base) :])


def locate(uri: str) -> tuple[Store, str]:
    """Return the store that a path or URI lies in, and its path there; takes names that are not UTF-8 too.

    Raises:
        SourceError: The scheme is unknown or the store cannot be reached.
    """
    place = _place(uri)
    return place.store, place.path


def _place(uri: str) -> _Place:
    scheme, separator, rest = uri.partition("://")
    if separator and scheme != "file":
        bucket, _, key = rest.partition("/")
        system, base = file_system(scheme, bucket)
        path = f"{base}/{decode_path(key)}".rstrip("/")
        return _Place(ArrowStore(system), f"{scheme}://{bucket}", base, path)
    if uri.startswith("file:"):
        path = re.sub("^file:(//(localhost)?)?(?=/)", "", uri)
        uri = os.fsdecode(unquote_to_bytes(path))
    # The executors may run in another directory than the driver.
    return _Place(LocalStore(), "", "", os.path.abspath(decode_path(uri)))  # noqa: PTH100


@lru_cache(maxsize=64)  # finding a bucket's region takes a request
def file_system(scheme: str, bucket: str) -> tuple[Any, str]:
    """Return the Arrow file system of a bucket (or host), and the path of its root there.

    Raises:
        SourceError: the scheme is unknown or the store cannot be reached.
    """
    from pyarrow import ArrowException
    from pyarrow.fs import FileSystem

    # Only the bucket goes through Arrow's URI parser, which would take `?` and `%` in a key for syntax.
    try:
        system, base = FileSystem.from_uri(f"{_SCHEME_ALIASES.get(scheme, scheme)}://{bucket}/")
    except (ArrowException, OSError) as error:
        raise SourceError(
            f"{scheme}://{bucket}: cannot be reached ({error}); expected a local path, or s3://, gs://, "
            "hdfs:// or abfss:// with credentials in the environment"
        ) from error
    return system, base.rstrip("/")


def list_files(pattern: str) -> tuple[str, list[StoredFile]]:
    """List what a file, a folder (its whole tree) or a glob names.

    In a glob ``*`` and ``?`` stay within a name, ``**`` crosses folders (``**/``: none or more of them); it
    matches files, never a folder as a whole. A path that exists as it is written is taken literally.

    Args:
        pattern: A local path or a URI.

    Returns:
        The root (the longest folder without a wildcard; of a single file, its folder) and the files, sorted
        by path. An empty folder, or a glob that matches nothing in a folder that exists, gives no files.

    Raises:
        SourceError: Nothing is there; the message names what is. Or storage cannot be read.
    """
    place = _place(pattern)
    try:
        return _list(place)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(f"{pattern}: cannot be listed: {error}") from error


def _list(place: _Place) -> tuple[str, list[StoredFile]]:
    store, path = place.store, place.path
    kind = store.kind(path)
    if kind == "file":
        folder, _, name = path.rpartition("/")
        return place.uri(folder or "/"), [StoredFile(encode_path(name), *store.stat(path))]
    root, glob = (path, "**") if kind == "folder" else _split_glob(path)
    if kind is None and (not glob or store.kind(root) != "folder"):
        raise SourceError(_missing(place))
    is_match = glob_regex(glob).fullmatch
    found = [
        StoredFile(encode_path(name), size, etag) for name, size, etag in store.walk(root) if is_match(name)
    ]
    return place.uri(root), sorted(found, key=lambda file: file.path)


def _split_glob(path: str) -> tuple[str, str]:
    parts = path.split("/")
    wild = next((index for index, part in enumerate(parts) if "*" in part or "?" in part), len(parts))
    return "/".join(parts[:wild]) or "/", "/".join(parts[wild:])


def _missing(place: _Place) -> str:
    folder = place.path.rpartition("/")[0]
    while folder.rstrip("/") != place.base and place.store.kind(folder) != "folder":
        folder = folder.rpartition("/")[0]
    names = place.store.names(folder or "/")
    shown = ", ".join(encode_path(name) for name in names[:NAMES_SHOWN]) or "nothing"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{place.uri(place.path)}: no such file or folder; {place.uri(folder) or '/'} holds {shown}{more}"


def join(root: str, path: str) -> str:
    """Return the URI or local path of a listed file."""
    return f"{root.rstrip('/')}/{path}"


def open_input(root: str, path: str) -> BinaryIO:
    """Open a listed file for reading; seekable.

    Raises:
        SourceError: It cannot be opened.
    """
    uri = join(root, path)
    store, stored_path = locate(uri)
    try:
        return store.open(stored_path)
    except OSError as error:
        raise SourceError(f"{uri}: cannot be opened: {error}") from error
