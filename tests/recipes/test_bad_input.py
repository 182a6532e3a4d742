"""One run over all that may be wrong with an input: each ends as the row that says so, and nothing is lost.

Beside the small corpus of `tests/small.py`, whose own faults `test_run.py` tells.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest
from tests.small import prose
from tests.unit.extract import packages

import tamis.api
from tamis.errors import ConfigError
from tamis.pipeline.lineage import OutputTables

pytestmark = pytest.mark.spark

MAX_RECORD_BYTES = 1_500_000  # the nested page has 1.1 MB, the long line 2 MB
INVALID = b"Half of this is \xc3( no UTF-8 \xff\xfe at all."


def nested_page(depth: int) -> bytes:
    body = f"<p>{prose(7)}</p>"
    return f"<html><body>{'<div>' * depth}{body}{'</div>' * depth}</body></html>".encode()


def zip_bomb() -> bytes:
    """A DOCX that expands three hundredfold."""
    made = io.BytesIO(packages.docx_bytes())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/image1.xml", b" " * 40_000_000)
    return made.getvalue()


def bad_files() -> dict[str, bytes]:
    return {
        "password.pdf": packages.pdf_bytes(["secret"], password="tamis"),
        "password.docx": packages.ole_bytes("EncryptionInfo", "EncryptedPackage"),
        "bomb.docx": zip_bomb(),
        "deep.html": nested_page(100_000),
        "page.pdf": f"<html><body><h1>A page</h1><p>{prose(8)}</p></body></html>".encode(),
        "paper.html": packages.pdf_bytes(["This is a paper that was given the name of a page."]),
        "invalid.txt": f"{prose(9)}\n\n".encode() + INVALID,
        "huge.txt": b"word " * (MAX_RECORD_BYTES // 5) + b"!",
        "cut.json": b'{"text": "half an obj',
    }


def jsonl(*rows) -> bytes:
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


def write_inputs(folder) -> None:
    files, dump = folder / "files", folder / "dump"
    files.mkdir()
    dump.mkdir()
    for name, data in bad_files().items():
        (files / name).write_bytes(data)
    rows = [{"id": f"t{n}", "text": prose(100 + n, 2000)} for n in range(40)]
    whole = gzip.compress(jsonl(*rows), mtime=0)
    (dump / "truncated.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    # Another line behind it: what is too long must not swallow what follows.
    long = jsonl({"id": "long", "text": "word " * 400_000}, {"id": "after", "text": prose(60)})
    (dump / "long.jsonl.gz").write_bytes(gzip.compress(long, mtime=0))
    lines = jsonl(
        *({"id": "same", "text": prose(seed)} for seed in (61, 62, 61)),
        b'{"id": "half", "text": "no end\n', b"[1, 2]\n", b'"text"\n', b"17\n", {"id": "none"},
        {"id": "null", "text": None}, {"id": "number", "text": 3},
        b'{"id": "bytes", "text": "' + INVALID + b'"}\n', b'{"id": "lone", "text": "\\ud800 alone"}\n',
        b"\n", b'{"id": "last", "text": "No line end."}',
    )  # fmt: skip
    (dump / "lines.jsonl").write_bytes(lines)
    (dump / "page.jsonl").write_bytes(packages.pdf_bytes(["no lines"]))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    write_inputs(folder)
    return {
        "name": "bad", "output": str(folder / "out"),
        "inputs": [
            {"path": str(folder / "files"), "format": "files", "source": "files"},
            {"path": str(folder / "dump"), "format": "jsonl", "source": "dump", "id_field": "id"},
        ],
        "extract": {"cpu_seconds": 30, "max_record_bytes": MAX_RECORD_BYTES, "max_failed_fraction": 0.9},
        "exact_dedup": {},
    }  # fmt: skip


@pytest.fixture(scope="module")
def result(spark_root, settings):
    return tamis.api.run(settings, spark_root)


@pytest.fixture
def table(spark, settings, result):
    tables = OutputTables(spark, settings["output"])
    return lambda name: tables.read(name).collect()


def test_bad_records_are_failures_each_with_its_code(table):
    found = sorted((row["path"], row["code"]) for row in table("failures") if row["doc_id"] is not None)
    assert found == [
        ("bomb.docx", "zip_bomb"),
        ("cut.json", "invalid_json"),
        ("huge.txt", "too_large"),
        ("lines.jsonl", "duplicate_id"),
        ("lines.jsonl", "invalid_json"),
        ("lines.jsonl", "missing_text"),
        ("lines.jsonl", "missing_text"),
        ("lines.jsonl", "missing_text"),
        ("lines.jsonl", "not_an_object"),
        ("lines.jsonl", "not_an_object"),
        ("lines.jsonl", "not_an_object"),
        ("long.jsonl.gz", "too_large"),
        ("password.docx", "encrypted"),
        ("password.pdf", "encrypted"),
    ]


def test_damaged_and_mistaken_files_are_failed_ranges_of_bytes(table, settings):
    ranges = {row["path"]: row for row in table("failures") if row["doc_id"] is None}
    assert {path: row["code"] for path, row in ranges.items()} == {
        "truncated.jsonl.gz": "truncated",
        "page.jsonl": "not_jsonl",
    }
    inputs = {row["path"]: row for row in table("inputs")}
    for path, failed in ranges.items():
        assert inputs[path]["bytes_consumed"] + failed["length"] == inputs[path]["bytes"]
    assert inputs["truncated.jsonl.gz"]["status"] == "damaged"
    assert (inputs["page.jsonl"]["status"], inputs["page.jsonl"]["records"]) == ("unreadable", 0)
    read = [row for row in table("documents") if row["path"] == "truncated.jsonl.gz"]
    assert 0 < len(read) == inputs["truncated.jsonl.gz"]["records"] < 40
    assert all(row["text"] == prose(100 + int(row["key"][1:]), 2000) for row in read)


def test_files_are_what_their_bytes_say(table):
    documents = {row["path"]: row for row in table("documents")}
    assert documents["page.pdf"]["media_type"] == "text/html"
    assert documents["paper.html"]["media_type"] == "application/pdf"
    assert "given the name of a page" in documents["paper.html"]["text"]


def test_nested_page_is_read(table):
    document = next(row for row in table("corpus") if row["path"] == "deep.html")
    assert prose(7).split(".")[0] in document["text"]


def test_invalid_unicode_is_replaced_and_the_rest_stays(table):
    texts = {row["key"]: row["text"] for row in table("corpus")}
    assert texts["bytes"].startswith("Half of this is ")
    assert "\ufffd" in texts["bytes"]
    assert texts["lone"] == "\ufffd alone"
    assert texts["invalid.txt"].startswith(prose(9))
    assert texts["after"] == prose(60)
    assert texts["last"] == "No line end."


def test_repeated_id_is_a_removal_where_the_bytes_are_equal(table):
    removed = [row for row in table("removals") if row["reason"] == "duplicate_record"]
    kept = next(row for row in table("corpus") if row["key"] == "same")
    assert [row["kept_doc_id"] for row in removed] == [kept["doc_id"]]
    assert kept["text"] == prose(61)


def test_nothing_of_bad_input_is_lost(table, result):
    records = sum(row["records"] for row in table("inputs"))
    assert result["records"] == records == result["kept"] + result["removed"] + result["failed"]
    assert result["failed"] == 14
    assert result["ranges_failed"] == 2
    assert result["removed_by_reason"] == {"duplicate_record": 1}


def test_output_that_is_not_ours_is_left_alone(spark, settings, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError, match="tamis did not write"):
        tamis.api.run({**settings, "output": str(tmp_path)}, spark)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
