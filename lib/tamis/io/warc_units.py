"""How a web archive is packed, and where in its stored bytes something begins that can be read by itself.

A place counts only if what unpacks there begins with a WARC version line: two or three bytes of magic turn up
by chance every 16 MB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import zstandard
from zlib_ng import zlib_ng as zlib

from tamis.io.decode import GZIP_MAGIC, ZSTD_MAGIC, ZlibError, gzip_member, is_zstd, zstd_frame
from tamis.io.warc_frames import FIRST_LINE, MARK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.io.stored import StoredStream

MAX_DICTIONARY_BYTES = 1 << 24
ZSTD_MARK = ZSTD_MAGIC.to_bytes(4, "little")
DICTIONARY_MARK = (0x184D2A5D).to_bytes(4, "little")  # the WARC-zstd specification, IIPC 2021
DEFLATED = GZIP_MAGIC + b"\x08"
# Stored bytes that must show a record: a gzip header and some text; a zstd block, which comes whole or not.
GZIP_TRIAL_BYTES = 1 << 12
ZSTD_TRIAL_BYTES = HEAD_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Units:
    """What records are packed in.

    Attributes:
        magic: What a gzip member or zstd frame begins with; empty: records are not packed.
        trial_bytes: How many stored bytes are needed to tell whether a unit begins.
        dictionary: Of a zstd archive.
    """

    magic: bytes
    trial_bytes: int
    dictionary: zstandard.ZstdCompressionDict | None = None

    def with_dictionary(self, dictionary: zstandard.ZstdCompressionDict | None) -> Units:
        """Return the same with the archive's dictionary."""
        return replace(self, dictionary=dictionary)

    def begins(self, head: bytes) -> bool:
        """Tell whether these four bytes are the magic of a unit."""
        return head.startswith(self.magic)

    def pieces(self, stream: StoredStream) -> Iterator[tuple[int, bytes]]:
        """Yield what the gzip member or zstd frame holds that begins here; see `decode`."""
        return gzip_member(stream) if self.magic == DEFLATED else zstd_frame(stream, self.dictionary)

    def find(self, window: bytes, *, is_last: bool) -> int | None:
        """Return the first place in some stored bytes where a unit begins.

        Args:
            window: The stored bytes.
            is_last: Nothing follows them; else places in the last ``trial_bytes`` are left for later.
        """
        limit = len(window) if is_last else len(window) - self.trial_bytes
        if not self.magic:
            return found.start() if (found := FIRST_LINE.search(window)) and found.start() < limit else None
        for found in re.compile(re.escape(self.magic)).finditer(window):
            if found.start() >= limit:
                return None
            if FIRST_LINE.match(self.text(window[found.start() : found.start() + self.trial_bytes])):
                return found.start()
        return None

    def text(self, stored: bytes) -> bytes:
        """Return the first bytes of what unpacks here; empty where nothing does."""
        try:
            if self.magic == DEFLATED:
                return zlib.decompressobj(wbits=31).decompress(stored, MARK_BYTES)
            with zstandard.ZstdDecompressor(dict_data=self.dictionary).stream_reader(stored) as stream:
                return stream.read(MARK_BYTES)
        except (ZlibError, zstandard.ZstdError):
            return b""


def units_of(head: bytes) -> Units:
    """Return how an archive is packed, told by its first four bytes."""
    if head.startswith(GZIP_MAGIC):
        return Units(DEFLATED, GZIP_TRIAL_BYTES)
    return Units(ZSTD_MARK, ZSTD_TRIAL_BYTES) if is_zstd(head) else Units(b"", MARK_BYTES)


def is_skippable(head: bytes) -> bool:
    """Tell whether these four bytes begin a zstd frame that is no text."""
    return is_zstd(head) and not head.startswith(ZSTD_MARK)


def read_dictionary(frame: bytes) -> zstandard.ZstdCompressionDict | None:
    """Return the dictionary that a skippable frame at the start of an archive holds, packed or not.

    As the WARC-zstd specification (IIPC, 2021) has it. None where it is something else.
    """
    try:
        if frame.startswith(ZSTD_MARK):
            with zstandard.ZstdDecompressor().stream_reader(frame) as stream:
                frame = stream.read(MAX_DICTIONARY_BYTES)
        return zstandard.ZstdCompressionDict(frame, dict_type=zstandard.DICT_TYPE_FULLDICT)
    except zstandard.ZstdError:
        return None


def is_archive(head: bytes) -> bool:
    """Tell a web archive by the first `HEAD_BYTES` of it; one that begins with damage is not known."""
    if head.startswith(DICTIONARY_MARK):
        return True
    units = units_of(head[:4])
    return FIRST_LINE.match(units.text(head) if units.magic else head) is not None
