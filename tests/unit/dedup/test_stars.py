from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.dedup.stars import signature_stars


def estimate(share):
    """The similarity at which this share of low bytes is equal."""
    return (share - 1 / 256) / (1 - 1 / 256)


def bucket(*rows, floor, **settings):
    """Return pairs and centres; ``floor`` is the least share of equal places."""
    found = signature_stars(np.array(rows, dtype=np.uint8), floor=estimate(floor), **settings)
    return list(zip(found.src.tolist(), found.dst.tolist(), strict=True)), found.centres.tolist()


def stars_by_definition(rows, *, floor, max_centres, ring):
    """The docstring in plain Python."""
    rings, pairs = [], []
    for member, row in enumerate(rows):
        near = [ring for ring in rings if np.mean(rows[ring[0]] == row) >= floor]
        partners = {}
        for around in near:
            partners.update(dict.fromkeys(around if len(around) < ring else around[:1]))
            if len(around) < ring:
                around.append(member)
        if not near and len(rings) < max_centres:
            partners = {rings[-1][0]: None} if rings else {}
            rings.append([member])
        pairs += [(member, partner) for partner in partners]
    return pairs, [around[0] for around in rings]


def test_member_is_paired_with_every_centre_it_resembles():
    rows = ([1, 1, 1, 1], [2, 2, 2, 2], [1, 1, 2, 2], [1, 3, 3, 3])
    pairs, centres = bucket(*rows, floor=0.5, ring=1)
    # 1: a new centre, linked to the former; 2: exactly the floor of both; 3: one of 4 places, a centre
    assert pairs == [(1, 0), (2, 0), (2, 1), (3, 1)]
    assert centres == [0, 1, 3]


def test_first_members_of_a_star_are_paired_with_one_another():
    pairs, centres = bucket(*[[5, 5]] * 5, floor=1.0, ring=3)
    assert pairs == [(1, 0), (2, 0), (2, 1), (3, 0), (4, 0)]
    assert centres == [0]


def test_member_beyond_the_last_centre_is_given_up():
    assert bucket([0], [1], [2], [3], floor=1.0, max_centres=2) == ([(1, 0)], [0, 1])


@pytest.mark.parametrize(("equal", "is_linked"), [(69, False), (70, True)])
def test_floor_is_met_exactly(equal, is_linked):
    other = [0] * equal + [1] * (100 - equal)
    pairs, centres = bucket([0] * 100, [2] * 100, other, floor=0.7, ring=1)
    assert ((2, 0) in pairs) == is_linked
    assert (2 in centres) != is_linked


@given(st.integers(0, 2**32 - 1), st.integers(1, 150), st.integers(1, 5), st.integers(1, 6))
def test_kernel_does_as_its_definition(seed, members, max_centres, ring):
    rows = np.random.default_rng(seed).integers(0, 3, (members, 6), dtype=np.uint32)
    settings = {"floor": 0.5, "max_centres": max_centres, "ring": ring}
    assert bucket(*rows, **settings) == stars_by_definition(rows, **settings)
