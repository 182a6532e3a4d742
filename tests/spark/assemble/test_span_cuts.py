"""Repeated paragraphs: who keeps them, what is cut, what falls under the bound; and how it is explained."""

from __future__ import annotations

import json
import zlib
from collections import Counter

import pytest
from tests.helpers import make_document, make_table

from tamis.assemble.explain import explain, explanation_text
from tamis.assemble.steps import run_assemble
from tamis.assemble.steps.spans import by_document, leaving_spans
from tamis.errors import ConfigError
from tamis.signals.registry import family_table

pytestmark = pytest.mark.spark

# Which copy is best: format_priority, then length, then the id.
BEST, WORST = {"format_priority": 0}, {"format_priority": 2}
TEXTS = {
    1: ("Intro.\n\nBoilerplate.\n\nBoiler two.\n\n\U0001f600 End, on a longer line than others have.", BEST),
    2: ("Boilerplate.\n\nOwn of two \U0001f600.\n\nBoilerplate.", {}),
    3: ("Boilerplate.", {}),
    4: ("Boilerplate.\n\nQ.", {}),
    5: ("Q.\n\nOwn text of five.", WORST),
    6: ("Boilerplate.\n\nQ.", {}),
    7: ("Boilerplate.\n\nFives", {}),
    8: ("Boilerplate.\n\nFour", {}),
    9: ("Start.\n\nBoilerplate.\n\nBoiler two.\n\nEnd.", {}),
    10: ("Echo.\n\nMid.\n\nEcho.", WORST),
    20: (
        "Boilerplate.\n\nThe longest text of them all breaks a rule, so its paragraph is not kept here.",
        BEST,
    ),
}


def span(unit, doc_id, ordinal, text, shard=0):
    return {
        "unit": unit, "span_key": zlib.crc32(text.encode()), "span_check": len(text), "doc_id": doc_id,
        "ordinal": ordinal, "shard": shard,
    }  # fmt: skip


def duplicate_spans():
    spans = [
        span("paragraph", doc_id, ordinal, paragraph)
        for doc_id, (text, _) in TEXTS.items()
        for ordinal, paragraph in enumerate(text.split("\n\n"))
    ]
    spans += [span("document", doc_id, -1, text) for doc_id, (text, _) in TEXTS.items()]
    holders = Counter((row["unit"], row["span_key"]) for row in spans)
    return [row for row in spans if holders[row["unit"], row["span_key"]] > 1]


@pytest.fixture(scope="module")
def made(make_context):
    context = make_context(
        {
            "documents": [make_document(doc_id, text, **said) for doc_id, (text, said) in TEXTS.items()],
            "failures": [
                {"doc_id": 30, "source": "s", "path": "30.txt", "stage": "extract", "code": "encrypted"}
            ],
            "duplicate_spans": duplicate_spans(),
            "decisions": [{"doc_id": 20, "rule": 0, "reason": "recipe.x.max", "value": 9.5, "bound": 8.0}],
        },
        exact_dedup={"units": ["document", "paragraph"]},
        assemble={"min_chars": 5},
    )
    context.put("signals_length", [{"doc_id": 2, "word_count": 6}], family_table("length").ddl)
    context.put("inputs", [{"source": "s", "path": "2.txt", "root": "r", "status": "read"}])
    run_assemble(context)
    return context


def test_kept_documents_are_readable_without_their_repeats(made):
    assert made.rows("corpus", "doc_id", "text", "length_chars") == [
        (1, TEXTS[1][0], len(TEXTS[1][0])),
        (2, "Own of two \U0001f600.", 13),
        (5, "Own text of five.", 17),
        (7, "Fives", 5),
        (9, "Start.\n\nEnd.", 12),
        (10, "Echo.\n\nMid.", 11),
    ]


def test_cuts_are_ranges_of_code_points_with_their_keeper(made):
    assert made.rows("cuts", "doc_id", "start_char", "end_char", "reason", "kept_doc_id") == [
        (2, 0, 14, "exact_duplicate", 1),
        (2, 27, 41, "exact_duplicate", 1),
        (5, 0, 4, "exact_duplicate", 4),
        (7, 0, 14, "exact_duplicate", 1),
        (9, 8, 35, "exact_duplicate", 1),
        (10, 11, 18, "exact_duplicate", 10),
    ]


def test_documents_that_cuts_leave_under_the_bound_are_removed(made):
    rows = made.rows("removals", "doc_id", "stage", "reason", "evidence")
    short = {row[0]: json.loads(row[3]) for row in rows if row[1:3] == ("assemble", "too_short")}
    assert short == {
        doc_id: {"left_chars": left, "min_chars": 5} for doc_id, left in ((3, 0), (4, 2), (8, 4))
    }


def test_what_is_lost_with_a_keeper_under_the_bound_is_counted(made):
    assert made.rows("removals", "doc_id", "reason", "kept_doc_id")[2] == (6, "exact_duplicate", 4)
    assert made.facts["document_lost_with_keeper"] == "1"
    assert made.facts["span_lost_with_document"] == "1"
    assert (
        int(made.facts["chars_kept_documents"]) == int(made.facts["chars_corpus"]) + 14 + 14 + 4 + 14 + 27 + 7
    )


@pytest.mark.parametrize(
    ("scope", "leaving"), [("global", {2: [(0, 3, None)], 4: [(0, 3, None)]}), ("shard", {2: [(0, 3, None)]})]
)
def test_scope_says_how_far_a_holder_is_looked_for(spark, scope, leaving):
    """4 lies in another shard; 1, the best of all, is no survivor."""
    rows = [span("paragraph", doc_id, 0, "same", shard=doc_id // 4) for doc_id in (1, 2, 3, 4)]
    ranks = spark.createDataFrame(
        [(2, (1, 2)), (3, (0, 3)), (4, (2, 4))], "doc_id BIGINT, rank STRUCT<a: INT, doc_id: BIGINT>"
    )
    found = leaving_spans(make_table(spark, "duplicate_spans", rows), ranks, "paragraph", scope)
    spans = {row["doc_id"]: [tuple(part) for part in row["spans"]] for row in by_document(found).collect()}
    assert spans == leaving


def test_life_of_a_kept_document_names_its_file_signals_and_cuts(made):
    life = explain(made.read, made.exists, 2)
    assert json.loads(json.dumps(life)) == life
    assert (life["doc_id"], life["outcome"]) == ("0000000000000002", "kept")
    assert (life["input"]["path"], life["input"]["status"]) == ("2.txt", "read")
    assert life["extraction"]["length_chars"] == 41
    assert life["signals"]["length"]["word_count"] == 6
    assert life["duplicate_spans"] == {"paragraph": {"count": 2, "ordinals": [0, 2]}}
    cut = {
        "start_char": 0,
        "end_char": 14,
        "reason": "exact_duplicate",
        "kept_doc_id": "0000000000000001",
        "jaccard": None,
    }
    assert life["corpus"]["cuts"][0] == cut
    assert "  path      2.txt" in explanation_text(life).splitlines()


def test_life_of_a_removed_document_names_the_rule_and_the_keeper(made):
    filtered = explain(made.read, made.exists, 20)
    assert filtered["outcome"] == "removed"
    rule = {"reason": "recipe.x.max", "value": 9.5, "bound": 8.0, "evidence": None}
    assert filtered["decisions"] == [rule]
    assert filtered["removal"]["evidence"] == {"value": 9.5, "bound": 8.0}
    copy = explain(made.read, made.exists, 6)["removal"]
    assert (copy["reason"], copy["kept_doc_id"]) == ("exact_duplicate", "0000000000000004")
    keeper = explain(made.read, made.exists, 4)["stands_for"]
    told = {"doc_id": "0000000000000006", "reason": "exact_duplicate", "jaccard": None}
    assert keeper == {"count": 1, "removals": [told]}


def test_life_of_a_failure_is_its_error(made):
    life = explain(made.read, made.exists, 30)
    assert (life["outcome"], life["input"]["path"]) == ("failed", "30.txt")
    assert life["failures"] == [{"stage": "extract", "code": "encrypted", "message": None}]


def test_unknown_id_is_an_error_that_names_it(made):
    with pytest.raises(ConfigError, match="no document 00000000000003e7 in this output"):
        explain(made.read, made.exists, 999)
