import math

import numpy as np
import pytest

from tamis.dedup.lsh import (
    ACCEPT,
    GREY,
    RECALL_MARGIN,
    REJECT,
    BandPlan,
    band_keys,
    choose_bands,
    collision_probability,
    expected_candidates,
    verify_by_signature,
)
from tamis.dedup.minhash import low_bytes


def plan(bands=4, rows=8, num_hashes=256, threshold=0.8):
    return BandPlan(bands, rows, num_hashes, threshold, 0.98)


def pair(num_hashes, unequal):
    left = np.arange(num_hashes).astype(np.uint8)
    right = left.copy()
    right[list(unequal)] += 100
    return left[None, :], right[None, :]


def estimated(equal, places):
    """The similarity at which so many of the low bytes are equal, 1 in 256 of them by chance."""
    return (equal / places - 1 / 256) / (1 - 1 / 256)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("num_hashes", [64, 112, 256])
def test_choose_bands_is_the_cheapest_plan_that_reaches_the_recall(threshold, num_hashes):
    chosen = choose_bands(threshold, 0.98, num_hashes)
    wanted = 0.98 + RECALL_MARGIN
    assert collision_probability(threshold, chosen.bands, chosen.rows) >= wanted
    assert chosen.bands * chosen.rows <= num_hashes
    for rows in range(1, 33):
        for bands in range(1, num_hashes // rows + 1):
            if collision_probability(threshold, bands, rows) >= wanted:
                assert expected_candidates(chosen.bands, chosen.rows) <= expected_candidates(bands, rows)


def test_choose_bands_margin_excludes_what_only_just_reaches_the_recall():
    # 28 bands of 9 rows find 98.2 % of the pairs at 0.8, less than the 98 % plus the margin.
    assert 0.98 < collision_probability(0.8, 28, 9) < 0.98 + RECALL_MARGIN
    assert choose_bands(0.8, 0.98, 256).rows == 8


@pytest.mark.parametrize(
    ("threshold", "recall", "num_hashes"),
    [(0.0, 0.9, 64), (1.1, 0.9, 64), (0.8, 1.0, 64), (0.8, 0.9, 0), (0.1, 0.98, 8)],
)
def test_choose_bands_refuses_what_no_bands_can_do(threshold, recall, num_hashes):
    with pytest.raises(ValueError, match=r"no bands for|reach a recall"):
        choose_bands(threshold, recall, num_hashes)


def test_collision_probability_is_that_of_simulated_bands():
    rng = np.random.default_rng(5)
    agree = rng.random((20_000, 6, 3)) < 0.7
    share = agree.all(axis=2).any(axis=1).mean()
    assert share == pytest.approx(collision_probability(0.7, 6, 3), abs=0.01)


def test_band_keys_are_equal_where_all_rows_of_the_band_are():
    left, right = pair(256, [0, 9])
    keys = band_keys(np.concatenate([left, right]).astype(np.uint32), plan(bands=4, rows=8))
    assert (keys[0] == keys[1]).tolist() == [False, False, True, True]


def test_band_keys_of_equal_rows_differ_between_bands():
    keys = band_keys(np.full((1, 256), 7, np.uint32), plan(bands=32, rows=8))
    assert len(set(keys[0].tolist())) == 32


def test_band_keys_depend_on_the_order_of_rows():
    left = np.arange(256, dtype=np.uint32)[None, :]
    right = left.copy()
    right[0, [0, 1]] = right[0, [1, 0]]
    assert band_keys(left, plan())[0, 0] != band_keys(right, plan())[0, 0]


def test_band_keys_of_no_signatures_are_none():
    assert band_keys(np.empty((0, 256), np.uint32), plan()).shape == (0, 4)


def test_band_keys_refuse_signatures_of_another_length():
    with pytest.raises(ValueError, match=r"\(1, 112\) are not of 256 hashes"):
        band_keys(np.zeros((1, 112), np.uint32), plan())


def test_verify_takes_the_estimate_from_the_places_after_the_first_shared_band():
    # Band 0 differs in one place, band 1 is shared: 240 places follow, of which 60 differ.
    left, right = pair(256, [0, *range(100, 160)])
    verdict, estimate, shared = verify_by_signature(left, right, plan(), 0.8)
    assert (verdict[0], estimate[0], shared[0]) == (GREY, pytest.approx(estimated(180, 240)), 3)


@pytest.mark.parametrize(
    ("unequal", "expected"),
    # Band 0 is shared, 248 places follow: three standard errors at 0.8 are 0.0764, so 0.7236 and 0.8764.
    [(30, ACCEPT), (31, GREY), (68, GREY), (69, REJECT)],
)
def test_verify_is_clear_beyond_three_standard_errors(unequal, expected):
    share = 1 / 256 + 0.8 * 255 / 256
    bound = 3 * math.sqrt(share * (1 - share) / 248) / (255 / 256)
    assert (abs(estimated(248 - unequal, 248) - 0.8) > bound) == (expected != GREY)
    left, right = pair(256, range(100, 100 + unequal))
    assert verify_by_signature(left, right, plan(), 0.8)[0].tolist() == [expected]


@pytest.mark.parametrize(("num_hashes", "expected"), [(71, GREY), (72, ACCEPT)])
def test_verify_is_grey_with_fewer_than_64_places(num_hashes, expected):
    left, right = pair(num_hashes, [])
    assert verify_by_signature(left, right, plan(1, 8, num_hashes), 0.8)[0].tolist() == [expected]


def test_verify_is_grey_where_no_band_is_shared():
    left, right = pair(256, range(0, 256, 8))
    verdict, estimate, shared = verify_by_signature(left, right, plan(32, 8), 0.5)
    assert (verdict[0], shared[0], math.isnan(estimate[0])) == (GREY, 0, True)


def test_verify_never_accepts_by_estimate_at_a_threshold_of_one():
    left, right = pair(256, [])
    assert verify_by_signature(left, right, plan(), 1.0)[0].tolist() == [GREY]


@pytest.mark.parametrize("similarity", [0.6, 0.8, 0.9])
def test_verify_estimates_candidates_without_bias(similarity):
    """This test ensures that being picked by a band does not shift the estimate: all other shares do."""
    rng = np.random.default_rng(11)
    values = rng.integers(0, 2**32, (2, 20_000, 256), dtype=np.uint32)
    values[1] = np.where(rng.random(values[1].shape) < similarity, values[0], values[1])
    _, estimate, shared = verify_by_signature(*map(low_bytes, values), plan(23, 8), 0.8)
    found = shared > 0
    assert found.sum() > 4000
    assert estimate[found].mean() == pytest.approx(similarity, abs=0.002)


def test_verify_counts_the_bands_that_agree_in_every_row():
    left, right = pair(256, [8, 200])
    assert verify_by_signature(left, right, plan(bands=4, rows=8), 0.8)[2].tolist() == [3]


def test_verify_refuses_lists_of_different_lengths():
    with pytest.raises(ValueError, match="2 and 1 signatures"):
        verify_by_signature(np.zeros((2, 256), np.uint8), np.zeros((1, 256), np.uint8), plan(), 0.8)
