"""Small files of an output (marker, report, token shards), on whatever store the output lies in."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from tamis.errors import SourceError
from tamis.io.storage import file_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.fs import FileSystem, NativeFile


def filesystem_of(uri: str) -> tuple[FileSystem, str]:
    """Return the Arrow file system of a path or URI, and the path there.

    Raises:
        SourceError: the scheme is unknown or the store cannot be reached.
    """
    from pyarrow.fs import LocalFileSystem

    scheme, separator, rest = uri.partition("://")
    if not separator or scheme == "file":
        return LocalFileSystem(), str(Path(rest or uri.removeprefix("file:")).absolute())
    bucket, _, key = rest.partition("/")
    system, base = file_system(scheme, bucket)
    return system, f"{base}/{key}".rstrip("/")


def exists(uri: str) -> bool:
    """Tell whether a file or folder is there."""
    from pyarrow.fs import FileType

    filesystem, path = filesystem_of(uri)
    return filesystem.get_file_info(path).type != FileType.NotFound


def names_in(uri: str) -> list[str]:
    """Return the names in a folder, sorted; none where there is no folder."""
    from pyarrow.fs import FileSelector

    filesystem, path = filesystem_of(uri)
    return sorted(
        info.base_name for info in filesystem.get_file_info(FileSelector(path, allow_not_found=True))
    )


def read_bytes(uri: str) -> bytes:
    """Return a whole small file.

    Raises:
        SourceError: it cannot be read.
    """
    filesystem, path = filesystem_of(uri)
    try:
        with filesystem.open_input_stream(path) as stream:
            return bytes(stream.read())
    except OSError as error:
        raise SourceError(f"{uri}: cannot be read: {error}") from error


def delete(uri: str) -> None:
    """Remove a small file, if it is there."""
    filesystem, path = filesystem_of(uri)
    with contextlib.suppress(FileNotFoundError):
        filesystem.delete_file(path)


@contextlib.contextmanager
def replacing(uri: str) -> Iterator[NativeFile]:
    """Give a stream whose bytes become the file only when the block ends well.

    A task that is tried again, or a run that is stopped, leaves the old file or the new one, not a half.
    """
    filesystem, path = filesystem_of(uri)
    folder, _, name = path.rpartition("/")
    filesystem.create_dir(folder, recursive=True)
    waiting = f"{folder}/.{name}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with filesystem.open_output_stream(waiting) as stream:
            yield stream
        filesystem.move(waiting, path)
    except BaseException:
        with contextlib.suppress(OSError):
            filesystem.delete_file(waiting)
        raise


def write_bytes(uri: str, payload: bytes) -> None:
    """Write a whole small file, at once or not at all.

    Raises:
        SourceError: it cannot be written.
    """
    try:
        with replacing(uri) as stream:
            stream.write(payload)
    except OSError as error:
        raise SourceError(f"{uri}: cannot be written: {error}") from error
