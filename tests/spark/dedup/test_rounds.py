"""Who leaves, found in rounds of Spark, against the same in memory (`tests/oracle/dedup/test_leaving.py`).

All shapes lie in one graph, so that each way is run once. No document has the 32 neighbours of a hub, for
whose neighbours further edges are computed.
"""

from __future__ import annotations

import random

import networkx as nx
import pytest
from tests.helpers import make_document, make_table, sorted_rows

from tamis.dedup.minhash import MinHashParams
from tamis.dedup.steps import keepers

pytestmark = pytest.mark.spark

SEED = 20260801
IN_MEMORY, IN_ROUNDS = 10**6, 0
HUB = 32


def shapes():
    """Return the links of a random and a power-law graph, a chain, a star and a clique, under random ids."""
    parts = [
        nx.gnm_random_graph(60, 70, seed=SEED),
        nx.barabasi_albert_graph(60, 2, seed=SEED),
        nx.path_graph(30),
        nx.star_graph(HUB - 2),
        nx.complete_graph(12),
    ]
    graph = nx.disjoint_union_all(parts)
    assert max(dict(graph.degree).values()) < HUB
    ids = random.Random(SEED).sample(range(-(10**12), 10**12), len(graph))
    return [(max(ids[a], ids[b]), min(ids[a], ids[b])) for a, b in graph.edges]


@pytest.mark.parametrize("mode", ["direct", "connected"])
def test_rounds_remove_what_memory_removes(spark, mode):
    """Every fifth document has an equal one, and a tenth of all did not survive."""
    draw, links = random.Random(mode), shapes()
    linked = sorted({end for link in links for end in link})
    group = {10**13 + place: doc for place, doc in enumerate(linked[::5])}
    rows = [edge(*link, draw.randrange(80, 100) / 100, "signature") for link in links]
    rows += [edge(member, doc, 1.0, "shingles") for member, doc in group.items()]
    everyone = [*linked, *group]
    order = draw.sample(everyone, len(everyone))[len(everyone) // 10 :]
    edges = make_table(spark, "edges", rows)
    ranked = [{"doc_id": doc_id, "rank": place} for place, doc_id in enumerate(order)]
    ranks = make_table(spark, "", ranked, "doc_id BIGINT, rank INT")
    texts = [make_document(doc, f"a b c d e f {group.get(doc, doc)}") for doc in everyone]
    memory, rounds = (
        keepers.near_removals(
            edges, ranks, mode=mode, documents=make_table(spark, "documents", texts),
            params=MinHashParams(), threshold=0.8, memory_edges=memory_edges,
        ).select("doc_id", "kept_doc_id", "jaccard")
        for memory_edges in (IN_MEMORY, IN_ROUNDS)
    )  # fmt: skip
    expected = sorted_rows(memory)
    assert sorted_rows(rounds) == expected
    assert len(expected) > len(order) / 3
    assert (0.5 in {row[2] for row in expected}) == (mode == "connected")  # computed: no edge tells it


def edge(src, dst, jaccard, verified_by):
    return {"src": src, "dst": dst, "src_ordinal": -1, "dst_ordinal": -1, "jaccard": jaccard,
            "containment": jaccard, "bands_shared": 9, "verified_by": verified_by}  # fmt: skip
