"""Who leaves, why, and for whom: whole documents.

One run over groups of documents that have nothing to do with each other; each test looks at its group.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from tests.helpers import make_document

from tamis.assemble.steps import run_assemble

pytestmark = pytest.mark.spark

SAID = {
    "title": "T", "url": "u", "author": "A", "published_utc": "2026-01-02", "parent_id": -4,
    "metadata": {"k": "v", "l": "w"}, "batch_id": 2, "shard": 4,
}  # fmt: skip


def decision(doc_id, rule, reason, value=None, bound=None, evidence=None):
    return {
        "doc_id": doc_id, "rule": rule, "reason": reason, "value": value, "bound": bound,
        "evidence": evidence,
    }  # fmt: skip


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


DOCUMENTS = [
    # Each reason once.
    make_document(1, ""), make_document(2, "short"), make_document(3, "three"), make_document(4, "three"),
    make_document(5, "five!"), make_document(6, "six"), make_document(7, "seven"),
    make_document(8, "seven", duplicate_of=7, record_sha256="ab"),
    make_document(9, "failed later"),
    # Several rules broken; an empty text that breaks one.
    make_document(11, "a"), make_document(12, "b"), make_document(13, ""), make_document(14, None),
    # The best of three copies breaks a rule of its own.
    *(make_document(30 + priority, "copy", format_priority=priority) for priority in (0, 1, 2)),
    # 49 repeats the record 48; 48 is an exact copy of 47; 47 is near 41, which is longer.
    make_document(41, "long text"), make_document(47, "text"), make_document(48, "text"),
    make_document(49, "text", duplicate_of=48, record_sha256="cd"),
    # The first of three equal records failed later.
    make_document(51, "x"), make_document(55, "x", duplicate_of=51), make_document(-56, "x", duplicate_of=51),
    # Taken down; its copy comes back.
    make_document(61, "gone"), make_document(62, "gone"),
    # Said more of; another batch and shard.
    make_document(71, "said", **SAID), make_document(72, "", batch_id=2, shard=5),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(make_context):
    failed = ({"doc_id": n, "stage": "signals", "code": "cpu_limit"} for n in (9, 51))
    context = make_context(
        {
            "documents": DOCUMENTS,
            "failures": [*failed, {"doc_id": None, "length": 5}],
            "tombstones": [{"doc_id": 61}],
            "decisions": [
                decision(2, 3, "recipe.word_count.min", 1.0, 5.0),
                decision(11, 7, "a.first_by_name.min", 1.0, 2.0),
                decision(11, 2, "z.first_by_rule.max", 9.0, 8.5),
                decision(12, 0, "language", evidence="fr"),
                decision(12, 1, "z.x.max", 9.0, 8.0),
                decision(13, 0, "recipe.word_count.min", 0.0, 5.0),
                decision(30, 0, "recipe.x.min", 0.0, 1.0),
            ],
            "duplicate_spans": [
                *same(255, 3, 4),
                *same(31, 30, 31, 32),
                *same(47, 47, 48, 49),
                *same(61, 61, 62),
            ],
            "edges": [edge(6, 5, 0.75), edge(47, 41, 0.6)],
        },
        table_format="delta",
        exact_dedup={"units": ["document"]},
        near_dedup={"threshold": 0.5},
    )
    run_assemble(context)
    return context


@pytest.fixture(scope="module")
def told(made):
    columns = ("doc_id", "stage", "reason", "kept_doc_id", "jaccard", "evidence")
    return {row[0]: (*row[1:5], json.loads(row[5])) for row in made.rows("removals", *columns)}


def test_each_reason_comes_with_its_stage_keeper_and_evidence(told):
    near = {"verified_by": "signature", "bands_shared": 3, "containment": 0.9}
    assert {doc_id: told[doc_id] for doc_id in (1, 2, 4, 6, 8)} == {
        1: ("extract", "empty_text", None, None, {}),
        2: ("filter", "recipe.word_count.min", None, None, {"value": 1.0, "bound": 5.0}),
        4: ("exact_dedup", "exact_duplicate", 3, None, {"span_key": f"{255:016x}", "span_check": "ffffff01"}),
        6: ("near_dedup", "near_duplicate", 5, 0.75, near),
        8: ("extract", "duplicate_record", 7, None, {"record_sha256": "ab"}),
    }


def test_first_broken_rule_in_the_recipes_order_is_the_reason(told):
    assert told[11] == ("filter", "z.first_by_rule.max", None, None, {"value": 9.0, "bound": 8.5})
    assert told[12] == ("filter", "language", None, None, {"found": "fr"})


def test_empty_text_is_told_before_the_rules_it_also_breaks(told):
    assert (told[13][:2], told[14][:2]) == (("extract", "empty_text"),) * 2


def test_keeper_is_chosen_among_those_the_filter_left(told):
    assert (told[30][1:3], told[32][1:3]) == (("recipe.x.min", None), ("exact_duplicate", 31))


def test_keepers_follow_to_the_document_that_stays(told):
    found = {doc_id: (*told[doc_id][1:4], told[doc_id][4].get("via")) for doc_id in (47, 48, 49)}
    assert found == {
        47: ("near_duplicate", 41, 0.6, None),
        48: ("exact_duplicate", 41, None, f"{47:016x}"),
        49: ("duplicate_record", 41, None, f"{48:016x}"),
    }


def test_repeat_takes_the_place_of_a_first_that_failed(told):
    assert told[55][1:3] == ("duplicate_record", -56)


def test_corpus_and_removals_share_the_documents_that_are_left(made, told):
    kept = {3, 5, 7, 31, 41, -56, 62, 71}
    assert {row[0] for row in made.rows("corpus", "doc_id")} == kept
    assert kept | set(told) == {row["doc_id"] for row in DOCUMENTS} - {9, 51, 61}
    assert not kept & set(told)


def test_corpus_says_of_a_document_what_documents_says(made):
    columns = [name for name in made.read("corpus").columns if name != "metadata"]
    documents = {row[0]: row for row in made.rows("documents", *columns)}
    corpus = made.rows("corpus", *columns)
    assert corpus == [documents[row[0]] for row in corpus]
    assert {row["doc_id"]: row["metadata"] for row in made.read("corpus").collect()}[71] == SAID["metadata"]


def test_batch_and_shard_go_with_the_document(made):
    columns = ("doc_id", "batch_id", "shard")
    assert made.rows("corpus", *columns)[-1] == (71, 2, 4)
    assert made.rows("removals", *columns)[-1] == (72, 2, 5)


def test_totals_are_told_for_the_report(made, told):
    reasons = json.loads(made.facts["removed_by_reason"])
    assert reasons == Counter(reason for _, reason, *_ in told.values())
    facts = {name: int(value) for name, value in made.facts.items() if name != "removed_by_reason"}
    assert facts == {
        "documents": 27, "kept": 8, "removed": 16, "gone_before": 3, "chars_cut": 0,
        "chars_kept_documents": 37, "chars_corpus": 37,
        "document_lost_with_keeper": 0, "span_lost_with_document": 0,
    }  # fmt: skip
    assert made.log == [("all", "removals"), ("all", "cuts"), ("all", "corpus")]


def test_empty_documents_give_empty_tables(make_context):
    context = make_context({"documents": []})
    run_assemble(context)
    assert [context.rows(name) for name in ("corpus", "removals", "cuts")] == [[], [], []]
    assert context.facts["documents"] == "0"
