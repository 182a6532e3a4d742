from __future__ import annotations

import pytest

from tamis.extract.pdf_margins import drop_running_lines
from tamis.extract.pdf_page import Line, Page

BODY = 10.0
WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
]


def line(text: str, base: float, *, left: float = 70, size: float = BODY) -> Line:
    return Line(text, left, left + 0.5 * size * len(text), base, size)


def page(number: int, *margins: Line) -> Page:
    """A page whose body of 40 lines begins and ends at the same height as all others, with other words."""
    body = [
        line(
            f"{WORDS[(number + at) % 12]} {WORDS[number % 12]} says number {97 * number + at} again",
            700 - 12 * at,
        )
        for at in range(40)
    ]
    return Page([*margins, *body], 0, 792)


def left_over(pages: list[Page]) -> list[list[str]]:
    drop_running_lines(pages, BODY)
    return [[found.text for found in page.lines if "says" not in found.text] for page in pages]


def test_heads_and_numbers_go_and_the_body_stays():
    pages = [page(at, line("The Book", 750), line(f"{at + 7}", 40, left=300)) for at in range(5)]
    assert drop_running_lines(pages, BODY) == 10
    assert [len(page.lines) for page in pages] == [40] * 5


def test_first_lines_of_bodies_stay_though_they_stand_at_one_height():
    assert drop_running_lines([page(at) for at in range(6)], BODY) == 0


@pytest.mark.parametrize(("base", "stays"), [(717.9, True), (718.0, False)])
def test_long_lines_that_count_the_pages_go_only_where_they_stand_apart(base, stays):
    """This test ensures that a body whose pages begin with numbered questions keeps them (1.8 body sizes)."""
    said = [f"Question {at + 1}: what do the {WORDS[at]} sieves keep?" for at in range(5)]
    pages = [page(at, line(text, base)) for at, text in enumerate(said)]
    assert left_over(pages) == ([[text] for text in said] if stays else [[]] * 5)


def test_heads_that_change_with_the_section_go_by_their_numbers():
    titles = ["Mills", "Sieves", "Flour", "Sacks", "Carts"]
    assert (
        left_over([page(at, line(f"{title} {at + 1}", 750)) for at, title in enumerate(titles)]) == [[]] * 5
    )


def test_heads_that_begin_alike_go_where_they_stand_apart():
    titles = ["Mills", "Sieves", "Flour", "Sacks"]
    heads = [line(f"CHAPTER {1 + at // 2}. OF {title}", 750) for at, title in enumerate(titles)]
    assert left_over([page(at, head) for at, head in enumerate(heads)]) == [[]] * 4


@pytest.mark.parametrize("numbers", [["i", "ii", "iii", "iv"], ["XI", "XII", "XIII", "XIV"]])
def test_roman_numbers_count_pages(numbers):
    assert left_over([page(at, line(number, 40)) for at, number in enumerate(numbers)]) == [[]] * 4


def test_numbers_that_do_not_count_the_pages_stay():
    years = ["1907", "1866", "2001", "1999"]
    assert left_over([page(at, line(year, 40)) for at, year in enumerate(years)]) == [
        [year] for year in years
    ]


def test_titles_of_slides_stay_though_they_come_back():
    """This test ensures that slides shown twice keep their titles: two of eight pages have this one."""
    pages = [page(at, line("Agenda" if at < 2 else f"Topic {WORDS[at]}", 760, size=24)) for at in range(8)]
    assert left_over(pages)[:2] == [["Agenda"], ["Agenda"]]


def test_two_pages_lose_their_numbers_but_not_their_letterhead():
    pages = [page(at, line("ACME Mills", 750), line(f"Page {at + 1} of 2", 40)) for at in range(2)]
    assert left_over(pages) == [["ACME Mills"], ["ACME Mills"]]


def test_one_page_loses_nothing():
    assert left_over([page(0, line("1", 40))]) == [["1"]]


def test_pages_that_say_their_number_only_keep_it():
    pages = [Page([line(f"Page {at + 1}", 750)], 0, 792) for at in range(3)]
    assert left_over(pages) == [["Page 1"], ["Page 2"], ["Page 3"]]


@pytest.mark.parametrize(("share", "is_kept"), [(2, True), (3, False)])
def test_heads_on_fewer_than_three_pages_stay(share, is_kept):
    pages = [page(at, *([line("Mills", 750)] if at < share else [])) for at in range(10)]
    assert (left_over(pages)[0] == ["Mills"]) == is_kept


def test_words_in_the_side_margin_go():
    pages = [
        page(at, line("Mills", 600, left=500), line(f"{at + 3}", 588, left=500, size=14)) for at in range(4)
    ]
    assert left_over(pages) == [[]] * 4


def test_a_few_lines_that_come_back_do_not_take_the_other_first_lines_along():
    """This test ensures that 3 of 20 rows at one height are too few to call all of them heads."""
    firsts = ["Mills"] * 3 + [f"{WORDS[at % 12]} {'x' * at} ends" for at in range(17)]
    pages = [page(at, line(first, 712)) for at, first in enumerate(firsts)]
    assert left_over(pages) == [[first] for first in firsts]


def test_titles_of_slides_stay_though_each_is_shown_twice():
    titles = [f"On {WORDS[at // 2]}" for at in range(8)]
    pages = [page(at, line(title, 760, size=24)) for at, title in enumerate(titles)]
    assert left_over(pages) == [[title] for title in titles]
