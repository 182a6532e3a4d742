"""One archive to rows of documents, failures and counts, with and without the worker process."""

from __future__ import annotations

import json

import pytest
from tests.unit.extract.plain import Plain
from tests.unit.io.archives import HTML, packed, record, response

from tamis.extract.files import extract_files
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions
from tamis.extract.records import DOCUMENT, FAILURE, INPUT, file_rows
from tamis.io.readers import InputFile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(90)
CZECH = "<html><body><article><p>Příliš žluťoučký kůň úpěl ďábelské ódy.</p></article></body></html>"
RECORDS = [
    record(0, b"software: x", "warcinfo"), record(1, b"GET /", "request"),
    response(2, CZECH.encode("iso8859-2"), Content_Type="text/html; charset=iso-8859-2"),
    response(3, PNG, Content_Type="image/png"), response(4, HTML, "404 Not Found"),
    response(5, b"%!PS-Adobe-3.0\n", Content_Type="application/postscript"),
    record(6, "# přesně tak\n".encode(), "conversion"), record(7, b"GET /7", "request"),
]  # fmt: skip


def rows_of(folder, extractor, records=RECORDS):
    data = packed(records, "gzip")
    (folder / "a.warc.gz").write_bytes(data)
    file = InputFile("crawl", str(folder), "a.warc.gz", "warc", len(data))
    rows = list(file_rows(file, extractor, max_record_bytes=10**6))
    by_kind = [[row for row in rows if row["kind"] == kind] for kind in (DOCUMENT, FAILURE, INPUT)]
    assert sum(map(len, by_kind)) == len(rows)
    return *by_kind[:2], by_kind[2][0]


def test_every_record_is_a_document_a_failure_or_counted(tmp_path):
    documents, failures, told = rows_of(tmp_path, Plain())
    assert [row["key"] for row in documents] == ["<urn:uuid:2>", "<urn:uuid:6>"]
    assert [(row["key"], row["code"]) for row in failures] == [("<urn:uuid:5>", "unsupported_format")]
    skipped = {"http_status.404": 1, "media.image": 1, "request": 2, "warcinfo": 1}
    assert json.loads(told["skipped"]) == skipped
    assert told["records"] == 3 == len(RECORDS) - sum(skipped.values())
    assert (told["offset"], told["length"], told["status"]) == (0, told["bytes_consumed"], "read")


def test_document_has_what_the_archive_and_the_page_say(tmp_path):
    page = b"""<html lang="en"><head><title>The page</title>
        <link rel="canonical" href="https://example.org/real">
        <meta name="description" content="About sieves.">
        </head><body><article><p>A tamis is a drum sieve.</p></article></body></html>"""
    (row,), _, _ = rows_of(tmp_path, Plain(), [response(9, page)])
    metadata = dict(row["metadata"])
    assert (row["url"], row["title"]) == ("https://example.org/9", "The page")
    assert metadata["canonical_url"] == "https://example.org/real"
    assert metadata["description"] == "About sieves."
    assert metadata["warc_date"] == "2026-01-02T03:04:05Z"
    assert list(metadata) == sorted(metadata)


def test_worker_gives_what_the_process_gives(tmp_path):
    with IsolatedExtractor(ExtractOptions()) as isolated:
        found = rows_of(tmp_path, isolated)
    assert found == rows_of(tmp_path, Plain())
    assert "žluťoučký" in found[0][0]["text"]


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd", "zstd dictionary"])
def test_extract_of_an_archive_gives_a_line_a_document(tmp_path, how):
    path = tmp_path / "crawl.dat"
    path.write_bytes(packed(RECORDS, how) + (b"" if how == "plain" else b"junk"))
    lines = list(extract_files([str(path)]))
    assert [line["uri"] for line in lines[:3]] == [f"{path}!<urn:uuid:{number}>" for number in (2, 5, 6)]
    assert [line["status"] for line in lines[:3]] == ["ok", "failed", "ok"]
    assert lines[2]["text"] == "# přesně tak\n"
    assert [line["error"]["code"] for line in lines[3:]] == ([] if how == "plain" else ["corrupt"])
