"""Texts with planted near-duplicates, and plain-Python definitions to hold Spark's results against."""

from __future__ import annotations

import itertools
import random
import re

NGRAM = 5


def words(rng, count, vocabulary=5000):
    return [f"w{rng.randrange(vocabulary)}" for _ in range(count)]


def edited(rng, original, edits):
    """Return the words with some replaced, each costing up to five shingles."""
    changed = list(original)
    for place in rng.sample(range(len(changed)), edits):
        changed[place] = f"e{rng.randrange(10**9)}"
    return changed


def planted(seed, families=30, copies=5, length=120):
    """Return {doc_id: text}: families of one text and its edits, of Jaccard 0.4 to 1."""
    rng = random.Random(seed)
    texts = []
    for _ in range(families):
        original = words(rng, length)
        texts.append(original)
        texts += [edited(rng, original, rng.randrange(7)) for _ in range(copies - 1)]
    ids = rng.sample(range(-(10**6), 10**6), len(texts))
    return {doc_id: " ".join(text) for doc_id, text in zip(ids, texts, strict=True)}


def shingles(text):
    tokens = re.findall(r"\w+", text.lower())
    return {tuple(tokens[at : at + NGRAM]) for at in range(len(tokens) - NGRAM + 1)}


def jaccards(texts):
    """Return {(larger id, smaller id): J} of all pairs with J > 0."""
    sets = {doc_id: shingles(text) for doc_id, text in texts.items()}
    found = {}
    for a, b in itertools.combinations(sorted(sets), 2):
        shared = len(sets[a] & sets[b])
        if shared:
            found[b, a] = shared / len(sets[a] | sets[b])
    return found


def greedy(order, links):
    """Return {leaver: (keeper, J)}: in order, each stays unless linked to one that stays.

    Args:
        order: Ids, best first.
        links: {(a, b): J}, each pair once.
    """
    neighbours = {}
    for (a, b), jaccard in links.items():
        neighbours.setdefault(a, {})[b] = jaccard
        neighbours.setdefault(b, {})[a] = jaccard
    place = {doc_id: index for index, doc_id in enumerate(order)}
    stays, leaves = set(), {}
    for doc_id in order:
        near = [
            (-j, place[other], other) for other, j in neighbours.get(doc_id, {}).items() if other in stays
        ]
        if near:
            leaves[doc_id] = (min(near)[2], -min(near)[0])
        else:
            stays.add(doc_id)
    return leaves


def components(links):
    """Return {node: smallest node of its component}."""
    import networkx as nx

    graph = nx.Graph(list(links))
    return {node: min(part) for part in nx.connected_components(graph) for node in part}
