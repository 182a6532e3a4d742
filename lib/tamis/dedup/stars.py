"""The members of one large bucket -> pairs worth verifying, in one pass and bounded memory.

A member is paired with the centres it resembles; one that resembles none becomes a new centre, linked to
the former. Around each centre the first members are paired with one another too, as a small bucket's are.
The pairs never looked at are counted. (One star around the smallest id loses 9 to 23 % of removals.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.overlap import set_similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CENTRES = 64  # 64 kB of signatures at k = 256; as many comparisons a member as a small bucket has


class SignatureStars:
    """The stars of one bucket; members come in one fixed order, which decides who is a centre.

    Args:
        num_hashes: k, the length of a signature.
        floor: Least share of equal slots at which a member resembles a centre: the threshold less three
            standard errors, so that one in 700 pairs at the threshold is missed.
        max_centres: Members that would be one more centre are linked to nothing.
        ring: Members around one centre, itself included, that are paired with one another.

    Example:
        >>> stars = SignatureStars(num_hashes=4, floor=0.7)
        >>> a, b = np.array([1, 2, 3, 4], dtype=np.uint32), np.array([5, 6, 7, 8], dtype=np.uint32)
        >>> [stars.add(1, a), stars.add(2, a), stars.add(3, b), stars.pairs_given_up]
        [[], [1], [1], 1]
    """

    def __init__(
        self, *, num_hashes: int, floor: float, max_centres: int = MAX_CENTRES, ring: int = BUCKET_LIMIT
    ) -> None:
        self._centres = np.empty((max_centres, num_hashes), dtype=np.uint32)
        self._rings: list[list[int]] = []
        self._floor = floor
        self._ring = ring
        self._members = 0
        self._pairs = 0

    def add(self, doc_id: int, signature: NDArray[np.uint32]) -> list[int]:
        """Return the earlier members to verify this one against, each once."""
        count = len(self._rings)
        equal = (self._centres[:count] == signature).mean(axis=1)
        near = np.flatnonzero(equal >= self._floor)
        partners = self._attach(doc_id, near) if near.size else self._begin(doc_id, signature)
        self._members += 1
        self._pairs += len(partners)
        return partners

    @property
    def pairs_given_up(self) -> int:
        """Pairs of the bucket that were not proposed, nor will be from this bucket."""
        return self._members * (self._members - 1) // 2 - self._pairs

    def _attach(self, doc_id: int, near: NDArray[np.int64]) -> list[int]:
        partners: dict[int, None] = {}
        for place in near:
            ring = self._rings[place]
            has_room = len(ring) < self._ring
            partners.update(dict.fromkeys(ring if has_room else ring[:1]))
            if has_room:
                ring.append(doc_id)
        return list(partners)

    def _begin(self, doc_id: int, signature: NDArray[np.uint32]) -> list[int]:
        count = len(self._rings)
        if count == len(self._centres):
            return []
        self._centres[count] = signature
        self._rings.append([doc_id])
        return self._rings[count - 1][:1] if count else []


class ShingleStars:
    """Stars whose members come best first, compared exactly: who would leave for whom.

    A document with very many neighbours (a large bucket's centre) may leave; its neighbours then need each
    other's similarity, which nobody measured. In the keeper's order the first becomes a centre, and each
    later one either resembles a centre or becomes one.

    Args:
        threshold: Least jaccard of a pair.
        max_centres: As above.
        max_bytes: Ceiling of all centres' shingles together; later members become no centre.
    """

    def __init__(
        self, *, threshold: float, max_centres: int = MAX_CENTRES, max_bytes: int = 256 << 20
    ) -> None:
        self._threshold = threshold
        self._max_centres = max_centres
        self._room = max_bytes
        self._centres: list[tuple[int, NDArray[np.uint32]]] = []

    def add(self, doc_id: int, shingles: NDArray[np.uint32]) -> list[tuple[int, float]]:
        """Return (doc_id, jaccard) of the centres that this member resembles.

        Args:
            doc_id: The member.
            shingles: Shape (n,), ascending, distinct.
        """
        found = []
        for centre, centre_shingles in self._centres:
            jaccard, _ = set_similarity(shingles, centre_shingles)
            if jaccard >= self._threshold:
                found.append((centre, jaccard))
        if not found and len(self._centres) < self._max_centres and shingles.nbytes <= self._room:
            self._centres.append((doc_id, shingles))
            self._room -= shingles.nbytes
        return found
