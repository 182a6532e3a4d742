"""Buckets -> candidate pairs, from band keys that arrive sorted, piece by piece.

A bucket is the set of documents with one band key. Up to `BUCKET_LIMIT` members: all pairs. Larger ones are
handed on (see `stars`): all pairs of a bucket of 10^6 would be 5 * 10^11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKET_LIMIT = 64  # 2,016 pairs at most, each verified once however many buckets hold it (DESIGN 5.4)


@dataclass(frozen=True, slots=True)
class BucketRows:
    """What a piece of the sorted keys gave.

    Attributes:
        src: Shape (p,), int64: the larger doc_id of each pair of a small bucket, one of the two fresh.
        dst: Shape (p,), int64: the smaller one.
        large: Four arrays of one length, band (int32), band_key, doc_id (int64) and fresh (bool): the members
            of buckets over the limit, in the order of the keys.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    large: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]


class BucketScan:
    """Finds the buckets in keys sorted by (band, band_key, doc_id); holds one bucket of `limit` at most.

    Pairs of documents of earlier batches (not fresh) were given when these came, so they are left out.

    Example:
        >>> scan = BucketScan()
        >>> first = scan.feed(np.array([0, 0]), np.array([7, 7]), np.array([1, 2]), np.array([True, False]))
        >>> rows = scan.finish()
        >>> first.src.tolist(), rows.src.tolist(), rows.dst.tolist()
        ([], [2], [1])
    """

    def __init__(self, limit: int = BUCKET_LIMIT) -> None:
        self.limit = limit
        self._held = _columns([], [], [], [])
        self._is_large = False  # the bucket at the end of the last piece has passed the limit

    def feed(
        self,
        band: NDArray[np.int32],
        key: NDArray[np.int64],
        doc: NDArray[np.int64],
        fresh: NDArray[np.bool_],
    ) -> BucketRows:
        """Return the pairs of the buckets that end in this piece; the last one may go on in the next."""
        joined = zip(self._held, _columns(band, key, doc, fresh), strict=True)
        rows = _without_repeats(tuple(np.concatenate(pair) for pair in joined))
        if not rows[0].size:
            return self._found(rows, np.zeros(0, np.int64), np.zeros(0, np.int64))
        starts, lengths = _runs(rows)
        # A bucket known to be large was handed on but for its last row, which tells where it goes on.
        is_large = lengths > self.limit
        is_large[0] |= self._is_large
        handed_on = int(self._is_large)
        self._is_large = bool(is_large[-1])
        keep = starts[-1] if not self._is_large else len(rows[0]) - 1
        self._held = tuple(column[keep:] for column in rows)
        lengths[~is_large & (starts >= starts[-1])] = 1  # not yet complete: no pairs of it
        large = np.repeat(is_large, np.diff(np.append(starts, len(rows[0]))))
        large[:handed_on] = False
        return self._found(rows, starts[~is_large], lengths[~is_large], large)

    def finish(self) -> BucketRows:
        """Return the pairs of the last bucket."""
        rows, done = self._held, self._is_large
        self._held, self._is_large = _columns([], [], [], []), False
        count = len(rows[0])
        if done or count < 2:
            return self._found(rows, np.zeros(0, np.int64), np.zeros(0, np.int64))
        return self._found(rows, np.zeros(1, np.int64), np.array([count]))

    def _found(
        self,
        rows: tuple[NDArray[Any], ...],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        large: NDArray[np.bool_] | None = None,
    ) -> BucketRows:
        band, key, doc, fresh = rows
        src, dst = _fresh_pairs(doc, fresh, starts, lengths)
        picked = np.zeros(len(doc), dtype=bool) if large is None else large
        return BucketRows(src, dst, (band[picked].astype(np.int32), key[picked], doc[picked], fresh[picked]))


def _columns(band: object, key: object, doc: object, fresh: object) -> tuple[NDArray[Any], ...]:
    numbers = (np.asarray(column, dtype=np.int64) for column in (band, key, doc))
    return (*numbers, np.asarray(fresh, dtype=np.bool_))


def _without_repeats(rows: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
    """A doc_id that occurs twice in the table would else be paired with itself."""
    is_repeat = np.logical_and.reduce([column[1:] == column[:-1] for column in rows[:3]])
    if not is_repeat.any():
        return rows
    keep = np.append(True, ~is_repeat)
    return tuple(column[keep] for column in rows)


def _runs(rows: tuple[NDArray[Any], ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    band, key = rows[:2]
    is_start = np.append(True, (band[1:] != band[:-1]) | (key[1:] != key[:-1]))
    starts = np.flatnonzero(is_start)
    return starts, np.diff(np.append(starts, len(band)))


def _fresh_pairs(
    doc: NDArray[np.int64], fresh: NDArray[np.bool_], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs of one length at a time, so that no loop is over buckets: nearly all have one or two members."""
    src, dst = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for length in np.unique(lengths[lengths > 1]):
        smaller, larger = np.triu_indices(length, 1)
        first = starts[lengths == length][:, np.newaxis]
        left, right = (first + larger).ravel(), (first + smaller).ravel()
        is_new = fresh[left] | fresh[right]
        src.append(doc[left[is_new]])
        dst.append(doc[right[is_new]])
    return np.concatenate(src), np.concatenate(dst)
