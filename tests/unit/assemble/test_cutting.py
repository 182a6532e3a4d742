import re

import numpy as np
import pytest

from tamis.assemble.cutting import Cut, Leaving, merged, place_without, span_cuts, without_ranges


def paragraphs(text):
    """An independent splitter: runs of non-blank lines."""
    found = [match.span() for match in re.finditer(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text)]
    return np.array([start for start, _ in found]), np.array([end for _, end in found])


def cut(text, *leaving):
    cuts = span_cuts(text, *paragraphs(text), [Leaving(*span) for span in leaving])
    return without_ranges(text, [(part.start, part.end) for part in cuts])


TEXT = "# Title\n\nFirst.\nStill first.\n\n\nSecond.\n\nThird."


@pytest.mark.parametrize(
    ("ordinals", "left"),
    [
        ([], TEXT),
        ([0], "First.\nStill first.\n\n\nSecond.\n\nThird."),
        ([1], "# Title\n\nSecond.\n\nThird."),
        ([2], "# Title\n\nFirst.\nStill first.\n\n\nThird."),
        ([3], "# Title\n\nFirst.\nStill first.\n\n\nSecond."),
        ([1, 2], "# Title\n\nThird."),
        ([2, 3], "# Title\n\nFirst.\nStill first."),
        ([0, 3], "First.\nStill first.\n\n\nSecond."),
        ([0, 1, 2, 3], ""),
    ],
)
def test_cut_leaves_neighbours_as_far_apart_as_before(ordinals, left):
    assert cut(TEXT, *[(ordinal, 7) for ordinal in ordinals]) == left


def test_cut_of_the_last_paragraph_keeps_the_final_line_end():
    assert cut("a\n\nb\n", (1, 7)) == "a\n"


def test_cut_counts_code_points_beyond_the_basic_plane():
    text = "\U0001f600\U0001f600\n\nस्वागत\n\n\U00020000x"
    cuts = span_cuts(text, *paragraphs(text), [Leaving(1, 7)])
    assert cuts == [Cut(4, 12, 7)]
    assert cut(text, (1, 7)) == "\U0001f600\U0001f600\n\n\U00020000x"


def test_neighbouring_cuts_join_only_with_the_same_keeper():
    text = "a\n\nb\n\nc\n\nd"

    def cuts(*leaving):
        return span_cuts(text, *paragraphs(text), [Leaving(*span) for span in leaving])

    assert cuts((0, 7), (1, 7), (2, 8)) == [Cut(0, 6, 7), Cut(6, 9, 8)]
    assert cuts((0, 7), (2, 7)) == [Cut(0, 3, 7), Cut(6, 9, 7)]
    assert cuts((0, 7, 0.9), (1, 7, 0.9), (2, 7)) == [Cut(0, 6, 7, 0.9), Cut(6, 9, 7)]


@pytest.mark.parametrize(
    ("ordinals", "left"),
    [
        ([0], "A2.\n\nB1. B2.\n\nC1."), ([1], "A1.\n\nB1. B2.\n\nC1."),
        ([2], "A1. A2.\n\nB2.\n\nC1."), ([3], "A1. A2.\n\nB1.\n\nC1."),
        ([2, 3], "A1. A2.\n\nC1."), ([1, 2], "A1.\n\nB2.\n\nC1."), ([4], "A1. A2.\n\nB1. B2."),
        ([1, 2, 3], "A1.\n\nC1."), ([3, 4], "A1. A2.\n\nB1."),
    ],
)  # fmt: skip
def test_cut_sentences_leave_paragraphs_apart(ordinals, left):
    text = "A1. A2.\n\nB1. B2.\n\nC1."
    found = [match.span() for match in re.finditer(r"\w\d\.", text)]
    starts, ends = (np.array(bounds) for bounds in zip(*found, strict=True))
    cuts = span_cuts(text, starts, ends, [Leaving(ordinal, 7) for ordinal in ordinals])
    assert without_ranges(text, [(part.start, part.end) for part in cuts]) == left


def test_cut_of_a_span_that_the_text_lacks_is_an_error():
    with pytest.raises(IndexError):
        span_cuts("one paragraph", *paragraphs("one paragraph"), [Leaving(1, 7)])


def test_merged_keeps_cuts_that_do_not_touch():
    assert merged([Cut(0, 2, 1), Cut(3, 4, 1)]) == [Cut(0, 2, 1), Cut(3, 4, 1)]
    assert merged([]) == []


@pytest.mark.parametrize("ranges", [[(0, 3), (2, 4)], [(2, 1)], [(3, 6)], [(-1, 2)]])
def test_without_ranges_refuses_ranges_that_lose_or_double_characters(ranges):
    with pytest.raises(ValueError, match="cut \\["):
        without_ranges("abcde", ranges)


def test_without_ranges_takes_a_nul_and_a_megabyte():
    text = "\x00" + "é" * 1_000_000 + "z"
    assert without_ranges(text, [(1, 1_000_001)]) == "\x00z"
    assert without_ranges("", []) == ""


@pytest.mark.parametrize("ordinals", [[], [0], [1], [1, 2], [3], [0, 1, 2, 3]])
def test_place_behind_a_span_leaves_with_it_and_others_move_with_theirs(ordinals):
    starts, ends = paragraphs(TEXT)
    cuts = span_cuts(TEXT, starts, ends, [Leaving(ordinal, 7) for ordinal in ordinals])
    ranges = [(part.start, part.end) for part in cuts]
    left = without_ranges(TEXT, ranges)
    for ordinal, end in enumerate(ends.tolist()):
        place = place_without(end, ranges)
        if ordinal in ordinals:
            assert place is None or place in (0, len(left)) or left[place] == "\n"
        else:
            assert place is not None
            assert left[:place].endswith(TEXT[starts[ordinal] : end])


def test_place_inside_a_cut_is_gone_and_at_its_edges_stays():
    assert [place_without(place, [(2, 4), (4, 6)]) for place in range(8)] == [0, 1, 2, None, 2, None, 2, 3]
