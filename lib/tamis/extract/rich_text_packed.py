"""Compressed RTF, as Outlook stores the text of a message ([MS-OXRTFCP])."""

from __future__ import annotations

import struct
import zlib

from tamis.errors import DocumentError

HEADER = struct.Struct("<II4sI")  # bytes that follow this field, bytes unpacked, kind, CRC
PACKED, STORED = b"LZFu", b"MELA"
WINDOW = 4096
# 2.1.2.1: what every text may refer to before it has said anything itself.
INITIAL = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rich_text(packed: bytes, limit: int) -> bytes:
    """Return the RTF.

    Args:
        packed: The whole property, with its header.
        limit: Bytes that it may have unpacked.

    Raises:
        DocumentError: ``corrupt`` where it is cut off, of no known kind, its checksum or size is wrong;
            ``too_large`` beyond the limit.
    """
    if len(packed) < HEADER.size:
        raise DocumentError("corrupt", "compressed RTF: its header is cut off")
    following, size, kind, checksum = HEADER.unpack_from(packed)
    body = packed[HEADER.size : following + 4]
    if kind not in {PACKED, STORED} or len(body) + HEADER.size != following + 4:
        raise DocumentError("corrupt", f"compressed RTF: {len(packed)} bytes of the kind {kind!r}")
    if size > limit:
        raise DocumentError("too_large", f"compressed RTF: {size:,} bytes, where {limit:,} are allowed")
    if kind == STORED:
        return body[:size]
    if zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF != checksum:  # 2.1.3.2: starts at 0, no bit is turned over
        raise DocumentError("corrupt", "compressed RTF: its checksum is wrong")
    return _unpacked(body, size)


def _unpacked(body: bytes, size: int) -> bytes:
    """Return what runs of eight bytes and references, told apart by the bits before them, unpack to."""
    out = bytearray(INITIAL)
    end = len(INITIAL) + size
    position = 0
    while position < len(body) and len(out) < end:
        bits = body[position]
        position += 1
        for bit in range(8):
            step = 1 + (bits >> bit & 1)
            token = body[position : position + step]
            position += step
            if len(token) < step or (step == 2 and not _repeat(out, int.from_bytes(token))):
                return bytes(out[len(INITIAL) : end])
            if step == 1:
                out += token
    return bytes(out[len(INITIAL) : end])


def _repeat(out: bytearray, reference: int) -> bool:
    """Append what a reference points to; False where it is the mark of the end: its own place."""
    back = (len(out) - (reference >> 4)) % WINDOW
    for _ in range((reference & 15) + 2 if back else 0):
        # Places of the window that were never written hold zeros.
        out.append(out[-back] if back <= len(out) else 0)
    return back > 0
