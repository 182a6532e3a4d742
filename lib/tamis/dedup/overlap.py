"""Two sorted sets of shingles -> their exact similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.kernels import READ_I64, READ_U32, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


def set_similarity(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> tuple[float, float]:
    """Return the Jaccard similarity and the containment of the smaller set in the larger.

    Args:
        left: Shape (n,), ascending, distinct.
        right: Shape (m,), ascending, distinct.

    Returns:
        (shared / (n + m - shared), shared / min(n, m)); (0, 0) where a set is empty.

    Example:
        >>> import numpy as np
        >>> set_similarity(np.array([1, 2, 3], np.uint32), np.array([2, 3, 4, 5], np.uint32))
        (0.4, 0.6666666666666666)
    """
    smaller = min(len(left), len(right))
    if not smaller:
        return 0.0, 0.0
    shared = int(_shared(left, right))
    return shared / (len(left) + len(right) - shared), shared / smaller


def set_similarities(
    values: NDArray[np.uint32], starts: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what `set_similarity` does, of many pairs.

    Args:
        values: The sets one after the other.
        starts: Shape (n + 1,): where each begins, and where the last one ends.
        left: Shape (p,): a pair's first set, 0 .. n - 1.
        right: Shape (p,): its second.

    Example:
        >>> import numpy as np
        >>> values, starts = np.array([1, 2, 3, 2, 3, 4, 5], np.uint32), np.array([0, 3, 7])
        >>> jaccard, containment = set_similarities(values, starts, np.array([0]), np.array([1]))
        >>> jaccard.tolist(), containment.round(3).tolist()
        ([0.4], [0.667])
    """
    sizes = np.diff(starts)
    shared = _shared_of_pairs(values, starts, left, right)
    smaller = np.minimum(sizes[left], sizes[right])
    together = sizes[left] + sizes[right] - shared
    # No pair of empty sets has anything in common.
    return shared / np.maximum(together, 1), shared / np.maximum(smaller, 1)


@kernel(f"int64[::1]({READ_U32}, {READ_I64}, {READ_I64}, {READ_I64})")
def _shared_of_pairs(
    values: NDArray[np.uint32], starts: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    found = np.empty(len(left), np.int64)
    for index in range(len(left)):
        one, other = left[index], right[index]
        found[index] = _shared(
            values[starts[one] : starts[one + 1]], values[starts[other] : starts[other + 1]]
        )
    return found


@kernel(f"int64({READ_U32}, {READ_U32})")
def _shared(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> int:
    a = b = shared = 0
    while a < len(left) and b < len(right):
        x, y = left[a], right[b]
        shared += x == y
        a += x <= y
        b += y <= x
    return shared
