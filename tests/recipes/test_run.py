"""A whole run over the small corpus: what comes out, and what a second run does."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from tests.small import prose, recipe

import tamis.api
from tamis.errors import StageFailedError, StaleInputError
from tamis.extract import steps
from tamis.pipeline.commits import RunContext
from tamis.pipeline.lineage import OutputTables

pytestmark = pytest.mark.spark


@pytest.fixture
def inputs(small_inputs, tmp_path):
    """Give a copy of the small corpus that a test may change."""
    return shutil.copytree(small_inputs, tmp_path / "inputs")


def rows(spark, output, table):
    return OutputTables(spark, str(output)).read(table)


def test_every_record_is_kept_removed_or_failed(spark, finished_run):
    result = tamis.api.run(
        json.loads((finished_run / "report" / "summary.json").read_text())["recipe"], spark
    )
    assert {stage["status"] for stage in result["stages"]} == {"up to date"}
    assert result["records"] == result["kept"] + result["removed"] + result["failed"] == 22
    assert result["removed_by_reason"] == {
        "exact_duplicate": 2, "near_duplicate": 1, "duplicate_record": 1, "empty_text": 1,
        "recipe.word_count.min": 1,
    }  # fmt: skip
    assert result["failed"] == 5


def test_failures_have_the_codes_that_tell_them_apart(spark, finished_run):
    found = {(row["path"], row["code"]) for row in rows(spark, finished_run, "failures").collect()}
    assert found == {
        ("broken.pdf", "corrupt"), ("blob.bin", "unsupported_format"), ("a.jsonl", "not_an_object"),
        ("a.jsonl", "missing_text"), ("a.jsonl", "duplicate_id"),
    }  # fmt: skip


def test_near_duplicate_carries_the_jaccard_to_a_kept_document(spark, finished_run):
    removals = rows(spark, finished_run, "removals").where("reason = 'near_duplicate'").collect()
    kept = {row["doc_id"] for row in rows(spark, finished_run, "corpus").select("doc_id").collect()}
    assert [row["kept_doc_id"] in kept and row["jaccard"] >= 0.7 for row in removals] == [True]


def test_pictures_go_from_the_page_to_the_corpus(spark, finished_run):
    for table in ("documents", "corpus"):
        found = rows(spark, finished_run, table).where("key LIKE 'mill%.html'").collect()
        assert found
        for row in found:
            (picture,) = row["pictures"]
            assert (picture["url"], picture["alt"]) == ("mill.png", "A mill by a river")
            assert picture["position"] == len(row["text"])
        others = rows(spark, finished_run, table).where("key NOT LIKE 'mill%.html'").select("pictures")
        assert {tuple(row["pictures"]) for row in others.collect()} == {()}


def test_shared_paragraph_stays_in_one_document(spark, finished_run):
    corpus = rows(spark, finished_run, "corpus")
    assert corpus.where("text LIKE '%about the weather%'").count() == 1
    assert corpus.where("text LIKE '%\n\n\n%'").count() == 0


def test_added_files_are_the_only_ones_worked_on(spark, inputs, tmp_path):
    settings = recipe(inputs, tmp_path / "out", tokens=None, report=None)
    first = tamis.api.run(settings, spark)
    (inputs / "files" / "new.md").write_text(prose(77))
    second = tamis.api.run(settings, spark)
    done = {stage["stage"]: stage["rows"] for stage in second["stages"]}
    assert done["extract"] == {"documents": 1, "failures": 0, "containers": 0, "inputs": 1}
    assert done["near_dedup"]["signatures"] == 1
    assert second["records"] == first["records"] + 1
    assert second["kept"] == first["kept"] + 1


def test_batches_give_the_tables_of_one_run(spark, inputs, finished_run, tmp_path):
    late = inputs / "files" / "sub" / "river-edited.md"
    text = late.read_text()
    late.unlink()
    settings = recipe(inputs, tmp_path / "two", tokens=None, report=None)
    tamis.api.run(settings, spark)
    late.write_text(text)
    tamis.api.run(settings, spark)
    one, two = (tamis.api.digest(str(path), spark)["tables"] for path in (finished_run, tmp_path / "two"))
    assert two == {name: digest for name, digest in one.items() if name not in {"tokens", "token_spans"}}


def test_changed_file_is_named_and_touched_file_is_not(spark, inputs, tmp_path):
    settings = recipe(inputs, tmp_path / "out", tokens=None, report=None)
    tamis.api.run(settings, spark, until="extract")
    os.utime(inputs / "files" / "tiny.txt", (1, 1))
    assert tamis.api.run(settings, spark, until="extract")["stages"][0]["status"] == "up to date"
    (inputs / "files" / "tiny.txt").write_text("Other bytes here, as many")
    with pytest.raises(StaleInputError, match=r"tiny\.txt"):
        tamis.api.run(settings, spark)


def test_changed_settings_ask_for_redo_and_redo_follows_through(spark, inputs, tmp_path):
    settings = recipe(inputs, tmp_path / "out", filter=None, exact_dedup=None, tokens=None, report=None)
    first = tamis.api.run(settings, spark)
    with pytest.raises(StaleInputError, match="--redo near_dedup"):
        tamis.api.run(settings, spark, overrides=["near_dedup.threshold=0.95"])
    result = tamis.api.run(settings, spark, overrides=["near_dedup.threshold=0.95"], redo=["near_dedup"])
    done = [stage["stage"] for stage in result["stages"] if stage["status"] == "done"]
    assert done == ["near_dedup", "assemble"]
    fewer = first["removed_by_reason"]["near_duplicate"] - 1  # the edited page is not that similar
    assert result["removed_by_reason"]["near_duplicate"] == fewer
    assert result["kept"] == first["kept"] + 1


def test_reader_that_drops_a_record_fails_the_run(spark, inputs, tmp_path, monkeypatch):
    real = steps._extractor

    def patched(settings):
        extract = real(settings)

        def dropping(batches):  # runs on the executors, where the driver's patches do not reach
            from tamis.extract import records
            from tamis.io.readers import Record

            def read_all_but_one(file, **limits):
                for place, item in enumerate(original(file, **limits)):
                    if not (place == 1 and isinstance(item, Record)):
                        yield item

            original = records.read_input
            records.read_input = read_all_but_one
            try:
                yield from extract(batches)
            finally:
                records.read_input = original

        return dropping

    monkeypatch.setattr(steps, "_extractor", patched)
    with pytest.raises(StageFailedError, match=r"a\.jsonl: 10 records found, 9 in the tables"):
        tamis.api.run(recipe(inputs, tmp_path / "out"), spark, until="extract")


def test_assemble_that_drops_a_row_fails_the_run(spark, inputs, tmp_path, monkeypatch):
    real = RunContext.write_all

    def dropping(self, table, frame):
        real(self, table, frame.orderBy("doc_id").offset(1) if table == "corpus" else frame)

    monkeypatch.setattr(RunContext, "write_all", dropping)
    only_documents = {"filter": None, "exact_dedup": None, "near_dedup": None, "tokens": None, "report": None}
    settings = recipe(inputs, tmp_path / "out", **only_documents)
    with pytest.raises(StageFailedError, match="corpus"):
        tamis.api.run(settings, spark)
    monkeypatch.undo()
    repaired = tamis.api.run(settings, spark)  # what the failed attempt wrote is not taken for good
    assert repaired["kept"] + repaired["removed"] + repaired["failed"] == 22


def test_empty_folder_gives_an_empty_corpus(spark, tmp_path):
    (tmp_path / "in").mkdir()
    settings = recipe(tmp_path, tmp_path / "out")
    settings["inputs"] = [{"path": str(tmp_path / "in"), "format": "files", "source": "none"}]
    settings["tokens"] = None
    result = tamis.api.run(settings, spark)
    assert (result["records"], result["kept"], result["removed"], result["failed"]) == (0, 0, 0, 0)
