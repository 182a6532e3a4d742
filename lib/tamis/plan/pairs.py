"""Similar pairs in a sample of documents: how many equal ones, candidates and edges a run would find in it.

The bands are drawn anew from other places of the signatures in each round, and the counts averaged: what a
pair's luck with one set of bands does to a small sample is gone after a few.

A bucket of m documents shows m * share of them in the sample. So the limit on a bucket's size, which decides
how many pairs it proposes, is scaled by the share too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.lsh import ACCEPT, GREY, band_keys, verify_by_signature
from tamis.dedup.minhash import low_bytes, signature_matrix, signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

ROUNDS = 8
PAIRS_AT_A_TIME = 1 << 15  # 8 MB of signatures on either side


@dataclass(frozen=True, slots=True)
class SignedSample:
    """The signatures of a sample.

    Attributes:
        matrix: Shape (n, k).
        shingle_set: Shape (n,); equal for equal sets.
        shingle_count: Shape (n,).
        row: Shape (n,): place of the text among all texts of the sample.
    """

    matrix: NDArray[np.uint32]
    shingle_set: NDArray[np.int64]
    shingle_count: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairCounts:
    """What near-deduplication would count in the sample; means over the rounds.

    Attributes:
        documents: With a signature.
        equal: Documents whose shingle set an earlier one has.
        bucket_rows: Pairs of small buckets, one as often as buckets hold it.
        candidates: Distinct pairs.
        met: Documents in them.
        grey: Candidates that the signatures leave open.
        edges: Candidates that verification would accept.
        in_large: Members of buckets over the limit, once a bucket.
    """

    documents: int
    equal: int
    bucket_rows: float
    candidates: float
    met: float
    grey: float
    edges: float
    in_large: float


def sign_sample(texts: Sequence[pa.Array], params: MinHashParams, least: int = 1) -> SignedSample:
    """Return the signatures of the texts that have one.

    Args:
        texts: Batches of `large_string`.
        params: The recipe's.
        least: Distinct shingles that a text must have.
    """
    parts = [_signed(batch, params, least) for batch in texts]
    starts = np.cumsum([0, *(len(batch) for batch in texts)])
    rows = [part.row + start for part, start in zip(parts, starts, strict=False)]
    empty = SignedSample(
        np.empty((0, params.num_hashes), np.uint32), *(np.empty(0, np.int64) for _ in range(3))
    )
    parts = parts or [empty]
    return SignedSample(
        np.concatenate([part.matrix for part in parts]),
        np.concatenate([part.shingle_set for part in parts]),
        np.concatenate([part.shingle_count for part in parts]),
        np.concatenate(rows or [empty.row]),
    )


def _signed(batch: pa.Array, params: MinHashParams, least: int) -> SignedSample:
    import pyarrow.compute as pc

    made = signatures(batch, params)
    is_signed = pc.greater_equal(made.shingle_count, least)
    return SignedSample(
        signature_matrix(made.signature.filter(is_signed), params.num_hashes).copy(),
        made.shingle_set.filter(is_signed).to_numpy(zero_copy_only=False),
        made.shingle_count.filter(is_signed).to_numpy(zero_copy_only=False).astype(np.int64),
        np.flatnonzero(is_signed.to_numpy(zero_copy_only=False)),
    )


def count_pairs(
    signed: SignedSample, plan: BandPlan, *, share: float, seed: int,
    exact: Callable[[int, int], float] | None = None, rounds: int = ROUNDS,
) -> PairCounts:  # fmt: skip
    """Return what near-deduplication would count in the sample.

    Args:
        signed: The sample.
        plan: The bands, in shape; their places are drawn.
        share: Which part of all documents the sample is, 0 < share <= 1.
        seed: Of the draw.
        exact: Similarity of the shingle sets of two texts, by `SignedSample.row`, for grey pairs; None: the
            estimate decides.
        rounds: Draws.
    """
    _, first = np.unique(signed.shingle_set, return_index=True)
    first.sort()
    distinct = signed.matrix[first]
    random = np.random.default_rng(seed)
    known: dict[tuple[int, int], float] = {}

    def similar(left: int, right: int) -> float:
        if (left, right) not in known and exact is not None:
            known[left, right] = exact(int(signed.row[first[left]]), int(signed.row[first[right]]))
        return known[left, right]

    counts = np.array([
        _one_round(
            np.ascontiguousarray(distinct[:, random.permutation(plan.num_hashes)]), plan,
            _limit(share, (place + 0.5) / rounds), similar if exact is not None else None,
        )
        for place in range(rounds)
    ])  # fmt: skip
    means = (float(value) for value in counts.mean(axis=0))
    return PairCounts(len(signed.matrix), len(signed.matrix) - len(first), *means)


def _limit(share: float, part: float) -> int:
    """Return the bucket's limit in the sample: whole, and on average over the rounds what the share makes."""
    return max(2, int(1 + (BUCKET_LIMIT - 1) * share + part))


def _one_round(
    matrix: NDArray[np.uint32], plan: BandPlan, limit: int, similar: Callable[[int, int], float] | None
) -> tuple[float, ...]:
    """Return `PairCounts` from bucket_rows on, for one draw of bands."""
    rows, (src, dst), in_large = _bucket_pairs(matrix, plan, limit)
    verdict, estimate = _verdicts(low_bytes(matrix), src, dst, plan)
    grey = verdict == GREY
    holds = estimate[grey] >= plan.threshold
    if similar is not None:
        ends = zip(src[grey].tolist(), dst[grey].tolist(), strict=True)
        holds = np.array([similar(*pair) >= plan.threshold for pair in ends], np.bool_)
    edges = np.count_nonzero(verdict == ACCEPT) + np.count_nonzero(holds)
    met = len(np.unique(np.concatenate([src, dst])))
    return rows, len(src), met, int(np.count_nonzero(grey)), int(edges), in_large


def _bucket_pairs(matrix: NDArray[np.uint32], plan: BandPlan, limit: int) -> tuple[int, Pairs, int]:
    """Return pairs with repeats, the distinct ones, and how many members large buckets have."""
    keys = band_keys(matrix, plan).T.ravel()
    doc = np.tile(np.arange(len(matrix)), plan.bands)
    order = np.lexsort((doc, keys))  # keys of two bands differ but for 64-bit collisions
    keys, doc = keys[order], doc[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(keys)))
    found = [np.zeros(0, np.int64)]
    for length in np.unique(lengths[(lengths > 1) & (lengths <= limit)]):
        smaller, larger = np.triu_indices(length, 1)
        first = starts[lengths == length][:, np.newaxis]
        found.append((doc[first + larger] << np.int64(32) | doc[first + smaller]).ravel())
    rows = np.concatenate(found)
    pairs = np.unique(rows)
    in_large = int(lengths[lengths > limit].sum())
    return len(rows), (pairs >> np.int64(32), pairs & np.int64(0xFFFFFFFF)), in_large


def _verdicts(
    matrix: NDArray[np.uint8], src: NDArray[np.int64], dst: NDArray[np.int64], plan: BandPlan
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    verdict, estimate = [np.zeros(0, np.int8)], [np.zeros(0)]
    for start in range(0, len(src), PAIRS_AT_A_TIME):
        part = slice(start, start + PAIRS_AT_A_TIME)
        found = verify_by_signature(matrix[src[part]], matrix[dst[part]], plan, plan.threshold)
        verdict.append(found[0])
        estimate.append(found[1])
    return np.concatenate(verdict), np.concatenate(estimate)
