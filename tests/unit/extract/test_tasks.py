"""Stored bytes to tasks: archives in parts, what of the parts is added up, when they do not fit."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tamis.errors import StageFailedError
from tamis.extract import tasks as module
from tamis.extract.tasks import filled_in, misfits, tasks
from tamis.io.ledger import LedgerRow

MB = 1_000_000


def row(path, megabytes, form="warc", shard=0, ordinal=0):
    return LedgerRow("s", path, "/in", form, int(megabytes * MB), "", "{}", ordinal=ordinal, shard=shard)


def told(**fields):
    return {"ordinal": 0, "offset": 0, "length": 0, "sha256": "", "records": 0, "skipped": "{}",
            "bytes_consumed": 0, "status": "read", **fields}  # fmt: skip


def parts_of(groups):
    return sorted((piece.row.path, piece.part) for group in groups for piece in group)


@pytest.mark.parametrize(("megabytes", "count"), [(31.9, 1), (32, 2), (47.9, 2), (48, 3)])
def test_archive_is_cut_where_its_parts_are_large_enough(megabytes, count):
    parts = [part for _, part in parts_of(tasks([row("a", megabytes)], 2))]
    assert len(parts) == count
    if count == 1:
        assert parts == [None]
    else:
        assert (parts[0][0], parts[-1][1]) == (0, megabytes * MB)
        assert all(left[1] == right[0] for left, right in pairwise(parts))


def test_only_archives_are_cut_and_only_when_they_may():
    ledger = [row("a", 200, "files"), row("b", 200, "jsonl"), row("c", 200)]
    cut = [path for path, part in parts_of(tasks(ledger, 4)) if part]
    assert set(cut) == {"c"}
    assert [part for _, part in parts_of(tasks(ledger, 4, whole=True))] == [None] * 3


def test_tasks_keep_shards_apart_and_start_with_the_largest(monkeypatch):
    monkeypatch.setattr(module, "TASK_BYTES", 100 * MB)
    groups = tasks([row("a", 10), row("b", 20), row("c", 250, shard=1), row("d", 5, shard=2)], 1)
    assert [{piece.row.shard for piece in group} for group in groups] == [{1}, {1}, {0}, {2}]
    assert [sum(piece.bytes for piece in group) for group in groups] == [125 * MB, 125 * MB, 30 * MB, 5 * MB]


@pytest.mark.parametrize(
    ("spans", "fits"),
    [
        ([(0, 100)], True),
        ([(0, 60), (60, 100)], True),
        ([(60, 100), (0, 60), (80, 80)], True),  # a part in which no record begins
        ([(0, 60), (59, 100)], False),
        ([(0, 60), (61, 100)], False),
    ],
)
def test_parts_fit_where_each_begins_at_the_end_of_another(spans, fits):
    rows = [told(ordinal=3, offset=start, length=end - start) for start, end in spans]
    assert misfits([*rows, told(ordinal=1, length=7)]) == ([] if fits else [3])


def test_counts_of_parts_are_added_up():
    parts = [
        told(sha256="ab", records=3, skipped='{"request": 2}', bytes_consumed=50),
        told(
            offset=60, records=1, skipped='{"request": 1, "revisit": 1}', bytes_consumed=30, status="damaged"
        ),
    ]
    (filled,) = filled_in([row("a", 1)], parts)
    assert (filled.sha256, filled.records, filled.skipped) == ("ab", 4, '{"request": 3, "revisit": 1}')
    assert (filled.bytes_consumed, filled.status) == (80, "damaged")


@pytest.mark.parametrize(
    ("states", "records", "status"),
    [
        (["read", "read"], 0, "read"),
        (["read", "unreadable"], 0, "unreadable"),
        (["read", "unreadable"], 1, "damaged"),
        (["unreadable"], 0, "unreadable"),
    ],
)
def test_state_of_a_file_is_that_of_its_parts(states, records, status):
    parts = [told(status=state, records=records * (place == 0)) for place, state in enumerate(states)]
    assert filled_in([row("a", 1)], parts)[0].status == status


def test_input_without_a_count_stops_the_stage():
    with pytest.raises(StageFailedError, match="1 input"):
        filled_in([row("a", 1), row("b", 1, ordinal=1)], [told()])
