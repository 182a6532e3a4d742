"""TAR archives, plain and packed: each file a record; a damaged one is read up to the damage."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
import zstandard
from tests.unit.extract.plain import Plain
from tests.unit.extract.test_containers import HTML, Rows, zipped

from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.payload import ExtractOptions, extract_payload

LONG = "a long way/" * 20 + "end.txt"
FILES = [("a/page.html", HTML), (LONG, b"far away"), ("z.txt", b"last" * 200)]
ALL = {
    "x.tar!a/page.html": "A tamis is a drum sieve.",
    f"x.tar!{LONG}": "far away",
    "x.tar!z.txt": "last" * 200,
}
BLOCK = tarfile.BLOCKSIZE
PACKS = [
    gzip.compress,
    zstandard.ZstdCompressor(write_checksum=True).compress,  # or no damage would show
    bz2.compress,
    lzma.compress,
]


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, "z.txt"
    return info, data


def tarred(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def real(form: int = tarfile.PAX_FORMAT) -> bytes:
    return tarred(member("a", kind=tarfile.DIRTYPE), *(member(*file) for file in FILES), form=form)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_files_are_records_in_the_archives_order(form, tmp_path):
    rows = Rows(tmp_path, "x.tar", real(form))
    assert list(rows.texts.items()) == list(ALL.items())
    assert (rows.codes, rows.skipped, rows.input["status"]) == ({}, {}, "expanded")
    (container,) = rows.containers.values()
    assert (container["media_type"], container["members"]) == (media.TAR, 3)


@pytest.mark.parametrize("pack", PACKS, ids=["gzip", "zstd", "bzip2", "xz"])
def test_a_packed_archive_is_opened_and_so_is_one_inside_another(pack, tmp_path):
    rows = Rows(tmp_path, "x.tar", zipped(("in.tgz", pack(real()))))
    assert list(rows.texts) == [key.replace("!", "!in.tgz!") for key in ALL]


def test_links_devices_and_what_a_mac_adds_are_counted(tmp_path):
    others = [
        member("link", kind=tarfile.SYMTYPE), member("same", kind=tarfile.LNKTYPE),
        member("pipe", kind=tarfile.FIFOTYPE), member("._z.txt", b"\0\5\x16\7" + bytes(90)),
    ]  # fmt: skip
    rows = Rows(tmp_path, "x.tar", tarred(*others, member("z.txt", b"last")))
    assert (rows.texts, rows.codes) == ({"x.tar!z.txt": "last"}, {})
    assert rows.skipped == {"tar.link": 2, "tar.special": 1, "tar.macosx": 1}


def test_names_stay_inside(tmp_path):
    rows = Rows(tmp_path, "x.tar", tarred(member("../../etc/passwd", b"0"), member("/abs.txt", b"1")))
    assert rows.texts == {"x.tar!etc/passwd": "0", "x.tar!abs.txt": "1"}


def test_wherever_it_is_cut_what_is_whole_is_read_and_the_rest_is_a_failure(tmp_path):
    payload = real(tarfile.GNU_FORMAT)
    ends = {}  # where each file's bytes end, by the standard library
    with tarfile.open(fileobj=io.BytesIO(payload)) as archive:
        for one in archive:
            ends[f"x.tar!{one.name}"] = one.offset_data + one.size
    for cut in range(BLOCK, payload.rindex(b"last") + 3 * BLOCK, 100):
        rows = Rows(tmp_path, "x.tar", payload[:cut])
        assert rows.texts.items() == {key: ALL[key] for key in ALL if ends[key] <= cut}.items()
        assert set(rows.codes.values()) <= {"corrupt"}
        assert rows.codes or rows.texts == ALL


def test_what_stands_behind_a_damaged_header_is_one_failure(tmp_path):
    payload = bytearray(
        tarred(member("a.txt", b"first"), member("b.txt", b"second"), member("c.txt", b"third"))
    )
    payload[payload.index(b"b.txt")] ^= 1
    rows = Rows(tmp_path, "x.tar", bytes(payload))
    assert (rows.texts, rows.codes) == ({"x.tar!a.txt": "first"}, {"x.tar!(rest)": "corrupt"})


def test_without_an_end_mark_it_may_have_been_cut_off(tmp_path):
    payload = tarred(member("a.txt", b"first"))[: 2 * BLOCK]
    rows = Rows(tmp_path, "x.tar", payload)
    assert (rows.texts, rows.codes) == ({"x.tar!a.txt": "first"}, {"x.tar!(rest)": "corrupt"})
    assert Rows(tmp_path, "x.tar", payload + bytes(BLOCK)).codes == {}


def test_an_archive_whose_first_header_is_damaged_is_one_failure(tmp_path):
    rows = Rows(tmp_path, "x.tar", b"?" + real()[1:])
    assert (rows.codes, rows.input["status"]) == ({"x.tar": "corrupt"}, "read")


def test_member_is_bounded_on_the_exact_byte(tmp_path):
    plain = Plain(options=ExtractOptions(max_record_bytes=5))
    rows = Rows(tmp_path, "x.tar", tarred(member("a.txt", b"12345"), member("b.txt", b"123456")), plain)
    assert (rows.codes, rows.texts) == ({"x.tar!b.txt": "too_large"}, {"x.tar!a.txt": "12345"})


def sparse(stated: int) -> bytes:
    """One block stored for a file that is said to be larger (GNU tar's old sparse format)."""
    info, _ = member("holes", kind=tarfile.GNUTYPE_SPARSE)
    info.size = BLOCK
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT)[:BLOCK])
    header[386:410] = b"%011o\0%011o\0" % (0, BLOCK)  # offset and bytes of the one piece
    header[483:495] = b"%011o\0" % stated
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 8 * 32)
    return bytes(header) + b"t" * BLOCK + bytes(2 * BLOCK)


def test_a_sparse_file_is_bounded_by_what_it_expands_to(tmp_path):
    options = ExtractOptions(max_expanded_bytes=BLOCK + 2)
    rows = Rows(tmp_path, "x.tar", sparse(BLOCK + 2), Plain(options=options))
    assert rows.texts == {"x.tar!holes": "t" * BLOCK}  # and two NUL
    with pytest.raises(DocumentError, match="zip_bomb"):
        extract_payload(sparse(BLOCK + 3), options=options)
    assert Rows(tmp_path, "x.tar", sparse(8_000_000_000)).codes == {"x.tar": "zip_bomb"}


@pytest.mark.parametrize("pack", PACKS, ids=["gzip", "zstd", "bzip2", "xz"])
def test_packed_text_that_was_cut_off_is_no_text(pack):
    text = b"".join(b"%d " % number for number in range(99_999))  # several blocks of each format
    stored = pack(text)
    assert extract_payload(stored, name="a.txt").text.encode() == text.rstrip()
    for cut in (len(stored) - 1, len(stored) // 2, 12):
        with pytest.raises(DocumentError) as caught:
            extract_payload(stored[:cut], name="a.txt")
        assert caught.value.code == "truncated"


@pytest.mark.parametrize("pack", PACKS, ids=["gzip", "zstd", "bzip2", "xz"])
def test_packed_text_is_bounded_on_the_exact_byte(pack):
    options = ExtractOptions(max_expanded_bytes=1000)
    assert len(extract_payload(pack(b"x" * 1000), options=options).text) == 1000
    with pytest.raises(DocumentError, match="zip_bomb"):
        extract_payload(pack(b"x" * 1001), options=options)


@pytest.mark.parametrize("pack", PACKS, ids=["gzip", "zstd", "bzip2", "xz"])
def test_damaged_packed_text_is_no_text(pack):
    stored = bytearray(pack(bytes(range(32, 127)) * 99))
    stored[len(stored) // 2] ^= 0xFF
    with pytest.raises(DocumentError) as caught:
        extract_payload(bytes(stored), name="a.txt")
    assert caught.value.code in {"corrupt", "truncated"}
