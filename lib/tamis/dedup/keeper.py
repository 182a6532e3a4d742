"""Edges and a total order to the documents that stay: the greedy maximal independent set.

In the keeper's order each document stays unless one that stays already is its neighbour. So no two documents
that stay are similar, each that leaves has a neighbour that stays, and for one order there is exactly one
such result, however the edges are sorted or split.

Blelloch, Fineman and Shun, "Greedy sequential maximal independent set and matching are parallel on average",
SPAA 2012, section 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.kernels import READ_I64, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAYS = -1


def maximal_independent(
    ordered: NDArray[np.int64], src: NDArray[np.int64], dst: NDArray[np.int64], jaccard: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for each document the place of the one that stays instead of it.

    Args:
        ordered: Shape (n,), distinct ids in the keeper's order, the best first.
        src: Shape (m,), one end of each edge, an id of ``ordered``; loops and repeats do no harm.
        dst: Shape (m,), the other end.
        jaccard: Shape (m,), similarity of the two.

    Returns:
        Shape (n,), in the order of ``ordered``: `STAYS`, or the place in ``ordered`` of the most
        similar neighbour that stays; of several the best.

    Raises:
        ValueError: An edge's end is not in ``ordered``: it would be judged by another's rank.

    Example:
        >>> chain = np.array([1, 2, 3])
        >>> maximal_independent(chain, np.array([1, 2]), np.array([2, 3]), np.array([0.9, 0.8])).tolist()
        [-1, 0, -1]
    """
    a, b = _places(ordered, src), _places(ordered, dst)
    better, worse = np.minimum(a, b), np.maximum(a, b)
    # By the worse end, so that all ends that could stay for it are decided before it; then as it chooses.
    order = np.lexsort((better, -jaccard, worse))
    return _leaves_for(better[order], worse[order], len(ordered))


def _places(ordered: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    by_id = np.argsort(ordered, kind="stable")
    slots = np.searchsorted(ordered, ids, sorter=by_id)
    found = by_id[np.minimum(slots, len(ordered) - 1)] if len(ordered) else np.zeros(len(ids), np.int64)
    unknown = ids[ordered[found] != ids] if len(ordered) else ids
    if len(unknown):
        raise ValueError(f"{len(unknown)} ends of edges have no rank, such as {int(unknown[0])}")
    return found.astype(np.int64)


@kernel(f"int64[::1]({READ_I64}, {READ_I64}, int64)")
def _leaves_for(better: NDArray[np.int64], worse: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Walk the edges, sorted by their worse end and then as it prefers them."""
    keeper = np.full(count, STAYS)
    for index in range(len(worse)):
        node, other = worse[index], better[index]
        if other != node and keeper[node] == STAYS and keeper[other] == STAYS:
            keeper[node] = other
    return keeper
