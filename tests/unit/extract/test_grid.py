from __future__ import annotations

import random

import pytest

from tamis.errors import DocumentError
from tamis.extract import grid
from tamis.extract.grid import sheet_text


def rows(picture: str) -> list[list[str]]:
    """Each character of a line a cell; a point is a blank one."""
    return [["" if char == "." else char for char in line] for line in picture.split()]


def areas(picture: str) -> list[tuple[int, int, int, int]]:
    return grid._areas(rows(picture))


def test_blocks_apart_are_tables_of_their_own():
    assert areas("ab.cd\nef.gh\n..x..") == [(0, 0, 1, 1), (0, 3, 1, 4), (2, 2, 2, 2)]


def test_a_hole_does_not_tear_a_table():
    assert areas("abcd\ne..f\ng.xh") == [(0, 0, 2, 3)]


def test_cells_that_touch_by_a_corner_are_apart():
    assert areas("a.\n.b") == [(0, 0, 0, 0), (1, 1, 1, 1)]


def test_branches_that_meet_below_are_one_block():
    assert areas("a.b.c\nddddd") == [(0, 0, 1, 4)]


@pytest.mark.parametrize("seed", range(5))
def test_areas_hold_every_filled_cell_and_do_not_overlap(seed):
    generator = random.Random(seed)
    table = [["x" if generator.random() < 0.4 else "" for _ in range(12)] for _ in range(15)]
    found = grid._areas(table)
    for at, row in enumerate(table):
        for column, value in enumerate(row):
            holders = [a for a in found if a[0] <= at <= a[2] and a[1] <= column <= a[3]]
            assert len(holders) <= 1
            assert holders or not value


def test_a_region_of_more_blocks_than_the_bound_is_one_table(monkeypatch):
    checkers = "a.b\n.c.\nd.e"
    monkeypatch.setattr(grid, "MAX_BLOCKS", 5)
    assert len(areas(checkers)) == 5
    monkeypatch.setattr(grid, "MAX_BLOCKS", 4)
    assert areas(checkers) == [(0, 0, 2, 2)]


def test_merged_ranges_are_filled_and_join_what_they_span():
    text = sheet_text("S", rows("t..\n1.2\n3.4"), [(0, 0, 0, 2), (1, 0, 2, 0)])
    assert text == "## S\n\n| t |  |  |\n| --- | --- | --- |\n| 1 |  | 2 |\n| 1 |  | 4 |"


def test_a_merged_block_of_one_value_is_a_paragraph():
    assert sheet_text("S", rows("t..\n..."), [(0, 0, 1, 2)]) == "## S\n\nt"


def test_merged_ranges_beyond_the_bound_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(grid, "MAX_MERGED_CELLS", 3)
    merged = [(0, 0, 0, 2)]
    head = "## S\n\n| a | a | a |"
    assert sheet_text("S", rows("a..\nbcd\n.e."), merged).startswith("## S\n\n| a |  |  |\n")
    assert grid._components(list(grid._filled(rows("a.."), merged))) == [(0, 0, 0, 2)]
    monkeypatch.setattr(grid, "MAX_MERGED_CELLS", 2)
    assert grid._components(list(grid._filled(rows("a.."), merged))) == [(0, 0, 0, 0)]
    assert head not in sheet_text("S", rows("a.."), merged)


def test_a_sheet_without_values_says_nothing():
    assert sheet_text("S", rows("...\n...")) == ""


def test_cells_beyond_the_limit_fail_on_the_exact_cell(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 6)
    assert sheet_text("S", rows("abc\ndef"))
    monkeypatch.setattr(grid, "MAX_CELLS", 5)
    with pytest.raises(DocumentError, match="'S' holds more than 5 cells"):
        sheet_text("S", rows("abc\ndef"))
