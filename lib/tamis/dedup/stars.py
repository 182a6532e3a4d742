"""The members of one large bucket -> pairs worth verifying, in one pass and bounded memory.

A member is paired with the centres it resembles; one that resembles none becomes a new centre, linked to
the former. Around each centre the first members are paired with one another too, as a small bucket's are.
The pairs never looked at are counted. (One star around the smallest id loses 9 to 23 % of removals.)
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.minhash import equal_share_of
from tamis.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CENTRES = 64  # 16 kB of signatures at k = 256; as many comparisons a member as a small bucket has


class Stars(NamedTuple):
    """What the members of a bucket gave, as places in the bucket.

    Attributes:
        src: Shape (p,), int64: the later member of each pair.
        dst: Shape (p,), int64: the earlier one.
        centres: Shape (c,), int64, ascending.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    centres: NDArray[np.int64]


def signature_stars(
    signatures: NDArray[np.uint8], *, floor: float, max_centres: int = MAX_CENTRES, ring: int = BUCKET_LIMIT
) -> Stars:
    """Return the distinct pairs of a bucket to verify; the order of the members decides who is a centre.

    Args:
        signatures: Shape (n, k), `minhash.low_bytes`.
        floor: Least estimated similarity at which a member resembles a centre: the threshold less three
            standard errors, so that one in 700 pairs at the threshold is missed.
        max_centres: Members that would be one more centre are linked to nothing.
        ring: Members around one centre, itself included, that are paired with one another.

    Example:
        >>> rows = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8]], dtype=np.uint8)
        >>> [places.tolist() for places in signature_stars(rows, floor=0.7)]
        [[1, 2], [0, 0], [0, 2]]
    """
    least = ceil(equal_share_of(floor) * signatures.shape[1] - 1e-9)  # 0.7 * 10 is 7.000000000000001 at times
    pairs, centres = _stars(np.ascontiguousarray(signatures), least, max_centres, ring)
    return Stars(pairs[0], pairs[1], centres)


@kernel("Tuple((int64[:, ::1], int64[::1]))(Array(uint8, 2, 'C', True), int64, int64, int64)")
def _stars(
    signatures: NDArray[np.uint8], least: int, max_centres: int, ring: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    members = len(signatures)
    centres, held = np.empty(max_centres, np.int64), np.empty(max_centres, np.int64)
    rings = np.empty((max_centres, ring), np.int64)
    partner_of = np.full(members, -1, np.int64)  # the last member that each one was paired with
    pairs = np.empty((2, 2 * members + ring), np.int64)
    count = found = 0
    for member in range(members):
        resembles = False
        for place in range(count):
            if not _resembles(signatures[member], signatures[centres[place]], least):
                continue
            resembles = True
            has_room = held[place] < ring
            partners = rings[place, : held[place] if has_room else 1]
            pairs, found = _paired(pairs, found, member, partners, partner_of)
            if has_room:
                rings[place, held[place]] = member
                held[place] += 1
        if resembles or count == max_centres:
            continue
        if count:
            pairs, found = _paired(pairs, found, member, centres[count - 1 : count], partner_of)
        centres[count], rings[count, 0], held[count] = member, member, 1
        count += 1
    return pairs[:, :found].copy(), centres[:count].copy()


@kernel()
def _paired(
    pairs: NDArray[np.int64], found: int, member: int, partners: NDArray[np.int64],
    partner_of: NDArray[np.int64],
) -> tuple[NDArray[np.int64], int]:  # fmt: skip
    """Pair a member with those that it is not paired with yet."""
    if found + len(partners) > pairs.shape[1]:
        pairs = grown(pairs, found, len(partners))
    for partner in partners:
        if partner_of[partner] != member:
            partner_of[partner] = member
            pairs[0, found], pairs[1, found] = member, partner
            found += 1
    return pairs, found


@kernel()
def _resembles(left: NDArray[np.uint8], right: NDArray[np.uint8], least: int) -> bool:
    equal = 0
    for place in range(len(left)):
        equal += left[place] == right[place]
    return equal >= least


@kernel()
def grown(pairs: NDArray[np.int64], found: int, more: int) -> NDArray[np.int64]:
    """Return the first ``found`` columns in an array with room for twice as many as before, and more."""
    wider = np.empty((pairs.shape[0], 2 * pairs.shape[1] + more), np.int64)
    wider[:, :found] = pairs[:, :found]
    return wider
