"""Band keys -> candidate pairs: the keys go to parts as packed records, and each part is scanned for buckets.

A bucket is the set of documents with one band key. Up to `BUCKET_LIMIT` members: all pairs. Larger ones are
handed on (see `stars`): all pairs of a bucket of 10^6 would be 5 * 10^11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BUCKET_LIMIT = 64  # 2,016 pairs at most, each verified once however many buckets hold it (DESIGN 5.4)

# One band of one document, 19 bytes. As rows of Spark's they cost three times the CPU of the whole scan.
KEY = np.dtype([("band_key", "<i8"), ("doc_id", "<i8"), ("band", "<i2"), ("fresh", "?")])


@dataclass(frozen=True, slots=True)
class BucketRows:
    """What the keys of a part gave.

    Attributes:
        src: Shape (p,), int64: the larger doc_id of each pair of a small bucket, one of the two fresh.
        dst: Shape (p,), int64: the smaller one.
        large: Of dtype `KEY`: the members of buckets over the limit with a fresh one, sorted by key, band and
            doc_id.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    large: NDArray[np.void]


def key_records(
    band_keys: NDArray[np.int64], doc_ids: NDArray[np.int64], bands: NDArray[Any], *, fresh: Any
) -> NDArray[np.void]:
    """Return keys as records of dtype `KEY`; all arguments of one shape, ``fresh`` possibly one value."""
    records = np.empty(len(band_keys), KEY)
    records["band_key"], records["doc_id"] = band_keys, doc_ids
    records["band"], records["fresh"] = bands, fresh
    return records


def parted(records: NDArray[np.void], parts: int) -> Iterator[tuple[int, bytes]]:
    """Yield (part, packed records) for every part that has any; a bucket is always in one part.

    Args:
        records: Of dtype `KEY`.
        parts: Their number; part is band_key modulo it.
    """
    part = records["band_key"].view(np.uint64) % np.uint64(parts)
    order = np.argsort(part, kind="stable")
    bounds = np.searchsorted(part[order], np.arange(parts + 1, dtype=np.uint64))
    for number in np.flatnonzero(np.diff(bounds)):
        yield int(number), records[order[bounds[number] : bounds[number + 1]]].tobytes()


def scan_buckets(records: NDArray[np.void], limit: int = BUCKET_LIMIT) -> BucketRows:
    """Return the pairs of small buckets and the members of large ones.

    Pairs of documents of earlier batches (not fresh) were given when these came, so they are left out.

    Args:
        records: Of dtype `KEY`, in any order; a document repeated in a bucket counts once.
        limit: Most members of a small bucket.

    Example:
        >>> keys = key_records(np.array([7, 7, 8]), np.array([2, 1, 3]), np.zeros(3), fresh=True)
        >>> rows = scan_buckets(keys)
        >>> rows.src.tolist(), rows.dst.tolist(), len(rows.large)
        ([2], [1], 0)
    """
    members = _distinct_sorted(_with_company(records))
    if not len(members):
        return BucketRows(members["doc_id"], members["doc_id"], members)
    is_start = np.append(True, _differs(members, "band_key") | _differs(members, "band"))
    starts = np.flatnonzero(is_start)
    lengths = np.diff(np.append(starts, len(members)))
    is_small = lengths <= limit
    src, dst = _fresh_pairs(members["doc_id"], members["fresh"], starts[is_small], lengths[is_small])
    # A stored bucket that a filter of keys passed for nothing has no fresh member.
    is_large = ~is_small & np.logical_or.reduceat(members["fresh"], starts)
    return BucketRows(src, dst, members[np.repeat(is_large, lengths)])


def _with_company(records: NDArray[np.void]) -> NDArray[np.void]:
    """Leave out keys that occur once, 19 of 20: a sort by one column finds them, the rest takes three."""
    if not len(records):
        return records
    order = np.argsort(records["band_key"])
    keys = records["band_key"][order]
    same = keys[1:] == keys[:-1]
    found: NDArray[np.void] = records[order[np.append(False, same) | np.append(same, False)]]
    return found


def _distinct_sorted(records: NDArray[np.void]) -> NDArray[np.void]:
    """A doc_id that occurs twice in the table would else be paired with itself."""
    rows = records[np.lexsort((records["doc_id"], records["band"], records["band_key"]))]
    is_new = np.logical_or.reduce([_differs(rows, name) for name in ("band_key", "band", "doc_id")])
    found: NDArray[np.void] = rows[np.append(True, is_new)[: len(rows)]]
    return found


def _differs(rows: NDArray[np.void], name: str) -> NDArray[np.bool_]:
    differs: NDArray[np.bool_] = rows[name][1:] != rows[name][:-1]
    return differs


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
