"""The ledger: order, shards, and what counts as changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tamis.config import Input, Shards
from tamis.errors import ConfigError, StaleInputError
from tamis.io.ledger import LedgerRow, compare, listed_rows, with_shards
from tamis.io.storage import StoredFile


def row(path: str, size: int = 10, **changes) -> LedgerRow:
    return replace(LedgerRow("s", path, "/r", "files", size, "t1", "{}"), **changes)


def part(source: str = "s", form: str = "files", **changes) -> Input:
    return Input(path="x", format=form, source=source, **changes)


def never(_row):
    raise AssertionError("no file should be read")


def test_listed_rows_do_not_depend_on_the_inputs_order():
    one = (part("a"), "/r1", [StoredFile("y", 1, "t"), StoredFile("x", 1, "t")])
    two = (part("b"), "/r2", [StoredFile("w", 1, "t")])
    assert listed_rows([one, two]) == listed_rows([two, one])
    assert [r.name for r in listed_rows([two, one])] == [("a", "x"), ("a", "y"), ("b", "w")]


def test_same_path_under_two_roots_of_one_source_is_refused():
    with pytest.raises(ConfigError, match="found twice"):
        listed_rows([(part(), "/r1", [StoredFile("x", 1, "t")]), (part(), "/r2", [StoredFile("x", 1, "t")])])


def test_file_given_by_two_overlapping_globs_is_one_input():
    listing = (part(), "/r1", [StoredFile("x", 1, "t")])
    assert len(listed_rows([listing, listing])) == 1


def test_compare_tells_new_and_vanished():
    delta = compare([row("a"), row("c")], [row("a"), row("b")], never)
    assert [r.path for r in delta.new] == ["c"]
    assert delta.vanished == ["s:b"]


def test_touched_file_with_equal_bytes_is_unchanged():
    then = row("a", sha256="h")
    assert compare([row("a", etag="t2")], [then], lambda _row: "h").new == []


@pytest.mark.parametrize(
    "now",
    [
        row("a", size=11),
        row("a", etag="t2"),
        row("a", options='{"id_field": "id"}'),
        row("a", format="jsonl"),
    ],
)
def test_changed_input_is_named(now):
    with pytest.raises(StaleInputError, match="s:a"):
        compare([now], [row("a", sha256="h")], lambda _row: "other")


def test_shards_gather_whole_inputs_up_to_the_target():
    rows = [row("a", 4), row("b", 6), row("c", 1), row("d", 30), row("e", 1)]
    made = with_shards(rows, Shards(target_bytes=10), batch=2, ordinal=7, shard=3)
    assert [r.shard for r in made] == [3, 3, 4, 5, 6]
    assert [r.ordinal for r in made] == [7, 8, 9, 10, 11]
    assert {r.batch_id for r in made} == {2}


def test_shard_count_bounds_the_number_of_shards():
    rows = [row(str(n), 10) for n in range(100)]
    made = with_shards(rows, Shards(count=4), batch=1, ordinal=0, shard=0)
    assert sorted({r.shard for r in made}) == [0, 1, 2, 3]
