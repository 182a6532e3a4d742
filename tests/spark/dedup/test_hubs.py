"""Neighbours of very many hubs, linked into one group: compared in chunks, and still all but one leave."""

from __future__ import annotations

import random

import pytest
from tests.spark.dedup.test_keepers import edge, removals
from tests.spark.dedup.texts import edited, words

from tamis.dedup.steps import hubs, large_buckets

pytestmark = pytest.mark.spark

NODES, REACH, CHUNK = 600, 16, 100


@pytest.fixture
def chunk_sizes(monkeypatch):
    """Give the members of the largest chunk of each scan, as they are made."""
    found, scanned = [], hubs._scanned

    def spy(members, threshold):
        sizes = members.groupBy("hub", "chunk").count()
        found.append(sizes.agg({"count": "max"}).first()[0])
        return scanned(members, threshold)

    monkeypatch.setattr(hubs, "_scanned", spy)
    return found


def kept_of_a_path(spark):
    """Return who stays of edits of one text, each linked to the 16 before and after it."""
    rng = random.Random(9)
    original = words(rng, 600)
    texts = {number: " ".join(edited(rng, original, 2)) for number in range(NODES)}
    pairs = [edge(a, b, 0.99) for a in range(NODES) for b in range(max(0, a - REACH), a)]
    removed = removals(spark, pairs, range(NODES), texts=texts)
    assert len(removed) == NODES - 1
    return {kept for _, kept, _ in removed}


def test_the_best_of_a_large_group_are_compared_in_chunks(spark, chunk_sizes, monkeypatch):
    monkeypatch.setattr(large_buckets, "CHUNK_MEMBERS", CHUNK)
    assert kept_of_a_path(spark) == {0}
    assert len(chunk_sizes) == 3  # chunks, their centres, the neighbours of each hub
    assert max(chunk_sizes) < 2 * CHUNK


def test_without_chunks_they_are_one(spark, chunk_sizes):
    assert kept_of_a_path(spark) == {0}
    assert max(chunk_sizes) > 5 * CHUNK
