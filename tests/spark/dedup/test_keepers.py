"""Who leaves for whom, against plain-Python definitions."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from tests.helpers import make_document, make_table, sorted_rows
from tests.spark.dedup.texts import components, edited, greedy, jaccards, words

from tamis.dedup.minhash import MinHashParams
from tamis.dedup.steps import keepers

pytestmark = pytest.mark.spark

IN_ROUNDS = 0
IN_MEMORY = 10**6


def edge(a, b, jaccard, verified_by="signature"):
    return {"src": max(a, b), "dst": min(a, b), "src_ordinal": -1, "dst_ordinal": -1, "jaccard": jaccard,
            "containment": jaccard, "bands_shared": 9, "verified_by": verified_by}  # fmt: skip


def removals(spark, edges, order, *, mode="direct", texts=None, memory_edges=IN_MEMORY, threshold=0.8):
    """Return rows for survivors ranked as they are listed."""
    documents = [make_document(doc_id, text) for doc_id, text in (texts or {}).items()]
    ranked = [{"doc_id": doc_id, "rank": place} for place, doc_id in enumerate(order)]
    found = keepers.near_removals(
        make_table(spark, "edges", edges), make_table(spark, "", ranked, "doc_id BIGINT, rank INT"),
        mode=mode,
        documents=make_table(spark, "documents", documents), params=MinHashParams(), threshold=threshold,
        memory_edges=memory_edges,
    )  # fmt: skip
    return sorted_rows(found.select("doc_id", "kept_doc_id", "jaccard"))


def test_exact_removal_names_the_best_survivor_of_the_key(spark):
    holders = [(1, 10, 0), (2, 10, 0), (3, 10, 1), (4, 11, 0), (5, 11, 0)]
    spans = [
        {
            "unit": "document",
            "span_key": key,
            "span_check": 7,
            "doc_id": doc_id,
            "ordinal": -1,
            "shard": shard,
        }
        for doc_id, key, shard in holders
    ]
    spans.append({**spans[0], "unit": "paragraph", "doc_id": 6, "ordinal": 0})
    spans.append({**spans[0], "span_check": 8, "doc_id": 6})  # the same 64 bits, another check
    table = make_table(spark, "duplicate_spans", spans)
    ranks = [{"doc_id": doc_id, "rank": rank} for doc_id, rank in [(1, 3), (2, 2), (3, 1), (5, 1), (6, 0)]]
    survivors = make_table(spark, "", ranks, "doc_id BIGINT, rank INT")  # 4 did not survive: 5 stays
    assert sorted_rows(keepers.exact_removals(table, survivors, "global")) == [(1, 3), (2, 3)]
    assert sorted_rows(keepers.exact_removals(table, survivors, "shard")) == [(1, 2)]


@pytest.mark.parametrize("memory_edges", [IN_MEMORY, IN_ROUNDS])
def test_direct_removals_are_those_of_the_definition(spark, memory_edges):
    rng = random.Random(3)
    parts = [nx.gnm_random_graph(30, 40, seed=3), nx.path_graph(15), nx.complete_graph(7)]
    links = {
        (max(a, b), min(a, b)): rng.randrange(80, 100) / 100 for a, b in nx.disjoint_union_all(parts).edges
    }
    group = {100 + doc_id: doc_id for doc_id in range(0, 52, 5)}  # each equal to a representative
    order = [*range(52), *group]
    rng.shuffle(order)
    survivors = [doc_id for doc_id in order if doc_id % 7]  # 0, 35 and others leave, their groups stay
    rows = [edge(a, b, j) for (a, b), j in links.items()] + [
        edge(a, b, 1.0, "shingles") for a, b in group.items()
    ]
    everyone = {node: [node, *(m for m, r in group.items() if r == node)] for node in range(52)}
    expanded = {(a, b): j for (x, y), j in links.items() for a in everyone[x] for b in everyone[y]}
    expanded |= dict.fromkeys(group.items(), 1.0)
    alive = set(survivors)
    expected = greedy(survivors, {pair: j for pair, j in expanded.items() if alive.issuperset(pair)})
    assert removals(spark, rows, survivors, memory_edges=memory_edges) == sorted(
        (doc_id, kept, j) for doc_id, (kept, j) in expected.items()
    )


def test_member_of_an_equal_group_leaves_through_an_edge_of_its_lost_representative(spark):
    rows = [edge(5, 1, 1.0, "shingles"), edge(2, 1, 0.9)]  # 1 did not survive
    assert removals(spark, rows, [2, 5]) == [(5, 2, 0.9)]


def test_two_members_of_a_lost_representative_are_equal(spark):
    rows = [edge(5, 1, 1.0, "shingles"), edge(6, 1, 1.0, "shingles")]
    assert removals(spark, rows, [6, 5]) == [(5, 6, 1.0)]


def test_chain_leaves_by_direct_edges_but_as_a_whole_when_connected(spark):
    rng = random.Random(8)
    chain = [words(rng, 300)]
    for _ in range(4):
        chain.append(edited(rng, chain[-1], 5))
    texts = {doc_id: " ".join(text) for doc_id, text in enumerate(chain)}
    exact = jaccards(texts)
    rows = [edge(a + 1, a, exact[a + 1, a], "shingles") for a in range(4)]
    assert [row[:2] for row in removals(spark, rows, range(5))] == [(1, 0), (3, 2)]
    connected = removals(spark, rows, range(5), mode="connected", texts=texts)
    assert [row[:2] for row in connected] == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert [row[2] for row in connected] == pytest.approx([exact[doc_id, 0] for doc_id in range(1, 5)])


@pytest.mark.parametrize("memory_edges", [IN_MEMORY, IN_ROUNDS])
def test_connected_keeps_the_best_of_each_component(spark, memory_edges):
    links = [(1, 2), (2, 3), (4, 5), (6, 7), (7, 8)]
    texts = {doc_id: f"one two three four five six {doc_id}" for doc_id in range(1, 9)}
    rows = [edge(a, b, 0.9) for a, b in links]
    survivors = [3, 2, 1, 5, 4, 8, 6]  # without 7 the last two are not connected
    found = removals(spark, rows, survivors, mode="connected", texts=texts, memory_edges=memory_edges)
    best = {root: next(d for d in survivors if components(links)[d] == root) for root in (1, 4)}
    assert found == [(1, best[1], pytest.approx(2 / 4)), (2, 3, 0.9), (4, 5, 0.9)]


def test_neighbours_of_a_lost_centre_leave_for_the_best_of_them(spark):
    """A star of a large bucket, whose centre (0) did not survive the filter."""
    rng = random.Random(4)
    centre = words(rng, 400)
    texts = {doc_id: " ".join(edited(rng, centre, 2)) for doc_id in range(1, 41)}
    exact = jaccards(texts)
    order = rng.sample(range(1, 41), 40)
    found = removals(spark, [edge(doc_id, 0, 0.95) for doc_id in texts], order, texts=texts)
    assert found == sorted(
        (d, order[0], pytest.approx(exact[max(d, order[0]), min(d, order[0])])) for d in order[1:]
    )


def test_no_edges_no_removals(spark):
    assert removals(spark, [], [1, 2]) == []
