"""Who leaves, why, and for whom: whole documents."""

from __future__ import annotations

import json

import pytest

from tamis.assemble.steps import run_assemble
from tests.helpers import make_document

pytestmark = pytest.mark.spark

NEAR = {"near_dedup": {"threshold": 0.5}}
EXACT = {"exact_dedup": {"units": ["document"]}}


def decision(doc_id, rule, reason, value, bound):
    return {"doc_id": doc_id, "rule": rule, "reason": reason, "value": value, "bound": bound}


def same(key, *doc_ids):
    return [
        {"unit": "document", "span_key": key, "span_check": -key, "doc_id": doc_id, "ordinal": -1}
        for doc_id in doc_ids
    ]


def edge(src, dst, jaccard):
    return {
        "src": src, "src_ordinal": -1, "dst": dst, "dst_ordinal": -1, "jaccard": jaccard, "containment": 0.9,
        "bands_shared": 3, "verified_by": "signature",
    }  # fmt: skip


def removals(context):
    return [
        (row[0], row[1], row[2], row[3], row[4], json.loads(row[5]))
        for row in context.rows("removals", "doc_id", "stage", "reason", "kept_doc_id", "jaccard", "evidence")
    ]


def test_each_reason_once_with_its_evidence(make_context):
    texts = {1: "", 2: "short", 3: "text three", 4: "text three", 5: "text five", 6: "text six!", 7: "seven"}
    documents = [make_document(n, text) for n, text in texts.items()]
    documents.append(make_document(8, "seven", duplicate_of=7, record_sha256="ab"))
    documents.append(make_document(9, "failed later"))
    context = make_context(
        {
            "documents": documents,
            "failures": [{"doc_id": 9, "stage": "signals", "code": "cpu_limit"}, {"doc_id": None}],
            "decisions": [decision(2, 3, "recipe.word_count.min", 1.0, 5.0)],
            "duplicate_spans": same(255, 3, 4),
            "edges": [edge(6, 5, 0.75)],
        },
        **EXACT,
        **NEAR,
    )
    run_assemble(context)
    near = {"verified_by": "signature", "bands_shared": 3, "containment": 0.9}
    assert removals(context) == [
        (1, "extract", "empty_text", None, None, {}),
        (2, "filter", "recipe.word_count.min", None, None, {"value": 1.0, "bound": 5.0}),
        (4, "exact_dedup", "exact_duplicate", 3, None, {"span_key": f"{255:016x}", "span_check": "ffffff01"}),
        # The longer of the two texts stays: ten characters each, so the smaller id.
        (6, "near_dedup", "near_duplicate", 5, 0.75, near),
        (8, "extract", "duplicate_record", 7, None, {"record_sha256": "ab"}),
    ]
    assert context.rows("corpus", "doc_id", "text", "length_chars") == [
        (3, "text three", 10), (5, "text five", 9), (7, "seven", 5),
    ]  # fmt: skip
    assert context.rows("cuts") == []
    assert context.facts["documents"] == "9"
    assert (context.facts["kept"], context.facts["removed"], context.facts["gone_before"]) == ("3", "5", "1")


def test_first_broken_rule_in_the_recipes_order_is_the_reason(make_context):
    decisions = [
        decision(1, 7, "a.first_by_name.min", 1.0, 2.0),
        decision(1, 2, "z.first_by_rule.max", 9.0, 8.5),
        {"doc_id": 2, "rule": 0, "reason": "language", "evidence": "fr"},
        decision(2, 1, "z.x.max", 9.0, 8.0),
    ]
    context = make_context({"documents": [make_document(1, "a"), make_document(2, "b")], "decisions": decisions})
    run_assemble(context)
    assert removals(context) == [
        (1, "filter", "z.first_by_rule.max", None, None, {"value": 9.0, "bound": 8.5}),
        (2, "filter", "language", None, None, {"found": "fr"}),
    ]
    assert context.rows("corpus") == []


def test_empty_text_is_told_before_the_rules_it_also_breaks(make_context):
    documents = [make_document(1, ""), make_document(2, None), make_document(3, "b")]
    decisions = [decision(1, 0, "recipe.word_count.min", 0.0, 5.0)]
    context = make_context({"documents": documents, "decisions": decisions})
    run_assemble(context)
    assert [row[:3] for row in removals(context)] == [
        (1, "extract", "empty_text"), (2, "extract", "empty_text"),
    ]  # fmt: skip


def test_keeper_is_chosen_among_those_the_filter_left(make_context):
    """The best copy breaks a rule of its own, so a worse one has to stay."""
    documents = [make_document(n, "same", format_priority=priority) for n, priority in ((1, 0), (2, 1), (3, 2))]
    context = make_context(
        {
            "documents": documents,
            "decisions": [decision(1, 0, "recipe.x.min", 0.0, 1.0)],
            "duplicate_spans": same(5, 1, 2, 3),
        },
        **EXACT,
    )
    run_assemble(context)
    assert [(row[0], row[2], row[3]) for row in removals(context)] == [
        (1, "recipe.x.min", None), (3, "exact_duplicate", 2),
    ]  # fmt: skip


def test_keepers_follow_to_the_document_that_stays(make_context):
    """9 repeats the record 8; 8 is an exact copy of 7; 7 is near 1, which is better: all stand for 1."""
    documents = [make_document(1, "long text one"), make_document(7, "text"), make_document(8, "text")]
    documents.append(make_document(9, "text", duplicate_of=8, record_sha256="cd"))
    context = make_context(
        {"documents": documents, "duplicate_spans": same(5, 7, 8, 9), "edges": [edge(7, 1, 0.6)]}, **EXACT, **NEAR
    )
    run_assemble(context)
    told = [(row[0], row[2], row[3], row[4], row[5].get("via")) for row in removals(context)]
    assert told == [
        (7, "near_duplicate", 1, 0.6, None),
        (8, "exact_duplicate", 1, None, f"{7:016x}"),
        (9, "duplicate_record", 1, None, f"{8:016x}"),
    ]
    assert context.facts["document_lost_with_keeper"] == "0"


def test_repeat_takes_the_place_of_a_first_that_failed(make_context):
    documents = [make_document(1, "x")]
    documents += [make_document(n, "x", duplicate_of=1) for n in (5, -6)]
    failed = [{"doc_id": 1, "stage": "signals", "code": "cpu_limit"}]
    context = make_context({"documents": documents, "failures": failed})
    run_assemble(context)
    assert [(row[0], row[2], row[3]) for row in removals(context)] == [(5, "duplicate_record", -6)]
    assert context.rows("corpus", "doc_id") == [(-6,)]


def test_tombstoned_documents_are_in_no_table(make_context):
    documents = [make_document(1, "same"), make_document(2, "same")]
    context = make_context(
        {"documents": documents, "tombstones": [{"doc_id": 1}], "duplicate_spans": same(5, 1, 2)}, **EXACT
    )
    run_assemble(context)
    assert (context.rows("corpus", "doc_id"), context.rows("removals")) == ([(2,)], [])
    assert context.facts["gone_before"] == "1"


def test_batches_and_shards_stay_with_their_documents(make_context):
    place = {1: (1, 0), 2: (1, 3), 3: (2, 4), 4: (2, 4)}
    documents = [
        make_document(n, f"t{n}" * (n != 4), batch_id=batch, shard=shard) for n, (batch, shard) in place.items()
    ]
    context = make_context({"documents": documents}, table_format="delta")
    run_assemble(context)
    assert context.rows("corpus", "doc_id", "batch_id", "shard", "text") == [
        (1, 1, 0, "t1"), (2, 1, 3, "t2"), (3, 2, 4, "t3"),
    ]  # fmt: skip
    assert context.rows("removals", "doc_id", "batch_id", "shard") == [(4, 2, 4)]


def test_corpus_says_of_a_document_what_documents_says(make_context):
    said = {
        "title": "T", "url": "u", "author": "A", "published_utc": "2026-01-02", "parent_id": -4,
        "metadata": {"k": "v", "l": "w"},
    }  # fmt: skip
    context = make_context({"documents": [make_document(1, "text", **said), make_document(2, "bare")]})
    run_assemble(context)
    columns = [name for name in context.read("corpus").columns if name != "metadata"]
    assert context.rows("corpus", *columns) == context.rows("documents", *columns)
    found = {row["doc_id"]: row["metadata"] for row in context.read("corpus").collect()}
    assert found == {1: {"k": "v", "l": "w"}, 2: None}


def test_empty_documents_give_empty_tables(make_context):
    context = make_context({"documents": []})
    run_assemble(context)
    assert [context.rows(name) for name in ("corpus", "removals", "cuts")] == [[], [], []]
    assert context.facts["documents"] == "0"
