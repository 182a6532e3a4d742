"""Web archives in a run: whole or in parts, the tables are the same, and every record is accounted for."""

from __future__ import annotations

import gzip
import json
import random

import pytest
from tests.helpers import sorted_rows
from tests.small import prose
from tests.unit.extract.test_containers import attached, zipped
from tests.unit.io.archives import HTML, packed, record, response

import tamis.api
from tamis.extract import tasks

pytestmark = pytest.mark.spark


def page(number: int) -> bytes:
    noise = random.Random(number).randbytes(300).hex().encode()
    return HTML.replace(b"goes in", b"number %d goes in <!-- %s -->" % (number, noise))


def write_archives(folder):
    """Write a sound archive with a ZIP and a mail in it, a damaged one, and one that holds an archive.

    Its parts take what it holds for records of its own.
    """
    records = [response(n, page(n)) if n % 3 else record(n, b"GET /", "request") for n in range(60)]
    records += [response(7, page(7)), response(8, page(99)), response(200, b"gone", "404 Not Found")]
    mail = attached((prose(3).encode(), "text/plain", "notes.txt"), body=prose(4))
    zip_file = zipped(("a.txt", prose(1).encode()), ("in/b.txt", prose(2).encode()), ("mail.eml", mail))
    records += [response(600, zip_file, Content_Type="application/zip")]
    records += [response(601, mail, Content_Type="message/rfc822")]
    folder.mkdir()
    (folder / "sound.warc.gz").write_bytes(packed(records, "gzip"))
    damaged = bytearray(packed([response(n, page(n)) for n in range(300, 340)], "gzip"))
    damaged[9_000:9_100] = bytes(100)
    (folder / "damaged.warc.gz").write_bytes(damaged)
    inner = packed([response(n, page(n)) for n in range(400, 440)], "gzip")
    outer = gzip.compress(record(500, inner, Content_Type="application/gzip"), compresslevel=0, mtime=0)
    (folder / "nested.warc.gz").write_bytes(outer + packed([response(501, page(501))], "gzip"))


def run(spark, folder, output):
    return tamis.api.run(
        {"name": "crawl", "output": str(output),
         "inputs": [{"path": str(folder), "format": "warc", "source": "crawl"}]},
        spark, until="extract",
    )  # fmt: skip


def tables(spark, output):
    def read(name):
        return spark.read.format("delta").load(str(output / name))

    documents = read("documents").selectExpr(
        "key", "offset", "duplicate_of", "text", "record_sha256", "url", "metadata"
    )
    failures = read("failures").select("key", "path", "offset", "length", "code")
    inputs = read("inputs").select("path", "sha256", "records", "skipped", "bytes_consumed", "status")
    containers = read("containers").select("key", "parent_id", "path", "members")
    return tuple(map(sorted_rows, (documents, failures, inputs, containers)))


def test_parts_of_archives_give_the_tables_of_whole_ones(spark, tmp_path, monkeypatch):
    write_archives(tmp_path / "in")
    told = run(spark, tmp_path / "in", tmp_path / "whole")
    monkeypatch.setattr(tasks, "MIN_PART_BYTES", 2_000)
    monkeypatch.setattr(tasks, "TASK_BYTES", 2_000)
    in_parts = run(spark, tmp_path / "in", tmp_path / "parts")
    documents, failures, inputs, containers = tables(spark, tmp_path / "whole")
    assert tables(spark, tmp_path / "parts") == (documents, failures, inputs, containers)
    assert (told["records"], told["failed"]) == (in_parts["records"], in_parts["failed"])
    skipped = {row[0]: json.loads(row[3]) for row in inputs}
    assert skipped["sound.warc.gz"] == {"http_status.404": 1, "request": 20}
    assert told["records"] == len(documents) + told["failed"]
    members = {key.partition("!")[2] for key, *_ in documents if "!" in key}
    assert members == {"a.txt", "in/b.txt", "mail.eml", "mail.eml!notes.txt", "notes.txt"}
    assert [row[3] for row in containers] == [3, 1, 1]
    # 40 pages and a repeat that is one; 4 texts of the ZIP, a mail and what it holds; 40 less the one that
    # the damage hit; the page beside the archive
    assert sorted(code for *_, code in failures) == ["corrupt", "duplicate_id", "unsupported_format"]
    assert len(documents) == 41 + 6 + 39 + 1
