from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.assemble.cutting import Leaving, span_cuts, without_ranges

GAP = st.sampled_from(["\n\n", "\n\n\n", "\n \n"])
WORDS = st.text(st.sampled_from("aZ9é字\U0001f600\u0301"), min_size=1, max_size=8)


@st.composite
def documents(draw):
    """A text, its spans, and those that leave with their keepers."""
    text, starts, ends = draw(st.sampled_from(["", "\n"])), [], []
    for word in draw(st.lists(WORDS, max_size=8)):
        text += draw(GAP) if starts else ""
        starts.append(len(text))
        text += word
        ends.append(len(text))
    text += draw(st.sampled_from(["", "\n"]))
    ordinals = draw(st.sets(st.sampled_from(range(len(starts))))) if starts else set()
    leaving = [Leaving(ordinal, draw(st.integers(0, 2))) for ordinal in sorted(ordinals)]
    return text, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), leaving


@settings(max_examples=300, derandomize=True, deadline=None)
@given(documents())
def test_cuts_are_ascending_disjoint_and_conserve_characters(document):
    text, starts, ends, leaving = document
    cuts = span_cuts(text, starts, ends, leaving)
    left = without_ranges(text, [(cut.start, cut.end) for cut in cuts])
    assert all(cut.start < cut.end for cut in cuts)
    assert all(one.end <= two.start for one, two in pairwise(cuts))
    assert len(text) == len(left) + sum(cut.end - cut.start for cut in cuts)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(documents())
def test_cuts_take_the_leaving_spans_and_no_word_of_the_others(document):
    text, starts, ends, leaving = document
    gone = {span.ordinal for span in leaving}
    cuts = span_cuts(text, starts, ends, leaving)
    left = without_ranges(text, [(cut.start, cut.end) for cut in cuts])
    spans = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    assert left.split() == [word for place, word in enumerate(spans) if place not in gone]
    keeper_of = {place: cut.kept_doc_id for cut in cuts for place in range(cut.start, cut.end)}
    assert all(keeper_of[int(starts[span.ordinal])] == span.kept_doc_id for span in leaving)
