"""Properties of reading lines: nothing is lost, and neither chunks nor damage change what is found."""

from __future__ import annotations

import gzip
import io
from unittest import mock

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.io import decode, stored
from tamis.io.jsonl import read_jsonl
from tamis.io.lines import LineCounter, LineSplitter
from tamis.io.names import decode_path, encode_path
from tamis.io.records import FileFacts, InputFile, Record

CHUNKS = st.sampled_from([1, 7, 64])
STREAMS = st.lists(
    st.sampled_from([b"\n", b" ", b"\r", b"\x0c", b"a", b"{", b"\xff", b'{"text":"x"}', b"\x00"])
).map(b"".join)
profile = settings(max_examples=60, derandomize=True, deadline=None)


@given(STREAMS, CHUNKS, st.integers(0, 20))
@profile
def test_every_line_is_a_record_or_blank(data: bytes, chunk: int, longest: int) -> None:
    splitter, counter, found = LineSplitter(longest), LineCounter(), []
    for start in range(0, len(data), chunk):
        found += splitter.feed(start, data[start : start + chunk])
        counter.feed(data[start : start + chunk])
    found += splitter.finish()
    lines = data.split(b"\n")[: None if data and not data.endswith(b"\n") else -1]
    assert len(found) + splitter.blanks == len(lines)
    assert counter.started == len(found)
    assert [data[line.offset :][: line.length] for line in found] == [line for line in lines if line.strip()]
    assert [line.data for line in found] == [
        line if len(line) <= longest else None for line in lines if line.strip()
    ]


def read(data: bytes, chunk: int) -> tuple[list[Record], FileFacts]:
    """Read with another chunk size; a failed range may begin elsewhere then, so only its code is kept."""
    file = InputFile("test", "/", "f", "jsonl", len(data))
    with (
        mock.patch.object(stored, "CHUNK_BYTES", chunk),
        mock.patch.multiple(decode, CHUNK_BYTES=chunk, PIECE_BYTES=chunk),
    ):
        *items, facts = read_jsonl(file, io.BytesIO(data), max_record_bytes=40)
    assert facts.bytes_consumed + sum(failed.length for failed in facts.ranges) == len(data)
    records = [item for item in items if isinstance(item, Record)]
    assert len(records) == facts.records
    described = [(*_plain(record), str(record.error)) for record in records]
    return described, (facts.sha256, facts.records, facts.status, [failed.code for failed in facts.ranges])


def _plain(record: Record) -> tuple[object, ...]:
    return record.key, record.offset, record.length, record.record_sha256, record.text


@given(STREAMS, CHUNKS, st.sampled_from([bytes, gzip.compress, zstandard.compress]), st.data())
@profile
def test_chunk_size_does_not_change_what_is_read(
    data: bytes, chunk: int, pack: object, draw: st.DataObject
) -> None:
    packed = bytearray(pack(data))
    if packed and draw.draw(st.booleans()):
        packed[draw.draw(st.integers(0, len(packed) - 1))] ^= draw.draw(st.integers(1, 255))
    packed = packed[: draw.draw(st.integers(0, len(packed)))] if draw.draw(st.booleans()) else packed
    assert read(bytes(packed), chunk) == read(bytes(packed), 1 << 20)


@given(st.binary(max_size=30))
@profile
def test_any_file_name_is_unicode_and_comes_back(name: bytes) -> None:
    text = name.decode("utf-8", "surrogateescape")
    encode_path(text).encode("utf-8")
    assert decode_path(encode_path(text)) == text
