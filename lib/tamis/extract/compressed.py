"""A payload out of its wrappings: transport codings, gzip, zstd, bzip2, xz."""

from __future__ import annotations

import bz2
import io
import lzma
import re
from typing import TYPE_CHECKING

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.declared import joined, unpacked
from tamis.extract.sniff import sniff_media_type
from tamis.io.decode import gzip_pieces, zstd_pieces
from tamis.io.stored import StoredStream

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIX = re.compile(r"\.(?:gz|zst|bz2|xz)\Z")


def opened(payload: bytes, name: str, declared: Declared | None, limit: int) -> tuple[bytes, str]:
    """Return a payload without transport codings and one layer of compression, and its media type.

    Args:
        payload: As it is stored.
        name: As `sniff_media_type` takes it.
        declared: What came with it; None outside archives and mails.
        limit: Bytes that it may unpack to.

    Raises:
        DocumentError: ``truncated``, ``corrupt``, or ``zip_bomb`` beyond the limit.
    """
    came_with = declared or Declared()
    if came_with.is_certain and came_with.media_type:
        return payload, came_with.media_type
    payload = unpacked(payload, came_with, limit)
    media_type = sniff_media_type(payload, name, came_with.media_type)
    if media_type in OPENERS:
        payload = _expanded(payload, media_type, limit)
        media_type = sniff_media_type(payload, SUFFIX.sub("", name))
    return payload, media_type


def _expanded(payload: bytes, media_type: str, limit: int) -> bytes:
    """Take off one layer of compression, at most ``limit`` bytes of it."""
    expanded = OPENERS[media_type](payload, limit)
    if len(expanded) > limit:
        raise DocumentError("zip_bomb", f"{media_type}: {len(payload):,} bytes expand beyond {limit:,}")
    return expanded


def _gunzip(payload: bytes, limit: int) -> bytes:
    return joined(gzip_pieces(StoredStream(io.BytesIO(payload))), limit)


def _unzstd(payload: bytes, limit: int) -> bytes:
    return joined(zstd_pieces(StoredStream(io.BytesIO(payload))), limit)


def _bunzip2(payload: bytes, limit: int) -> bytes:
    return _read(bz2.BZ2File(io.BytesIO(payload)), limit)


def _unxz(payload: bytes, limit: int) -> bytes:
    return _read(lzma.LZMAFile(io.BytesIO(payload), format=lzma.FORMAT_XZ), limit)


def _read(stream: bz2.BZ2File | lzma.LZMAFile, limit: int) -> bytes:
    try:
        with stream:
            return stream.read(limit + 1)
    except EOFError as error:
        raise DocumentError("truncated", "the compressed stream ends before its end mark") from error
    except (OSError, lzma.LZMAError) as error:
        raise DocumentError("corrupt", str(error)) from error


OPENERS: dict[str, Callable[[bytes, int], bytes]] = {
    media.GZIP: _gunzip,
    media.ZSTD: _unzstd,
    media.BZIP2: _bunzip2,
    media.XZ: _unxz,
}
