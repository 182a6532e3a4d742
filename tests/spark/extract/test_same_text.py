"""A document's text is its own: the same by `tamis extract`, in any order, by any worker, under load."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.robust.originals import FORMS, originals
from tests.spark.extract.stage import ARCHIVES, FILES, busy_machine, cut_into, read, run_stage
from tests.unit.extract.packages import ole_bytes, pdf_bytes

import tamis.api
from tamis.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

REFUSED = {
    "old.doc": ole_bytes("WordDocument"), "old.ppt": ole_bytes("PowerPoint Document"),
    "mail.msg": ole_bytes("__properties_version1.0"), "noise.bin": bytes(range(256)),
    "locked.pdf": pdf_bytes(["secret"], password="x"), "cut.pdf": pdf_bytes(["cut"])[:300],
    "nothing.txt": b"",
}  # fmt: skip
REPEAT = re.compile(r"#\d+$")
KINDS = ("html", "pdf", "office")  # what the manifest's kinds begin with
EVERY = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give files of every format that is read, and some that are not."""
    folder = tmp_path_factory.mktemp("formats")
    for form, ones in originals().items():
        place = folder / (ARCHIVES if form == "warc" else FILES) / form
        place.mkdir(parents=True)
        for number, one in enumerate(ones):
            (place / f"{number}-{one.name.rpartition('/')[2]}").write_bytes(one.payload)
    for name, payload in REFUSED.items():
        (folder / FILES / name).write_bytes(payload)
    return folder


def by_stage(spark: SparkSession, folder: Path, output: Path) -> dict[str, tuple[Any, ...]]:
    """Return what the stage wrote of each document, by the name that `tamis extract` gives it."""

    def name(row: Any) -> str:
        place = f"{folder}/{row['source']}"
        if row["source"] == FILES:
            return f"{place}/{row['key']}"  # of a mailbox's mail: its path, `!` and a number
        return f"{place}/{row['path']}!{REPEAT.sub('', row['key'])}"  # both archives hold the same records

    documents = read(spark, output, "documents").collect()
    failures = read(spark, output, "failures").collect()
    return {
        **{name(row): tuple(row[column] for column in ("text", "title", "media_type", "extractor"))
           for row in documents},
        **{name(row): (row["code"], row["message"]) for row in failures},
    }  # fmt: skip


def by_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[Any, ...]]:
    paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    capsys.readouterr()
    assert main(["extract", *paths]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {
        line["uri"]: (line["error"]["code"], line["error"]["message"]) if line["error"]
        else (line["text"], line["title"], line["media_type"], line["extractor"])
        for line in lines
    }  # fmt: skip


def test_the_stage_gives_what_the_command_line_gives(spark, folder, tmp_path, capsys):
    run_stage(spark, folder, tmp_path / "out")
    found = by_stage(spark, folder, tmp_path / "out")
    assert found == by_command(folder, capsys)
    with_text = {uri.split("/")[-2] for uri, (text, *rest) in found.items() if text and len(rest) == 3}
    assert with_text == set(FORMS)
    refused = {uri.split("/")[-1]: told[0] for uri, told in found.items() if len(told) == 2}
    assert refused == {
        "old.doc": "corrupt", "old.ppt": "corrupt", "mail.msg": "corrupt",
        "noise.bin": "unsupported_format", "locked.pdf": "encrypted", "cut.pdf": "corrupt",
    }  # fmt: skip


def digests(spark, folder, output, monkeypatch, *, backwards: bool, tasks: int) -> dict[str, str]:
    cut_into(monkeypatch, tasks, backwards=backwards)
    run_stage(spark, folder, output)
    return tamis.api.digest(str(output), spark)["tables"]


def both_ways(spark, folder, tmp_path, monkeypatch) -> list[dict[str, str]]:
    """Return the digests in the ledger's order by one worker, and backwards by two beside a CPU hog."""
    alone = digests(spark, folder, tmp_path / "alone", monkeypatch, backwards=False, tasks=1)
    with busy_machine():
        beside = digests(spark, folder, tmp_path / "beside", monkeypatch, backwards=True, tasks=2)
    return [alone, beside]


def test_order_workers_and_load_change_nothing(spark, folder, tmp_path, monkeypatch):
    alone, beside = both_ways(spark, folder, tmp_path, monkeypatch)
    assert alone == beside
    assert {"documents", "failures"} <= set(alone)


@pytest.mark.corpus
@pytest.mark.long
def test_order_workers_and_load_change_nothing_of_real_files(spark, corpus, tmp_path, monkeypatch):
    listed = map(json.loads, (corpus / "manifest.jsonl").read_text().splitlines())
    names = [entry["path"] for entry in listed if entry["kind"].startswith(KINDS)][::EVERY]
    for name in names:
        place = tmp_path / "in" / FILES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to((corpus / name).resolve())
    assert len(names) > 300
    alone, beside = both_ways(spark, tmp_path / "in", tmp_path, monkeypatch)
    assert alone == beside
