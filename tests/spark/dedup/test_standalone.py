"""DataFrames and files as they are: what stays, what leaves and for whom."""

from __future__ import annotations

import json
import random
from datetime import date

import pytest
from tests.helpers import sorted_rows
from tests.spark.dedup.texts import edited, words

from tamis.dedup.steps.files import dedup_files
from tamis.dedup.steps.standalone import exact_dedup, near_dedup
from tamis.errors import ConfigError, SchemaError

pytestmark = pytest.mark.spark

RNG = random.Random(21)
ORIGINAL = words(RNG, 200)
TEXT = " ".join(ORIGINAL)
SHORTER = " ".join(edited(RNG, ORIGINAL, 1)[:-4])
OTHER = " ".join(words(RNG, 200))


def lines_in(folder):
    return [line for part in sorted(folder.glob("part-*.jsonl")) for line in part.read_bytes().splitlines()]


def json_in(folder):
    return [json.loads(line) for line in lines_in(folder)]


def test_near_dedup_keeps_ids_rows_and_settings(spark):
    rows = [("b", 1.5, TEXT), ("a", None, SHORTER), ("c", 2.5, OTHER), ("d", 0.0, None), ("e", 0.0, None)]
    frame = spark.createDataFrame(rows, "`the id` STRING, weight DOUBLE, body STRING")
    before = dict(spark.conf.getAll)
    found = near_dedup(frame, id_column="the id", text_column="body")
    assert dict(spark.conf.getAll) == before
    assert found.kept.dtypes == frame.dtypes
    assert sorted_rows(found.kept) == [row for row in sorted(rows) if row[0] != "a"]
    ((left, kept, reason, jaccard),) = sorted_rows(found.removals)
    assert (left, kept, reason) == ("a", "b", "near_duplicate")
    assert sorted_rows(found.clusters) == [("a", "a", False), ("b", "a", True)]
    ((src, dst, *_),) = sorted_rows(found.edges.select("src", "dst", "jaccard"))
    assert {src, dst} == {"a", "b"}
    assert jaccard == found.edges.first()["jaccard"] >= 0.8


def test_exact_dedup_takes_dates_for_ids_and_the_smallest_of_equally_long_texts(spark):
    days = [date(2026, 1, day) for day in (3, 1, 2)]
    frame = spark.createDataFrame([(day, "One Text") for day in days], "day DATE, text STRING")
    found = exact_dedup(frame, id_column="day")
    assert sorted_rows(found.removals) == [
        (days[2], days[1], "exact_duplicate", None), (days[0], days[1], "exact_duplicate", None)
    ]  # fmt: skip
    assert sorted_rows(found.edges) == []


def test_repeated_missing_and_unknown_columns_are_refused(spark):
    frame = spark.createDataFrame([(1, "a"), (1, "b"), (None, "c")], "id INT, text STRING")
    with pytest.raises(ConfigError, match=r"1 rows have no id\nid: the id 1 occurs 2 times"):
        near_dedup(frame)
    with pytest.raises(SchemaError, match="no column nr; the columns are id, text"):
        exact_dedup(frame, id_column="nr")
    with pytest.raises(ConfigError, match=r"threshold: 1\.5"):
        near_dedup(frame.limit(1), threshold=1.5)


def test_what_another_frame_holds_leaves_and_that_frame_stays_whole(spark):
    """Ids of the two may be equal; a document of the other one stays though it resembles a third."""
    third = " ".join(edited(random.Random(3), ORIGINAL, 2))
    mine = [(1, SHORTER), (2, OTHER), (3, OTHER + " with an end"), (4, "a text of mine that nobody else has")]
    theirs = [(1, TEXT), (2, third), (9, "a text of theirs that nobody else has")]
    frame, against = (spark.createDataFrame(rows, "id INT, text STRING") for rows in (mine, theirs))
    found = near_dedup(frame, against=against)
    assert sorted_rows(found.kept) == [mine[2], mine[3]]
    removals = {row.id: row for row in found.removals.collect()}
    assert {key: (row.kept_in_against, row.reason) for key, row in removals.items()} == {
        1: (True, "near_duplicate"), 2: (False, "near_duplicate"),
    }  # fmt: skip
    assert removals[1].kept_id in {1, 2}
    assert removals[2].kept_id == 3
    assert sorted_rows(found.clusters) == [
        (1, 1, False, False), (1, 1, True, True), (2, 1, True, True),
        (2, 2, False, False), (3, 2, True, False),
    ]  # fmt: skip
    assert {(row.src_in_against, row.dst_in_against) for row in found.edges.collect()} == {
        (False, True), (False, False)
    }  # fmt: skip


def test_equal_texts_of_another_frame_take_theirs_with_them(spark):
    mine, theirs = [("a", "One Text"), ("b", "one text"), ("c", "")], [("z", "ONE text!"), ("y", "one text")]
    frame, against = (spark.createDataFrame(rows, "id STRING, text STRING") for rows in (mine, theirs))
    found = exact_dedup(frame, against=against)
    assert sorted_rows(found.removals) == [
        ("a", "z", "exact_duplicate", None, True), ("b", "z", "exact_duplicate", None, True)
    ]  # fmt: skip
    with pytest.raises(SchemaError, match="column id is int, and string in what"):
        exact_dedup(spark.createDataFrame([(1, "a")], "id INT, text STRING"), against=against)


def test_files_are_deduplicated_against_others(spark, tmp_path):
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"id": 1, "text": SHORTER}) + "\n" + '{"id": 2, "text": "b"}\n'
    )
    spark.createDataFrame([(7, TEXT, 1.0)], "id BIGINT, text STRING, x DOUBLE").write.parquet(f"{tmp_path}/b")
    result = dedup_files(spark, str(tmp_path / "a.jsonl"), str(tmp_path / "out"), against=str(tmp_path / "b"))
    assert result == {"records": 2, "kept": 1, "removed": 1, "clusters": 1}
    (removed,) = json_in(tmp_path / "out/removals")
    assert (removed["id"], removed["kept_id"], removed["kept_in_against"]) == (1, 7, True)
    assert lines_in(tmp_path / "out/kept") == [b'{"id": 2, "text": "b"}']


def test_json_lines_are_kept_byte_for_byte(spark, tmp_path):
    lines = [
        json.dumps({"text": SHORTER, "id": 10}),
        '{ "id":9,  "text": "caf\\u00e9 \\ud83d", "x": 1.50, "y": null}',
        json.dumps({"id": 2, "text": TEXT}),
        json.dumps({"id": 3, "text": TEXT.upper() + "!"}),  # longer by a mark: equal to 2 once normalised
        json.dumps({"id": 4, "text": None}),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n\n")
    result = dedup_files(spark, str(tmp_path / "in.jsonl"), str(tmp_path / "out"))
    assert result == {"records": 5, "kept": 3, "removed": 2, "clusters": 1}
    assert sorted(lines_in(tmp_path / "out/kept")) == sorted(lines[place].encode() for place in (1, 3, 4))
    removals = json_in(tmp_path / "out/removals")
    assert [(row["id"], row["kept_id"], row["reason"]) for row in removals] == [
        (2, 3, "exact_duplicate"), (10, 3, "near_duplicate"),
    ]  # fmt: skip
    assert removals[0]["jaccard"] is None
    assert removals[1]["jaccard"] >= 0.8
    assert json_in(tmp_path / "out/clusters") == [
        {"id": 2, "cluster_id": 2, "is_keeper": False},
        {"id": 3, "cluster_id": 2, "is_keeper": True},
        {"id": 10, "cluster_id": 2, "is_keeper": False},
    ]


@pytest.mark.parametrize("form", ["parquet", "delta"])
def test_tables_are_written_as_they_came(spark, tmp_path, form):
    frame = spark.createDataFrame(
        [(7, "One text", True), (8, "one text", None)], "nr SMALLINT, body STRING, ok BOOLEAN"
    )
    frame.write.format(form).save(str(tmp_path / "in"))
    for _ in range(2):  # a second run replaces the first
        result = dedup_files(
            spark, str(tmp_path / "in"), str(tmp_path / "out"), near=False, id_field="nr", text_field="body"
        )
    assert result == {"records": 2, "kept": 1, "removed": 1, "clusters": 1}
    kept = spark.read.format(form).load(str(tmp_path / "out/kept"))
    assert kept.dtypes == frame.dtypes
    assert sorted_rows(kept) == [(7, "One text", True)]
    removals = spark.read.format(form).load(str(tmp_path / "out/removals"))
    assert dict(removals.dtypes)["kept_id"] == "smallint"
    assert sorted_rows(removals) == [(8, 7, "exact_duplicate", None)]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_repeated_paragraphs_are_cut_from_what_stays(spark, tmp_path, form):
    rows = [
        {"id": "a", "text": "Cookie notice\n\nThe long story of A that goes on\n\nthe end"},
        {"id": "b", "text": "COOKIE notice\n\nA story of B", "n": 1},
        {"id": "c", "text": "The end\n\ncookie notice"},
    ]
    (tmp_path / "in.json").write_text("\n".join(json.dumps({"n": 0, **row}) for row in rows))
    kept, removals = tmp_path / "out/kept", tmp_path / "out/removals"
    result = dedup_files(
        spark, str(tmp_path / "in.json"), str(tmp_path / "out"), unit="paragraph", near=False, form=form
    )
    assert result == {"records": 3, "kept": 2, "removed": 1, "clusters": 1}
    read = (
        json_in
        if form == "jsonl"
        else lambda part: [r.asDict() for r in spark.read.parquet(str(part)).collect()]
    )
    assert {row["id"]: (row["text"], row["n"]) for row in read(kept)} == {
        "a": (rows[0]["text"], 0), "b": ("A story of B", 1)
    }  # fmt: skip
    assert [(row["id"], row["kept_id"]) for row in read(removals)] == [("c", "a")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1, "text": "a"}\n[1]\n{"id": 2', "2 lines not a JSON object"),
        ('{"id": 1, "text": "a"}\n{"text": "b"}', "1 lines without the id field id"),
        ('{"id": 1, "text": "a"}\n{"id": "1", "text": "b"}', "a number in some lines and a string in others"),
        ('{"id": 1, "body": "a"}', "text: no line has this field"),
        ('{"id": 1.5, "text": "a"}', "neither a string nor a 64-bit integer"),
        ('{"id": 5, "text": "a"}\n{"id": 5, "text": "b"}', "the id 5 occurs 2 times"),
    ],
)
def test_lines_that_cannot_be_used_are_told(spark, tmp_path, content, message):
    (tmp_path / "in.jsonl").write_text(content)
    with pytest.raises(ConfigError, match=message):
        dedup_files(spark, str(tmp_path / "in.jsonl"), str(tmp_path / "out"))


def test_foreign_output_and_missing_input_are_refused(spark, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "a"}')
    with pytest.raises(ConfigError, match=r"in\.jsonl: expected an empty folder"):
        dedup_files(spark, str(tmp_path / "in.jsonl"), str(tmp_path))
    with pytest.raises(ConfigError, match="no such file or folder"):
        dedup_files(spark, str(tmp_path / "none.jsonl"), str(tmp_path / "out"))
