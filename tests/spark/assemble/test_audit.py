"""Each equation that a run must fulfil, broken by one row."""

from __future__ import annotations

import pytest
from tests.helpers import make_document, make_table

import tamis.assemble.steps as stage
from tamis.assemble.steps.audit import audited_sums, ledger
from tamis.errors import StageFailedError

pytestmark = pytest.mark.spark

DOCUMENTS = "documents = corpus + removals + failures"
CHARACTERS = "characters of kept documents = corpus + cuts"
STRAY = "cuts of documents that are not in the corpus"
KEEPERS = "keepers that are neither in the corpus nor too_short"
MEASURES = "near-duplicates removed without a Jaccard similarity"

# 1 stays and loses 2 of 5 characters; 2 left for 1; 3 fell under the bound and had kept for 4; 5 failed.
SOUND = {
    "documents": [make_document(n, "abcde") for n in (1, 2, 3, 4, 5)],
    "corpus": [{"doc_id": 1, "text": "a\U0001f600c"}],
    "removals": [
        {"doc_id": 2, "reason": "near_duplicate", "kept_doc_id": 1, "jaccard": 0.9},
        {"doc_id": 3, "reason": "too_short"},
        {"doc_id": 4, "reason": "exact_duplicate", "kept_doc_id": 3},
    ],
    "cuts": [{"doc_id": 1, "start_char": 1, "end_char": 3, "kept_doc_id": 3}],
    "failures": [{"doc_id": 5}, {"doc_id": 6}, {"doc_id": None}],
}


def audited(spark, **changed):
    tables = {name: make_table(spark, name, rows) for name, rows in {**SOUND, **changed}.items()}
    sums, totals = audited_sums(ledger(tables))
    return {item.name: item for item in sums if not item.holds}, totals


def test_sound_tables_hold_and_losses_with_keepers_are_counted(spark):
    broken, totals = audited(spark)
    assert broken == {}
    assert totals == {
        "documents": 5, "kept": 1, "removed": 3, "gone_before": 1,
        "chars_kept_documents": 5, "chars_corpus": 3, "chars_cut": 2,
        "document_lost_with_keeper": 1, "span_lost_with_document": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "name", "expected", "found", "example"),
    [
        ({"removals": SOUND["removals"][:2]}, DOCUMENTS, 5, 4, 4),
        ({"removals": [*SOUND["removals"], {"doc_id": 1, "reason": "too_short"}]}, DOCUMENTS, 5, 6, 1),
        ({"removals": [*SOUND["removals"], {"doc_id": 99, "reason": "too_short"}]}, DOCUMENTS, 5, 6, 99),
        ({"failures": [{"doc_id": 5}, {"doc_id": 4}]}, DOCUMENTS, 5, 6, 4),
        ({"documents": [*SOUND["documents"], make_document(2, "abcde")]}, DOCUMENTS, 6, 5, 2),
        ({"corpus": [{"doc_id": 1, "text": "abcd"}]}, CHARACTERS, 5, 6, 1),
        ({"cuts": []}, CHARACTERS, 5, 3, 1),
        ({"cuts": [*SOUND["cuts"], {"doc_id": 2, "start_char": 0, "end_char": 1}]}, STRAY, 0, 1, 2),
        ({"cuts": [{**SOUND["cuts"][0], "kept_doc_id": 4}]}, KEEPERS, 0, 1, 4),
        (
            {"removals": [{**SOUND["removals"][0], "kept_doc_id": 77}, *SOUND["removals"][1:]]},
            KEEPERS, 0, 1, 77,
        ),
        (
            {"removals": [{**SOUND["removals"][0], "jaccard": None}, *SOUND["removals"][1:]]},
            MEASURES, 0, 1, 2,
        ),
    ],
)  # fmt: skip
def test_one_wrong_row_breaks_its_sum(spark, changed, name, expected, found, example):
    broken, _ = audited(spark, **changed)
    assert name in broken
    assert (broken[name].expected, broken[name].found, broken[name].examples) == (expected, found, (example,))


def test_two_errors_of_equal_size_do_not_hide_each_other(spark):
    removals = [*SOUND["removals"][:2], {"doc_id": 2, "reason": "exact_duplicate", "kept_doc_id": 1}]
    broken, _ = audited(spark, removals=removals)
    item = broken[DOCUMENTS]
    assert (item.expected, item.found, item.breaches, item.examples) == (5, 5, 2, (2, 4))


@pytest.mark.parametrize("table", ["corpus", "removals"])
def test_assemble_that_drops_a_row_stops_the_run(make_context, monkeypatch, table):
    documents = [make_document(1, "one"), make_document(2, "two"), make_document(3, ""), make_document(4, "")]
    context = make_context({"documents": documents})
    write = context.write_all
    dropped = {"corpus": "doc_id <> 2", "removals": "doc_id <> 4"}[table]
    monkeypatch.setattr(
        context, "write_all", lambda name, rows: write(name, rows.where(dropped) if name == table else rows)
    )
    if table == "removals":
        # Assemble reads back what it wrote: a lost removal would only bring the document back.
        corpus_rows = stage.corpus_rows
        monkeypatch.setattr(
            stage, "corpus_rows", lambda kept, *rest: corpus_rows(kept.where("doc_id < 3"), *rest)
        )
    with pytest.raises(StageFailedError) as caught:
        stage.run_assemble(context)
    lost = {"corpus": 2, "removals": 4}[table]
    assert f"{DOCUMENTS}: expected 4, found 3, wrong for 1 document(s), such as {lost:016x}" in str(
        caught.value
    )
