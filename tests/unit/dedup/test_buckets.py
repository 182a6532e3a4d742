from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.buckets import KEY_DTYPES, new_keys, scan_buckets
from tamis.dedup.equal_sets import members_of
from tamis.dedup.parts import joined, packed_batches, part_columns


def keys_of(rows, old=frozenset()):
    band, key, doc = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    return new_keys(key, doc, band, fresh=np.array([row[2] not in old for row in rows], bool))


def pairs_and_large(found):
    pairs = sorted(zip(found.src.tolist(), found.dst.tolist(), strict=True))
    names = ("band", "band_key", "doc_id", "fresh")
    return pairs, sorted(zip(*(getattr(found.large, name).tolist() for name in names), strict=True))


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
    assert pairs_and_large(scan_buckets(keys_of(rows, old), limit)) == by_definition(rows, limit, old)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(ROWS, st.integers(1, 7), st.integers(1, 20))
def test_parts_hold_every_key_once_and_each_bucket_whole(rows, parts, gathered):
    keys = keys_of(rows)
    pieces = (keys.at(slice(start, start + 7)) for start in range(0, len(rows), 7))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tamis.dedup.parts.GATHERED_ROWS", gathered)
        batches = [batch for batch in packed_batches(pieces, parts) if batch.num_rows]
    packed = sorted((row for batch in batches for row in batch.to_pylist()), key=lambda row: row["part"])
    sorted_batches = [pa.RecordBatch.from_pylist([row]) for row in packed]
    found = list(part_columns(iter(sorted_batches), KEY_DTYPES))
    together = joined([keys.at([]), *found])
    assert sorted(zip(*together, strict=True)) == sorted(zip(*keys, strict=True))
    for one, other in itertools.combinations(found, 2):
        assert not set(one[0].tolist()) & set(other[0].tolist())


@settings(max_examples=200, derandomize=True, deadline=None)
@given(ROWS)
def test_a_group_of_equal_sets_is_led_by_its_smallest_document(rows):
    columns = [np.array([row[n] for row in rows], np.int64) for n in (1, 0, 2)]
    groups = defaultdict(set)
    for other, found, doc in rows:
        groups[found, other].add(doc)
    expected = sorted((doc, min(docs)) for docs in groups.values() for doc in docs if doc != min(docs))
    assert sorted(zip(*(ids.tolist() for ids in members_of(*columns)), strict=True)) == expected


@pytest.mark.parametrize(("members", "pairs", "large"), [(64, 2016, 0), (65, 0, 65)])
def test_bucket_of_the_limit_gives_all_pairs_and_one_more_none(members, pairs, large):
    found = pairs_and_large(scan_buckets(keys_of([(0, 7, doc) for doc in range(members)])))
    assert (len(found[0]), len(found[1])) == (pairs, large)
