"""MinHash signatures against true Jaccard similarities, brute force and datasketch."""

import itertools
import math
import random

import datasketch
import numpy as np
import pyarrow as pa
import pytest

from tamis.dedup.minhash import MinHashParams, low_bytes, signature_matrix, signatures, similarity_of

PAIRS = 20_000
PARAMS = MinHashParams(num_hashes=112)

# (shingles of each document, shared shingles) of pairs whose union is 100 shingles
PLANTED = {0.5: (75, 50), 0.7: (85, 70), 0.9: (95, 90)}


def equal_places(left, right):
    """Shape (pairs, k): whether the signatures of texts agree in each place."""
    first, second = (
        signature_matrix(signatures(pa.array(texts), PARAMS).signature, 112) for texts in (left, right)
    )
    return first == second


def planted_pairs(size, shared):
    """Documents of consecutive numbers, each pair with numbers of its own: structured, as templates are."""
    left, right = [], []
    for pair in range(PAIRS):
        first = pair * 300
        head = " ".join(map(str, range(first, first + shared + 4)))
        rest = size - shared
        left.append(head + " " + " ".join(map(str, range(first + 100, first + 100 + rest))))
        right.append(head + " " + " ".join(map(str, range(first + 200, first + 200 + rest))))
    return left, right


@pytest.mark.parametrize("similarity", PLANTED)
def test_stored_bytes_estimate_planted_similarities_without_bias_and_with_binomial_spread(similarity):
    texts = planted_pairs(*PLANTED[similarity])
    packed = (signatures(pa.array(side), MinHashParams(num_hashes=256)).signature for side in texts)
    left, right = (low_bytes(signature_matrix(side, 256)) for side in packed)
    equal = left == right
    estimates = similarity_of(equal.mean(axis=1))
    assert abs(estimates.mean() - similarity) <= 0.005
    share = similarity + (1 - similarity) / 256  # of the places that differ, 1 in 256 by chance
    assert np.abs(equal.mean(axis=0) - share).max() <= 5 * math.sqrt(share * (1 - share) / PAIRS)
    spread = math.sqrt(share * (1 - share) / 256) * 256 / 255
    assert estimates.std() == pytest.approx(spread, rel=0.03)
    excess, freedom = chi_square(equal.sum(axis=1), 256, share)
    assert excess < freedom + 4 * math.sqrt(2 * freedom)


@pytest.mark.parametrize("similarity", PLANTED)
def test_signatures_estimate_planted_similarities_without_bias_and_with_binomial_spread(similarity):
    size, shared = PLANTED[similarity]
    assert shared / (2 * size - shared) == similarity
    equal = equal_places(*planted_pairs(size, shared))
    estimates = equal.mean(axis=1)
    assert abs(estimates.mean() - similarity) <= 0.005
    assert np.abs(equal.mean(axis=0) - similarity).max() <= 5 * math.sqrt(
        similarity * (1 - similarity) / PAIRS
    )
    assert estimates.std() == pytest.approx(math.sqrt(similarity * (1 - similarity) / 112), rel=0.03)
    excess, freedom = chi_square(equal.sum(axis=1), 112, similarity)
    assert excess < freedom + 4 * math.sqrt(2 * freedom)  # 1 true hypothesis in 10,000 is over this


def chi_square(counts, trials, share):
    """Return Pearson's statistic of counts against a binomial distribution, and its degrees of freedom.

    Counts expected under five times in either tail are taken together.
    """
    chances = [math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(trials + 1)]
    expected = len(counts) * np.array(chances)
    wide = np.flatnonzero(expected >= 5)
    edges = [0, *wide[1:], trials + 1]
    wanted = np.array([expected[low:high].sum() for low, high in itertools.pairwise(edges)])
    observed = np.histogram(counts, edges)[0]
    return ((observed - wanted) ** 2 / wanted).sum(), len(wanted) - 1


def mutated_pairs(count, draw):
    """Texts over one small vocabulary, with a share of words replaced, and their true similarity."""
    vocabulary = [f"word{number}" for number in range(400)]
    for _ in range(count):
        words = draw.choices(vocabulary, k=200)
        rate = draw.random() * 0.1
        other = [draw.choice(vocabulary) if draw.random() < rate else word for word in words]
        sets = [{" ".join(text[place : place + 5]) for place in range(196)} for text in (words, other)]
        yield " ".join(words), " ".join(other), *sets


def test_signatures_are_as_close_to_the_truth_as_those_of_datasketch():
    left, right, first, second = zip(*mutated_pairs(400, random.Random(20260801)), strict=True)
    truth = np.array([len(a & b) / len(a | b) for a, b in zip(first, second, strict=True)])
    assert truth.min() < 0.4
    assert truth.max() > 0.95
    ours = equal_places(left, right).mean(axis=1)
    theirs = np.array([sketch(a).jaccard(sketch(b)) for a, b in zip(first, second, strict=True)])
    expected = math.sqrt((truth * (1 - truth) / 112).mean())
    assert abs((ours - truth).mean()) < 3 * expected / math.sqrt(400)
    for errors in (ours - truth, theirs - truth):
        assert math.sqrt((errors**2).mean()) == pytest.approx(expected, rel=0.15)


def sketch(shingles):
    made = datasketch.MinHash(num_perm=112, seed=1)
    made.update_batch([shingle.encode() for shingle in sorted(shingles)])
    return made
