import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.keeper import STAYS, maximal_independent


def by_definition(ordered, edges):
    """In the keeper's order a document stays unless a neighbour stays; it leaves for the most similar one."""
    stays, result = set(), []
    for node in ordered:
        arcs = [arc for a, b, jaccard in edges for arc in ((a, b, jaccard), (b, a, jaccard))]
        near = [
            (jaccard, -ordered.index(other)) for end, other, jaccard in arcs if end == node and other in stays
        ]
        if not near:
            stays.add(node)
        result.append(-max(near)[1] if near else STAYS)
    return result


def call(ordered, edges):
    src, dst, jaccard = (np.array(column) for column in zip(*edges, strict=True)) if edges else ([], [], [])
    return maximal_independent(
        np.array(ordered, np.int64),
        np.array(src, np.int64),
        np.array(dst, np.int64),
        np.array(jaccard, np.float64),
    ).tolist()


@settings(max_examples=200, derandomize=True)
@given(st.permutations(range(100, 108)), st.data())
def test_keepers_are_those_of_the_definition(ordered, data):
    ends = st.sampled_from(ordered)
    pairs = st.tuples(ends, ends, st.sampled_from([0.8, 0.85, 0.9])).filter(lambda edge: edge[0] != edge[1])
    edges = data.draw(st.lists(pairs, max_size=16, unique_by=lambda edge: frozenset(edge[:2])))
    assert call(ordered, edges) == by_definition(list(ordered), edges)


@pytest.mark.parametrize(
    "graph",
    [nx.path_graph(200), nx.star_graph(99), nx.complete_graph(30), nx.barabasi_albert_graph(400, 3, seed=2),
     nx.gnp_random_graph(300, 0.02, seed=8)],
    ids=["chain", "star", "clique", "power law", "random"],
)  # fmt: skip
def test_keepers_are_a_maximal_independent_set(graph):
    rng = np.random.default_rng(17)
    ordered = rng.permutation(len(graph)).tolist()
    result = call(ordered, [(a, b, 0.9) for a, b in graph.edges])
    stays = {node for node, keeper in zip(ordered, result, strict=True) if keeper == STAYS}
    assert not any(a in stays and b in stays for a, b in graph.edges)
    for node, keeper in zip(ordered, result, strict=True):
        if keeper != STAYS:
            assert ordered[keeper] in stays
            assert graph.has_edge(node, ordered[keeper])
    assert result == by_definition(ordered, [(a, b, 0.9) for a, b in graph.edges])


def test_keepers_prefer_the_most_similar_neighbour_to_the_best():
    assert call([1, 2, 3], [(1, 3, 0.8), (2, 3, 0.9)]) == [STAYS, STAYS, 1]


def test_keepers_of_equal_similarity_are_the_best():
    assert call([2, 1, 3], [(3, 1, 0.8), (2, 3, 0.8)]) == [STAYS, STAYS, 0]


def test_keepers_ignore_loops():
    assert call([5], [(5, 5, 1.0)]) == [STAYS]


def test_keepers_of_no_documents_are_none():
    assert call([], []) == []


@pytest.mark.parametrize("ordered", [[1, 3], []])
def test_keepers_refuse_an_end_without_a_rank(ordered):
    with pytest.raises(ValueError, match="have no rank"):
        call(ordered, [(1, 2, 0.9)])
