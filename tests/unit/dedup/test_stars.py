from __future__ import annotations

import numpy as np

from tamis.dedup.stars import ShingleStars, SignatureStars


def signature(*values):
    return np.array(values, dtype=np.uint32)


def test_member_is_paired_with_every_centre_it_resembles():
    stars = SignatureStars(num_hashes=4, floor=0.5, ring=1)
    assert stars.add(1, signature(1, 1, 1, 1)) == []
    assert stars.add(2, signature(2, 2, 2, 2)) == [1]  # a new centre, linked to the former
    assert stars.add(3, signature(1, 1, 2, 2)) == [1, 2]  # 2 of 4 places: exactly the floor
    assert stars.add(4, signature(1, 3, 3, 3)) == [2]  # 1 of 4: another centre
    assert stars.pairs_given_up == 6 - 4


def test_first_members_of_a_star_are_paired_with_one_another():
    stars = SignatureStars(num_hashes=2, floor=1.0, ring=3)
    found = [stars.add(doc, signature(5, 5)) for doc in range(5)]
    assert found == [[], [0], [0, 1], [0], [0]]
    assert stars.pairs_given_up == 10 - 5


def test_member_beyond_the_last_centre_is_given_up():
    stars = SignatureStars(num_hashes=1, floor=1.0, max_centres=2)
    found = [stars.add(doc, signature(doc)) for doc in range(4)]
    assert found == [[], [0], [], []]
    assert stars.pairs_given_up == 6 - 1


def test_shingle_stars_link_at_exactly_the_threshold():
    stars = ShingleStars(threshold=3 / 5)
    assert stars.add(1, signature(1, 2, 3, 4)) == []
    assert stars.add(2, signature(1, 2, 3, 9)) == [(1, 3 / 5)]
    assert stars.add(3, signature(1, 2, 8, 9)) == []  # 2/6 to the centre; 2 is none
    assert stars.add(4, signature(2, 8, 9)) == [(3, 3 / 4)]


def test_shingle_stars_hold_no_more_centres_than_their_bytes_allow():
    stars = ShingleStars(threshold=1.0, max_bytes=12)
    sets = [signature(1, 2), signature(3), signature(4), signature(4)]
    assert [stars.add(doc, shingles) for doc, shingles in enumerate(sets)] == [[], [], [], []]
    assert stars.add(9, signature(3)) == [(1, 1.0)]
