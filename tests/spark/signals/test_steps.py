"""Signals in Spark: the numbers of the kernels, whatever the partitions, for any frame with a text."""

import pytest
from tests.helpers import FakeContext, make_document, make_recipe

from tamis.config import Filter
from tamis.errors import ConfigError
from tamis.signals.measure import signals_of_texts
from tamis.signals.registry import FAMILIES, family_table
from tamis.signals.steps import run_signals, signal_tables, with_signals

pytestmark = pytest.mark.spark
TEXTS = ["One two three.\n\nOne two three.", "", None, "日本語の文章", "# a...\n- b", "zwölf Wörter " * 40]
SCHEMA = "doc_id BIGINT, text STRING, batch_id INT, shard INT"


def documents(spark, partitions=2):
    rows = [(number, text, 1, number % 2) for number, text in enumerate(TEXTS)]
    return spark.createDataFrame(rows, SCHEMA).repartition(partitions)


def test_signal_tables_hold_the_kernels_numbers(spark):
    found = {row.doc_id: row.asDict() for row in signal_tables(documents(spark), list(FAMILIES)).collect()}
    expected = signals_of_texts([text or "" for text in TEXTS])
    assert len(found) == len(TEXTS)
    for number, row in enumerate(expected):
        assert found[number] == {"doc_id": number, "batch_id": 1, "shard": number % 2, **row}


def test_signal_tables_have_the_columns_that_the_tables_declare(spark):
    found = signal_tables(documents(spark), list(FAMILIES))
    for family in FAMILIES:
        table = family_table(family)
        declared = spark.createDataFrame([], table.ddl).schema
        assert {field.name: field.dataType for field in found.select(*table.names).schema} == {
            field.name: field.dataType for field in declared
        }


def test_signal_tables_do_not_depend_on_the_partitions(spark):
    found = [
        sorted(map(str, signal_tables(documents(spark, partitions), list(FAMILIES)).collect()))
        for partitions in (1, 5)
    ]
    assert found[0] == found[1]


def test_signal_tables_of_no_documents_are_empty(spark):
    assert signal_tables(documents(spark).limit(0), ["length", "language"]).count() == 0


def test_with_signals_keeps_other_columns_and_order_of_columns(spark):
    values = [("a b", {"k": ["v"]}), (None, None)]
    rows = spark.createDataFrame(values, "body STRING, tags MAP<STRING,ARRAY<STRING>>")
    found = with_signals(rows, text_column="body", families=["length"])
    assert found.columns == ["body", "tags", *(signal.name for signal in FAMILIES["length"])]
    assert {(row.body, str(row.tags), row.word_count) for row in found.collect()} == {
        ("a b", "{'k': ['v']}", 2),
        (None, "None", 0),
    }


def test_with_signals_tells_all_mistakes(spark):
    rows = spark.createDataFrame([("x", 1)], "body STRING, word_count INT")
    with pytest.raises(ConfigError) as caught:
        with_signals(rows)
    assert [problem.path for problem in caught.value.problems] == ["word_count", "text"]


def test_run_signals_measures_what_the_recipe_names_once(spark, tmp_path):
    recipe = make_recipe(
        filter=Filter(languages=("en",), rules=[{"signal": "mean_word_length", "min": 2}]), keeper=()
    )
    ctx = FakeContext(spark, tmp_path, recipe, pending=[2])
    texts = {1: "An old batch", 2: "The words of this document are English.", 3: None}
    ctx.put("documents", [make_document(key, text, batch_id=min(key, 2)) for key, text in texts.items()])
    run_signals(ctx)
    assert ctx.log == [("pending", "signals_gopher_quality"), ("pending", "signals_language")]
    assert ctx.rows("signals_language", "doc_id", "language") == [(2, "en"), (3, "und")]
    assert ctx.rows("signals_gopher_quality", "doc_id", "mean_word_length") == [(2, 33 / 7), (3, None)]
