"""Causes of differences between two deduplications, by sets whose similarity is known."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.compare_causes import Documents, Peer, jaccard, only_by_peer, only_by_tamis

# Of 10 shingles each: rows 0 and 1 share 9 (J 9/11 = 0.818), 1 and 2 too; 0 and 2 share 8 (0.667).
SETS = [range(10), range(1, 11), range(2, 12), range(100, 110), ()]


def arrays(sets):
    return [np.array(list(values), np.uint64) for values in sets]


def documents(kept):
    return Documents("set", [str(row) for row in range(len(SETS))], arrays(SETS), kept, 0)


def peer(cluster, kept, sets=SETS):
    members = [cluster if row in cluster else [row] for row in range(len(SETS))]
    return Peer(members, [row in kept for row in range(len(SETS))], arrays(sets))


def test_jaccard_is_the_share_of_the_union():
    assert jaccard(arrays(SETS), 0, 1) == pytest.approx(9 / 11)
    assert jaccard(arrays(SETS), 0, 4) == jaccard(arrays(SETS), 4, 4) == 0


@pytest.mark.parametrize(
    ("row", "tamis_kept", "cluster", "peer_kept", "cause", "beside"),
    [
        (0, {1: 0}, [0, 1], {1, 2, 3, 4}, "another copy kept", 1),
        (0, {}, [0, 1], {1, 2, 3, 4}, "missed by tamis", 1),
        (0, {1: 2}, [0, 1, 2], {2, 3, 4}, "chain", 1),
        (0, {1: 0}, [0, 1], {2, 3, 4}, "no copy kept", 1),
        (0, {}, [0, 3], {1, 2, 3, 4}, "not similar", 3),
        (4, {}, [3, 4], {0, 1, 2, 3}, "no shingles", 3),
        (4, {}, [4], {0, 1, 2, 3}, "no shingles", None),
    ],
)
def test_cause_of_what_only_the_peer_removes(row, tamis_kept, cluster, peer_kept, cause, beside):
    found = only_by_peer(row, documents(tamis_kept), peer(cluster, peer_kept), 0.8)
    assert (found.cause, found.beside) == (cause, beside)


def test_other_tokens_are_told_where_only_the_peer_finds_two_texts_similar():
    same = [range(10), range(10), range(2, 12), range(10), ()]
    found = only_by_peer(0, documents({}), peer([0, 3], {1, 2, 3, 4}, same), 0.8)
    assert (found.cause, found.jaccard, found.peer_jaccard) == ("other tokens", 0, 1)


def test_texts_of_which_the_peer_compares_nothing_have_no_shingles():
    nothing = [(), *SETS[1:3], (), ()]
    assert only_by_peer(0, documents({}), peer([0, 3], {1, 2, 3, 4}, nothing), 0.8).cause == "no shingles"


@pytest.mark.parametrize(
    ("cluster", "peer_sets", "threshold", "cause"),
    [
        ([0, 1], SETS, 0.8, "another copy kept"),
        ([3], SETS, 0.8, "missed by its bands"),
        ([3], [range(10), range(5, 15), *SETS[2:]], 0.8, "other tokens"),
        ([3], SETS, 0.82, "estimate of tamis"),
    ],
)
def test_cause_of_what_only_tamis_removes(cluster, peer_sets, threshold, cause):
    everyone = set(range(len(SETS)))
    found = only_by_tamis(1, documents({1: 0}), peer(cluster, everyone, peer_sets), threshold)
    assert (found.cause, found.beside) == (cause, 0)
