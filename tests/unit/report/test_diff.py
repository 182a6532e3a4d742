from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.report.diff import Hunk, places, word_diff

WORDS = st.lists(st.sampled_from("abcd"), max_size=12)


def sides(hunks: list[Hunk]) -> tuple[str, str]:
    return "".join("".join(h.left) for h in hunks), "".join("".join(h.right) for h in hunks)


def longest_common(a: list[str], b: list[str]) -> int:
    """Return the length of the longest common subsequence, by the textbook table."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@settings(max_examples=200, derandomize=True)
@given(WORDS, WORDS)
def test_word_diff_is_shortest_and_gives_both_texts_back(a, b):
    hunks = word_diff(" ".join(a), " ".join(b))
    assert sides(hunks) == (" ".join(a), " ".join(b))
    same = [hunk for hunk in hunks if hunk.same]
    assert all([w.strip() for w in h.left] == [w.strip() for w in h.right] for h in same)
    assert sum(len(hunk.left) for hunk in same) == longest_common(a, b)


@pytest.mark.parametrize(("left", "right"), [("", ""), ("", "a b"), ("a", ""), ("\x00 \ud800", "\x00 x")])
def test_word_diff_takes_empty_and_odd_texts(left, right):
    assert sides(word_diff(left, right)) == (left, right)


def test_word_diff_ignores_whitespace_but_keeps_it():
    (hunk,) = word_diff("one\n\ntwo", "one two")
    assert hunk == Hunk(same=True, left=("one\n\n", "two"), right=("one ", "two"))


def test_word_diff_takes_characters_of_scripts_without_spaces():
    hunks = word_diff("筛子是工具", "筛子是好工具")
    assert [("".join(h.left), "".join(h.right)) for h in hunks if not h.same] == [("", "好")]


def test_word_diff_gives_up_above_the_edits_allowed_but_keeps_the_ends():
    left, right = "a " + "b " * 10 + "z", "a " + "c " * 10 + "z"
    assert [hunk.same for hunk in word_diff(left, right, max_edits=20)] == [True, False, True]
    assert word_diff(left, right, max_edits=20) == word_diff(left, right, max_edits=19)
    mixed = ("a b a c a d", "b b b c b d")  # needs 6 edits
    assert sum(h.same for h in word_diff(*mixed, max_edits=6)) > sum(
        h.same for h in word_diff(*mixed, max_edits=5)
    )


def test_word_diff_of_a_megabyte_ends():
    left = " ".join(str(n * 7919 % 1009) for n in range(200_000))
    hunks = word_diff(left, left.replace(" 500 ", " x ")[::-1])
    assert sides(hunks)[0] == left


def test_places_show_context_and_count_what_they_leave_out():
    words = [f"w{n}" for n in range(100)]
    changed = [*words[:50], "new", *words[51:]]
    (place,) = places(word_diff(" ".join(words), " ".join(changed)), context=3)
    assert place.skipped == 47
    assert [("".join(h.left), "".join(h.right)) for h in place.hunks] == [
        ("w47 w48 w49 ", "w47 w48 w49 "),
        ("w50 ", "new "),
        ("w51 w52 w53 ", "w51 w52 w53 "),
    ]


def test_places_join_differences_that_stand_close():
    words = [str(n) for n in range(60)]
    near = [*words[:20], "x", *words[21:28], "y", *words[29:]]
    far = [*words[:20], "x", *words[21:45], "y", *words[46:]]
    assert len(places(word_diff(" ".join(words), " ".join(near)), context=5)) == 1
    assert [p.skipped for p in places(word_diff(" ".join(words), " ".join(far)), context=5)] == [15, 14]


def test_places_of_equal_texts_are_none():
    assert places(word_diff("a b", "a b")) == []
    assert places(word_diff("", "")) == []


@pytest.mark.parametrize(("between", "found"), [(15, 1), (16, 2)])
def test_places_are_apart_from_more_than_a_third_context_on(between, found):
    words = [str(n) for n in range(between)]
    left, right = " ".join(["a", *words, "b"]), " ".join(["x", *words, "y"])
    assert len(places(word_diff(left, right), context=5)) == found
