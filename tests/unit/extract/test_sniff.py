from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from tests.robust import writers
from tests.unit.extract import packages

from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.payload import extract_payload
from tamis.extract.sniff import sniff_media_type


def zip_of(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("payload", "name", "expected"),
    [
        (b"", "", "text/plain"),
        (b"x", "", "text/plain"),
        (b"%PDF-1.7\n", "page.html", "application/pdf"),
        (b"junk\n%PDF-1.4", "", "application/pdf"),
        (b"<!DOCTYPE html><html>", "a.txt", "text/html"),
        (b"\xef\xbb\xbf  <!-- c --><HTML lang=de>", "", "text/html"),
        ("<html><p>ä".encode("utf-16"), "", "text/html"),
        ("<html><p>plain</p></html>".encode("utf-16-le"), "", "text/html"),
        (b"<p>fragment</p>", "", "text/html"),
        (b"<p align=center>logo</p>\n# Readme", "README.md", "text/markdown"),
        (
            b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html xmlns="http://www.w3.org/1999/xhtml">',
            "",
            "application/xhtml+xml",
        ),
        (b'<?xml version="1.0"?><rss><channel/></rss>', "feed", "text/xml"),
        (b"<svg xmlns='x'><path/></svg>", "", "image/svg+xml"),
        (b'{"a": [1, 2]}', "", "application/json"),
        (b"[draft] not JSON", "", "text/plain"),
        (b'{"a": 1', "cut.json", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "", "application/x-ndjson"),
        (b'{"a": 1}', "one.jsonl", "application/x-ndjson"),
        (b"a,b\n1,2\n", "t.csv", "text/csv"),
        (b"a,b\n1,2\n", "t", "text/plain"),
        (b"no separators", "t.csv", "text/plain"),
        (b"# Title\n", "x.md", "text/markdown"),
        (b"From: a@b\nTo: c@d\nSubject: hi\n\nbody", "", "message/rfc822"),
        (b"From a@b Thu\nFrom: a@b\nTo: c@d\nSubject: hi\n\nbody", "", "application/mbox"),
        (b"To: whom it may concern\nplain prose\n", "", "text/plain"),
        (b"WARC/1.0\r\n", "", "application/warc"),
        (gzip.compress(b"x", mtime=0), "x.txt", "application/gzip"),
        (b"{\\rtf1\\ansi hi}", "", "application/rtf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.txt", "image/png"),
        (bytes(range(256)) * 8, "", "application/octet-stream"),
        (b"text with one \0 in it, and more of it", "", "text/plain"),
        ("日本語の文章。".encode("shift_jis"), "", "text/plain"),
        (zip_of(**{"a.txt": b"x"}), "", "application/zip"),
        (zip_of(mimetype=b"application/epub+zip"), "b.zip", "application/epub+zip"),
        (
            zip_of(mimetype=b"application/vnd.oasis.opendocument.text"),
            "",
            "application/vnd.oasis.opendocument.text",
        ),
    ],
)
def test_sniff_tells_bytes_apart(payload, name, expected):
    assert sniff_media_type(payload, name) == expected


def test_sniff_tells_office_packages_apart_whatever_their_suffix():
    kinds = [
        sniff_media_type(make(), "liar.pdf")
        for make in (packages.docx_bytes, packages.pptx_bytes, packages.xlsx_bytes)
    ]
    assert kinds == [media.DOCX, media.PPTX, media.XLSX]


def test_sniff_names_a_truncated_package_by_its_first_members():
    assert sniff_media_type(packages.docx_bytes()[:20_000]) == media.DOCX
    assert sniff_media_type(packages.xlsx_bytes()[:3_000]) == media.XLSX


@pytest.mark.parametrize("form", ["odt", "ods", "odp", "epub"])
def test_sniff_does_without_the_mimetype_of_a_package(form):
    package = writers.book() if form == "epub" else writers.opendocument(form)
    kind = sniff_media_type(package)
    first = package.index(b"application/")
    assert kind == {"epub": media.EPUB, "odt": media.ODT, "ods": media.ODS, "odp": media.ODP}[form]
    for broken in (
        package[:first] + b"A" + package[first + 1 :],
        packages.rewritten(package, {"mimetype": None}),
    ):
        assert sniff_media_type(broken) == kind


def test_sniff_knows_mail_by_its_headers_whatever_its_name():
    assert sniff_media_type(writers.mail(), "sieves.html") == media.MAIL
    assert sniff_media_type(writers.mailbox(), "sieves.htm") == media.MBOX


def test_sniff_knows_packages_with_macros():
    macros = {
        b"wordprocessingml.document.main+xml": b"ms-word.DOCUMENT.macroEnabled.main+xml",
    }
    assert sniff_media_type(packages.rewritten(packages.docx_bytes(), {}, macros)) == media.DOCX


@pytest.mark.parametrize(
    ("streams", "class_id", "expected"),
    [
        (("EncryptionInfo", "EncryptedPackage"), "", media.ENCRYPTED_OOXML),
        (("WordDocument",), "", media.DOC),
        (("Workbook",), "", media.XLS),
        (("Book",), "", media.XLS),
        (("PowerPoint Document", "WordDocument"), "", media.PPT),
        (("__properties_version1.0", "WordDocument"), "", media.MSG),
        # A sheet that embeds a letter says so by its root's class id alone.
        (("WordDocument", "Workbook"), "2008020000000000c000000000000046", media.XLS),
        (("Contents",), "", media.OLE),
    ],
)
def test_sniff_tells_ole_files_apart(streams, class_id, expected):
    assert sniff_media_type(packages.ole_bytes(*streams, class_id=class_id)) == expected


@pytest.mark.parametrize(
    ("start", "way_out"),
    [
        (b"WARC/1.1\r\nWARC-Type: response\r\n", "format: warc"),
        (b"filedesc://IA.arc 0.0.0.0 20000101000000 text/plain 0\n", "warcio recompress"),
        (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24), "unpack it"),
        (b"Rar!\x1a\7\1\0" + bytes(24), "unpack it"),
    ],
    ids=["warc", "arc", "7z", "rar"],
)
def test_what_is_not_read_says_what_to_do(start, way_out):
    with pytest.raises(DocumentError, match="unsupported_format") as caught:
        extract_payload(start)
    assert way_out in caught.value.message
