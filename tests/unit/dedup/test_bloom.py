"""The filter of band keys beside a plain set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.bloom import may_hold, set_bits, word_of, words_for

KEYS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=200)


def filter_of(keys):
    filled = np.zeros(words_for(len(keys)), np.uint64)
    set_bits(filled, keys, word_of(keys, len(filled)))
    return filled


@settings(deadline=None)  # the first call compiles
@given(KEYS)
def test_every_key_that_went_in_is_held(keys):
    array = np.array(keys, dtype=np.int64)
    assert may_hold(filter_of(array), array).all()


@pytest.mark.parametrize("count", [1_000, 100_000, 1_000_000])
def test_one_other_key_in_two_thousand_is_taken_for_one_at_most(count):
    rng = np.random.default_rng(count)
    keys, others = rng.integers(-(2**63), 2**63 - 1, (2, max(count, 1_000_000)), dtype=np.int64)
    share = may_hold(filter_of(keys[:count]), others).mean()
    assert share < 1 / 2000
    assert share > 0 or count == 1_000


def test_pieces_filled_apart_are_the_filter_filled_at_once():
    keys = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 10_000, dtype=np.int64)
    words = words_for(len(keys))
    places = word_of(keys, words)
    assert places.min() >= 0
    assert places.max() < words
    pieces = []
    for start in range(0, words, 1000):
        is_here = (places >= start) & (places < start + 1000)
        piece = np.zeros(min(1000, words - start), np.uint64)
        set_bits(piece, keys[is_here], places[is_here] - start)
        pieces.append(piece)
    assert np.array_equal(np.concatenate(pieces), filter_of(keys))


def test_filter_of_no_key_holds_none():
    none = np.zeros(0, np.int64)
    assert not may_hold(filter_of(none), np.array([0, -1, 2**62])).any()
    assert may_hold(filter_of(none), none).tolist() == []
