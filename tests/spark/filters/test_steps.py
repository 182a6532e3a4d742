"""Decisions: one row a broken rule, as the rules alone would say."""

import pytest
from tests.helpers import FakeContext, make_recipe

from tamis.config import Filter
from tamis.filters.rules import Rule, expand_rules
from tamis.filters.steps import decisions, filter_rules, run_filter
from tamis.schemas import DECISIONS
from tamis.signals.registry import family_table

pytestmark = pytest.mark.spark
SCHEMA = "doc_id BIGINT, word_count INT, mean_word_length DOUBLE, language STRING, batch_id INT, shard INT"
ROWS = [
    (1, 50, 3.0, "en", 1, 0),
    (2, 49, 10.0, "de", 1, 0),
    (3, 100_001, 10.0000001, "en", 1, 1),
    (4, 0, None, "und", 2, 1),
    (5, 100_000, 2.9999999, None, 2, 1),
]
RULES = [
    Rule("word_count", min=50, max=100_000, prefix="gopher_quality", index=2),
    Rule("mean_word_length", min=3, max=10, prefix="recipe", index=3),
]


def signals(spark):
    return spark.createDataFrame(ROWS, SCHEMA)


def told(frame):
    return sorted(
        (row.doc_id, row.rule, row.reason, row.value, row.bound, row.evidence) for row in frame.collect()
    )


def test_decisions_are_one_row_a_broken_rule(spark):
    assert told(decisions(signals(spark), RULES, ["en", "fr"])) == [
        (2, 0, "language", None, None, "de"),
        (2, 2, "gopher_quality.word_count.min", 49.0, 50.0, None),
        (3, 2, "gopher_quality.word_count.max", 100_001.0, 100_000.0, None),
        (3, 3, "recipe.mean_word_length.max", 10.0000001, 10.0, None),
        (4, 0, "language", None, None, "und"),
        (4, 2, "gopher_quality.word_count.min", 0.0, 50.0, None),
        (4, 3, "recipe.mean_word_length.min", None, 3.0, None),
        (5, 0, "language", None, None, None),
        (5, 3, "recipe.mean_word_length.min", 2.9999999, 3.0, None),
    ]


def test_decisions_agree_with_the_rules(spark):
    expected = [
        (row[0], rule.reason(bound))
        for row in ROWS
        for rule, value in zip(RULES, row[1:3], strict=True)
        if (bound := rule.broken_bound(value))
    ]
    assert [(row[0], row[2]) for row in told(decisions(signals(spark), RULES))] == expected


def test_decisions_have_the_declared_columns_and_layout(spark):
    found = decisions(signals(spark), RULES, ["en"])
    declared = spark.createDataFrame([], DECISIONS.ddl).schema
    assert [(field.name, field.dataType) for field in found.schema] == [
        (field.name, field.dataType) for field in declared
    ]
    assert {(row.doc_id, row.batch_id, row.shard) for row in found.collect()} == {
        (2, 1, 0), (3, 1, 1), (4, 2, 1), (5, 2, 1)
    }  # fmt: skip


def test_decisions_without_rules_are_none(spark):
    assert decisions(signals(spark), []).count() == 0


def test_score_rule_comes_with_languages_only():
    rules = [{"signal": "word_count", "min": 1}]
    plain = expand_rules(rules)[0]
    assert filter_rules(Filter(min_language_score=0.5, rules=rules)) == plain
    with_score = filter_rules(Filter(languages=("en",), min_language_score=0.5, rules=rules))
    assert [rule.reason("min") for rule in with_score] == [
        "recipe.language_score.min",
        "recipe.word_count.min",
    ]
    assert filter_rules(Filter(languages=("en",), rules=rules)) == plain


def test_run_filter_reads_each_family_without_joining(spark, tmp_path):
    rules = [{"signal": "mean_word_length", "max": 10}, {"signal": "word_count", "min": 3}]
    ctx = FakeContext(
        spark, tmp_path, make_recipe(filter=Filter(languages=("en",), rules=rules)), pending=[2]
    )
    for family, column, values in (
        ("length", "word_count", (1, 2, 3)),
        ("gopher_quality", "mean_word_length", (11.0, 11.0, None)),
        ("language", "language", ("de", "en", "de")),
    ):
        found = enumerate(values, start=1)
        rows = [{"doc_id": key, column: value, "batch_id": min(key, 2)} for key, value in found]
        ctx.put(f"signals_{family}", rows, family_table(family).ddl)
    run_filter(ctx)
    assert ctx.log == [("pending", "decisions")]
    assert ctx.rows("decisions", "doc_id", "rule", "reason") == [
        (2, 2, "recipe.mean_word_length.max"),
        (2, 3, "recipe.word_count.min"),
        (3, 0, "language"),
    ]


def test_run_filter_without_rules_leaves_an_empty_table(spark, tmp_path):
    ctx = FakeContext(spark, tmp_path, make_recipe(filter=Filter()))
    run_filter(ctx)
    assert ctx.rows("decisions") == []
