"""What an archive says of a payload, put to use: codings undone, the charset applied, media told apart.

Runs in the worker process, since unpacking hostile bytes costs memory and time. Servers declare what is not
so, and crawlers store bodies unpacked under their old headers: a coding that the bytes do not have is passed
over.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from zlib_ng import zlib_ng as zlib

from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.clean import decode_text
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.sniff import HEAD_BYTES, sniff_media_type
from tamis.io.decode import DamagedStreamError, ZlibError, is_zstd, zstd_frame
from tamis.io.stored import StoredStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tamis.document import Declared

# Chunk extensions (RFC 9112, 7.1.1) are what fastwarc 2.0.1 refuses.
CHUNK_HEAD = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
MEDIA = frozenset({"image", "audio", "video", "font"})
PROGRAMS = {
    "text/css": "css",
    "application/wasm": "wasm",
    **dict.fromkeys(
        ("text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript"),
        "javascript",
    ),
}
CHARSET_TYPES = frozenset({
    media.HTML, media.XHTML, media.XML, media.JSON, media.NDJSON, media.CSV, media.TSV, media.MARKDOWN,
    media.PLAIN,
})  # fmt: skip
UTF8_MARK = b"\xef\xbb\xbf"


def unpacked(payload: bytes, declared: Declared, limit: int) -> bytes:
    """Return a payload without what was done to it for transport.

    Args:
        payload: As the archive holds it.
        declared: Its codings: ``chunked``, ``gzip``, ``deflate``, ``br``, ``zstd``; others are passed over.
        limit: Bytes that it may unpack to.

    Raises:
        DocumentError: ``truncated``, ``corrupt``, or ``zip_bomb`` beyond the limit.
    """
    for coding in declared.codings:
        undo = CODINGS.get(coding)
        if undo is not None and payload:
            payload = _undone(payload, coding, undo, limit)
    return payload


def _undone(payload: bytes, coding: str, undo: Callable[[bytes, int], bytes], limit: int) -> bytes:
    try:
        undone = undo(payload, limit)
    except DocumentError as error:
        is_text = coding in UNMARKED and sniff_media_type(payload[:HEAD_BYTES]) != media.OCTETS
        if is_text and error.code == "corrupt":
            return payload
        raise
    if len(undone) > limit:
        raise DocumentError("zip_bomb", f"{coding}: {len(payload):,} bytes unpack to more than {limit:,}")
    return undone


def _unchunked(payload: bytes, _limit: int) -> bytes:
    """Return a chunked body joined (RFC 9112, section 7.1), without trailer fields."""
    parts: list[bytes] = []
    position = 0
    while head := CHUNK_HEAD.match(payload, position):
        size = int(head[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(payload[head.end() : head.end() + size])
        position = head.end() + size
        position += 2 if payload.startswith(b"\r\n", position) else payload.startswith(b"\n", position)
    if position < len(payload):
        raise DocumentError("corrupt", f"chunked: no chunk begins at byte {position} of {len(payload)}")
    raise DocumentError("truncated", f"chunked: the last chunk is missing after {len(payload)} bytes")


def _ungzipped(payload: bytes, limit: int) -> bytes:
    return _inflated(payload, 31, limit) if payload.startswith(b"\x1f\x8b") else payload


def _undeflated(payload: bytes, limit: int) -> bytes:
    """Inflate with the zlib header of RFC 9110, 8.4.1.2, or without, as some servers send it."""
    is_zlib = payload[0] & 15 == 8 and int.from_bytes(payload[:2]) % 31 == 0
    return _inflated(payload, 15 if is_zlib else -15, limit)


def _inflated(payload: bytes, wbits: int, limit: int) -> bytes:
    """Return all members' text; what follows them and is none is left out, as browsers do."""
    output = b""
    while True:
        inflate = zlib.decompressobj(wbits=wbits)
        try:
            output += inflate.decompress(payload, limit + 1 - len(output))
        except ZlibError as error:
            raise DocumentError("corrupt", f"HTTP content: {error}") from error
        if len(output) > limit:
            return output
        if not inflate.eof:
            raise DocumentError("truncated", f"the packed HTTP content ends after {len(payload)} bytes")
        payload = inflate.unused_data
        if wbits < 0 or not payload.startswith(b"\x1f\x8b"):
            return output


def _unbrotlied(payload: bytes, limit: int) -> bytes:
    import brotli

    decoder, output, size = brotli.Decompressor(), [], 0
    try:
        while size <= limit and not decoder.is_finished():
            part = decoder.process(payload, output_buffer_limit=1 << 20)
            if not part and not payload:
                raise DocumentError("truncated", "the brotli stream ends before its last block")
            payload = b""
            output.append(part)
            size += len(part)
    except brotli.error as error:
        raise DocumentError("corrupt", f"HTTP content: {error}") from error
    return b"".join(output)


def _unzstd(payload: bytes, limit: int) -> bytes:
    """Return the first frame's text."""
    if not is_zstd(payload[:4]):
        return payload
    return joined(zstd_frame(StoredStream(io.BytesIO(payload))), limit)


def joined(pieces: Iterable[tuple[int, bytes]], limit: int) -> bytes:
    """Return decoded pieces as one, up to the first beyond the limit.

    Args:
        pieces: Of a decoder of `tamis.io.decode`.
        limit: Bytes of text that are wanted.

    Raises:
        DocumentError: ``truncated`` or ``corrupt``.
    """
    output: list[bytes] = []
    size = 0
    try:
        for _, piece in pieces:
            output.append(piece)
            size += len(piece)
            if size > limit:
                break
    except DamagedStreamError as error:
        raise DocumentError(error.code, error.message) from error
    return b"".join(output)


CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "chunked": _unchunked,
    "gzip": _ungzipped,
    "x-gzip": _ungzipped,
    "deflate": _undeflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
UNMARKED = frozenset({"chunked", "deflate", "br"})  # bytes without a magic number


def refuse_media(media_type: str, declared: Declared) -> None:
    """Raise where a payload of an archive is no document: pictures, sound, films, fonts, programs.

    Args:
        media_type: What the bytes turned out to be. What is sniffed as a document is one, whatever was
            declared.
        declared: What the archive says.

    Raises:
        DocumentError: `NO_DOCUMENT`; its message is the reason, such as ``media.image``.
    """
    for named in (media_type, declared.media_type or ""):
        main = named.partition("/")[0]
        if main in MEDIA:
            raise DocumentError(NO_DOCUMENT, f"media.{main}")
        if media_type not in (media.PLAIN, media.OCTETS):
            return
    if declared.media_type in PROGRAMS:
        raise DocumentError(NO_DOCUMENT, f"media.{PROGRAMS[declared.media_type]}")


def in_utf8(payload: bytes, media_type: str, declared: Declared) -> bytes:
    """Return text whose encoding was declared as UTF-8 with its mark, so that every reader knows it."""
    if not declared.charset or media_type not in CHARSET_TYPES:
        return payload
    return UTF8_MARK + decode_text(payload, declared.charset)[0].encode("utf-8", "surrogatepass")
