"""From a sample to all: the laws, at no growth, inside the sample's reach and beyond it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tamis.plan.growth import REACH, equal_documents, near_size, repeated_spans
from tamis.plan.pairs import PairCounts
from tamis.plan.spans import SpanCounts

COUNTS = PairCounts(
    documents=1000, equal=0, bucket_rows=300.0, candidates=200.0, met=90.0, grey=60.0, edges=50.0,
    in_large=0.0,
)  # fmt: skip


def test_all_that_there_is_grows_by_nothing():
    size = near_size(COUNTS, 1000, 23, share=1.0)
    assert (size.candidates, size.edges, size.grey, size.bucket_rows) == (200, 50, 60, 300)


def test_within_reach_pairs_grow_with_the_square():
    size = near_size(COUNTS, 16_000, 23, share=1 / 16)
    assert size.candidates == pytest.approx(200 * 256)
    assert size.edges == pytest.approx(50 * 256)
    assert size.grey == pytest.approx(60 * 256)


def test_more_than_is_listed_grows_edges_linearly_and_other_candidates_until_their_buckets_are_full():
    tens, many = (near_size(COUNTS, times * 1000, 23, share=1.0) for times in (10, 1000))
    assert (tens.edges, many.edges) == (500, 50_000)
    assert tens.candidates == pytest.approx(150 * 100 + 500)
    assert many.candidates == pytest.approx(150 * 1000 * 32 + 50_000)


def test_beyond_the_reach_of_the_sample_the_same_holds():
    counts = PairCounts(1000, 0, 3.0, 2.0, 4.0, 1.0, 1.0, 0.0)
    at = near_size(counts, 1000 * REACH, 23, share=1 / REACH)
    far = near_size(counts, 10_000 * REACH, 23, share=1 / (10 * REACH))
    assert at.edges == pytest.approx(REACH**2)
    assert far.edges == pytest.approx(10 * at.edges)
    assert far.candidates == pytest.approx(100 * REACH**2 + 10 * REACH**2)


def test_candidates_never_exceed_what_the_buckets_let_through():
    size = near_size(COUNTS, 1e9, 23, share=1 / 200)
    assert size.candidates == 1e9 * 23 * 63 / 2
    assert size.bucket_rows <= 1e9 * 23 * 63 / 2
    assert size.edges <= size.candidates


def test_documents_that_have_a_candidate_grow_faster_than_documents_but_never_past_them():
    assert near_size(COUNTS, 1000, 23, share=1.0).met == 90
    assert near_size(COUNTS, 10_000, 23, share=1.0).met == 900  # more of the same kind
    assert near_size(COUNTS, 16_000, 23, share=1 / 16).met == pytest.approx(90 * 16 * 16**0.43)
    assert near_size(COUNTS, 256_000, 23, share=1 / 256).met == pytest.approx(90 * 256 * 256**0.43)
    crowded = PairCounts(1000, 0, 900.0, 900.0, 900.0, 0.0, 0.0, 0.0)
    assert near_size(crowded, 16_000, 23, share=1 / 16).met == 16_000


def test_range_of_edges_is_wide_where_the_sample_holds_few():
    few, many = (
        near_size(PairCounts(1000, equal, 9.0, 9.0, 9.0, 0.0, edges, 0.0), 1000, 23, share=1.0)
        for equal, edges in ((0, 4.0), (391, 9.0))
    )
    assert (few.edges_low, few.edges_high) == (0.0, 8.0)
    assert few.edges_low <= few.edges <= few.edges_high
    assert many.edges_high / many.edges == pytest.approx(1.1)


def test_sample_without_documents_grows_to_nothing():
    size = near_size(PairCounts(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0, 23, share=1.0)
    assert (size.candidates, size.edges, size.equal) == (0, 0, 0)


def test_equal_documents_of_the_sample_itself_are_those_counted():
    for documents, equal in ((1000, 1), (1000, 400), (10, 9)):
        assert equal_documents(documents, equal, 1) == pytest.approx(equal, abs=1e-4)
    assert equal_documents(1000, 0, 100) == 0


def test_equal_documents_follow_planted_groups():
    """Groups of two among single texts, one in sixteen drawn: 10,000 repeats are told within a tenth."""
    rng = random.Random(4)
    groups = list(range(10_000)) * 2 + list(range(10_000, 160_000))
    sample = [group for group in groups if rng.random() < 1 / 16]
    repeats = len(sample) - len(set(sample))
    told = equal_documents(len(sample), repeats, len(groups) / len(sample))
    assert told == pytest.approx(10_000 * repeats / (10_000 / 256), rel=0.1)


def test_repeated_spans_grow_by_the_power_between_a_quarter_and_the_whole():
    counts = SpanCounts(spans=400, single=200, quarter_spans=100, quarter_single=60)
    assert repeated_spans(counts, 1) == pytest.approx(200)
    # 0.6 to 0.5 for four times the spans: so 0.5 to 0.5 * 5 / 6.
    assert repeated_spans(counts, 4) == pytest.approx(1600 * (1 - 0.5 * 5 / 6))


@pytest.mark.parametrize(
    ("counts", "told"),
    [((0, 0, 0, 0), 0), ((4, 4, 4, 4), 0), ((4, 0, 1, 0), 40), ((4, 2, 4, 2), 20), ((5, 5, 2, 2), 0)],
)
def test_few_or_extreme_spans_stay_in_bounds(counts, told):
    assert repeated_spans(SpanCounts(*counts), 10) == told


def test_spans_of_a_power_law_are_told_within_a_fifth():
    rng = random.Random(8)
    spans = [int(rng.paretovariate(0.7)) for _ in range(160_000)]

    def single(part):
        return sum(1 for count in Counter(part).values() if count == 1)

    sample = spans[:10_000]
    counts = SpanCounts(10_000, single(sample), 2_500, single(sample[:2_500]))
    assert repeated_spans(counts, 16) == pytest.approx(len(spans) - single(spans), rel=0.2)
