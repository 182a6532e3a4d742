from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.buckets import KEY, key_records, parted, scan_buckets


def records_of(rows, old=frozenset()):
    band, key, doc = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    return key_records(key, doc, band, fresh=np.array([row[2] not in old for row in rows], bool))


def pairs_and_large(found):
    pairs = sorted(zip(found.src.tolist(), found.dst.tolist(), strict=True))
    names = ("band", "band_key", "doc_id", "fresh")
    return pairs, sorted(zip(*(found.large[name].tolist() for name in names), strict=True))


def by_definition(rows, limit, old=frozenset()):
    pairs, large = [], []
    for bucket, members in itertools.groupby(sorted(set(rows)), key=lambda row: row[:2]):
        docs = [row[2] for row in members]
        if len(docs) > limit and not set(docs) <= old:
            large += [(*bucket, doc, doc not in old) for doc in docs]
        elif len(docs) <= limit:
            pairs += [(b, a) for a, b in itertools.combinations(docs, 2) if not {a, b} <= old]
    return sorted(pairs), sorted(large)


ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-2, 2), st.integers(-4, 9)), max_size=60)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(ROWS, st.integers(2, 5), st.frozensets(st.integers(-4, 9), max_size=8))
def test_scan_gives_all_pairs_with_a_fresh_member(rows, limit, old):
    assert pairs_and_large(scan_buckets(records_of(rows, old), limit)) == by_definition(rows, limit, old)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(ROWS, st.integers(1, 7))
def test_parts_hold_every_record_once_and_each_bucket_whole(rows, parts):
    records = records_of(rows)
    found = {part: np.frombuffer(packed, KEY) for part, packed in parted(records, parts)}
    together = np.concatenate([np.zeros(0, KEY), *found.values()])
    assert sorted(together.tolist()) == sorted(records.tolist())
    for one, other in itertools.combinations(found.values(), 2):
        assert not set(one["band_key"].tolist()) & set(other["band_key"].tolist())


@pytest.mark.parametrize(("members", "pairs", "large"), [(64, 2016, 0), (65, 0, 65)])
def test_bucket_of_the_limit_gives_all_pairs_and_one_more_none(members, pairs, large):
    found = pairs_and_large(scan_buckets(records_of([(0, 7, doc) for doc in range(members)])))
    assert (len(found[0]), len(found[1])) == (pairs, large)
