from __future__ import annotations

import pytest
from tests.unit.extract import packages

from tamis.extract.payload import extract_payload
from tamis.extract.pdf_page import Line
from tamis.extract.pdf_tables import Grid, find_grids, table_markdown

XS, YS = (50.0, 150.0, 250.0), (700.0, 680.0, 660.0)
LEVEL = [(50.0, y, 250.0, y + 1) for y in YS]
UPRIGHT = [(x, 660.0, x + 1, 700.0) for x in XS]


def cell(text: str, row: int, column: int) -> Line:
    return Line(text, XS[column] + 5, XS[column] + 40, YS[row] - 14, 10)


def test_rulings_make_a_grid():
    (grid,) = find_grids([*LEVEL, *UPRIGHT])
    assert grid.xs == pytest.approx(XS, abs=1)
    assert grid.ys == pytest.approx(YS, abs=1)


def test_sides_of_cells_make_the_same_grid():
    boxes = [(left, bottom, left + 100, bottom + 20) for left in (50.0, 150.0) for bottom in (660.0, 680.0)]
    assert find_grids(boxes) == [Grid(XS, YS)]


def test_rulings_that_do_not_meet_make_two_grids():
    below = [(left, bottom - 300, right, top - 300) for left, bottom, right, top in [*LEVEL, *UPRIGHT]]
    assert [round(grid.ys[0]) for grid in find_grids([*below, *LEVEL, *UPRIGHT])] == [700, 400]


@pytest.mark.parametrize("boxes", [[], LEVEL, UPRIGHT, LEVEL[:2] + UPRIGHT, [(0.0, 0.0, 600.0, 700.0)]])
def test_frames_and_rules_alone_make_none(boxes):
    assert find_grids(boxes) == []


def test_cells_become_rows_of_markdown():
    pieces = [
        cell("mesh", 0, 0),
        cell("size", 0, 1),
        cell("fi\x02", 1, 0),
        cell("ne", 1, 0),
        cell("0.1", 1, 1),
    ]
    assert table_markdown(Grid(XS, YS), pieces) == "| mesh | size |\n| --- | --- |\n| fine | 0.1 |"


@pytest.mark.parametrize(("lines_a_cell", "is_table"), [(3, True), (4, False)])
def test_cells_of_more_than_three_lines_are_a_layout(lines_a_cell, is_table):
    pieces = [cell("x", row, column) for row in (0, 1) for column in (0, 1)] * lines_a_cell
    assert (table_markdown(Grid(XS, YS), pieces) is not None) == is_table


@pytest.mark.parametrize(("columns", "is_table"), [(5, True), (6, False)])
def test_grids_with_few_filled_cells_are_no_tables(columns, is_table):
    """This test ensures that 4 of 10 cells are enough and 4 of 12 are not; the bound is 0.4."""
    xs = tuple(50.0 + 100 * at for at in range(columns + 1))
    pieces = [cell("x", row, column) for row in (0, 1) for column in (0, 1)]
    assert (table_markdown(Grid(xs, YS), pieces) is not None) == is_table


def test_one_column_or_row_is_no_table():
    assert table_markdown(Grid(XS, YS), [cell("a", 0, 0), cell("b", 1, 0)]) is None
    assert table_markdown(Grid(XS, YS), [cell("a", 0, 0), cell("b", 0, 1)]) is None
    assert table_markdown(Grid(XS, YS), []) is None


def test_a_ruled_table_of_a_file_is_markdown_in_its_place():
    """This test ensures that a row drawn as one string is cut at the ruling, between words only."""
    drawn = " ".join(f"{a} {b} {c - a} {d - b} re f" for a, b, c, d in [*LEVEL, *UPRIGHT])
    texts = [(50, 740, 10, "Before it"), (55, 686, 10, "mesh" + " " * 32 + "size"), (55, 666, 10, "fine"),
             (155, 666, 10, "0.1"), (50, 600, 10, "After it")]  # fmt: skip
    text = extract_payload(packages.placed_pdf_bytes([texts], drawn=drawn)).text
    assert text == "Before it\n\n| mesh | size |\n| --- | --- |\n| fine | 0.1 |\n\nAfter it"
