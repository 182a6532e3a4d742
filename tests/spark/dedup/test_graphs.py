"""Components and independent sets, on the driver and in rounds, against networkx and the definition.

All shapes lie in one graph, so that each way is run once.
"""

from __future__ import annotations

import random

import networkx as nx
import pytest
from tests.helpers import make_table, sorted_rows
from tests.spark.dedup.texts import components, greedy

from tamis.dedup.steps import graphs
from tamis.errors import StageFailedError

pytestmark = pytest.mark.spark

SEED = 5
IN_ROUNDS = 0
PAIR_DDL = "src BIGINT, dst BIGINT"


def shapes():
    """Return the links of a random, a power-law and a complete graph, a chain, a star, and two lone pairs."""
    parts = [
        nx.gnm_random_graph(40, 45, seed=SEED),
        nx.barabasi_albert_graph(40, 2, seed=SEED),
        nx.complete_graph(9),
        nx.path_graph(24),
        nx.star_graph(20),
        nx.Graph([(0, 1), (2, 3)]),
    ]
    graph = nx.disjoint_union_all(parts)
    ids = random.Random(SEED).sample(range(-(10**12), 10**12), len(graph))
    return [(max(ids[a], ids[b]), min(ids[a], ids[b])) for a, b in graph.edges]


@pytest.mark.parametrize("memory_edges", [graphs.MEMORY_EDGES, IN_ROUNDS])
def test_component_labels_are_networkx_components(spark, memory_edges):
    links = shapes()
    rows = [{"src": a, "dst": b} for a, b in [*links, *((b, a) for a, b in links[:9]), (7, 7)]]
    labels = graphs.component_labels(make_table(spark, "", rows, PAIR_DDL), memory_edges)
    assert sorted_rows(labels.select("node", "component")) == sorted(components(links).items())


@pytest.mark.parametrize("memory_edges", [graphs.MEMORY_EDGES, IN_ROUNDS])
def test_undominated_is_the_greedy_independent_set(spark, memory_edges):
    links = shapes()
    order = sorted({node for link in links for node in link})
    random.Random(SEED).shuffle(order)
    ranked = [{"node": node, "rank": place} for place, node in enumerate([*order, 99])]
    nodes = make_table(spark, "", ranked, "node BIGINT, rank INT")
    edges = make_table(spark, "", [{"src": a, "dst": b} for a, b in links], PAIR_DDL)
    staying, leaving = graphs.undominated(nodes, edges, memory_edges)
    expected = greedy(order, dict.fromkeys(links, 1.0))
    assert sorted_rows(leaving) == sorted((node,) for node in expected)
    assert sorted_rows(staying) == sorted((node,) for node in {*order, 99} - set(expected))


def test_components_without_edges_are_none(spark):
    assert sorted_rows(graphs.component_labels(make_table(spark, "", [], PAIR_DDL))) == []


def test_rounds_that_do_not_end_are_an_error(spark, monkeypatch):
    monkeypatch.setattr(graphs, "MAX_ROUNDS", 1)
    chain = [{"src": node + 1, "dst": node} for node in range(9)]
    edges = make_table(spark, "", chain, PAIR_DDL)
    with pytest.raises(StageFailedError, match="did not converge in 1 rounds; 9 edges left"):
        graphs.component_labels(edges, IN_ROUNDS).count()
    nodes = make_table(
        spark, "", [{"node": node, "rank": node} for node in range(10)], "node BIGINT, rank INT"
    )
    with pytest.raises(StageFailedError, match="undecided after 1 rounds"):
        graphs.undominated(nodes, edges, IN_ROUNDS)
