from __future__ import annotations

import pytest

from tamis.extract.pdf_layout import body_size
from tamis.extract.pdf_markdown import pages_markdown
from tamis.extract.pdf_page import Line, Page

EM = 10.0
FULL = 60  # characters of a full line: 5 points each


def lines(
    *texts: str, top: float = 700, left: float = 50, size: float = EM, step: float = 12, **looks
) -> list[Line]:
    """Lines under each other; a character is half an em wide."""
    return [
        Line(text, left, left + len(text) * size / 2, top - step * at, size, **looks)
        for at, text in enumerate(texts)
    ]


def full(words: str) -> str:
    """Words repeated to a full line."""
    return (words + " ").__mul__(FULL)[:FULL].strip().ljust(FULL, "x")


def markdown(*pages: list[Line]) -> str:
    return pages_markdown([Page(page, 0, 792) for page in pages])[0]


def test_no_pages_are_no_text():
    assert markdown() == ""
    assert markdown([]) == ""


def test_full_lines_flow_and_short_ones_end_a_paragraph():
    text = markdown(lines(full("sieve"), "mills.", full("flour"), "sacks."))
    assert text == f"{full('sieve')} mills.\n\n{full('flour')} sacks."


def test_lines_that_had_room_for_the_next_word_keep_their_ends():
    assert markdown(lines(full("sieve"), "a verse", "of the mill", "sings")).endswith(
        "a verse\nof the mill\nsings"
    )


def test_wide_gaps_part_paragraphs():
    text = markdown(lines(full("a"), full("b")) + lines(full("c"), full("d"), top=670))
    assert text.count("\n\n") == 1


def test_sentences_go_on_over_pages_and_new_ones_do_not():
    above, below = full("and the miller"), full("carries")
    assert markdown(lines(above, above), lines(below)) == f"{above} {above} {below}"
    assert markdown(lines(above, above), lines("The " + below[4:])).count("\n\n") == 1
    assert markdown(lines(above, above[:-1] + "."), lines(below)).count("\n\n") == 1


def test_words_broken_over_lines_and_pages_are_joined():
    assert "exampleword" in markdown(lines(full("a b")[:-8] + " example\x02", "word of it"))
    assert "exampleword" in markdown(lines(full("a b")[:-8] + " example\x02"), lines("word of it"))


def test_larger_lines_are_headings_by_rank():
    page = lines("The Book of Sieves", size=24) + lines("On mesh", top=660, size=14)
    page += lines(*[full("body text")] * 10, top=630)
    assert markdown(page).startswith("# The Book of Sieves\n\n## On mesh\n\nbody")


def test_headings_over_two_lines_are_one():
    page = lines("The Book of", "Sieves", size=24, step=28) + lines(*[full("body")] * 10, top=600)
    assert markdown(page).startswith("# The Book of Sieves\n\nbody")


@pytest.mark.parametrize(
    ("size", "is_bold", "is_heading"),
    [(11.5, False, True), (11.0, False, False), (11.0, True, True), (10.5, True, False)],
)
def test_headings_are_larger_by_a_share_of_the_body(size, is_bold, is_heading):
    page = lines("On mesh", size=size, is_bold=is_bold) + lines(*[full("body")] * 10, top=660)
    assert markdown(page).startswith("# On mesh\n\n") == is_heading


@pytest.mark.parametrize(("chars", "is_heading"), [(150, True), (156, False)])
def test_sizes_of_a_fifth_of_the_text_are_no_headings(chars, is_heading):
    """This test ensures that 150 of 750 characters are a fifth and may be headings; 156 of 756 may not."""
    page = lines("h" * (chars - 1) + "h", size=20) + lines(*[full("body")] * 10, top=600)
    assert markdown(page).startswith("# ") == is_heading


def test_lines_read_by_ocr_are_no_headings():
    page = lines("On mesh", size=24, is_guessed=True) + lines(*[full("body")] * 10, top=630)
    assert markdown(page).startswith("On mesh\n\n")


def test_bullets_become_list_items_with_their_hanging_lines():
    first = "\u2022 " + full("item")[:-2]
    hanging = lines("goes on here", top=688, left=60)
    page = lines(first) + hanging + lines("\u2022 second", "\u2022 third", top=676)
    assert markdown(page) == f"- {first[2:]} goes on here\n- second\n- third"


def test_an_indent_begins_a_paragraph_though_the_line_above_is_full():
    page = (
        lines(full("a"), full("b") + ".")
        + lines(full("c")[:-3], top=676, left=65)
        + lines(full("d"), top=664)
    )
    assert markdown(page) == f"{full('a')} {full('b')}.\n\n{full('c')[:-3]} {full('d')}"


def test_lines_of_fixed_pitch_become_a_code_block():
    prose = lines(*[full("prose")] * 6)
    code = lines("# make", "make all", top=610, is_mono=True)
    assert markdown(prose + code + lines("Then", top=570)).endswith("\n\n```\n# make\nmake all\n```\n\nThen")
    assert markdown(prose + code).endswith("\n```\n# make\nmake all\n```")


def test_a_typescript_is_no_code():
    assert "```" not in markdown(lines(full("typed"), full("typed"), is_mono=True))


def test_leaders_and_page_numbers_of_contents_go():
    contents = lines("1.1 Scope" + " ." * 20 + " 3", "1.2 Mesh ............ 14", "1.3 Of 1914")
    assert markdown(contents) == "1.1 Scope\n1.2 Mesh\n1.3 Of 1914"


def test_rows_with_wide_gaps_keep_their_line_ends():
    rows = [Line("iron 12 wide gap row", 50, 350, 500 - 12 * at, EM) for at in range(3)]
    assert markdown(lines(*[full("body")] * 5) + rows).endswith(
        "row\niron 12 wide gap row\niron 12 wide gap row"
    )


def test_scripts_without_spaces_join_without():
    han = "\u6f22" * 30
    page = [Line(han, 50, 350, 700 - 12 * at, EM) for at in range(2)]
    assert markdown(page) == han * 2


def test_body_size_is_what_most_characters_have():
    assert body_size([Page(lines("x" * 30, size=12) + lines("y" * 31, size=9.8), 0, 792)]) == 10.0
    assert body_size([]) == 0.0


def test_short_lines_of_scripts_without_spaces_keep_their_ends():
    """This test ensures that room is asked for one character, not for a whole line without spaces."""
    page = [
        Line("\u6f22" * count, 50, 50 + 10 * count, 700 - 12 * at, EM)
        for at, count in enumerate([30, 12, 30])
    ]
    assert markdown(page) == "\u6f22" * 42 + "\n" + "\u6f22" * 30


def code(*texts: str, left: float = 50, top: float = 600) -> list[Line]:
    """Lines of code as they are found: without the spaces that they begin with."""
    return [
        line
        for at, text in enumerate(texts)
        for line in lines(
            text.lstrip(" "),
            left=left + 5 * (len(text) - len(text.lstrip(" "))),
            top=top - 12 * at,
            is_mono=True,
        )
    ]


def test_code_keeps_its_indents():
    shown = ("  for a in b:", "      print(a)", "  done")
    prose = lines(*[full("sieve")] * 3)
    text = markdown(prose + code(*shown, left=80), prose + code(*shown, left=30))
    assert text.count("```\nfor a in b:\n    print(a)\ndone\n") == 2


def test_code_of_another_column_is_not_set_in():
    prose = lines(*[full("sieve")] * 3)
    assert markdown(prose + code("a", "  b") + code("c", "  d", left=350)).endswith(
        "```\na\n  b\nc\n  d\n```"
    )
    assert markdown(prose + code("a", " " * 60 + "b", " " * 61 + "c")).endswith(f"a\n{' ' * 60}b\nc\n```")
