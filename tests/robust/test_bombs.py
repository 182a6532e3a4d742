"""What would expand to ten gigabytes costs one document; the next one is extracted."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

import pytest
from tests.robust import writers

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = bytes(1 << 20)
BLOCKS = 10_000  # of a megabyte, in 1,034 bytes each
GZIP_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
GENEROUS_CPU_SECONDS = 60
PART = "word/document.xml"


@cache
def zeros(blocks: int) -> bytes:
    """Return a raw deflate stream of so many megabytes of zeros: blocks that know nothing of each other."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * blocks + zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()


def gzip_bomb() -> bytes:
    return GZIP_HEAD + zeros(BLOCKS) + bytes(8)  # nobody gets as far as the sum at its end


def docx_bomb() -> bytes:
    """Return a package with one member, whose size is said to be a thousand bytes."""
    name, data = PART.encode(), zeros(BLOCKS)
    sizes = struct.pack("<3I", 0, len(data), 1000)
    local = (
        b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<2H", len(name), 0) + name
    )
    entry = b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0x21) + sizes
    entry += struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4H2IH", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    return local + data + entry + b"PK\5\6" + end


@pytest.mark.parametrize(
    ("make", "declared"),
    [(gzip_bomb, None), (docx_bomb, None), (gzip_bomb, Declared("text/html", None, ("gzip",)))],
    ids=["gzip", "docx", "http"],
)
def test_ten_gigabytes_in_ten_megabytes_cost_one_document(
    make: Callable[[], bytes], declared: Declared | None
) -> None:
    with IsolatedExtractor(ExtractOptions(), cpu_seconds=GENEROUS_CPU_SECONDS) as extractor:
        with pytest.raises(DocumentError) as caught:
            extractor.extract(make(), "sieves", declared)
        assert caught.value.code == "zip_bomb"
        assert extractor.extract(writers.rich_text(), "sieves.rtf").text.startswith("A tamis")


def test_the_bomb_is_what_it_is_said_to_be() -> None:
    assert zlib.decompress(zeros(3), -zlib.MAX_WBITS) == BLOCK * 3
    assert len(zeros(BLOCKS)) < 11_000_000
