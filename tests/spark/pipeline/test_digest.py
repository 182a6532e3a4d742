"""The digest: equal content, equal digest; one changed value, another."""

from __future__ import annotations

import pytest
from tests.helpers import make_document, make_table

from tamis.pipeline.digest import table_digest
from tamis.schemas import CORPUS, DECISIONS, SIGNATURES

pytestmark = pytest.mark.spark

ROWS = [
    {"doc_id": 1, "reason": "a", "value": 0.5, "rule": 0},
    {"doc_id": 2, "reason": "b", "value": None, "rule": 1},
]


def digest(spark, rows, **columns) -> str:
    return table_digest(make_table(spark, "decisions", [{**row, **columns} for row in rows]), DECISIONS)


def test_order_partitions_and_volatile_columns_do_not_matter(spark):
    expected = digest(spark, ROWS)
    assert digest(spark, ROWS[::-1], batch_id=7, shard=9) == expected
    assert table_digest(make_table(spark, "decisions", ROWS).repartition(5), DECISIONS) == expected


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:1],
        [*ROWS, ROWS[0]],
        [ROWS[0], {**ROWS[1], "value": 0.0}],
        [{**ROWS[0], "reason": "b"}, ROWS[1]],
        [],
    ],
)
def test_any_other_content_has_another_digest(spark, rows):
    assert digest(spark, rows) != digest(spark, ROWS)


def test_row_that_is_there_twice_differs_from_two_other_rows_twice(spark):
    # An exclusive or of the rows' hashes would see no difference: equal pairs cancel out.
    one, two = ROWS
    assert digest(spark, [one, one]) != digest(spark, [two, two])


def test_map_order_does_not_matter_and_its_values_do(spark):
    def of(metadata):
        row = {k: v for k, v in make_document(1, "x", metadata=metadata).items() if k != "record_sha256"}
        return table_digest(make_table(spark, "corpus", [row]), CORPUS)

    assert of({"a": "1", "b": "2"}) == of({"b": "2", "a": "1"})
    assert of({"a": "1", "b": "2"}) != of({"a": "2", "b": "1"})


def test_bytes_count(spark):
    def of(signature):
        row = {"doc_id": 1, "ordinal": -1, "signature": signature, "shingle_count": 1, "shingle_set": 1}
        return table_digest(make_table(spark, "signatures", [row]), SIGNATURES)

    assert of(b"\x00\x01") != of(b"\x01\x00")
