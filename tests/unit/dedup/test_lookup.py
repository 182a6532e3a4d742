"""`tamis similar` over an output that was written without Spark."""

from __future__ import annotations

import io
import json
import shutil
import sys

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from tests.helpers import make_document, make_recipe
from tests.small import edited, prose

from tamis.api import similar
from tamis.cli import main
from tamis.config import digest_of
from tamis.dedup.minhash import MinHashParams, signatures
from tamis.document import format_doc_id
from tamis.errors import ConfigError
from tamis.pipeline.output import claim
from tamis.pipeline.stages import STAGES
from tamis.schemas import TABLES

RIVER, MILL = prose(1, 300), prose(2, 300)
TEXTS = {-5: RIVER, 7: edited(RIVER), 9: MILL, 11: MILL, 13: "too short"}
TITLES = {7: "The river, edited"}


def stage_digest(recipe):
    return digest_of(next(stage for stage in STAGES if stage.name == "near_dedup").config(recipe))


def store(output, table, rows):
    schema = TABLES[table].arrow
    columns = [{"batch_id": 1, "shard": 0, **row} for row in rows]
    filled = [{name: row.get(name) for name in schema.names} for row in columns]
    write_deltalake(f"{output}/{table}", pa.Table.from_pylist(filled, schema))


def store_run(output, recipe, stages):
    row = {
        "run_id": "r", "epoch": 0, "batch_id": 1, "status": "done", "config_digest": stage_digest(recipe),
        "code_version": "1", "versions_read": {}, "epochs_read": {}, "rows": {}, "facts": {}, "seconds": 1.0,
    }  # fmt: skip
    rows = [
        {**row, "stage": stage, "versions_written": dict.fromkeys(tables, "0"), "finished_utc": str(place)}
        for place, (stage, tables) in enumerate(stages.items())
    ]
    store(output, "runs", rows)


@pytest.fixture
def recipe(tmp_path):
    return make_recipe(output=str(tmp_path / "out"), near_dedup={"threshold": 0.7, "num_hashes": 128})


@pytest.fixture
def output(recipe):
    """Give an output in which 7 left for -5 and 11 for 9."""
    claim(recipe)
    ids, texts = list(TEXTS), list(TEXTS.values())
    made = signatures(pa.array(texts), MinHashParams(num_hashes=128))
    rows = zip(ids, made.signature.to_pylist(), made.shingle_count.to_pylist(), strict=True)
    # The low byte of each value is stored: every fourth, since they are little-endian.
    signed = [{"doc_id": n, "ordinal": -1, "signature": s[::4], "shingle_count": c} for n, s, c in rows if s]
    store(recipe.output, "signatures", signed)
    documents = [make_document(n, text, title=TITLES.get(n)) for n, text in TEXTS.items()]
    store(recipe.output, "documents", documents)
    left = [(7, "near_duplicate", -5), (11, "exact_duplicate", 9)]
    store(recipe.output, "removals", [{"doc_id": n, "reason": r, "kept_doc_id": k} for n, r, k in left])
    store(recipe.output, "corpus", [{"doc_id": n, "text": TEXTS[n]} for n in (-5, 9, 13)])
    stages = {"extract": ["documents"], "near_dedup": ["signatures"], "assemble": ["removals", "corpus"]}
    store_run(recipe.output, recipe, stages)
    return recipe.output


def ids(found):
    return [item["doc_id"] for item in found["documents"]]


def test_documents_come_best_first_with_what_the_tables_say_of_them(output):
    found = similar(RIVER, output)
    near = found["documents"][1].pop("jaccard")
    assert 0.7 <= near < 1
    assert found == {"threshold": 0.7, "compared": 4, "found": 2, "documents": [
        {"doc_id": format_doc_id(-5), "jaccard": 1.0, "status": "kept", "source": "s", "key": "k-5",
         "title": None, "begins": " ".join(RIVER.split())[:80]},
        {"doc_id": format_doc_id(7), "status": "removed", "reason": "near_duplicate",
         "kept_doc_id": format_doc_id(-5), "source": "s", "key": "k7", "title": "The river, edited",
         "begins": " ".join(RIVER.split())[:80]},
    ]}  # fmt: skip


def test_threshold_and_limit_bound_what_is_told(output):
    assert ids(similar(RIVER, output, threshold=1.0)) == [format_doc_id(-5)]
    found = similar(MILL, output, limit=1)
    assert (ids(found), found["found"]) == ([format_doc_id(9)], 2)


def test_file_and_standard_input_are_read(output, tmp_path, monkeypatch):
    body = "".join(f"<p>{part}</p>" for part in MILL.split("\n\n"))
    (tmp_path / "mill.html").write_text(f"<html><body><article>{body}</article></body></html>")
    assert ids(similar(str(tmp_path / "mill.html"), output)) == [format_doc_id(9), format_doc_id(11)]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RIVER.encode())))
    assert ids(similar("-", output)) == [format_doc_id(-5), format_doc_id(7)]


def test_text_that_nothing_resembles_finds_nothing(output):
    assert similar(prose(77, 300) + " \ud800", output)["documents"] == []


def test_before_assemble_nothing_is_decided(recipe, output):
    shutil.rmtree(f"{output}/runs")
    store_run(output, recipe, {"extract": ["documents"], "near_dedup": ["signatures"]})
    assert {item["status"] for item in similar(MILL, output)["documents"]} == {"undecided"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["four words are few"], "under 5 words"),
        ([RIVER, "--threshold", "0.01"], "128 hashes reach a recall"),
    ],
)
def test_what_cannot_be_looked_up_exits_2(output, capsys, arguments, told):
    assert main(["similar", *arguments, "--output", output, "--json"]) == 2
    assert told in json.loads(capsys.readouterr().out)["problems"][0]["message"]


def test_file_without_text_exits_2(output, tmp_path, capsys):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nno more")
    assert main(["similar", str(tmp_path / "broken.pdf"), "--output", output]) == 2
    assert "'broken.pdf' cannot be compared" in capsys.readouterr().err


def test_output_without_near_dedup_exits_2(tmp_path, capsys):
    claim(make_recipe(output=str(tmp_path / "plain")))
    assert main(["similar", RIVER, "--output", str(tmp_path / "plain")]) == 2
    assert "add near_dedup to its recipe" in capsys.readouterr().err


def test_signatures_of_other_settings_are_refused(recipe, output):
    claim(make_recipe(output=recipe.output, near_dedup={"threshold": 0.7, "num_hashes": 128, "ngram": 4}))
    with pytest.raises(ConfigError, match="other near_dedup settings"):
        similar(RIVER, output)


def test_lines_for_people_tell_state_and_name(output, capsys):
    assert main(["similar", RIVER, "--output", output]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 document(s) of 4 at J >= 0.7")
    assert lines[2].split() == [format_doc_id(-5), "1.000", "kept", "s:k-5"]
    assert lines[4].split()[2:] == ["removed", "(near_duplicate)", "s:k7"]
    assert lines[5].strip() == "The river, edited"
