from __future__ import annotations

from itertools import pairwise

from tests.report_data import make_facts

from tamis.report.facts import Reason, ReportFacts, Totals
from tamis.report.groups import GROUPS, describe, funnel_steps, group_of, removed_by


def test_every_reason_of_the_design_has_a_group():
    reasons = ("empty_text", "language", "recipe.word_count.min", "duplicate_record", "exact_duplicate",
               "near_duplicate", "too_short")  # fmt: skip
    assert tuple(group_of(reason) for reason in reasons) == GROUPS


def test_describe_names_signal_and_side():
    assert describe("recipe.top_2gram_char_fraction.max") == "top 2gram char fraction above the most allowed"
    assert describe("span_lost_with_document") == "span lost with document"


def test_funnel_goes_from_records_to_the_corpus():
    facts = make_facts()
    steps = funnel_steps(facts)
    assert (steps[0].left, steps[-1].left) == (facts.totals.records, facts.totals.kept)
    assert all(before.left - step.lost == step.left for before, step in pairwise(steps))
    assert steps[1].left == facts.totals.extracted


def test_funnel_leaves_out_groups_that_took_nothing_but_shows_extraction():
    steps = funnel_steps(
        ReportFacts("x", totals=Totals(records=5, kept=3, forgotten=0), reasons=(Reason("too_short", 2, 0),))
    )
    assert [(step.cause, step.lost, step.left) for step in steps] == [
        ("", 0, 5),
        ("failed", 0, 5),
        ("length", 2, 3),
    ]


def test_removed_by_adds_the_rules_up():
    assert removed_by(make_facts(), group_of("recipe.x.min")) == 143 + 96 + 21 + 14 + 7
