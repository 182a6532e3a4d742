"""Near-dedup against brute force over all pairs."""

from __future__ import annotations

import pytest

from tests.spark.dedup.texts import jaccards, planted

pytestmark = pytest.mark.spark

THRESHOLD = 0.8


def test_edges_are_the_pairs_of_brute_force(find_edges):
    texts = planted(seed=11)
    found = find_edges(texts)
    edges = {(row.src, row.dst): row for row in found.edges}
    exact = jaccards(texts)
    group = {row.src: row.dst for row in found.edges if row.jaccard == 1.0 and row.verified_by == "shingles"}
    linked = {(max(a, b), min(a, b)) for a, b in ((group.get(a, a), group.get(b, b)) for a, b in exact)}
    assert len(edges) == len(found.edges)
    for (a, b), jaccard in exact.items():
        pair = tuple(sorted((group.get(a, a), group.get(b, b)), reverse=True))
        assert jaccard < THRESHOLD + 0.05 or pair[0] == pair[1] or pair in edges
    for pair, row in edges.items():
        assert pair in exact and exact[pair] >= THRESHOLD - 0.08
        if row.verified_by == "shingles":
            assert row.jaccard == pytest.approx(exact[pair], abs=1e-9) and row.jaccard >= THRESHOLD
    assert linked >= set(edges) - set(group.items())
    print(found.facts, len(edges), len(group))
