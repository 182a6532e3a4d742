"""Web archives against readers that share nothing with ours: warcio, and a scan for version lines."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.quality.scoring import snippet_score, without_marks
from tests.unit.extract.plain import Plain
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from tamis.document import Extraction
from tamis.extract.payload import extract_payload
from tamis.extract.records import DOCUMENT, file_rows
from tamis.io.readers import InputFile, Record, read_input

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

ARCHIVES = (
    "built/pages.warc.gz", "commoncrawl-whirlwind/whirlwind.warc", "commoncrawl-whirlwind/whirlwind.warc.gz",
    "commoncrawl-whirlwind/whirlwind.warc.wat", "commoncrawl-whirlwind/whirlwind.warc.wat.gz",
    "commoncrawl-whirlwind/whirlwind.warc.wet", "commoncrawl-whirlwind/whirlwind.warc.wet.gz",
    "dolma/sample-0000.warc.gz", "resiliparse/warcfile.warc", "resiliparse/warcfile.warc.gz",
    "tika/cc.warc.gz", "warcio/example-bad-non-chunked.warc.gz", "warcio/example-digest.warc",
    "warcio/example-space-in-target-uri.warc.gz", "warcio/example-wget-bad-target-uri.warc.gz",
    "warcio/example.warc", "warcio/example.warc.gz", "warcio/post-test.warc.gz",
)  # fmt: skip
NOT_ARCHIVES = ("tika/example.arc.gz", "warcio/bad.arc", "warcio/example.arc")
VERSION_LINE = re.compile(rb"^WARC/1\.[01]\r\n", re.MULTILINE)
FLOOR = 0.92  # the same engine on the files themselves: see floors.json
KINDS = {"response", "resource", "conversion"}


def opened(path: Path) -> InputFile:
    return InputFile("s", str(path.parent), path.name, "warc", path.stat().st_size)


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def told_by_warcio(path: Path) -> tuple[Counter[str], list[tuple[str, bytes]]]:
    """Return warcio's count of records by type, and id and decoded payload of its documents."""
    kinds, payloads = Counter(), []
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            kinds[record.rec_type] += 1
            is_page = record.rec_type in KINDS and (
                record.http_headers is None or record.http_headers.get_statuscode() == "200"
            )
            if is_page:
                payloads.append(
                    (record.rec_headers.get_header("WARC-Record-ID"), record.content_stream().read())
                )
    return kinds, payloads


@pytest.mark.parametrize("name", ARCHIVES)
def test_records_are_as_many_as_version_lines(corpus: Path, name: str):
    path = corpus / "warc" / name
    *items, facts = read_input(opened(path))
    assert facts.records == len(items) == len(VERSION_LINE.findall(unpacked(path))) > 0
    assert (facts.status, facts.bytes_consumed) == ("read", path.stat().st_size)


@pytest.mark.parametrize("name", ARCHIVES)
def test_records_and_payloads_are_those_of_warcio(corpus: Path, name: str):
    path = corpus / "warc" / name
    try:
        kinds, payloads = told_by_warcio(path)
    except ArchiveLoadFailed:
        assert "non-chunked" in name  # which warcio does not read
        return
    handed: list[bytes] = []

    def extract(payload, _name, declared):
        from tamis.extract.declared import unpacked as undone

        handed.append(undone(payload, declared, 10**8))
        return Extraction("x", "text/plain", "none")

    rows = list(file_rows(opened(path), Plain(extract), max_record_bytes=10**8))
    told = json.loads(rows[-1]["skipped"])
    assert rows[-1]["records"] + sum(told.values()) == kinds.total()
    assert {kind: told.get(kind, 0) for kind in kinds if kind not in KINDS} == {
        kind: count for kind, count in kinds.items() if kind not in KINDS
    }
    documents = [row["key"] for row in rows if row["kind"] == DOCUMENT]
    assert documents == [key for key, _ in payloads]
    if handed:
        assert handed == [payload for _, payload in payloads]


@pytest.mark.parametrize("name", NOT_ARCHIVES)
def test_arc_files_are_refused_by_name(corpus: Path, name: str):
    *items, facts = read_input(opened(corpus / "warc" / name))
    assert (facts.records, facts.status) == (0, "unreadable")
    assert {item.code for item in items} == {"not_warc"}


def test_pages_of_an_archive_reach_the_floor(corpus: Path):
    """This test ensures that a wrong charset in an HTTP header (each says UTF-8) costs no text."""
    cases = map(json.loads, (corpus / "html_gold/trafilatura/gold.jsonl").read_text().splitlines())
    gold = {case["url"]: case for case in cases}
    items = read_input(opened(corpus / "warc/built/pages.warc.gz"))
    pages = [item for item in items if isinstance(item, Record) and item.url in gold]
    assert len(pages) > 140
    answers = [(page, gold[page.url]) for page in pages[::2]]
    score = snippet_score(
        (
            without_marks(extract_payload(page.payload, name=page.name, declared=page.declared).text),
            case["with"], case["without"],
        )
        for page, case in answers
    )  # fmt: skip
    assert score.f1 >= FLOOR, score
