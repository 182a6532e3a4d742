"""The brakes in a run: where they stop it, what they leave, and that a rerun with a raised bound goes on."""

from __future__ import annotations

import json

import pytest
from tests.helpers import make_document

import tamis.api
from tamis.assemble.steps import run_assemble
from tamis.errors import StageFailedError

pytestmark = pytest.mark.spark

# Source crawl: 2 of 4 leave for 1, all of one cluster; source books: none of 4.
TEXTS = {1: "the longest text", 2: "longer text", 3: "a text", 4: "alone"}


def tables():
    documents = [make_document(n, text, source="crawl") for n, text in TEXTS.items()]
    documents += [make_document(n, f"book {n}", source="books") for n in (5, 6, 7, 8)]
    pairs = [(2, 1), (3, 1), (3, 2)]
    edges = [
        {"src": a, "src_ordinal": -1, "dst": b, "dst_ordinal": -1, "jaccard": 0.75, "containment": 0.9,
         "bands_shared": 3, "verified_by": "signature"} for a, b in pairs
    ]  # fmt: skip
    clusters = [{"doc_id": n, "ordinal": -1, "cluster_id": 1, "size": 3} for n in (1, 2, 3)]
    return {"documents": documents, "edges": edges, "clusters": clusters}


@pytest.fixture(scope="module")
def context(make_context):
    return make_context(tables(), table_format="delta", near_dedup={"threshold": 0.5})


def with_brakes(context, **brakes):
    context.recipe = context.recipe.model_copy(
        update={"brakes": type(context.recipe.brakes)(**brakes)}
    )  # fmt: skip
    return context


@pytest.mark.parametrize("brakes", [{"max_source_loss": 0.49}, {"max_cluster_fraction": 0.374}], ids=str)
def test_over_the_bound_nothing_is_written_and_a_report_is_left(context, brakes):
    written = len(context.log)
    with pytest.raises(StageFailedError, match=r"stopped by the brakes.*report/brakes.html"):
        run_assemble(with_brakes(context, **brakes))
    assert len(context.log) == written
    told = json.loads((context.root / "report" / "brakes.json").read_text())
    assert [stop["count"] for stop in told["stops"]] == [2 if "max_source_loss" in brakes else 3]
    assert "the longest text" in (context.root / "report" / "brakes.html").read_text()


def test_at_the_bound_the_run_goes_on_and_an_old_report_is_gone(context):
    with pytest.raises(StageFailedError):
        run_assemble(with_brakes(context, max_source_loss=0.1, max_cluster_fraction=0.1))
    run_assemble(with_brakes(context, max_source_loss=0.5, max_cluster_fraction=0.375))
    assert {row[0] for row in context.rows("corpus", "doc_id")} == {1, 4, 5, 6, 7, 8}
    assert not (context.root / "report" / "brakes.html").exists()
    assert not (context.root / "report" / "brakes.json").exists()


def test_examples_of_a_source_come_with_the_documents_that_would_stay(context):
    with pytest.raises(StageFailedError):
        run_assemble(with_brakes(context, max_source_loss=0.0))
    stop = json.loads((context.root / "report" / "brakes.json").read_text())["stops"][0]
    assert (stop["name"], stop["count"], stop["total"]) == ("crawl", 2, 4)
    assert stop["examples"] == [
        {"doc_id": f"{n:016x}", "name": f"crawl:k{n}", "begins": TEXTS[n], "reason": "near_duplicate",
         "kept_doc_id": f"{1:016x}", "kept_begins": TEXTS[1]} for n in (2, 3)
    ]  # fmt: skip


PARTS = ["first of all", "second to none", "third"]  # 12, 14 and 5 characters, and gaps of 2


def part_tables():
    """Source crawl: of its 90 characters document 2, and the second part of 1, would leave for books."""
    text = "\n\n".join(PARTS)
    documents = [
        make_document(1, text, source="crawl"), make_document(2, "x" * 55, source="crawl"),
        make_document(3, f"{PARTS[1]}\n\nmuch longer than those", source="books"),
        make_document(4, "y" * 90, source="books"),
    ]  # fmt: skip
    edge = {"src": 3, "src_ordinal": 0, "dst": 1, "dst_ordinal": 1, "jaccard": 0.75, "containment": 0.9,
            "bands_shared": 3, "verified_by": "signature"}  # fmt: skip
    spans = [{"unit": "document", "span_key": 5, "span_check": 5, "doc_id": n, "ordinal": -1} for n in (2, 4)]
    return {"documents": documents, "edges": [edge], "duplicate_spans": spans}


@pytest.fixture(scope="module")
def part_context(make_context):
    keeper = ({"column": "source", "order": "asc"},)
    return make_context(
        part_tables(), table_format="delta", near_dedup={"threshold": 0.5, "unit": "paragraph"},
        exact_dedup={"units": ["document"]}, keeper=keeper,
    )  # fmt: skip


def test_parts_that_are_cut_count_by_their_characters(part_context):
    with pytest.raises(StageFailedError, match=r"1 of 2 documents .* 71 of 90 characters"):
        run_assemble(with_brakes(part_context, max_source_loss=0.49))
    stops = json.loads((part_context.root / "report" / "brakes.json").read_text())["stops"]
    assert {(stop["name"], stop["unit"], stop["count"], stop["total"]) for stop in stops} == {
        ("crawl", "document", 1, 2), ("crawl", "character", 71, 90)
    }  # fmt: skip
    begins = [(item["doc_id"], item["begins"], item["reason"]) for item in stops[0]["examples"]]
    assert begins == [(f"{1:016x}", "second to none third", "near_duplicate"),
                      (f"{2:016x}", "x" * 55, "exact_duplicate")]  # fmt: skip
    with pytest.raises(StageFailedError, match="71 of 90 characters"):  # 0.7888...
        run_assemble(with_brakes(part_context, max_source_loss=0.788))
    run_assemble(with_brakes(part_context, max_source_loss=0.789))
    assert part_context.rows("corpus", "doc_id") == [(1,), (3,), (4,)]


def test_rerun_with_a_raised_bound_finishes_what_was_stopped(spark_root, tmp_path):
    rows = [{"id": str(n), "text": text} for n, text in enumerate(["same text here"] * 3 + ["another one"])]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = {
        "name": "brakes", "output": str(tmp_path / "out"), "exact_dedup": {},
        "inputs": [{"path": str(tmp_path / "in.jsonl"), "format": "jsonl", "source": "s", "id_field": "id"}],
    }  # fmt: skip
    with pytest.raises(StageFailedError, match=r"source 's' would lose 2 of 4 documents"):
        tamis.api.run(recipe, spark_root, overrides=["brakes.max_source_loss=0.4"])
    done = tamis.api.run(recipe, spark_root, overrides=["brakes.max_source_loss=0.5"])
    assert (done["kept"], done["removed"]) == (2, 2)
    assert [stage["status"] for stage in done["stages"]] == ["up to date"] * 3 + ["done"]
