"""Pairs and chains of known similarity: what is found, and whether a removal's keeper is similar enough.

The small version of `benchmarks/near_quality.py`, by the pure kernels; pairs are not chosen by bands.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from benchmarks.planted import PER_UNIT, Planter, overlap, planters, shingles, step_of
from tests.quality import near

FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())["near_dedup"]
LANGUAGES = ("ar", "ja")
THRESHOLD = 0.8
AT_THRESHOLD = 15  # the step from 0.80 to 0.82
CHAINS, EDITS = 60, 20


@pytest.fixture(scope="session")
def planted(corpus):
    """Give a function to the texts of so many pairs a language in each of some steps, and what was found."""

    def make(steps, count):
        texts = [
            text
            for planter in planters(corpus, LANGUAGES).values()
            for step in steps
            for pair in planter.pairs(step, count)
            for text in pair[:2]
        ]
        return texts, near.find(texts, THRESHOLD)

    return make


@pytest.mark.corpus
def test_recall_just_above_the_threshold_reaches_the_floor(planted):
    """2,000 pairs; that the share found is within 0.0055 of the true one holds for 95 of 100 draws."""
    texts, found = planted([AT_THRESHOLD], 1000)
    gone = near.removals(texts, found)
    resolved = [found.joins(a + 1, a) and not {a, a + 1}.isdisjoint(gone) for a in range(0, len(texts), 2)]
    assert len(resolved) == 2000
    assert sum(resolved) / 2000 >= FLOORS["planted_recall"], sum(resolved)


@pytest.mark.corpus
def test_removals_around_the_threshold_reach_the_floor(planted):
    """Pairs of J from 0.70 to 0.90, so that half of all candidates should be refused."""
    texts, found = planted(range(10, 20), 100)
    assert share_similar(texts, near.removals(texts, found)) >= FLOORS["removals"]


def share_similar(texts, leaving):
    """Return the share of removals whose texts' Jaccard similarity is the threshold at least."""
    both = [overlap(texts[doc], texts[kept]) for doc, kept in leaving.items()]
    return sum(shared >= THRESHOLD * union for shared, union in both) / len(both)


def test_removals_of_chains_are_similar_to_their_keepers_if_direct():
    """Each text has 1 % of the words of the one before replaced: J = 0.9 a step, 0.22 from end to end."""
    texts, ends = chains()
    assert sum(shared / union for shared, union in ends) / CHAINS == pytest.approx(0.22, abs=0.01)
    found = near.find(texts, THRESHOLD)
    direct, connected = (near.removals(texts, found, mode) for mode in ("direct", "connected"))
    assert len(connected) > CHAINS * EDITS * 0.98
    assert len(direct) > len(connected) / 3
    assert share_similar(texts, direct) >= FLOORS["removals"]
    assert share_similar(texts, connected) < 0.5


def chains():
    """Return the texts of all chains, and the overlap of the first and last of each."""
    draw, texts, ends = random.Random(20260801), [], []
    for _ in range(CHAINS):
        chain = [[f"w{draw.randrange(10**5)}" for _ in range(500)]]
        for _ in range(EDITS):
            chain.append(list(chain[-1]))
            for place in draw.sample(range(500), 5):
                chain[-1][place] = f"e{draw.randrange(10**9)}"
        texts += map(" ".join, chain)
        ends.append(overlap(texts[-EDITS - 1], texts[-1]))
    return texts, ends


def test_planted_pairs_have_the_similarity_of_their_step():
    planter = Planter([f"w{number}" for number in range(5000)], " ", seed=3)
    for step in range(25):
        for pair in planter.pairs(step, 4):
            first, second = shingles(pair.left), shingles(pair.right)
            jaccard = len(first & second) / len(first | second)
            assert jaccard == pair.shared / pair.union
            assert 0.5 + step / PER_UNIT <= jaccard + 1e-9
            assert jaccard < 0.52 + step / PER_UNIT or step == 24


def test_steps_begin_at_their_lower_bound():
    assert [step_of(shared, 10**6) for shared in (799_999, 800_000, 819_999, 820_000)] == [14, 15, 15, 16]
    assert [step_of(*both) for both in ((1, 2), (1, 1), (99, 100), (49, 100))] == [0, 24, 24, -1]


def test_shingles_of_texts_without_spaces_are_of_characters():
    assert shingles("日本語の文、abc") == {
        tuple("日本語の文"),
        tuple("本語の文a"),
        tuple("語の文ab"),
        tuple("の文abc"),
    }
    assert shingles("One two, THREE (four) five 語") == {
        ("one", "two", "three", "four", "five"),
        ("two", "three", "four", "five", "語"),
    }
