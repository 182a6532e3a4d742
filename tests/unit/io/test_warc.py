"""Web archives to records: what is a document, what is skipped, what damage costs, that parts add up."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
from collections import Counter
from itertools import pairwise

import pytest
from tests.unit.io.archives import HTML, PACKINGS, packed, record, response

from tamis.io import readers
from tamis.io.readers import FailedRange, FileFacts, InputFile, Record, Skipped, read_input


class Result:
    """What one archive, or a part of it, gave; with the sums checked that hold for every one."""

    def __init__(self, file, **options):
        *items, self.facts = read_input(file, **options)
        assert isinstance(self.facts, FileFacts)
        self.records = [item for item in items if isinstance(item, Record)]
        self.skipped = Counter(item.reason for item in items if isinstance(item, Skipped))
        self.ranges = [item for item in items if isinstance(item, FailedRange)]
        assert tuple(self.ranges) == self.facts.ranges
        start, end = self.facts.covers
        assert self.facts.bytes_consumed + sum(item.length for item in self.ranges) == end - start
        assert self.facts.records == len(self.records) + self.skipped.total()
        assert len({item.offset for item in self.records}) == len(self.records)
        if file.part is None:
            assert (start, end) == (0, file.bytes)

    @property
    def keys(self):
        return [item.key.removeprefix("<urn:uuid:").removesuffix(">") for item in self.records]

    @property
    def codes(self):
        return [item.error and item.error.code for item in self.records]

    @property
    def lost(self):
        return [(item.code, item.offset, item.length) for item in self.ranges]


def stored(folder, data, part=None):
    (folder / "a.warc").write_bytes(data)
    return InputFile("s", str(folder), "a.warc", "warc", len(data), part=part)


@pytest.fixture
def read(tmp_path):
    return lambda data, part=None, **options: Result(stored(tmp_path, data, part), **options)


@pytest.mark.parametrize("how", PACKINGS)
def test_every_packing_gives_the_same_records(read, how):
    data = packed([record(n, b"page %d" % n) for n in range(40)], how)
    result = read(data)
    assert [item.payload for item in result.records] == [b"page %d" % n for n in range(40)]
    assert result.keys == [str(n) for n in range(40)]
    assert result.facts.status == "read"
    assert result.facts.sha256 == hashlib.sha256(data).hexdigest()


def test_record_says_what_the_archive_says(read):
    block = response(7, HTML, Content_Type='text/html; charset="ISO-8859-2"', Content_Encoding="br, gzip",
                     Transfer_Encoding="chunked")  # fmt: skip
    (one,) = read(block).records
    assert (one.key, one.url, one.payload) == ("<urn:uuid:7>", "https://example.org/7", HTML)
    assert (one.offset, one.length, one.name) == (0, len(block) - 4, "/7")
    assert one.record_sha256 == hashlib.sha256(block[:-4]).hexdigest()
    assert (one.declared.media_type, one.declared.charset) == ("text/html", "ISO-8859-2")
    assert one.declared.codings == ("chunked", "gzip", "br")  # the last applied is undone first
    assert one.metadata == {
        "warc_date": "2026-01-02T03:04:05Z", "warc_type": "response",
        "http_content_type": 'text/html; charset="ISO-8859-2"',
    }  # fmt: skip


def test_what_is_no_document_is_counted_by_reason(read):
    kinds = ("warcinfo", "request", "metadata", "revisit", "continuation", "invention")
    records = [record(n, b"x", kind) for n, kind in enumerate(kinds)]
    records += [response(10, status="404 Not Found"), response(11, status="301 Moved"), response(12)]
    records += [record(13, b"dns", "response", Content_Type="text/dns")]
    records += [record(14, b"dns", "resource", Content_Type="text/dns"), response(15, status="404")]
    result = read(packed(records, "gzip"))
    assert result.keys == ["12"]
    assert result.skipped == {
        "warcinfo": 1, "request": 1, "metadata": 1, "revisit": 1, "continuation": 1, "unknown": 1,
        "http_status.404": 2, "http_status.301": 1, "not_http": 2,
    }  # fmt: skip


def test_a_request_that_is_cut_off_is_a_failure(read):
    request = record(1, b"GET / HTTP/1.1", "request")
    result = read(request[:-6])
    assert (result.codes, result.skipped) == (["truncated"], {})
    assert read(request).skipped == {"request": 1}


def test_conversion_is_text_as_it_is(read):
    body = "# kein HTML: <b>ä</b>\n".encode()
    texts = [record(1, body, "conversion"),
             record(2, b"\xe4", "conversion", Content_Type="text/plain; charset=latin-1"),
             record(3, b"\xe4", "conversion", Content_Type="text/plain; charset=klingon"),
             record(4, HTML, "conversion", Content_Type="text/html")]  # fmt: skip
    result = read(packed(texts, "gzip"))
    assert [item.text for item in result.records] == [body.decode(), "ä", "\ufffd", None]
    assert result.records[3].payload == HTML


def test_response_without_a_status_line_is_a_failure(read):
    bad = record(1, b"<html>\r\n\r\nno header", "response", Content_Type="application/http")
    odd = record(2, b"HTTP/1.1 twenty\r\n\r\nx", "response", Content_Type="application/http")
    bare = record(
        3, b"HTTP/1.1 200 OK\nContent-Type: text/html\n\nx", "response", Content_Type="application/http"
    )
    result = read(bad + odd + bare)
    assert result.codes == ["corrupt", "corrupt", None]
    assert (result.records[2].payload, result.records[2].declared.media_type) == (b"x", "text/html")


@pytest.mark.parametrize("digest", ["right", "hex", "wrong", "unknown", "nonsense"])
def test_wrong_block_digest_is_told_not_refused(read, digest):
    block = b"hello"
    sha1 = hashlib.sha1(block).digest()
    named = {
        "right": "sha1:" + base64.b32encode(sha1).decode(), "hex": "sha-1:" + sha1.hex(),
        "wrong": "sha1:" + base64.b32encode(hashlib.sha1(b"other").digest()).decode(),
        "unknown": "crc32:123", "nonsense": "md5:!!",
    }[digest]  # fmt: skip
    (one,) = read(record(1, block, WARC_Block_Digest=named)).records
    assert one.payload == block
    assert ("warc_block_digest" in one.metadata) == (digest in {"wrong", "nonsense"})


def test_records_without_an_id_are_named_by_content(read):
    anonymous = [record(n, b"same", WARC_Record_ID="", WARC_Target_URI="") for n in (1, 1, 2)]
    result = read(packed(anonymous, "gzip"))
    digest = hashlib.sha256(anonymous[0][:-4]).hexdigest()
    assert [item.key for item in result.records] == [f"a.warc:{digest}:0"] * 3


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("size", [1000, 1001])
def test_record_over_the_limit_is_not_held(read, how, size):
    result = read(
        packed([record(1, b"a"), record(2, b"b" * size), record(3, b"c")], how), max_record_bytes=1000
    )
    assert result.codes == [None, "too_large" if size > 1000 else None, None]
    assert result.records[1].payload == (None if size > 1000 else b"b" * size)


def test_member_cut_short_costs_its_record_alone(read):
    """This test ensures that a block that is stored as it is does not take the next members along."""
    noise = random.Random(5).randbytes
    members = [gzip.compress(record(n, noise(150_000)), mtime=0) for n in range(6)]
    members[2] = members[2][: 2 * 65_536 - 3_000]  # the block ends behind what is read at a time
    result = read(b"".join(members))
    begin = len(members[0]) * 2
    assert result.keys == ["0", "1", "3", "4", "5"]
    assert result.lost == [("corrupt", result.records[1].offset + len(members[1]), len(members[2]))]
    assert abs(result.lost[0][1] - begin) < 100
    assert result.facts.status == "damaged"


@pytest.mark.parametrize("how", ["gzip", "zstd"])
@pytest.mark.parametrize("kept", [1, 60, 100])
def test_archive_that_ends_early_loses_its_last_record(read, how, kept):
    units = [packed([record(n, b"page")], how) for n in range(3)]
    result = read(units[0] + units[1] + units[2][:kept])
    start = len(units[0] + units[1])
    assert result.keys == ["0", "1"]
    assert [item[1:] for item in result.lost] == [(start, kept)]
    assert result.lost[0][0] in {"truncated", "corrupt"}  # one byte alone is no magic


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd", "zstd dictionary"])
def test_garbage_between_records_is_a_failed_range(read, how):
    units = [packed([record(n, b"page %d" % n)], how) for n in range(3)]
    head = units[0]
    rest = [
        unit[unit.index(b"\x28\xb5\x2f\xfd", 4000) :] if how == "zstd dictionary" else unit
        for unit in units[1:]
    ]
    garbage = b"GARBAGE\r\n" * 7 + b"\x1f\x8b\x08\0 and \x28\xb5\x2f\xfd are magic by chance"
    result = read(head + garbage + b"".join(rest))
    assert result.keys == ["0", "1", "2"]
    assert result.lost == [("not_warc" if how == "plain" else "corrupt", len(head), len(garbage))]


def test_address_in_angle_brackets_is_bared(read):
    (one,) = read(record(1, b"x", WARC_Target_URI="<https://example.org/a.txt>")).records
    assert (one.url, one.name) == ("https://example.org/a.txt", "/a.txt")


def test_garbage_inside_a_member_is_told_without_its_bytes(read):
    member = gzip.compress(record(1, b"a") + b"GARBAGE\r\n" + record(2, b"b"), mtime=0)
    result = read(gzip.compress(record(0, b"z"), mtime=0) + member)
    assert result.keys == ["0", "1", "2"]
    assert [item[::2] for item in result.lost] == [("not_warc", 0)]


@pytest.mark.parametrize("how", ["plain", "gzip", "gzip whole", "zstd"])
@pytest.mark.parametrize("length", ["3", "17", "minus", "", "²"])
def test_wrong_length_costs_its_record_alone(read, how, length):
    bad = record(1, b"hello world", length=length)
    result = read(packed([record(0, b"a"), bad, record(2, b"c")], how))
    assert result.keys == ["0", "1", "2"]
    reaches_over = length == "17" and how in {"gzip", "zstd"}  # a unit ends where the record does
    assert result.codes == [None, "truncated" if reaches_over else "corrupt", None]
    assert result.lost == []


@pytest.mark.parametrize("how", ["plain", "gzip", "gzip whole"])
def test_length_that_swallows_records_gives_them_back(read, how):
    bad = record(1, b"hello world", length="700")
    result = read(packed([record(0, b"a"), bad, *(record(n, b"c") for n in range(2, 9))], how))
    assert result.keys == [str(n) for n in range(9)]
    assert result.codes[1] in {"corrupt", "truncated"}
    assert result.codes[:1] + result.codes[2:] == [None] * 8


def test_last_record_shorter_than_its_length_is_truncated(read):
    result = read(record(0, b"a") + record(1, b"hello", length="900"))
    assert result.codes == [None, "truncated"]
    assert "900" in result.records[1].error.message


@pytest.mark.parametrize("at", [20, 150, -6])
def test_flipped_byte_loses_no_other_record(read, at):
    noise = random.Random(6).randbytes
    members = [gzip.compress(record(n, noise(3000)), mtime=0) for n in range(5)]
    flipped = bytearray(members[2])
    flipped[at] ^= 0x55
    members[2] = bytes(flipped)
    result = read(b"".join(members))
    assert [key for key in result.keys if key != "2"] == ["0", "1", "3", "4"]
    assert len(result.lost) == 1


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.4 no archive", b'{"text": "x"}\n' * 50, gzip.compress(b"none\n" * 9, mtime=0), b"WARC/1.0\r\n"],
)
def test_other_formats_are_named_as_such(read, data):
    result = read(data)
    assert (result.facts.status, result.records) == ("unreadable", [])
    assert [item.code for item in result.ranges] == ["not_warc"]


def test_empty_file_and_zero_padding_are_sound(read):
    assert read(b"").facts.status == "read"
    assert read(packed([record(0, b"a")], "gzip") + b"\0" * 3000).facts.status == "read"
    padded = packed([record(0, b"a")], "gzip") + b"\0" * 3000 + packed([record(1, b"b")], "gzip")
    result = read(padded)
    assert result.keys == ["0", "1"]
    assert [item[::2] for item in result.lost] == [("corrupt", 3000)]


def test_failing_storage_is_a_failed_range(tmp_path, monkeypatch):
    import io

    data = packed([record(n, random.Random(n).randbytes(400_000)) for n in range(8)], "gzip")

    class Failing(io.FileIO):
        def read(self, size=-1):
            if self.tell() >= 1 << 21:
                raise OSError(5, "disk on fire")
            return super().read(size)

    file = stored(tmp_path, data)
    monkeypatch.setattr(readers, "open_input", lambda root, path: Failing(f"{root}/{path}"))
    result = Result(file)
    assert 3 <= len(result.records) < 8
    assert result.facts.sha256 == ""
    assert [item.code for item in result.ranges] == ["unreadable"]


def sizes(seed):
    return [random.Random(seed * 100 + n).randrange(20, 9000) for n in range(60)]


@pytest.mark.parametrize("how", PACKINGS)
@pytest.mark.parametrize("count", [2, 3, 7, 40])
def test_parts_of_an_archive_give_what_the_whole_gives(read, how, count):
    noise = random.Random(9).randbytes
    data = packed([record(n, noise(size)) for n, size in enumerate(sizes(1))], how)
    whole = read(data)
    bounds = [len(data) * place // count for place in range(count + 1)]
    parts = [read(data, part) for part in pairwise(bounds)]
    assert [item for part in parts for item in part.records] == whole.records
    assert sum(part.facts.bytes_consumed for part in parts) == len(data)
    assert "".join(part.facts.sha256 for part in parts) == whole.facts.sha256
    if how != "gzip whole":
        assert sum(bool(part.records) for part in parts) > count / 2


def test_first_part_hashes_the_whole_file(read):
    data = packed([record(n, random.Random(n).randbytes(300_000)) for n in range(12)], "gzip")
    first = read(data, (0, 1000))
    assert first.facts.sha256 == hashlib.sha256(data).hexdigest()
    assert (len(first.records), read(data, (1000, len(data))).facts.sha256) == (1, "")


def test_more_records_than_stored_bytes_show_that_parts_do_not_fit(read, tmp_path):
    member = gzip.compress(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n" * 2000, mtime=0)
    data = member * 2
    assert read(data).facts.records == 4000
    *_, first = read_input(stored(tmp_path, data, (0, len(member))))
    second = read(data, (len(member), len(data))).facts
    assert (first.records, second.records, first.bytes_consumed) == (2000, 2000, len(member))
    assert first.covers[1] > second.covers[0]


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
def test_parts_fit_at_every_bound(read, how):
    noise = random.Random(9).randbytes
    units = [packed([record(n, noise(20))], how) for n in range(3)]
    data = b"".join(units)
    whole = read(data)
    for bound in range(1, len(data)):
        first, second = read(data, (0, bound)), read(data, (bound, len(data)))
        assert first.records + second.records == whole.records, bound
        assert first.facts.covers[1] == second.facts.covers[0] or not second.records, bound


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
def test_parts_of_a_damaged_archive_lose_the_same(read, how):
    noise = random.Random(9).randbytes
    data = bytearray(packed([record(n, noise(size)) for n, size in enumerate(sizes(2))], how))
    for place in range(5_000, len(data), 60_000):
        data[place : place + 700] = noise(700)
    whole = read(bytes(data))
    assert whole.lost or how == "plain"
    bounds = [len(data) * place // 9 for place in range(10)]
    parts = [read(bytes(data), part) for part in pairwise(bounds)]
    assert [item for part in parts for item in part.ranges] == whole.ranges
    assert [item.key for part in parts for item in part.records] == [item.key for item in whole.records]


def test_archive_inside_an_archive_shows_that_parts_do_not_fit(read):
    inner = packed([record(n, random.Random(n).randbytes(500)) for n in range(100, 160)], "gzip")
    outer = gzip.compress(record(1, inner), compresslevel=0, mtime=0)
    data = packed([record(0, b"a")], "gzip") + outer + packed([record(2, b"c")], "gzip")
    first, second = read(data, (0, len(data) // 2)), read(data, (len(data) // 2, len(data)))
    assert first.facts.covers[1] > second.facts.covers[0]
    assert read(data).keys == ["0", "1", "2"]
