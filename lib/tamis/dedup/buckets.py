"""Band keys -> candidate pairs: the keys go to parts, packed (`parts`), and each part is scanned for buckets.

A bucket is the set of documents with one band key. Up to `BUCKET_LIMIT` members: all pairs. Larger ones are
handed on (see `stars`): all pairs of a bucket of 10^6 would be 5 * 10^11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tamis.kernels import READ_I64, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKET_LIMIT = 64  # 2,016 pairs at most, each verified once however many buckets hold it (DESIGN 5.4)
SLOTS_A_KEY = 4  # bytes; of up to eight: 1 key in 9 to 5 then shares a slot with one that differs


class Keys(NamedTuple):
    """Band keys of documents, a band of one document in each place of four columns.

    Attributes:
        band_key: Shape (n,), int64.
        doc_id: Shape (n,), int64.
        band: Shape (n,), int16.
        fresh: Shape (n,), bool: of a document of the new batch.
    """

    band_key: NDArray[np.int64]
    doc_id: NDArray[np.int64]
    band: NDArray[np.int16]
    fresh: NDArray[np.bool_]

    def at(self, where: Any) -> Keys:
        """Return the keys at an index or a mask."""
        return Keys(*(column[where] for column in self))


KEY_DTYPES = ("<i8", "<i8", "<i2", "?")  # of `Keys`


def new_keys(
    band_key: NDArray[np.int64], doc_id: NDArray[np.int64], band: NDArray[Any], *, fresh: Any
) -> Keys:
    """Return keys of columns of one shape, ``fresh`` possibly one value."""
    return Keys(band_key, doc_id, band.astype(np.int16), np.broadcast_to(fresh, band_key.shape))


@dataclass(frozen=True, slots=True)
class BucketRows:
    """What the keys of a part gave.

    Attributes:
        src: Shape (p,), int64: the larger doc_id of each pair of a small bucket, one of the two fresh.
        dst: Shape (p,), int64: the smaller one.
        large: The members of buckets over the limit with a fresh one, sorted by key, band and doc_id.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    large: Keys


def in_company(keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which keys may occur more than once: all that do, and 1 in 5 of the others, which are 19 of 20.

    It takes 17 ns a key where the sorts that follow take 200.

    Args:
        keys: Shape (n,), uniform.
    """
    slots = 1 << max(10, int(len(keys) * SLOTS_A_KEY).bit_length())
    return _share_slot(np.ascontiguousarray(keys), slots)


def run_starts(*columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows differ from the row before in some column; the first one does.

    Args:
        *columns: Each of shape (n,); n may be 0.
    """
    found = np.ones(len(columns[0]), np.bool_)
    found[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return found


def scan_buckets(keys: Keys, limit: int = BUCKET_LIMIT) -> BucketRows:
    """Return the pairs of small buckets and the members of large ones.

    Pairs of documents of earlier batches (not fresh) were given when these came, so they are left out.

    Args:
        keys: In any order; a document repeated in a bucket counts once.
        limit: Most members of a small bucket.

    Example:
        >>> keys = new_keys(np.array([7, 7, 8]), np.array([2, 1, 3]), np.zeros(3), fresh=True)
        >>> rows = scan_buckets(keys)
        >>> rows.src.tolist(), rows.dst.tolist(), rows.large.doc_id.tolist()
        ([2], [1], [])
    """
    members = _distinct_sorted(keys.at(in_company(keys.band_key)))
    if not len(members.doc_id):
        return BucketRows(members.doc_id, members.doc_id, members)
    starts = np.flatnonzero(run_starts(members.band_key, members.band))
    lengths = np.diff(np.append(starts, len(members.doc_id)))
    is_small = lengths <= limit
    src, dst = _fresh_pairs(members.doc_id, members.fresh, starts[is_small], lengths[is_small])
    # A stored bucket that a filter of keys passed for nothing has no fresh member.
    is_large = ~is_small & np.logical_or.reduceat(members.fresh, starts)
    return BucketRows(src, dst, members.at(np.repeat(is_large, lengths)))


@kernel(f"boolean[::1]({READ_I64}, int64)")
def _share_slot(keys: NDArray[np.int64], slots: int) -> NDArray[np.bool_]:
    """Tell which keys share a slot with another key, equal or not; slots are a power of two."""
    seen = np.zeros(slots, np.uint8)
    mask = slots - 1
    for key in keys:
        slot = (key ^ (key >> 32)) & mask
        seen[slot] = min(seen[slot] + 1, 2)
    found = np.empty(len(keys), np.bool_)
    for index in range(len(keys)):
        key = keys[index]
        found[index] = seen[(key ^ (key >> 32)) & mask] == 2
    return found


def _distinct_sorted(keys: Keys) -> Keys:
    """A doc_id that occurs twice in the table would else be paired with itself."""
    rows = keys.at(np.lexsort((keys.doc_id, keys.band, keys.band_key)))
    return rows.at(run_starts(rows.band_key, rows.band, rows.doc_id))


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
