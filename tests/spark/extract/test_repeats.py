"""Repeated ids: each record an id of its own; equal bytes a removal to be, other bytes a failure."""

from __future__ import annotations

import pytest
from tests.helpers import make_table

from tamis.document import make_doc_id
from tamis.extract.records import CONTAINER, DOCUMENT, FAILURE, INPUT
from tamis.extract.steps import EXTRACTED
from tamis.extract.steps_repeats import doc_id_of, resolve_repeats

pytestmark = pytest.mark.spark


def record(key: str, ordinal: int, sha: str, kind: int = DOCUMENT, offset: int = 0, member: int = 0) -> dict:
    return {"kind": kind, "ordinal": ordinal, "doc_id": make_doc_id("s", key), "source": "s", "key": key,
            "offset": offset, "member": member, "record_sha256": sha, "text": "t"}  # fmt: skip


def resolved(spark, rows, known=None) -> list[tuple]:
    extracted = make_table(spark, "extracted", rows, EXTRACTED.ddl)
    frame = None
    if known is not None:
        frame = spark.createDataFrame(known, "doc_id BIGINT, source STRING, key STRING, record_sha256 STRING")
    whole, narrow = resolve_repeats([extracted, extracted.drop("text", "metadata")], frame)
    found = whole.orderBy("ordinal", "offset").collect()
    assert (
        narrow.orderBy("ordinal", "offset").collect()
        == whole.select(*narrow.columns).orderBy("ordinal", "offset").collect()
    )
    return [(row["key"], row["kind"], row["code"], row["duplicate_of"]) for row in found]


def test_expression_gives_the_same_id_as_python(spark):
    keys = ["a", "ü/ß.html", "日本", "x#1", ""]
    frame = spark.createDataFrame([(key,) for key in keys], "key STRING")
    from pyspark.sql import functions as F

    found = frame.select("key", doc_id_of(F.lit("quelle-é"), F.col("key")).alias("id")).collect()
    assert {row["key"]: row["id"] for row in found} == {key: make_doc_id("quelle-é", key) for key in keys}


def test_unique_records_and_inputs_stay_as_they_are(spark):
    rows = [
        record("a", 0, "x"),
        record("b", 1, "x"),
        {"kind": INPUT, "ordinal": 0, "offset": 0, "source": "s"},
    ]
    assert sorted(resolved(spark, rows), key=str) == sorted(
        [("a", DOCUMENT, None, None), ("b", DOCUMENT, None, None), (None, INPUT, None, None)], key=str
    )


def test_repeats_are_numbered_in_the_ledgers_order(spark):
    rows = [record("a", 5, "y"), record("a", 2, "x"), record("a", 5, "x", offset=9)]
    first = make_doc_id("s", "a")
    assert resolved(spark, rows) == [
        ("a", DOCUMENT, None, None),
        ("a#1", FAILURE, "duplicate_id", None),
        ("a#2", DOCUMENT, None, first),
    ]


def test_members_of_one_container_are_told_apart_by_their_number(spark):
    rows = [record("z!a!b", 1, sha, member=number) for number, sha in enumerate("xyx", 1)]
    rows += [record("z", 1, "z", CONTAINER), record("z!a", 1, "a", CONTAINER, member=1)]
    first = make_doc_id("s", "z!a!b")
    assert sorted(resolved(spark, rows)) == [
        ("z", CONTAINER, None, None),
        ("z!a", CONTAINER, None, None),
        ("z!a!b", DOCUMENT, None, None),
        ("z!a!b#1", FAILURE, "duplicate_id", None),
        ("z!a!b#2", DOCUMENT, None, first),
    ]


def test_failed_repeat_stays_the_failure_it_was(spark):
    broken = {**record("a", 3, "x", FAILURE), "stage": "extract", "code": "corrupt"}
    assert resolved(spark, [record("a", 1, "x"), broken])[1] == ("a#1", FAILURE, "corrupt", None)


def test_repeats_of_earlier_batches_go_on_counting(spark):
    known = [(make_doc_id("s", key), "s", key, sha) for key, sha in [("a", "x"), ("a#1", "x"), ("b", "x")]]
    first = make_doc_id("s", "a")
    assert resolved(spark, [record("a", 7, "x"), record("a", 8, "z"), record("c", 9, "x")], known) == [
        ("a#2", DOCUMENT, None, first),
        ("a#3", FAILURE, "duplicate_id", None),
        ("c", DOCUMENT, None, None),
    ]


def test_real_key_that_looks_like_a_repeat_gets_an_id_of_its_own(spark):
    rows = [record("a", 1, "x"), record("a", 2, "x"), record("a#1", 3, "q")]
    found = resolved(spark, rows)
    assert [row[0] for row in found] in (["a", "a#1", "a#1#1"], ["a", "a#1#1", "a#1"])


def test_result_does_not_depend_on_the_partitions(spark):
    rows = [record("a", n, "x" if n % 2 else "y") for n in range(20)]
    expected = resolved(spark, rows)
    spark.conf.set("spark.sql.shuffle.partitions", "7")
    assert resolved(spark, rows[::-1]) == expected
