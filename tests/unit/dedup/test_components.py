import networkx as nx
import numpy as np
import pytest

from tamis.dedup.components import connected_components


def by_networkx(src, dst):
    graph = nx.Graph(zip(src.tolist(), dst.tolist(), strict=True))
    return {node: min(part) for part in nx.connected_components(graph) for node in part}


def graphs():
    rng = np.random.default_rng(20260801)
    ids = rng.choice(np.arange(-(2**62), 2**62, 2**40), 400, replace=False)
    chain = rng.permutation(200)
    scale_free = nx.barabasi_albert_graph(300, 2, seed=4)
    yield "random", ids[rng.integers(0, 400, 150)], ids[rng.integers(0, 400, 150)]
    yield "dense", ids[rng.integers(0, 400, 600)], ids[rng.integers(0, 400, 600)]
    yield "chain", chain[:-1], chain[1:]
    yield "star", np.full(50, 7), np.arange(50)
    yield "clique", *np.triu_indices(20, 1)
    yield "power law", *np.array(scale_free.edges).T
    yield "loop", np.array([3]), np.array([3])
    yield "extremes", np.array([-(2**63), 5]), np.array([2**63 - 1, 5])


@pytest.mark.parametrize(("src", "dst"), [pytest.param(*edges, id=name) for name, *edges in graphs()])
def test_components_are_those_of_networkx(src, dst):
    nodes, components = connected_components(src, dst)
    assert dict(zip(nodes.tolist(), components.tolist(), strict=True)) == by_networkx(src, dst)
    assert (np.diff(nodes.astype(object)) > 0).all()


def test_components_do_not_depend_on_the_order_of_edges_and_ends():
    rng = np.random.default_rng(3)
    src, dst = rng.integers(0, 500, 400), rng.integers(0, 500, 400)
    order = rng.permutation(400)
    for got, expected in zip(
        connected_components(dst[order], src[order]), connected_components(src, dst), strict=True
    ):
        assert got.tolist() == expected.tolist()


def test_components_of_no_edges_are_none():
    nodes, components = connected_components(np.empty(0, np.int64), np.empty(0, np.int64))
    assert (len(nodes), len(components)) == (0, 0)


def test_components_refuse_ends_without_a_partner():
    with pytest.raises(ValueError, match="2 src and 1 dst"):
        connected_components(np.array([1, 2]), np.array([1]))
