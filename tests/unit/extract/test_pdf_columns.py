from __future__ import annotations

import pytest
from tests.unit.extract import packages

from tamis.extract.payload import extract_payload
from tamis.extract.pdf_columns import gap_of, in_columns
from tamis.extract.pdf_page import Line

LEFT = "the miller lifts the sieve and lets"
RIGHT = "down the river a woman dyes her"


def rows(count: int, left: str = LEFT, right: str = RIGHT) -> list[Line]:
    return [
        Line(text, x, x + 180, 700 - 12 * at, 10)
        for at in range(count)
        for x, text in ((50, left), (300, right))
    ]


def test_columns_of_prose_are_read_one_after_the_other():
    ordered = in_columns(rows(6))
    assert ordered is not None
    assert [line.text for line in ordered] == [LEFT] * 6 + [RIGHT] * 6


@pytest.mark.parametrize(("count", "is_found"), [(5, False), (6, True)])
def test_columns_need_six_rows(count, is_found):
    assert (in_columns(rows(count)) is not None) == is_found


@pytest.mark.parametrize(
    ("left", "right"),
    [("Iron Mills of Leeds", "sold in the year"), (LEFT, "12 and 7 of 9"), ("iron mill ltd", RIGHT)],
)
def test_rows_of_tables_stay(left, right):
    """This test ensures that cells which begin with a capital, a digit or hold three words are no prose."""
    assert in_columns(rows(8, left, right)) is None


def test_lines_over_both_columns_part_the_page():
    title = Line("a title over both of the columns", 50, 480, 600, 10)
    ordered = in_columns([*rows(6), title, *rows(6)])
    assert ordered is not None
    assert [line.text for line in ordered] == [
        *[LEFT] * 6,
        *[RIGHT] * 6,
        title.text,
        *[LEFT] * 6,
        *[RIGHT] * 6,
    ]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([(0, 100), (110.1, 200)], 105.05),
        ([(0, 100), (110, 200)], None),
        ([(110.1, 200), (0, 100)], 105.05),
        ([(0, 70), (90, 200)], 80.0),
        ([(0, 69), (89, 200)], None),
        ([(0, 200)], None),
    ],
)
def test_gaps_are_wider_than_an_em_with_a_column_on_either_side(boxes, expected):
    assert gap_of(boxes, 10) == (None if expected is None else pytest.approx(expected))


def test_columns_drawn_row_by_row_are_read_as_columns():
    placed = [(x, 700 - 12 * at, 10, text) for at in range(8) for x, text in ((50, LEFT), (300, RIGHT))]
    text = extract_payload(packages.placed_pdf_bytes([placed])).text
    assert text.index("sieve") < text.rindex("sieve") < text.index("river")
