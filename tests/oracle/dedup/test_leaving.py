"""Who leaves for whom, in memory, against plain-Python definitions and networkx."""

import random

import networkx as nx
import numpy as np
import pytest

from tamis.dedup.leaving import leavers, links_between, quotient

SEED = 20260801
GRAPHS = {
    "random": nx.gnp_random_graph(300, 0.008, seed=SEED),
    "dense": nx.gnp_random_graph(80, 0.2, seed=SEED),
    "chain": nx.path_graph(200),
    "star": nx.star_graph(150),
    "clique": nx.complete_graph(40),
    "power law": nx.barabasi_albert_graph(400, 2, seed=SEED),
}


class Case:
    """A graph of representatives, further documents with equal sets, and survivors in the keeper's order.

    Every fifth representative has two equal documents more, and a tenth of all documents did not survive.
    """

    def __init__(self, name):
        draw, graph = random.Random(name), GRAPHS[name]
        ids = draw.sample(range(-(10**12), 10**12), len(graph) * 2)
        self.links = {(ids[a], ids[b]): draw.randrange(80, 100) / 100 for a, b in graph.edges}
        fresh = iter(ids[len(graph) :])
        self.group = {next(fresh): ids[node] for node in range(0, len(graph), 5) for _ in range(2)}
        everyone = [*ids[: len(graph)], *self.group]
        draw.shuffle(everyone)
        self.survivors = everyone[len(everyone) // 10 :]

    def expanded(self):
        """Return {(a, b): J} of all pairs of survivors: equal ones, and those of joined representatives."""
        alike = {}
        for doc in self.survivors:
            alike.setdefault(self.group.get(doc, doc), []).append(doc)
        links = {(a, b): 1.0 for docs in alike.values() for a in docs for b in docs if a != b}
        for (x, y), jaccard in self.links.items():
            links |= {(a, b): jaccard for a in alike.get(x, []) for b in alike.get(y, [])}
        return links

    def leave(self, mode):
        """Return {leaver: (keeper, J)}; J is NaN where no edge tells it."""
        linked = {end for pair in (*self.links, *self.group.items()) for end in pair}
        ordered = np.array([doc for doc in self.survivors if doc in linked], np.int64)
        graph = quotient(ordered, *arrays(self.group.items()))
        jaccard = np.array(list(self.links.values()), np.float64)
        links = links_between(graph.nodes, *arrays(self.links), jaccard)
        columns = leavers(graph, *links, mode=mode)
        rows = (columns.doc_id.tolist(), columns.kept_doc_id.tolist(), columns.jaccard.tolist())
        return {doc: (kept, similarity) for doc, kept, similarity in zip(*rows, strict=True)}


def arrays(pairs):
    return np.array(list(pairs), np.int64).T.copy()


def neighbours(links):
    near = {}
    for (a, b), jaccard in links.items():
        near.setdefault(a, {})[b] = jaccard
        near.setdefault(b, {})[a] = jaccard
    return near


@pytest.mark.parametrize("name", GRAPHS)
def test_direct_leavers_are_those_of_the_definition(name):
    """In the keeper's order each stays unless linked to one that stays; it leaves for the most similar.

    Equal documents leave together: for the best of them, or for the one that this one leaves for.
    """
    case = Case(name)
    near, place = neighbours(case.expanded()), {doc: at for at, doc in enumerate(case.survivors)}
    expected, stays, champions = {}, set(), {}
    for doc in case.survivors:
        champion = champions.setdefault(case.group.get(doc, doc), doc)
        kept = [(-j, place[other], other) for other, j in near.get(doc, {}).items() if other in stays]
        if champion != doc:
            assert kept
            expected[doc] = expected.get(champion, (champion, 1.0))
        elif kept:
            distance, _, keeper = min(kept)
            expected[doc] = (keeper, -distance)
        else:
            stays.add(doc)
    assert case.leave("direct") == expected
    assert expected


@pytest.mark.parametrize("name", GRAPHS)
def test_connected_leavers_are_all_but_the_best_of_each_component_of_networkx(name):
    case = Case(name)
    links = case.expanded()
    near, place = neighbours(links), {doc: at for at, doc in enumerate(case.survivors)}
    expected = {}
    for part in nx.connected_components(nx.Graph(list(links))):
        best = min(part, key=place.__getitem__)
        expected |= {doc: (best, near[doc].get(best, np.nan)) for doc in part - {best}}
    found = case.leave("connected")
    assert {doc: kept for doc, (kept, _) in found.items()} == {
        doc: kept for doc, (kept, _) in expected.items()
    }
    docs = sorted(expected)
    np.testing.assert_array_equal([found[doc][1] for doc in docs], [expected[doc][1] for doc in docs])
    assert expected


def test_chain_without_direct_edge_to_its_keeper_has_no_similarity():
    """This test ensures that the cases above hold both kinds of `connected` removals."""
    similarities = [jaccard for _, jaccard in Case("chain").leave("connected").values()]
    assert 0 < np.isnan(similarities).sum() < len(similarities)
