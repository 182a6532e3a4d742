"""`tamis forget`: afterwards the output is that of a first run that never saw the documents."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.helpers_files import everything_under
from tests.small import recipe

import tamis.api
from tamis.dedup.steps import forget
from tamis.document import format_doc_id, make_doc_id
from tamis.errors import ConfigError
from tamis.io.delta_log import small_rows, table_uri
from tamis.pipeline import commits
from tamis.pipeline.lineage import OutputTables

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]

PLANTED = "Xq7Kd93PzLwv02NbTr5YcHmEsUaJfGi84oRkQeVt"  # 40 characters that no other text holds
SHOWN = "Zt4mQ81xBvWe63KuPn0LsGyRcDoIfHa75jXkTqMw"  # 40 more, in the alternative text of a picture
TWINS = [make_doc_id("files", name) for name in ("mill.html", "mill-copy.html", "mill-third.html")]
FIRST, HEIR = sorted(TWINS)[:2]  # the representative of three equal texts, and whom it is kept for
SECRET = make_doc_id("files", "secret.html")
BROKEN = make_doc_id("files", "broken.pdf")
REPEATED = make_doc_id("dump", "d1")  # delivered twice: the second has an id of its own
UNKNOWN = 12345
IDS = [FIRST, BROKEN, REPEATED, SECRET, UNKNOWN]


class StoppedError(Exception):
    """The injected stop."""


def write_more(folder: Path) -> None:
    """Add a third twin, a page near the twins, and a secret with an excerpt of it."""
    files = folder / "files"
    shutil.copy(files / "mill.html", files / "mill-third.html")
    page = (files / "mill.html").read_text()
    # Near the twins but shorter, so that it leaves for one of them.
    (files / "mill-edited.html").write_text(page.replace("<p>Until an", "<p>An"))
    body = (files / "river.md").read_text().split("\n\n", 1)[1]
    said = "".join(f"<p>{text}</p>" for text in [f"He wrote {PLANTED} on the wall.", *body.split("\n\n")])
    picture = f'<p><img src="wall.png" alt="{SHOWN}"></p>'
    (files / "secret.html").write_text(f"<html><body><h1>The secret</h1>{picture}{said}</body></html>")


def stop_at(monkeypatch, wanted: str) -> None:
    def stop(point: str) -> None:
        if point == wanted:
            raise StoppedError(point)

    monkeypatch.setattr(commits, "on_commit_point", stop)


def doc_ids(spark, output, table: str) -> set[int]:
    return {row["doc_id"] for row in OutputTables(spark, str(output)).read(table).select("doc_id").collect()}


@pytest.fixture(scope="module")
def inputs(small_inputs, tmp_path_factory) -> Path:
    """Give the small corpus and what forgetting is tried on."""
    folder = shutil.copytree(small_inputs, tmp_path_factory.mktemp("forget") / "inputs")
    write_more(folder)
    return folder


@pytest.fixture(scope="module")
def outputs(spark_root, inputs, tmp_path_factory) -> dict[str, tuple[Path, dict]]:
    """Give two outputs with what forget said: ``later`` ran first, ``before`` had the tombstones first."""
    folder = tmp_path_factory.mktemp("outputs")
    later, before = folder / "later", folder / "before"
    (folder / "ids.txt").write_text("".join(f"{format_doc_id(doc_id)}\n" for doc_id in IDS[:3]))
    tamis.api.run(recipe(inputs, later), spark_root)
    with pytest.MonkeyPatch.context() as patch:
        for point in (
            "forget.documents.after",
            "forget.edges.before",
            "forget.runs.before",
            "forget.runs.after",
        ):
            stop_at(patch, point)
            with pytest.raises(StoppedError, match=point):
                tamis.api.forget(str(later), folder / "ids.txt", spark_root)
        patch.undo()
        patch.setattr(forget, "BUCKET_LIMIT", 0)  # as if their buckets were large: all edges anew
        told = tamis.api.forget(str(later), IDS, spark_root)
    tamis.api.forget(str(before), IDS, spark_root)
    run = tamis.api.run(recipe(inputs, before), spark_root)
    return {"later": (later, told), "before": (before, run)}


def test_digest_is_that_of_a_first_run_with_the_tombstones(spark, outputs):
    later, before = (tamis.api.digest(str(path), spark) for path, _ in outputs.values())
    assert later["tables"] == before["tables"]
    assert later["digest"] == before["digest"]


@pytest.mark.long
def test_digest_is_that_of_a_first_run_where_paragraphs_are_compared(spark_root, inputs, tmp_path):
    near = {"near_dedup": {"unit": "paragraph", "threshold": 0.7}, "exact_dedup": {"units": ["document"]}}
    later, before = tmp_path / "later", tmp_path / "before"
    tamis.api.run(recipe(inputs, later, **near), spark_root)
    cuts = OutputTables(spark_root, str(later)).read("cuts").collect()
    assert SECRET in {end for row in cuts for end in (row["doc_id"], row["kept_doc_id"])}
    assert min(row["jaccard"] for row in cuts if row["reason"] == "near_duplicate") >= 0.7
    tamis.api.forget(str(later), [SECRET, FIRST], spark_root)
    tamis.api.forget(str(before), [SECRET, FIRST], spark_root)
    tamis.api.run(recipe(inputs, before, **near), spark_root)
    found = [tamis.api.digest(str(path), spark_root) for path in (later, before)]
    assert found[0] == found[1]


def test_sums_are_those_of_a_first_run_with_the_tombstones(outputs):
    told, run = (result for _, result in outputs.values())
    names = ("records", "kept", "removed", "failed", "forgotten", "ranges_failed", "removed_by_reason")
    assert {name: told[name] for name in names} == {name: run[name] for name in names}
    assert (told["forgotten"], told["taken_down"]) == (4, 1)  # three before, by the call that was stopped
    assert told["records"] == told["kept"] + told["removed"] + told["failed"] == 25 - 4
    assert told["failed"] == 4


def test_report_counts_the_forgotten(outputs):
    for path, _ in outputs.values():
        totals = json.loads((path / "report" / "summary.json").read_text())["totals"]
        assert totals["forgotten"] == 4
        assert totals["records"] == totals["kept"] + totals["removed"] + totals["failed"] + 4


def test_freed_duplicates_come_back_and_unknown_ids_are_named(spark, outputs):
    later, told = outputs["later"]
    assert told["unknown"] == [format_doc_id(UNKNOWN)]
    repeat = make_doc_id("dump", "d1#1")
    assert {format_doc_id(HEIR), format_doc_id(repeat)} <= set(told["returned"])
    corpus = doc_ids(spark, later, "corpus")
    assert {HEIR, repeat} <= corpus
    assert not corpus & set(IDS)


def test_no_table_knows_the_forgotten_but_by_their_tombstones(spark, outputs):
    later, _ = outputs["later"]
    tables = OutputTables(spark, str(later))
    for name in tables.names():
        rows = tables.read(name)
        columns = [column for column in ("doc_id", "src", "dst") if column in rows.columns]
        for column in columns if name != "tombstones" else []:
            assert rows.where(rows[column].isin(IDS)).isEmpty(), (name, column)
    stored = {row["doc_id"]: row for row in small_rows(table_uri(str(later), "tombstones"))}
    assert set(stored) == set(IDS)
    assert stored[SECRET]["key"] == "secret.html"


def test_next_runs_do_not_bring_them_back_and_purge_leaves_no_trace(spark, outputs, inputs):
    later, _ = outputs["later"]
    again = tamis.api.run(recipe(inputs, later), spark)
    assert {stage["status"] for stage in again["stages"]} == {"up to date"}
    record = {"id": "d1", "text": "Other words under the name of a forgotten record, " * 9}
    (inputs / "dump" / "c.jsonl").write_text(json.dumps(record) + "\n")
    more = tamis.api.run(recipe(inputs, later), spark)
    assert (more["forgotten"], more["records"]) == (5, again["records"])
    assert not doc_ids(spark, later, "documents") & set(IDS)

    held = everything_under(later)
    assert [text in held for text in (PLANTED, SHOWN)] == [True, True]  # the versions before the forget
    told = tamis.api.forget(str(later), IDS, spark, purge=True)
    assert (told["taken_down"], told["returned"], told["purged"]) == (0, [], True)
    held = everything_under(later)
    assert [text in held for text in (PLANTED, SHOWN)] == [False, False]
    assert tamis.api.run(recipe(inputs, later), spark)["kept"] == more["kept"]
    assert tamis.api.digest(str(later), spark)["digest"]


def test_wrong_ids_and_folders_of_others_are_refused(spark, tmp_path):
    (tmp_path / "ids.txt").write_text("0123456789abcdef\nhello\n\n0123456789abcdeg\n")
    with pytest.raises(ConfigError, match="line 2, 4"):
        tamis.api.forget(str(tmp_path / "new"), tmp_path / "ids.txt", spark)
    with pytest.raises(ConfigError, match="holds files that tamis did not write"):
        tamis.api.forget(str(tmp_path), [1], spark)
    assert not (tmp_path / "new").exists()
