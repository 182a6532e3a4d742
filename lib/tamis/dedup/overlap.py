"""Two sorted sets of shingles -> their exact similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.kernels import READ_U32, kernel

if TYPE_CHECKING:
    import numpy as np
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


@kernel(f"int64({READ_U32}, {READ_U32})")
def _shared(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> int:
    a = b = shared = 0
    while a < len(left) and b < len(right):
        x, y = left[a], right[b]
        shared += x == y
        a += x <= y
        b += y <= x
    return shared
