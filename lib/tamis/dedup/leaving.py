"""Edges and a total order to who leaves for whom, for a graph that fits in memory (DESIGN 5.6).

Documents with equal shingle sets are one node: `edges` holds the similarities of one of them only, and they
are those of all. ``direct``: the greedy maximal independent set of the order. ``connected``: one keeper a
connected component.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.components import connected_components
from tamis.dedup.keeper import STAYS, maximal_independent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quotient:
    """Survivors gathered into nodes of equal shingle sets.

    Attributes:
        ordered: Shape (n,), doc_ids of the survivors that have an edge, the best first.
        node: Shape (n,), the node of each.
        nodes: Shape (m,), the nodes, the one with the best document first.
        champions: Shape (m,), the best document of each.
    """

    ordered: Ids
    node: Ids
    nodes: Ids
    champions: Ids


@dataclass(frozen=True, slots=True)
class Leavers:
    """Documents that leave: three arrays of one length; ``jaccard`` is NaN where no edge tells it."""

    doc_id: Ids
    kept_doc_id: Ids
    jaccard: Reals


def quotient(ordered: Ids, members: Ids, representatives: Ids) -> Quotient:
    """Return the survivors' nodes.

    Args:
        ordered: Shape (n,), distinct survivors, the best first.
        members: Shape (k,), distinct documents whose shingle set equals their representative's.
        representatives: Shape (k,); need not survive, a node is named after it all the same.
    """
    by_member = np.argsort(members)
    slots = np.searchsorted(members, ordered, sorter=by_member)
    found = by_member[np.minimum(slots, max(len(members) - 1, 0))] if len(members) else slots
    is_member = members[found] == ordered if len(members) else np.zeros(len(ordered), bool)
    node = ordered.copy()
    node[is_member] = representatives[found[is_member]]
    _, first = np.unique(node, return_index=True)
    first.sort()
    return Quotient(ordered, node, node[first], ordered[first])


def links_between(nodes: Ids, src: Ids, dst: Ids, jaccard: Reals) -> tuple[Ids, Ids, Reals]:
    """Return the edges whose ends are both among the nodes."""
    inside = np.isin(src, nodes) & np.isin(dst, nodes)
    return src[inside], dst[inside], jaccard[inside]


def leavers(graph: Quotient, src: Ids, dst: Ids, jaccard: Reals, *, mode: str) -> Leavers:
    """Return who leaves for whom.

    Args:
        graph: The survivors.
        src: Shape (e,), one end of each edge between two of its nodes.
        dst: Shape (e,), the other.
        jaccard: Shape (e,), their similarity.
        mode: ``direct`` or ``connected``.
    """
    if mode == "direct":
        keeper = maximal_independent(graph.nodes, src, dst, jaccard)
    else:
        keeper = _component_keeper(graph.nodes, src, dst)
    return _expanded(graph, keeper, _similarity(graph.nodes, keeper, src, dst, jaccard))


def _component_keeper(nodes: Ids, src: Ids, dst: Ids) -> Ids:
    """Return for each node the place of its component's best node; `STAYS` for that one and for lone ones."""
    members, labels = connected_components(src, dst)
    label = nodes.copy()
    slots = np.searchsorted(members, nodes)
    linked = np.isin(nodes, members)
    label[linked] = labels[slots[linked]]
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    keeper = first[inverse].astype(np.int64)
    keeper[keeper == np.arange(len(nodes))] = STAYS
    return keeper


def _similarity(nodes: Ids, keeper: Ids, src: Ids, dst: Ids, jaccard: Reals) -> Reals:
    """Return each leaving node's Jaccard to its keeper; NaN where no edge joins the two."""
    result = np.full(len(nodes), np.nan)
    gone = np.flatnonzero(keeper != STAYS)
    if not len(src) or not len(gone):
        return result
    order = np.argsort(nodes)
    one, other = (order[np.searchsorted(nodes, ends, sorter=order)] for ends in (src, dst))
    known, wanted = _pair_keys(one, other, len(nodes)), _pair_keys(gone, keeper[gone], len(nodes))
    by_key = np.argsort(known, kind="stable")
    slots = by_key[np.searchsorted(known, wanted, side="right", sorter=by_key) - 1]  # of repeats the last
    result[gone] = np.where(known[slots] == wanted, jaccard[slots], np.nan)
    return result


def _pair_keys(one: Ids, other: Ids, count: int) -> Ids:
    """Return a number for each unordered pair of places below ``count``: under 2**62 for 2**31 places."""
    return np.maximum(one, other) * count + np.minimum(one, other)


def _expanded(graph: Quotient, keeper: Ids, similarity: Reals) -> Leavers:
    """A node leaves as a whole, or all its documents but the best leave for that one, at J = 1."""
    order = np.argsort(graph.nodes)
    place = order[np.searchsorted(graph.nodes, graph.node, sorter=order)]
    whole = keeper[place] != STAYS
    kept = graph.champions[np.where(whole, keeper[place], place)]
    gone = kept != graph.ordered
    jaccard = np.where(whole, similarity[place], 1.0)
    return Leavers(graph.ordered[gone], kept[gone], jaccard[gone])
