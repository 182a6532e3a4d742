"""The sums of an output from its commits: each batch once, and nothing forgotten twice."""

from __future__ import annotations

import pytest

from tamis.pipeline.lineage import OutputTables, StageRun
from tamis.pipeline.totals import forgotten_records, totals


def run(stage: str, epoch: int = 0, batch: int = 1, status: str = "done", **facts: int) -> StageRun:
    return StageRun(
        run_id="r", stage=stage, epoch=epoch, batch_id=batch, status=status, config_digest="",
        code_version="", versions_read={}, epochs_read={}, versions_written={}, rows={},
        facts={name: str(count) for name, count in facts.items()}, seconds=0.0, finished_utc="",
    )  # fmt: skip


def extract(first: int, last: int, epoch: int = 0, **facts: int) -> StageRun:
    return run("extract", epoch, last, first_batch=first, ranges_failed=0, **facts)


def sums(*runs: StageRun) -> tuple[int, int, int]:
    tables = OutputTables(lambda: pytest.fail("needs no session"), "out")
    tables._runs = list(runs)
    found = totals(tables)
    return found["records"], found["failed"], found["forgotten"]


def test_forgotten_records_are_in_no_other_sum():
    batches = [extract(1, 1, records=10, failed=2), extract(2, 2, records=5, failed=0, forgotten=1)]
    assert sums(*batches) == (15, 2, 1)
    assert sums(*batches, run("forget", records=3, failed=1)) == (12, 1, 4)
    assert sums(batches[0], run("forget", records=3, failed=1), batches[1]) == (12, 1, 4)


def test_redo_of_all_batches_counts_what_it_left_out_itself():
    redo = extract(1, 2, 1, records=12, failed=1, forgotten=4)
    first = [extract(1, 1, records=10, failed=2), extract(2, 2, records=5, failed=0, forgotten=1)]
    assert sums(*first, run("forget", records=3, failed=1), redo) == (12, 1, 4)
    assert sums(*first, redo, run("forget", 1, records=2, failed=0)) == (10, 1, 6)


def test_batch_done_in_a_raised_epoch_leaves_earlier_batches_counted():
    assert sums(extract(1, 1, records=10, failed=2), extract(2, 2, 1, records=5, failed=1)) == (15, 3, 0)


def test_attempt_that_failed_counts_for_nothing():
    failed = run("extract", 0, 1, "failed", records=99, failed=99, ranges_failed=0)
    assert sums(failed, extract(1, 1, 1, records=10, failed=2)) == (10, 2, 0)


def test_commits_without_the_first_batch_are_told_by_their_epoch():
    old = [run("extract", 0, n, records=n, failed=0, ranges_failed=0) for n in (1, 2)]
    assert sums(*old) == (3, 0, 0)
    assert sums(*old, run("extract", 1, 2, records=7, failed=0, ranges_failed=0)) == (7, 0, 0)


def test_output_with_tombstones_only_has_no_records():
    assert sums(run("forget", records=0, failed=0)) == (0, 0, 0)
    assert forgotten_records([]) == 0
