from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.buckets import BucketScan


def scan_in_pieces(rows, piece, limit, old=frozenset()):
    """Return the pairs and the large buckets' members of sorted rows, fed ``piece`` at a time."""
    rows = [(*row, row[2] not in old) for row in rows]
    scan, pairs, large = BucketScan(limit), [], []
    pieces = [rows[at : at + piece] for at in range(0, len(rows), piece)]
    found = [scan.feed(*(np.array(c) for c in zip(*part, strict=True))) for part in pieces]
    for rows_found in [*found, scan.finish()]:
        pairs += zip(rows_found.src.tolist(), rows_found.dst.tolist(), strict=True)
        large += zip(*(column.tolist() for column in rows_found.large), strict=True)
    return pairs, large


def by_definition(rows, limit, old=frozenset()):
    pairs, large = [], []
    for bucket, members in itertools.groupby(sorted(set(rows)), key=lambda row: row[:2]):
        docs = [row[2] for row in members]
        if len(docs) > limit:
            large += [(*bucket, doc, doc not in old) for doc in docs]
        else:
            pairs += [(b, a) for a, b in itertools.combinations(docs, 2) if not {a, b} <= old]
    return pairs, large


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(-2, 2), st.integers(-4, 9)), max_size=60),
    st.integers(1, 7),
    st.integers(2, 5),
    st.frozensets(st.integers(-4, 9), max_size=8),
)
def test_bucket_scan_gives_all_pairs_with_a_fresh_member_whatever_the_pieces(rows, piece, limit, old):
    pairs, large = scan_in_pieces(sorted(rows), piece, limit, old)
    expected_pairs, expected_large = by_definition(rows, limit, old)
    assert sorted(pairs) == sorted(expected_pairs)
    assert large == expected_large


@pytest.mark.parametrize(("members", "pairs", "large"), [(64, 2016, 0), (65, 0, 65)])
def test_bucket_of_the_limit_gives_all_pairs_and_one_more_none(members, pairs, large):
    rows = [(0, 7, doc) for doc in range(members)]
    found = scan_in_pieces(rows, 10, 64)
    assert (len(found[0]), len(found[1])) == (pairs, large)
