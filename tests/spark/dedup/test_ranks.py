"""The keeper's order as a sortable column."""

from __future__ import annotations

import pytest
from tests.helpers import make_table

from tamis.dedup.steps.ranks import rank_column
from tamis.errors import SchemaError

pytestmark = pytest.mark.spark

LOWEST = -(2**63)


def ranked(spark, values, kind, direction):
    """Return the values in the order of their ranks; doc_ids descend, so that ties turn around."""
    rows = [{"doc_id": -place, "value": value} for place, value in enumerate(values)]
    frame = make_table(spark, "", rows, f"doc_id BIGINT, value {kind}")
    column = rank_column([("value", direction)], dict(frame.dtypes))
    return [row["value"] for row in frame.orderBy(column).collect()]


@pytest.mark.parametrize(
    ("kind", "ascending"),
    [
        ("BIGINT", [LOWEST, -1, 0, 2**63 - 1]),
        ("DOUBLE", [float("-inf"), -0.5, 0.0, 1e300]),
        ("STRING", ["", "a", "a\u0000", "aa", "b", "é", "\U0001f600"]),
        ("BOOLEAN", [False, True]),
    ],
)
def test_rank_sorts_both_ways_with_nulls_last(spark, kind, ascending):
    shuffled = [None, *ascending[1::2], *ascending[::2]]
    assert ranked(spark, shuffled, kind, "asc") == [*ascending, None]
    assert ranked(spark, shuffled, kind, "desc") == [*ascending[::-1], None]


def test_rank_takes_nan_for_missing_and_the_doc_id_for_the_rest(spark):
    rows = [{"doc_id": 3, "value": 1.0}, {"doc_id": 1, "value": float("nan")}, {"doc_id": -2, "value": 1.0}]
    frame = make_table(spark, "", rows, "doc_id BIGINT, value DOUBLE")
    for direction in ("asc", "desc"):
        column = rank_column([("value", direction)], {"value": "DOUBLE"})
        assert [row["doc_id"] for row in frame.orderBy(column).collect()] == [-2, 3, 1]


def test_rank_refuses_a_column_without_an_order(spark):
    with pytest.raises(SchemaError, match="keeper column tags is MAP<STRING,STRING>"):
        rank_column([("tags", "asc")], {"tags": "map<string,string>"})
