"""Input files to records, of every format: what is found, what is refused, that nothing is lost between."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tamis.io import jsonl, readers
from tamis.io.lines import LineSplitter
from tamis.io.readers import FailedRange, FileFacts, InputFile, Record, read_input
from tamis.io.records import RecordKeys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Result:
    """What one file gave, with the sums checked that hold for every file."""

    def __init__(self, file: InputFile, **options: Any) -> None:
        *items, self.facts = read_input(file, **options)
        assert isinstance(self.facts, FileFacts)
        self.records = [item for item in items if isinstance(item, Record)]
        self.ranges = [item for item in items if isinstance(item, FailedRange)]
        assert len(items) == len(self.records) + len(self.ranges)
        assert tuple(self.ranges) == self.facts.ranges
        assert self.facts.bytes_consumed + sum(item.length for item in self.ranges) == file.bytes
        assert self.facts.records == len(self.records)

    @property
    def texts(self) -> list[str | None]:
        return [record.text for record in self.records]

    @property
    def codes(self) -> list[str | None]:
        return [record.error and record.error.code for record in self.records]


def stored(path: Path, data: bytes, form: str = "jsonl", **fields: Any) -> InputFile:
    path.write_bytes(data)
    return InputFile("test", str(path.parent), path.name, form, len(data), **fields)


def lines(*texts: str) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


def fail_after(limit: int) -> Callable[[str, str], Any]:
    class Failing(io.FileIO):
        def read(self, size: int = -1) -> bytes:
            if self.tell() + max(size, 0) <= limit:
                return super().read(size)
            if self.tell() < limit:
                return super().read(limit - self.tell())
            raise OSError(5, "disk on fire")

    return lambda root, path: Failing(f"{root}/{path}")


def test_files_give_one_record_with_the_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    result = Result(stored(tmp_path / "page.html", data, "files"))
    record = result.records[0]
    assert (record.key, record.payload, record.length) == ("page.html", data, len(data))
    assert record.record_sha256 == result.facts.sha256 == hashlib.sha256(data).hexdigest()
    assert result.facts.status == "read"


def test_files_may_be_empty(tmp_path: Path) -> None:
    assert Result(stored(tmp_path / "empty", b"", "files")).records[0].payload == b""


@pytest.mark.parametrize(("size", "code"), [(100, None), (101, "too_large")])
def test_files_over_the_limit_are_refused_without_their_bytes(
    tmp_path: Path, size: int, code: str | None
) -> None:
    data = b"x" * size
    result = Result(stored(tmp_path / "f", data, "files"), max_record_bytes=100)
    assert result.codes == [code]
    assert (result.records[0].payload is None) == (code is not None)
    assert result.records[0].length == size
    assert result.facts.sha256 == hashlib.sha256(data).hexdigest()
    assert result.facts.status == "read"


@pytest.mark.parametrize("form", ["files", "jsonl", "parquet"])
def test_a_file_that_cannot_be_opened_is_one_failed_range(tmp_path: Path, form: Any) -> None:
    result = Result(InputFile("test", str(tmp_path), "gone", form, 77))
    assert [(item.offset, item.length, item.code) for item in result.ranges] == [(0, 77, "unreadable")]
    assert (result.facts.status, result.facts.records) == ("unreadable", 0)


@pytest.mark.parametrize("form", ["files", "jsonl", "parquet"])
def test_a_file_that_shrank_is_noticed(tmp_path: Path, form: Any) -> None:
    data = {"files": b"abc", "jsonl": lines("abc")}.get(form) or parquet_bytes(pa.table({"text": ["abc"]}))
    stored(tmp_path / "f", data, form)
    result = Result(InputFile("test", str(tmp_path), "f", form, len(data) + 10))
    assert [record.payload or record.text for record in result.records] in ([b"abc"], ["abc"])
    assert [(item.offset, item.length, item.code) for item in result.ranges] == [(len(data), 10, "changed")]


def test_files_fail_whole_when_storage_fails_midway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = stored(tmp_path / "f", b"x" * 1000, "files")
    monkeypatch.setattr(readers, "open_input", fail_after(500))
    result = Result(file)
    assert [(item.offset, item.length, item.code) for item in result.ranges] == [(0, 1000, "unreadable")]


def test_jsonl_keeps_whole_lines_when_storage_fails_midway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = lines("a", "b", "c")
    file = stored(tmp_path / "f", data)
    monkeypatch.setattr(readers, "open_input", fail_after(len(data) - 3))
    result = Result(file)
    assert result.texts == ["a", "b"]
    assert [item.code for item in result.ranges] == ["unreadable"]
    assert (result.facts.status, result.facts.sha256) == ("damaged", "")


def test_jsonl_reads_fields_into_columns_and_metadata(tmp_path: Path) -> None:
    fields = {
        "id": 7, "text": "hé", "title": "T", "url": "u", "author": "A", "published_utc": "2024-05-01",
        "score": 0.5, "flag": True, "none": None, "n": 3, "nested": {"a": 1}, "list": [1],
    }  # fmt: skip
    record = Result(stored(tmp_path / "f", json.dumps(fields).encode(), id_field="id")).records[0]
    assert (record.key, record.text, record.title, record.url) == ("7", "hé", "T", "u")
    assert (record.author, record.published_utc) == ("A", "2024-05-01")
    assert record.metadata == {"score": "0.5", "flag": "true", "n": "3"}


def test_jsonl_takes_another_text_field(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", b'{"content": "x", "text": "y"}\n', text_field="content")
    record = Result(file).records[0]
    assert (record.text, record.metadata) == ("x", {"text": "y"})


def test_jsonl_keys_of_equal_records_are_counted(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", b'{"text":"a"}\n{"text":"b"}\n{"text":"a"}\n{"text":"a"}', id_field="id")
    a, b = (hashlib.sha256(b'{"text":"%s"}' % letter).hexdigest() for letter in (b"a", b"b"))
    assert [record.key for record in Result(file).records] == [f"f:{a}:0", f"f:{b}:0", f"f:{a}:1", f"f:{a}:2"]


@pytest.mark.parametrize("value", ['""', "null", "{}", "[1]"])
def test_jsonl_without_a_usable_id_is_keyed_by_content(tmp_path: Path, value: str) -> None:
    line = f'{{"id": {value}, "text": "a"}}'.encode()
    record = Result(stored(tmp_path / "f", line, id_field="id")).records[0]
    assert record.key == f"f:{hashlib.sha256(line).hexdigest()}:0"


def test_jsonl_keeps_integers_beyond_64_bits_exact(tmp_path: Path) -> None:
    line = b'{"id": 123456789012345678901234567890, "n": 99999999999999999999, "text": "a"}'
    record = Result(stored(tmp_path / "f", line, id_field="id")).records[0]
    assert (record.key, record.metadata) == ("123456789012345678901234567890", {"n": "99999999999999999999"})


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (b'{"text": "a"', "invalid_json", "line 1 column"),
        (b"plain words", "invalid_json", "Expecting value"),
        (b"[" * 100_000, "invalid_json", "nested too deep"),
        (b'{"text": ' + b"9" * 5000 + b"}", "invalid_json", "limit"),
        (b'["text"]', "not_an_object", "found list"),
        (b'"text"', "not_an_object", "found str"),
        (b'{"body": "a", "id": "k"}', "missing_text", "the fields are: body, id"),
        (b'{"text": null}', "missing_text", "holds null"),
        (b'{"text": ["a"]}', "missing_text", "holds list"),
        (b'{"text": "%s"}' % (b"x" * 200_000), "too_large", "has 200012 bytes"),
    ],
)
def test_jsonl_refuses_a_line_and_reads_on(tmp_path: Path, line: bytes, code: str, message: str) -> None:
    data = lines("before") + line + b"\n" + lines("after")
    result = Result(stored(tmp_path / "f", data), max_record_bytes=150_000)
    assert result.codes == [None, code, None]
    assert result.texts == ["before", None, "after"]
    refused = result.records[1]
    assert message in str(refused.error)
    assert data[refused.offset :][: refused.length] == line
    assert refused.key == f"f:{hashlib.sha256(line).hexdigest()}:0"


def test_jsonl_numbers_that_no_float_holds_stay_as_written(tmp_path: Path) -> None:
    data = b'{"text": "a", "n": 1e400, "m": 1.50}\n{"text": "b", "n": -1e500}\n{"text": "c", "n": 1e300}\n'
    result = Result(stored(tmp_path / "f", data))
    said = [record.metadata for record in result.records]
    assert said == [{"n": "1e400", "m": "1.5"}, {"n": "-1e500"}, {"n": "1e+300"}]


def test_jsonl_line_of_200_mb_is_never_held(tmp_path: Path) -> None:
    import tracemalloc

    with gzip.open(tmp_path / "f", "wb", compresslevel=1) as packed:
        packed.write(b'{"text": "')
        for _ in range(200):
            packed.write(b"y" * 1_000_000)
        packed.write(b'"}\n' + lines("after"))
    file = InputFile("test", str(tmp_path), "f", "jsonl", (tmp_path / "f").stat().st_size)
    tracemalloc.start()
    result = Result(file, max_record_bytes=4_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.codes == ["too_large", None]
    assert result.records[0].length == 200_000_012
    assert peak < 20_000_000


@pytest.mark.parametrize(("size", "code"), [(30, None), (31, "too_large")])
def test_jsonl_line_limit_is_exact(tmp_path: Path, size: int, code: str | None) -> None:
    line = b'{"text": "' + b"x" * (size - 12) + b'"}'
    assert Result(stored(tmp_path / "f", line), max_record_bytes=30).codes == [code]


def test_jsonl_blank_lines_are_no_records(tmp_path: Path) -> None:
    data = b"\n \t\r\n" + lines("a") + b"\n\n" + lines("b").replace(b"\n", b"\r\n") + b"   "
    assert Result(stored(tmp_path / "f", data)).texts == ["a", "b"]


def test_jsonl_of_nothing_has_no_records(tmp_path: Path) -> None:
    for data in (b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"):
        result = Result(stored(tmp_path / "f", data))
        assert (result.records, result.facts.status) == ([], "read")


def test_jsonl_passes_no_broken_unicode_on(tmp_path: Path) -> None:
    data = (
        b'{"text": "a\xff\\u0000"}\n{"text": "\\ud800x", "title": "\\udc00", "k\\udfff": "\\udfff"}\n'
        b'{"text": "\\ud83d\\ude00"}\n{"id": "\\udead", "text": "\xed\xa0\x80"}'
    )
    result = Result(stored(tmp_path / "f", data, id_field="id"))
    assert result.texts == ["a\ufffd\0", "\ufffdx", "\U0001f600", "\ufffd\ufffd\ufffd"]
    assert result.records[1].title == "\ufffd"
    assert result.records[1].metadata == {"k\ufffd": "\ufffd"}
    assert result.records[3].key == "\ufffd"


def test_jsonl_byte_order_mark_is_skipped_and_counted_in_offsets(tmp_path: Path) -> None:
    result = Result(stored(tmp_path / "f", b"\xef\xbb\xbf" + lines("a", "b")))
    assert result.texts == ["a", "b"]
    assert [record.offset for record in result.records] == [3, 17]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_jsonl_in_utf16_is_read(tmp_path: Path, encoding: str) -> None:
    text = '\ufeff{"text": "日本 \U0001f600"}\n{"text": "b"}\n'
    data = text.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    assert Result(stored(tmp_path / "f", data)).texts == ["日本 \U0001f600", "b"]


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda data: gzip.compress(data[:20], mtime=0) + gzip.compress(data[20:], mtime=0) + bytes(512),
        zstandard.compress,
        lambda data: (
            zstandard.compress(data[:20]) + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstandard.compress(data[20:])
        ),
        zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress,
    ],
    ids=[
        "gzip",
        "gzip of two members, padded",
        "zstd",
        "zstd of two frames and a skipped one",
        "zstd checksum",
    ],
)
def test_jsonl_compression_is_told_by_the_bytes(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = lines(*(f"{number} {'x' * number}" for number in range(2000)))
    packed = pack(data)
    result = Result(stored(tmp_path / "plain.jsonl", packed))
    assert [record.length + 1 for record in result.records] == [
        len(line) for line in data.splitlines(keepends=True)
    ]
    assert b"".join(data[record.offset :][: record.length] for record in result.records) == data.replace(
        b"\n", b""
    )
    assert result.facts == FileFacts(hashlib.sha256(packed).hexdigest(), 2000, len(packed), "read")


def noise_lines(count: int) -> bytes:
    """Give lines that hardly compress, so that stored and decoded offsets run alike."""
    return lines(*(hashlib.sha512(b"%d" % number).hexdigest() * 4 for number in range(count)))


def decodable(packed: bytes) -> bytes:
    """Return what a gzip decoder fed byte by byte gives before it stops."""
    inflate, output = zlib.decompressobj(wbits=31), b""
    try:
        for number in range(len(packed)):
            output += inflate.decompress(packed[number : number + 1])
    except zlib.error:
        pass
    return output


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.999])
def test_jsonl_truncated_gzip_gives_every_whole_line(tmp_path: Path, keep: float) -> None:
    packed = gzip.compress(noise_lines(600))
    cut = packed[: int(len(packed) * keep)]
    expected = [json.loads(line)["text"] for line in decodable(cut).split(b"\n")[:-1]]
    result = Result(stored(tmp_path / "f", cut))
    assert result.texts == expected
    assert [item.code for item in result.ranges] == ["truncated"]
    assert result.facts.status == ("damaged" if expected else "unreadable")
    assert result.facts.sha256 == hashlib.sha256(cut).hexdigest()


def test_jsonl_corrupt_gzip_gives_every_line_before_the_damage(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(noise_lines(3000)))
    middle = len(packed) // 2
    packed[middle : middle + 200] = b"\xff" * 200
    expected = decodable(bytes(packed)).split(b"\n")[:-1]
    result = Result(stored(tmp_path / "f", bytes(packed)))
    assert len(result.records) == len(expected) > 200
    assert result.texts[:200] == [json.loads(line)["text"] for line in noise_lines(200).splitlines()]
    assert [item.code for item in result.ranges] == ["corrupt"]
    assert 0 < result.ranges[0].offset <= middle
    assert "a line was cut after" in result.ranges[0].message


def test_jsonl_gzip_with_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(lines("a", "b")))
    packed[-5] ^= 1
    result = Result(stored(tmp_path / "f", bytes(packed)))
    assert result.texts == ["a", "b"]
    assert [item.code for item in result.ranges] == ["corrupt"]


def test_jsonl_garbage_after_a_gzip_member_is_told(tmp_path: Path) -> None:
    result = Result(stored(tmp_path / "f", gzip.compress(lines("a")) + b"garbage"))
    assert result.texts == ["a"]
    assert [item.code for item in result.ranges] == ["corrupt"]


def test_jsonl_truncated_zstd_gives_every_whole_line(tmp_path: Path) -> None:
    data = noise_lines(2000)
    packed = zstandard.compress(data)
    cut = packed[: len(packed) // 2]
    result = Result(stored(tmp_path / "f", cut))
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(cut))
    assert len(result.records) == reader.read(len(data)).count(b"\n") > 300
    assert result.ranges[0].offset > len(cut) // 2
    assert [item.code for item in result.ranges] == ["truncated"]


def test_jsonl_corrupt_zstd_gives_every_block_before_the_damage(tmp_path: Path) -> None:
    data = noise_lines(2000)
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(data))
    packed[-2] ^= 1
    result = Result(stored(tmp_path / "f", bytes(packed)))
    assert len(result.records) == 2000
    assert [item.code for item in result.ranges] == ["corrupt"]
    middle = len(packed) // 2
    packed[middle : middle + 150_000] = bytes(150_000)  # longer than a block, so that a block's head is hit
    result = Result(stored(tmp_path / "f", bytes(packed)))
    assert 0 < len(result.records) < 2000
    assert result.texts == [json.loads(line)["text"] for line in data.splitlines()][: len(result.records)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PAR1....PAR1", "format: parquet"), (b"%PDF-1.7\n", "a PDF"), (b"PK\x03\x04zip", "a zip"),
        (b"BZh91AY", "bzip2"), (b"\xfd7zXZ\x00", "xz"),
    ],
)  # fmt: skip
def test_jsonl_that_is_another_format_is_one_failed_range(tmp_path: Path, data: bytes, message: str) -> None:
    result = Result(stored(tmp_path / "f.jsonl", data))
    assert [item.code for item in result.ranges] == ["not_jsonl"]
    assert message in result.ranges[0].message
    assert result.facts.status == "unreadable"


def test_a_splitter_that_drops_a_record_is_found_by_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dropping(LineSplitter):
        def feed(self, offset: int, data: bytes) -> list[Any]:
            return super().feed(offset, data)[1:]

    file = stored(tmp_path / "f", lines("a", "b", "c"))
    monkeypatch.setattr(jsonl, "LineSplitter", Dropping)
    *records, facts = read_input(file)
    assert (len(records), facts.records) == (2, 3)


def parquet_bytes(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def test_parquet_reads_rows_with_scalar_columns_as_strings(tmp_path: Path) -> None:
    import datetime as dt
    import decimal

    moment = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    table = pa.table({
        "id": [10, 11], "text": ["hé", None], "title": ["T", None], "flag": [True, None], "real": [1.5, None],
        "kind": pa.array(["x", "x"]).dictionary_encode(), "price": [decimal.Decimal("1.20"), None],
        "day": [dt.date(2024, 5, 1), None],
        "at": pa.array([moment, None], pa.timestamp("us", "Europe/Paris")),
        "naive": pa.array([1, None], pa.timestamp("ns")), "raw": [b"\xff", None], "list": [[1], None],
        "struct": [{"a": 1}, None],
    })  # fmt: skip
    result = Result(stored(tmp_path / "f", parquet_bytes(table), "parquet", id_field="id"))
    first, second = result.records
    assert (first.key, first.text, first.title, first.offset, first.length) == ("10", "hé", "T", 0, 3)
    assert first.metadata == {
        "flag": "true", "real": "1.5", "kind": "x", "price": "1.20", "day": "2024-05-01",
        "at": "2024-05-01 12:00:00.000000Z", "naive": "1970-01-01 00:00:00.000000001",
    }  # fmt: skip
    assert (second.key, second.offset, second.error.code) == ("11", 1, "missing_text")
    assert result.facts.status == "read"


def test_parquet_without_ids_is_keyed_by_row_content(tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b", "a"], "n": [1, 1, 1]})
    records = Result(stored(tmp_path / "f", parquet_bytes(table), "parquet")).records
    digest = hashlib.sha256(b'{"n":1,"text":"a"}').hexdigest()
    assert [records[0].key, records[2].key] == [f"f:{digest}:0", f"f:{digest}:1"]
    assert records[1].key != records[0].key


def test_parquet_row_batches_and_groups_do_not_change_records(tmp_path: Path) -> None:
    table = pa.table({"text": [str(number) * (number % 50) for number in range(5000)]})
    whole = Result(stored(tmp_path / "f", parquet_bytes(table), "parquet")).records
    cut = Result(stored(tmp_path / "f", parquet_bytes(table, row_group_size=700), "parquet")).records
    assert whole == cut
    assert [record.offset for record in whole] == list(range(5000))


def test_parquet_passes_no_broken_unicode_on(tmp_path: Path) -> None:
    bad = pa.array([b"a\xff"])
    text = pa.Array.from_buffers(pa.string(), 1, bad.buffers())
    file = stored(tmp_path / "f", parquet_bytes(pa.table({"text": text})), "parquet")
    assert Result(file).texts == ["a\ufffd"]


def test_parquet_text_may_be_binary(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", parquet_bytes(pa.table({"text": [b"caf\xc3\xa9"]})), "parquet")
    assert Result(file).texts == ["café"]


def test_parquet_without_the_text_column_refuses_each_row_by_name(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", parquet_bytes(pa.table({"body": ["a", "b"]})), "parquet")
    result = Result(file)
    assert result.codes == ["missing_text"] * 2
    assert "the fields are: body" in str(result.records[0].error)
    nested = stored(tmp_path / "g", parquet_bytes(pa.table({"list": [[1], [2], [3]]})), "parquet")
    assert Result(nested).codes == ["missing_text"] * 3


def test_parquet_row_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", parquet_bytes(pa.table({"text": ["éé", "ééx"]})), "parquet")
    assert Result(file, max_record_bytes=4).codes == [None, "too_large"]


def test_parquet_of_no_rows_is_read(tmp_path: Path) -> None:
    file = stored(tmp_path / "f", parquet_bytes(pa.table({"text": pa.array([], pa.string())})), "parquet")
    assert Result(file).facts.status == "read"


@pytest.mark.parametrize("data", [b"", b'{"text": "a"}\n', b"PAR1 cut off"])
def test_parquet_that_is_none_is_one_failed_range(tmp_path: Path, data: bytes) -> None:
    result = Result(stored(tmp_path / "f.parquet", data, "parquet"))
    assert [(item.length, item.code) for item in result.ranges] == [(len(data), "corrupt")]
    assert result.facts.status == "unreadable"


def test_parquet_broken_row_group_costs_its_own_rows_only(tmp_path: Path) -> None:
    texts = [hashlib.sha512(b"%d" % number).hexdigest() for number in range(3000)]
    data = bytearray(parquet_bytes(pa.table({"text": texts}), row_group_size=1000, use_dictionary=False))
    group = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    start = group.data_page_offset
    data[start : start + 40] = b"\xff" * 40
    result = Result(stored(tmp_path / "f", bytes(data), "parquet"))
    assert result.texts == texts[:1000] + texts[2000:]
    assert [record.offset for record in result.records] == [*range(1000), *range(2000, 3000)]
    assert [(item.offset, item.length, item.code) for item in result.ranges] == [
        (start, group.total_compressed_size, "corrupt")
    ]
    assert result.facts.status == "damaged"


def test_parquet_one_long_text_in_a_dictionary_is_not_unpacked_at_once(tmp_path: Path) -> None:
    from tamis.io.parquet import batch_rows

    data = parquet_bytes(pa.table({"text": ["y" * 3_000_000] * 30}))
    group = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0)
    assert 1 <= batch_rows(group) <= 22
    short = parquet_bytes(pa.table({"text": [f"text number {number}" for number in range(5000)]}))
    assert batch_rows(pq.ParquetFile(io.BytesIO(short)).metadata.row_group(0)) > 500


def test_record_keys_count_equal_digests_over_many(tmp_path: Path) -> None:
    keys = RecordKeys("f")
    digests = [hashlib.sha256(b"%d" % (number % 7000)).hexdigest() for number in range(21_000)]
    found = [keys.key(digest) for digest in digests]
    assert found == [f"f:{digest}:{number // 7000}" for number, digest in enumerate(digests)]


def test_input_file_comes_from_a_ledger_row() -> None:
    row = {
        "source": "s", "root": "/r", "path": "p", "format": "jsonl", "bytes": 5, "etag": "1", "ordinal": 3,
        "batch_id": 2, "shard": 4, "options": '{"id_field": "id", "text_field": "body"}', "status": "listed",
    }  # fmt: skip
    assert InputFile.from_ledger(row) == InputFile("s", "/r", "p", "jsonl", 5, 3, 2, 4, "id", "body")


@pytest.mark.corpus
def test_jsonl_counts_of_real_files_equal_an_independent_counter(corpus: Path) -> None:
    files = sorted((corpus / "sft").rglob("*.jsonl"))
    assert files
    for file in files:
        expected = sum(1 for line in file.read_bytes().split(b"\n") if line.strip())
        result = Result(InputFile("sft", str(file.parent), file.name, "jsonl", file.stat().st_size))
        assert len(result.records) == expected, file
