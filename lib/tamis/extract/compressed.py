"""A payload out of its wrappings: transport codings, gzip, zstd."""

from __future__ import annotations

import gzip
import io
import zlib

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.declared import unpacked
from tamis.extract.sniff import sniff_media_type


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
    if media_type in (media.GZIP, media.ZSTD):
        payload = _expanded(payload, media_type, limit)
        name = name.removesuffix(".gz").removesuffix(".zst")
        media_type = sniff_media_type(payload, name)
    return payload, media_type


def _expanded(payload: bytes, media_type: str, limit: int) -> bytes:
    """Take off one layer of compression, at most ``limit`` bytes of it."""
    try:
        expanded = _gunzip(payload, limit) if media_type == media.GZIP else _unzstd(payload, limit)
    except EOFError as error:
        raise DocumentError("truncated", f"{media_type}: the stream ends before its end mark") from error
    except (OSError, zlib.error) as error:
        raise DocumentError("corrupt", f"{media_type}: {error}") from error
    if len(expanded) > limit:
        raise DocumentError("zip_bomb", f"{media_type}: {len(payload):,} bytes expand beyond {limit:,}")
    return expanded


def _gunzip(payload: bytes, limit: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(payload)) as stream:
        return stream.read(limit + 1)


def _unzstd(payload: bytes, limit: int) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(payload, read_across_frames=True) as stream:
            return stream.read(limit + 1)
    except zstandard.ZstdError as error:
        raise DocumentError("corrupt", f"{media.ZSTD}: {error}") from error
