"""Exactly-once writes: what a stopped attempt left is kept, replaced or refused, never doubled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.helpers import make_recipe, make_table

from tamis.errors import SchemaError, StageFailedError
from tamis.io import tables
from tamis.io.delta_log import last_commit
from tamis.io.tables import Transaction, write_once
from tamis.pipeline.commits import RunContext, raised_epoch, seal
from tamis.pipeline.lineage import OutputTables, StageRun
from tamis.schemas import TABLES

pytestmark = pytest.mark.spark


def context(spark, output, *, pending=(1,), epoch=0, digest="d1") -> RunContext:
    return RunContext(
        recipe=make_recipe(), output=str(output), run_id="r", stage="filter",
        tables=OutputTables(spark, str(output)), active=frozenset({"filter"}), pending=list(pending),
        epoch=epoch, config_digest=digest, versions_read={},
    )  # fmt: skip


def decisions(spark, *doc_ids: int, batch: int = 1):
    rows = [{"doc_id": doc_id, "reason": "r", "rule": 0, "batch_id": batch} for doc_id in doc_ids]
    return make_table(spark, "decisions", rows)


def run_row(ctx: RunContext) -> StageRun:
    return StageRun(
        run_id="r", stage=ctx.stage, epoch=ctx.epoch, batch_id=ctx.pending[-1], status="done",
        config_digest=ctx.config_digest, code_version="0", versions_read={}, epochs_read={},
        versions_written={name: str(commit.version) for name, commit in ctx.written.items()},
        rows={}, facts={}, seconds=0.0, finished_utc="2026-01-01",
    )  # fmt: skip


def ids(frame) -> list[int]:
    return sorted(row["doc_id"] for row in frame.collect())


def test_pending_batches_are_replaced_and_others_stay(spark, tmp_path):
    first = context(spark, tmp_path)
    first.write_pending("decisions", decisions(spark, 1, 2))
    second = context(spark, tmp_path, pending=(2,))
    second.write_pending("decisions", decisions(spark, 3, batch=2))
    again = context(spark, tmp_path, pending=(1, 2), epoch=1)
    again.write_pending("decisions", decisions(spark, 4).unionByName(decisions(spark, 5, batch=2)))
    assert ids(second.read("decisions")) == [1, 2, 3]
    assert ids(again.read("decisions")) == [4, 5]


def test_attempt_after_a_stop_keeps_the_write_that_was_made(spark, tmp_path):
    context(spark, tmp_path).write_pending("decisions", decisions(spark, 1))
    retry = context(spark, tmp_path)
    assert raised_epoch(retry, ("decisions",)) == 0
    retry.write_pending("decisions", decisions(spark, 9))
    assert ids(retry.read("decisions")) == [1]


def test_attempt_with_other_settings_after_a_stop_writes_anew(spark, tmp_path):
    context(spark, tmp_path).write_pending("decisions", decisions(spark, 1))
    retry = context(spark, tmp_path, digest="d2")
    retry.epoch = raised_epoch(retry, ("decisions",))
    retry.write_pending("decisions", decisions(spark, 9))
    assert retry.epoch == 1
    assert ids(retry.read("decisions")) == [9]


def test_used_transaction_is_an_error_not_a_silent_loss(spark, tmp_path):
    uri = f"{tmp_path}/decisions"
    transaction = Transaction("filter/decisions", 7, {"config_digest": "a"})
    write_once(decisions(spark, 1), TABLES["decisions"], uri, replace="true", transaction=transaction)
    with pytest.raises(StageFailedError, match="no new version"):
        write_once(decisions(spark, 2), TABLES["decisions"], uri, replace="true", transaction=transaction)


def test_readers_see_only_what_runs_lists(spark, tmp_path):
    ctx = context(spark, tmp_path)
    ctx.write_pending("decisions", decisions(spark, 1))
    assert not OutputTables(spark, str(tmp_path)).exists("decisions")
    seal(ctx, run_row(ctx))
    unsealed = context(spark, tmp_path, pending=(2,))
    unsealed.write_pending("decisions", decisions(spark, 2, batch=2))
    assert ids(OutputTables(spark, str(tmp_path)).read("decisions")) == [1]


def test_table_of_a_stage_that_the_recipe_lacks_does_not_exist(spark, tmp_path):
    ctx = context(spark, tmp_path)
    ctx.write_pending("decisions", decisions(spark, 1))
    seal(ctx, run_row(ctx))
    other = context(spark, tmp_path)
    other.active = frozenset({"extract"})
    assert ctx.exists("decisions")
    assert not other.exists("decisions")


def test_wrong_columns_are_named(spark, tmp_path):
    with pytest.raises(SchemaError, match=r"missing reason.*extra other.*rule is bigint, not int"):
        context(spark, tmp_path).write_all(
            "decisions",
            decisions(spark, 1).selectExpr("doc_id", "value", "bound", "CAST(rule AS BIGINT) rule",
                                           "evidence",  "batch_id", "shard", "1 AS other"),
        )  # fmt: skip


def test_commit_tells_its_rows_and_writer(spark, tmp_path):
    ctx = context(spark, tmp_path)
    ctx.write_pending("decisions", decisions(spark, 1, 2, 3))
    found = last_commit(f"{tmp_path}/decisions", "filter/decisions")
    assert (found.rows, found.txn, found.meta["config_digest"]) == (3, 1, "d1")
    assert last_commit(f"{tmp_path}/decisions", "other/decisions") is None


def test_rows_of_a_stopped_attempt_do_not_stay_under_a_later_batch(spark, tmp_path):
    first = context(spark, tmp_path)
    first.write_pending("decisions", decisions(spark, 1, 2))
    seal(first, run_row(first))
    redo = context(spark, tmp_path, epoch=1)  # is stopped before its row in runs
    redo.write_pending("decisions", decisions(spark, 8, 9))
    second = context(spark, tmp_path, pending=(2,))
    second.epoch = raised_epoch(second, ("decisions",))
    second.write_pending("decisions", decisions(spark, 3, batch=2))
    assert ids(second.read("decisions")) == [1, 2, 3]


def test_rows_are_deleted_once_and_the_next_attempt_keeps_that(spark, tmp_path):
    first = context(spark, tmp_path)
    first.write_pending("decisions", decisions(spark, 1, 2, 3))
    seal(first, run_row(first))
    gone = spark.createDataFrame([(2,), (7,)], "doc_id BIGINT")
    forget, again = context(spark, tmp_path, pending=(0,)), context(spark, tmp_path, pending=(0,))
    forget.stage = again.stage = "forget"
    forget.delete_rows("decisions", gone)
    again.delete_rows("decisions", gone)
    assert ids(again.read("decisions")) == [1, 3]
    assert again.written["decisions"].version == forget.written["decisions"].version
    assert ids(OutputTables(spark, str(tmp_path)).read("decisions")) == [1, 2, 3]


def test_deletion_that_matches_nothing_leaves_the_table_as_it_is(spark, tmp_path):
    first = context(spark, tmp_path)
    first.write_pending("decisions", decisions(spark, 1))
    seal(first, run_row(first))
    forget = context(spark, tmp_path, pending=(0,))
    forget.delete_rows("decisions", spark.createDataFrame([(7,)], "doc_id BIGINT"))
    assert ids(forget.read("decisions")) == [1]


def test_rows_are_deleted_from_every_file_that_a_task_reads(spark, tmp_path):
    first = context(spark, tmp_path)
    first.write_pending("decisions", decisions(spark, *range(40)).repartition(8))
    seal(first, run_row(first))
    forget = context(spark, tmp_path, pending=(0,))
    forget.delete_rows("decisions", spark.range(0, 40, 2).withColumnRenamed("id", "doc_id"))
    assert ids(forget.read("decisions")) == list(range(1, 40, 2))


def test_attempt_from_before_a_forget_is_not_taken_up_after_it(spark, tmp_path):
    context(spark, tmp_path).write_pending("decisions", decisions(spark, 1, 2))
    forget = context(spark, tmp_path, pending=(0,))
    forget.stage = "forget"
    seal(forget, run_row(forget))
    retry = context(spark, tmp_path)
    assert raised_epoch(retry, ("decisions",)) == 0
    retry.write_pending("decisions", decisions(spark, 2))
    assert ids(retry.read("decisions")) == [2]


@pytest.mark.parametrize("few_files", [0, 32])
def test_table_of_an_older_tamis_reads_null_where_a_column_came_since(
    spark, tmp_path, monkeypatch, few_files
):
    monkeypatch.setattr(tables, "FEW_FILES", few_files)
    uri = (tmp_path / "documents").as_uri()
    new = TABLES["documents"]
    old = replace(new, columns=tuple(column for column in new.columns if column.name != "pictures"))
    row = dict.fromkeys(old.names) | {"doc_id": 1, "text": "a", "batch_id": 1, "shard": 0}
    first = spark.createDataFrame([tuple(row[name] for name in old.names)], old.ddl)
    write_once(first, old, uri, replace="true", transaction=Transaction("extract/documents", 1, {}))
    assert [one["pictures"] for one in tables.read_version(spark, uri, 0, new).collect()] == [None]

    picture = (3, "ab", "image/png", "alt", None, None)
    row |= {"doc_id": 2, "batch_id": 2, "pictures": [picture]}
    second = spark.createDataFrame([tuple(row[name] for name in new.names)], new.ddl)
    write_once(second, new, uri, replace="batch_id = 2", transaction=Transaction("extract/documents", 2, {}))
    found = tables.read_version(spark, uri, 1, new).orderBy("doc_id").collect()
    assert [one["pictures"] and [tuple(part) for part in one["pictures"]] for one in found] == [
        None,
        [picture],
    ]
