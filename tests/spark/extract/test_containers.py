"""Containers in a run: children are records with a parent, and forgetting reaches what is inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.small import prose
from tests.unit.extract.test_containers import BLOB, PNG, attached, boxed, zipped

import tamis.api
from tamis.document import format_doc_id, make_doc_id
from tamis.extract import steps
from tamis.pipeline.lineage import OutputTables

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]

RECORDS = {
    "box.mbox!1": "", "box.mbox!2": "", "box.mbox!2!log.txt": "", "mail.eml": "", "mail.eml!notes.txt": "",
    "x.zip!a.txt": "", "x.zip!b.bin": "unsupported_format", "x.zip!in.zip!c.txt": "",
    "x.zip!in.zip!box.mbox!1": "", "x.zip!in.zip!box.mbox!2": "", "x.zip!in.zip!d.pdf": "corrupt",
    "y.txt": "",
}  # fmt: skip
CONTAINERS = {
    "box.mbox": None, "box.mbox!2": "box.mbox", "mail.eml": None, "x.zip": None, "x.zip!in.zip": "x.zip",
    "x.zip!in.zip!box.mbox": "x.zip!in.zip",
}  # fmt: skip
INNER = {key for key in RECORDS if key.startswith("x.zip!in.zip!")}
MAIL = {key for key in RECORDS if key.startswith("mail.eml")}


def doc_id(key: str) -> int:
    return make_doc_id("s", key)


def write_files(folder: Path) -> None:
    folder.mkdir()
    plain = [attached(body=prose(number)) for number in range(4)]
    with_log = attached((prose(10).encode(), "text/plain", "log.txt"), body=prose(5))
    inner = zipped(
        ("c.txt", prose(6).encode()), ("box.mbox", boxed(*plain[:2])), ("d.pdf", b"%PDF-1.7\nno PDF at all")
    )
    files = {
        "box.mbox": boxed(plain[2], with_log),
        "mail.eml": attached(
            (prose(7).encode(), "text/plain", "notes.txt"), (PNG, "image/png", "p.png"), body=prose(8)
        ),
        "x.zip": zipped(("a.txt", prose(9).encode()), ("b.bin", BLOB), ("in.zip", inner)),
        "y.txt": prose(11).encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)


def recipe(folder: Path, output: Path) -> dict:
    inputs = [{"path": str(folder), "format": "files", "source": "s"}]
    return {"name": "containers", "output": str(output), "inputs": inputs}


def codes(spark, output: Path) -> dict[str, str]:
    """Return the records of an output by key, with the code of those that failed."""
    tables = OutputTables(spark, str(output))
    rows = tables.read("documents").selectExpr("key", "'' AS code").collect()
    return {row["key"]: row["code"] for row in rows + tables.read("failures").select("key", "code").collect()}


@pytest.fixture(scope="module")
def run(spark_root, tmp_path_factory) -> tuple[Path, Path, dict]:
    """Give the input folder, the output and what the run told."""
    folder = tmp_path_factory.mktemp("containers")
    write_files(folder / "in")
    return folder / "in", folder / "out", tamis.api.run(recipe(folder / "in", folder / "out"), spark_root)


def test_children_are_records_and_containers_are_none(spark, run):
    _, output, told = run
    assert codes(spark, output) == RECORDS
    assert told["records"] == told["kept"] + told["removed"] + told["failed"] == len(RECORDS)
    assert told["failed"] == 2
    ledger = OutputTables(spark, str(output)).ledger()
    assert [(row["path"], row["records"], row["status"], row["skipped"]) for row in ledger] == [
        ("box.mbox", 3, "expanded", "{}"), ("mail.eml", 2, "expanded", '{"media.image": 1}'),
        ("x.zip", 6, "expanded", "{}"), ("y.txt", 1, "read", "{}"),
    ]  # fmt: skip


def test_parents_lead_to_the_file(spark, run):
    tables = OutputTables(spark, str(run[1]))
    found = {row["key"]: row for row in tables.read("containers").collect()}
    assert {key: row["parent_id"] for key, row in found.items()} == {
        key: parent and doc_id(parent) for key, parent in CONTAINERS.items()
    }
    assert {row["doc_id"] for row in found.values()} == set(map(doc_id, CONTAINERS))
    for name in ("documents", "failures"):
        for row in tables.read(name).collect():
            parent = row["key"].rpartition("!")[0]
            assert row["parent_id"] == (doc_id(parent) if parent else None)


def test_explain_tells_what_a_container_holds_and_where_a_child_lies(spark, run):
    life = tamis.api.explain(doc_id("x.zip!in.zip"), str(run[1]), spark)
    assert (life["outcome"], life["input"]["parent_id"]) == ("expanded", format_doc_id(doc_id("x.zip")))
    assert (life["container"]["media_type"], life["container"]["members"]) == ("application/zip", 3)
    assert {row["key"] for row in life["container"]["inside"]} == {
        "x.zip!in.zip!c.txt", "x.zip!in.zip!box.mbox", "x.zip!in.zip!d.pdf",
    }  # fmt: skip
    child = tamis.api.explain(doc_id("mail.eml!notes.txt"), str(run[1]), spark)
    assert (child["outcome"], child["input"]["parent_id"]) == ("kept", format_doc_id(doc_id("mail.eml")))
    assert tamis.api.explain(doc_id("mail.eml"), str(run[1]), spark)["outcome"] == "kept"


def test_forgotten_containers_take_what_they_hold_along(spark, run, tmp_path):
    """This test ensures that a run and then forget give what forget and then a run give."""
    folder, later, _ = run
    gone = [doc_id("x.zip!in.zip"), doc_id("mail.eml"), doc_id("x.zip!a.txt")]
    told = tamis.api.forget(str(later), gone, spark)
    left = {key: code for key, code in RECORDS.items() if key not in INNER | MAIL | {"x.zip!a.txt"}}
    assert codes(spark, later) == left
    assert (told["taken_down"], told["forgotten"], told["unknown"]) == (7, 7, [])
    assert (told["records"], told["failed"]) == (len(RECORDS) - 7, 1)
    before = tmp_path / "before"
    tamis.api.forget(str(before), gone, spark)
    first = tamis.api.run(recipe(folder, before), spark)
    assert {name: first[name] for name in ("records", "failed", "forgotten")} == {
        name: told[name] for name in ("records", "failed", "forgotten")
    }
    digests = [tamis.api.digest(str(path), spark)["tables"] for path in (later, before)]
    assert digests[0] == digests[1]
    again = tamis.api.run(recipe(folder, later), spark, redo=["extract"])
    assert codes(spark, later) == left
    assert (again["records"], again["forgotten"]) == (len(RECORDS) - 7, 7)


def test_a_child_that_is_lost_stops_the_run(spark, run, tmp_path, monkeypatch):
    whole = steps.extracted_rows

    def lossy(*given, **named):
        return whole(*given, **named).where("key IS NULL OR key <> 'x.zip!in.zip!c.txt'")

    monkeypatch.setattr(steps, "extracted_rows", lossy)
    with pytest.raises(tamis.errors.StageFailedError, match=r"x\.zip: 6 records found, 5 in the tables"):
        tamis.api.run(recipe(run[0], tmp_path / "out"), spark, until="extract")
