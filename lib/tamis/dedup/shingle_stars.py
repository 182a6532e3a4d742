"""Documents, best first -> who resembles whom of the best, by their exact sets of shingles.

A document with very many neighbours (a large bucket's centre) may leave; its neighbours then need each
other's similarity, which nobody measured. In the keeper's order the first becomes a centre, and each later
one either resembles a centre or becomes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.dedup.stars import MAX_CENTRES, grown
from tamis.kernels import READ_I64, READ_U32, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 256 << 20  # of all centres' shingles together


class Linked(NamedTuple):
    """What members brought.

    Attributes:
        src: Shape (p,), int64: members, by their ids.
        dst: Shape (p,), int64: the centre that each resembles.
        jaccard: Shape (p,), float64: their similarity.
        centres: Shape (c,), int64: the places of the members that became centres.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    centres: NDArray[np.int64]


class ShingleStars:
    """Stars whose members come best first, in one call or several.

    Args:
        threshold: Least jaccard of a pair.
        max_centres: Members that would be one more centre are linked to nothing.
        max_bytes: Ceiling of all centres' shingles together; later members become no centre.
    """

    def __init__(
        self, *, threshold: float, max_centres: int = MAX_CENTRES, max_bytes: int = MAX_BYTES
    ) -> None:
        self._threshold = threshold
        self._max_centres = max_centres
        self._max_values = max_bytes // np.dtype(np.uint32).itemsize
        self._ids, self._last = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._values, self._starts = np.zeros(0, np.uint32), np.zeros(1, np.int64)

    def add(self, ids: NDArray[np.int64], values: NDArray[np.uint32], starts: NDArray[np.int64]) -> Linked:
        """Return the centres that the members resemble, and which of them became one.

        Args:
            ids: Shape (n,), the members; one that repeats the one before it is passed over.
            values: Their shingles one after the other, each member's ascending and distinct.
            starts: Shape (n + 1,): where each begins in ``values``, and where the last one ends.

        Example:
            >>> stars = ShingleStars(threshold=0.6)
            >>> values = np.array([1, 2, 3, 4, 1, 2, 3, 9], np.uint32)
            >>> [column.tolist() for column in stars.add(np.array([7, 8]), values, np.array([0, 4, 8]))]
            [[8], [7], [0.6], [0]]
        """
        held = len(self._ids)
        is_new = np.append(self._last != ids[:1] if len(self._last) else True, ids[1:] != ids[:-1])
        all_ids = np.concatenate([self._ids, ids])
        all_values = np.concatenate([self._values, values[starts[0] : starts[-1]]])
        all_starts = np.concatenate([self._starts, starts[1:] - starts[0] + self._starts[-1]])
        pairs, centres = _linked(
            all_values, all_starts, held, is_new, self._threshold, self._max_centres, self._max_values
        )
        member, centre, shared = pairs
        sizes = np.diff(all_starts)
        self._hold(all_ids, all_values, all_starts, centres)
        self._last = ids[-1:]
        jaccard = shared / (sizes[member] + sizes[centre] - shared)
        return Linked(all_ids[member], all_ids[centre], jaccard, centres[held:] - held)

    def _hold(
        self, ids: NDArray[np.int64], values: NDArray[np.uint32], starts: NDArray[np.int64],
        centres: NDArray[np.int64],
    ) -> None:  # fmt: skip
        if len(centres) == len(self._ids):
            return
        sets = [values[starts[place] : starts[place + 1]] for place in centres.tolist()]
        self._ids, self._values = ids[centres], np.concatenate(sets)
        self._starts = np.append(0, np.cumsum(np.diff(starts)[centres]))


@kernel(
    f"Tuple((int64[:, ::1], int64[::1]))({READ_U32}, {READ_I64}, int64, Array(boolean, 1, 'C', True),"
    " float64, int64, int64)"
)
def _linked(  # noqa: PLR0917 - kernels have no keyword arguments
    values: NDArray[np.uint32], starts: NDArray[np.int64], held: int, is_new: NDArray[np.bool_],
    threshold: float, max_centres: int, max_values: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Return member, centre and shared shingles of each pair, and all centres: first the ``held`` sets."""
    centres = np.empty(max(max_centres, held), np.int64)
    centres[:held] = np.arange(held)
    count, room, found = held, max_values - starts[held], 0
    pairs = np.empty((3, 2 * len(is_new)), np.int64)
    for member in range(held, len(starts) - 1):
        if not is_new[member - held]:
            continue
        own = values[starts[member] : starts[member + 1]]
        before = found
        if found + count > pairs.shape[1]:
            pairs = grown(pairs, found, count)
        for place in range(count):
            centre = centres[place]
            other = values[starts[centre] : starts[centre + 1]]
            # No more can be shared than the smaller set has: most pairs of unlike sizes need no look.
            if min(len(own), len(other)) / max(len(own), len(other)) < threshold:
                continue
            shared = _shared(own, other, threshold)
            if shared > 0 and shared / (len(own) + len(other) - shared) >= threshold:
                pairs[0, found], pairs[1, found], pairs[2, found] = member, centre, shared
                found += 1
        if found == before and count < max_centres and len(own) <= room:
            centres[count] = member
            room -= len(own)
            count += 1
    return pairs[:, :found].copy(), centres[:count].copy()


@kernel()
def _shared(left: NDArray[np.uint32], right: NDArray[np.uint32], threshold: float) -> int:
    """Return how many values two sets share, or 0 once it is known to be too few: most pairs end early."""
    least = int(threshold / (1 + threshold) * (len(left) + len(right))) - 1
    spare_left, spare_right = len(left) - least, len(right) - least  # so many may have no partner
    a = b = shared = 0
    while a < len(left) and b < len(right):
        x, y = left[a], right[b]
        shared += x == y
        a += x <= y
        b += y <= x
        if a - shared > spare_left or b - shared > spare_right:
            return 0
    return shared
