"""Rows of one length from a stream of ids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.tokens.packing import Packer, row_offsets


def packed(documents, sequence_length=4, group_rows=2):
    packer = Packer(sequence_length, group_rows)
    groups = [group.copy() for ids in documents for group in packer.add(np.array(ids, dtype=np.uint16))]
    return groups, packer.rest()


@settings(max_examples=100, derandomize=True)
@given(st.lists(st.lists(st.integers(0, 65_535), max_size=30)), st.integers(1, 7), st.integers(1, 4))
def test_packer_loses_nothing_whatever_the_lengths(documents, sequence_length, group_rows):
    groups, rest = packed(documents, sequence_length, group_rows)
    assert all(len(group) == sequence_length * group_rows for group in groups)
    assert len(rest) < sequence_length * group_rows
    assert np.concatenate([*groups, rest]).tolist() == [token for ids in documents for token in ids]


def test_packer_groups_do_not_depend_on_how_ids_came_in():
    one, rest_one = packed([list(range(19))])
    many, rest_many = packed([[token] for token in range(19)])
    assert [group.tolist() for group in one] == [group.tolist() for group in many]
    assert rest_one.tolist() == rest_many.tolist() == [16, 17, 18]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [(0, [0]), (1, [0, 1]), (4, [0, 4]), (5, [0, 4, 5]), (8, [0, 4, 8])],
)
def test_row_offsets_cut_every_sequence_length(tokens, expected):
    assert row_offsets(tokens, 4).tolist() == expected
