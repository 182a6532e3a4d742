"""Text read by the workers from a table's files is the text that Spark reads of it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tamis.dedup.steps.texts import Texts, map_texts
from tamis.io.delta_log import file_sizes, latest_version, plain_files
from tamis.io.shards import file_splits

pytestmark = pytest.mark.spark
COLUMNS = ["doc_id", "batch_id", "text"]
DDL = "doc_id BIGINT, batch_id INT, text STRING"


@pytest.fixture
def table(spark, tmp_path):
    """Return the place of a table of two batches in three files, one text of them null."""
    uri = str(tmp_path / "a b" / "documents")
    for first, batch_id in ((0, 1), (40, 2), (60, 2)):
        rows = [
            (n, batch_id, None if n == 7 else f"text {n} " * (n % 5), 7 * (n % 5))
            for n in range(first, first + 20)
        ]
        frame = spark.createDataFrame(rows, f"{DDL}, length_chars INT")
        frame.coalesce(1).write.format("delta").mode("append").partitionBy("batch_id").save(uri)
    return uri


def texts_of(spark, uri, *batches):
    frame = spark.read.format("delta").load(uri)
    files = [file for file in file_sizes(uri, latest_version(uri)) if file[2] in batches]
    splits = tuple(split for file in files for split in file_splits(*file))
    return frame.where(frame.batch_id.isin(*batches)), splits


def rows_of(batches):
    for batch in batches:
        assert batch.schema.names == COLUMNS
        yield pa.RecordBatch.from_pylist(batch.to_pylist(), batch.schema)


@pytest.mark.parametrize("batches", [(1,), (2,), (1, 2)])
@pytest.mark.parametrize("wanted", [None, [3, 7, 41, 79, 500]])
def test_files_and_rows_give_the_same(spark, table, batches, wanted):
    frame, splits = texts_of(spark, table, *batches)
    ids = None if wanted is None else spark.createDataFrame([(n,) for n in reversed(wanted)], "doc_id BIGINT")
    found = [
        sorted(map(tuple, map_texts(texts, rows_of, COLUMNS, DDL, ids).collect()))
        for texts in (Texts(frame, splits), frame)
    ]
    assert found[0] == found[1]
    expected = {row.doc_id for row in frame.collect() if row.text is not None} & set(wanted or range(99))
    assert {row[0] for row in found[0]} == expected


def test_a_folder_with_a_space_is_read_by_its_files(spark, table):
    files = plain_files(table, latest_version(table), at_most=9)
    assert len(files) == 3
    assert spark.read.option("basePath", table).parquet(*files).count() == 60


def test_a_table_without_files_gives_nothing(spark, table):
    frame, _ = texts_of(spark, table, 1)
    assert map_texts(Texts(frame, ()), rows_of, COLUMNS, DDL).collect() == []


def test_files_that_hold_deleted_rows_are_left_to_spark(spark, table):
    spark.sql(f"ALTER TABLE delta.`{table}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)")
    assert file_sizes(table, latest_version(table)) is None
