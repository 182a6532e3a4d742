"""Pairs of a sample: against the same counted one by one, and unbiased when the sample is a part."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from tamis.dedup.lsh import GREY, band_keys, choose_bands, verify_by_signature
from tamis.dedup.minhash import MinHashParams, low_bytes
from tamis.plan.near import exact_similarity
from tamis.plan.pairs import SignedSample, count_pairs, sign_sample

K = 128
PARAMS = MinHashParams(num_hashes=K)
PLAN = choose_bands(0.8, 0.98, K)


def words(rng, count):
    return [f"w{rng.randrange(10_000)}" for _ in range(count)]


def families(seed, count, copies=3, length=150):
    """Return texts: each family an original, its equal and its edits."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        original = words(rng, length)
        texts += [" ".join(original), " ".join(original)]
        for _ in range(copies):
            edited = list(original)
            for place in rng.sample(range(length), rng.choice([1, 4, 8, 20])):
                edited[place] = f"e{rng.randrange(10**9)}"
            texts.append(" ".join(edited))
    return texts


def batches(texts, size=64):
    return [pa.array(texts[start : start + size], pa.large_string()) for start in range(0, len(texts), size)]


def by_hand(signed, permutation, exact):
    """Return equal, candidates, documents in them, grey and edges of one draw of bands, pair by pair."""
    firsts = {}
    for place, value in enumerate(signed.shingle_set.tolist()):
        firsts.setdefault(value, place)
    kept = sorted(firsts.values())
    matrix = np.ascontiguousarray(signed.matrix[kept][:, permutation])
    keys = [set(row) for row in band_keys(matrix, PLAN).tolist()]
    pairs = [(a, b) for a, b in itertools.combinations(range(len(kept)), 2) if keys[a] & keys[b]]
    grey = edges = 0
    for a, b in pairs:
        ends = (low_bytes(matrix[[end]]) for end in (b, a))
        verdict, _, _ = verify_by_signature(*ends, PLAN, PLAN.threshold)
        grey += verdict[0] == GREY
        sure = verdict[0] == 1
        edges += bool(sure or (verdict[0] == GREY and exact(signed.row[kept[a]], signed.row[kept[b]]) >= 0.8))
    return (
        len(signed.matrix) - len(kept),
        len(pairs),
        len({end for pair in pairs for end in pair}),
        int(grey),
        edges,
    )


def test_counts_of_a_whole_corpus_are_those_of_all_pairs_looked_at_one_by_one():
    texts = batches(families(1, 25))
    signed, exact = sign_sample(texts, PARAMS), exact_similarity(texts, 5)
    found = count_pairs(signed, PLAN, share=1.0, seed=3, exact=exact, rounds=1)
    permutation = np.random.default_rng(3).permutation(K)
    told = (found.equal, found.candidates, found.met, found.grey, found.edges)
    assert told == by_hand(signed, permutation, exact)
    assert found.equal == 25
    assert found.edges > 20


def test_rows_of_the_sample_name_the_texts_that_have_a_signature():
    texts = ["one two three four five", "", "too short", "six seven eight nine ten", "a b c d e f"]
    signed = sign_sample(batches(texts, size=2), PARAMS)
    assert signed.row.tolist() == [0, 3, 4]
    assert signed.matrix.shape == (3, K)


def test_bucket_over_the_limit_gives_no_pairs_but_is_counted():
    rng = random.Random(5)
    base = words(rng, 400)
    texts = [" ".join([*base[:place], "other", *base[place + 1 :]]) for place in range(0, 400, 5)]
    signed = sign_sample(batches(texts), PARAMS)
    whole = count_pairs(signed, PLAN, share=1.0, seed=0, rounds=2)  # 80 members, the limit is 64
    assert whole.in_large > 80
    most = len(texts) * (len(texts) - 1) / 2
    assert whole.candidates < most


@pytest.mark.parametrize(
    ("members", "candidates", "in_large"), [(64, 64 * 63 / 2, 0), (65, 0, 65 * PLAN.bands)]
)
def test_bucket_at_the_limit_gives_all_pairs_and_one_member_more_none(members, candidates, in_large):
    alike = np.tile(np.arange(K, dtype=np.uint32), (members, 1))
    signed = SignedSample(alike, *(np.arange(members) for _ in range(3)))
    found = count_pairs(signed, PLAN, share=1.0, seed=0, rounds=1)
    assert (found.candidates, found.in_large) == (candidates, in_large)


def test_limit_shrinks_with_the_share():
    texts = batches(["one two three four five six seven " + name for name in "abcdefgh"])
    signed = sign_sample(texts, PARAMS)
    plan = choose_bands(0.3, 0.98, K)
    assert count_pairs(signed, plan, share=1.0, seed=0).in_large == 0
    assert count_pairs(signed, plan, share=1 / 63, seed=0).in_large > 0


@pytest.mark.parametrize("texts", [[], [""], ["one two three four five"]])
def test_nothing_and_single_texts_have_no_pairs(texts):
    found = count_pairs(sign_sample(batches(texts), PARAMS), PLAN, share=1.0, seed=0)
    assert (found.equal, found.candidates, found.edges, found.in_large) == (0, 0, 0, 0)


def test_pairs_of_a_half_times_four_are_those_of_the_whole_on_average():
    """Mean over 24 halves: its standard error is some 3 % here, the bound is three of them."""
    texts = families(9, 60)
    signed = sign_sample(batches(texts), PARAMS)
    whole = count_pairs(signed, PLAN, share=1.0, seed=1)
    found = []
    for seed in range(24):
        chosen = np.random.default_rng(seed).random(len(texts)) < 0.5
        half = type(signed)(*(getattr(signed, name)[chosen] for name in ("matrix", "shingle_set",
                                                                        "shingle_count", "row")))  # fmt: skip
        counts = count_pairs(half, PLAN, share=0.5, seed=seed, rounds=2)
        # A group of two equal texts is there as one in the whole, as one in 3/4 of the halves.
        found.append(4 * counts.candidates)
    ratio = np.mean(found) / whole.candidates
    assert 1.0 <= ratio <= (0.75 / 0.5) ** 2
