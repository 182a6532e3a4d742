"""Signatures to candidates and verdicts: bands, their choice, and the similarity of a candidate pair.

A band is ``rows`` places of a signature; two documents are candidates if they agree in all rows of some band,
which a pair of similarity J does with probability 1 - (1 - J**rows)**bands.

Indyk and Motwani, STOC 1998; Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, section 3.4.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.minhash import CHANCE, equal_share_of, similarity_of
from tamis.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACCEPT, GREY, REJECT = 1, 0, -1

CLEAR_ERRORS = 3.0  # standard errors: 1 pair in 700 at the threshold itself is on the wrong side
MIN_PLACES = 64  # with fewer, a standard error is over 0.05 at J = 0.8 and the sets decide

# A pair at the threshold is lost to a clear rejection in 0.13 % of cases; the rest lets a test of 10,000
# planted pairs tell a recall of 0.98 from less (its standard error there is 0.0014).
RECALL_MARGIN = 0.005

MAX_ROWS = 32

# Pairs of documents by similarity, from 0 in steps of 0.05: all pairs of 27,371 technical documents (every
# fourth of a corpus of manuals, API pages and RFCs, 2026-11), by 256 hashes; so they are blurred by 0.03.
REFERENCE_PAIRS = (
    367601113, 5362364, 973993, 281168, 141548, 81445, 43305, 23438, 19134, 15017,
    13768, 8396, 2847, 1684, 1435, 978, 173, 54, 27, 248,
)  # fmt: skip

_SEED, _STEP = np.uint64(0x243F6A8885A308D3), np.uint64(0x9E3779B97F4A7C15)
_MURMUR_1, _MURMUR_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_33 = np.uint64(33)


@dataclass(frozen=True, slots=True)
class BandPlan:
    """How signatures are cut into bands; stored with the index, since batches with other plans never meet.

    Attributes:
        bands: Bands; they take the first ``bands * rows`` places.
        rows: Places in a band.
        num_hashes: k, places of a signature.
        threshold: The similarity from which pairs are wanted.
        recall: The share of pairs at the threshold that was asked for.
    """

    bands: int
    rows: int
    num_hashes: int
    threshold: float
    recall: float


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that a pair of this Jaccard similarity shares a band.

    Example:
        >>> round(collision_probability(0.8, 14, 8), 3), round(collision_probability(0.8, 14, 6), 3)
        (0.924, 0.986)
    """
    return 1.0 - (1.0 - similarity**rows) ** bands


def expected_candidates(bands: int, rows: int) -> float:
    """Return the candidates that bands would find among the documents of `REFERENCE_PAIRS`."""
    width = 1 / len(REFERENCE_PAIRS)
    middles = ((place + 0.5) * width for place in range(len(REFERENCE_PAIRS)))
    return sum(
        count * collision_probability(middle, bands, rows)
        for middle, count in zip(middles, REFERENCE_PAIRS, strict=True)
    )


@functools.cache
def choose_bands(threshold: float, recall: float = 0.98, num_hashes: int = 256) -> BandPlan:
    """Return the bands with the fewest candidates among those that reach the recall at the threshold.

    The recall wanted is raised by `RECALL_MARGIN` (half way to 1 where that is less).

    Args:
        threshold: Jaccard similarity, 0 < threshold <= 1.
        recall: Share of the pairs at the threshold that become candidates, 0 <= recall < 1.
        num_hashes: k.

    Raises:
        ValueError: A number is out of range, or so few hashes cannot reach the recall.

    Example:
        >>> plan = choose_bands(0.8, num_hashes=112)
        >>> plan.bands, plan.rows
        (14, 6)
    """
    if not (0 < threshold <= 1 and 0 <= recall < 1 and num_hashes >= 1):
        raise ValueError(f"no bands for threshold {threshold}, recall {recall}, {num_hashes} hashes")
    wanted = recall + min(RECALL_MARGIN, (1 - recall) / 2)
    plans = [
        BandPlan(bands, rows, num_hashes, threshold, recall)
        for rows in range(1, min(MAX_ROWS, num_hashes) + 1)
        for bands in range(1, num_hashes // rows + 1)
        if collision_probability(threshold, bands, rows) >= wanted
    ]
    if not plans:
        best = collision_probability(threshold, num_hashes, 1)
        raise ValueError(
            f"{num_hashes} hashes reach a recall of {best:.4f} at {threshold}, wanted {wanted:.4f}"
        )
    return min(plans, key=lambda plan: (expected_candidates(plan.bands, plan.rows), plan.bands))


def band_keys(signatures: NDArray[np.uint32], plan: BandPlan) -> NDArray[np.int64]:
    """Return the key of each band of each signature; documents with one (band, key) are candidates.

    Args:
        signatures: Shape (n, k).
        plan: Of these signatures.

    Returns:
        Shape (n, bands). Bands that differ have different keys but for 64-bit collisions.

    Raises:
        ValueError: The signatures are not of the plan's length.
    """
    _check_width(signatures, plan)
    return _keys(np.ascontiguousarray(signatures), plan.bands, plan.rows)


def verify_by_signature(
    left: NDArray[np.uint8], right: NDArray[np.uint8], plan: BandPlan, threshold: float
) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.int32]]:
    """Return what the signatures of candidate pairs say of their similarity.

    A candidate was picked for agreeing in a band, so the share of all places that agree is too high: 0.610
    for J = 0.6 at 23 x 8. Leaving out every shared band errs the other way, since the bands left were picked
    for *not* agreeing: 0.773 for J = 0.8, a whole standard error. But nothing was picked by the places after
    the first shared band, so the share of those is unbiased.

    Args:
        left: Shape (p, k), `minhash.low_bytes`.
        right: Shape (p, k).
        plan: Of these signatures.
        threshold: Jaccard similarity t that a pair must reach.

    Returns:
        verdict: Shape (p,): ACCEPT or REJECT where the estimate is more than three standard errors, 1 in 400
            above sqrt(t (1 - t) / m), above or below t, m being the places it is taken from; else, and
            wherever m < 64 or no band is shared, GREY.
        estimate: Shape (p,): NaN where m = 0.
        bands_shared: Shape (p,).

    Raises:
        ValueError: The signatures are not of the plan's length.
    """
    shared, equal, places = _compared(left, right, plan)
    with np.errstate(invalid="ignore"):
        estimate = similarity_of(equal / places.astype(np.float64))
    share = equal_share_of(threshold)
    deviation = sqrt(share * (1 - share)) / (1 - CHANCE)
    bound = CLEAR_ERRORS * deviation / np.sqrt(np.maximum(places, 1))
    usable = places >= MIN_PLACES
    verdict = np.full(len(shared), GREY, np.int8)
    verdict[usable & (estimate - threshold > bound)] = ACCEPT
    verdict[usable & (estimate - threshold < -bound)] = REJECT
    return verdict, estimate, shared


def _check_width(signatures: NDArray[Any], plan: BandPlan) -> None:
    if signatures.ndim != 2 or signatures.shape[1] != plan.num_hashes:
        raise ValueError(f"signatures of shape {signatures.shape} are not of {plan.num_hashes} hashes")


def _compared(
    left: NDArray[np.uint8], right: NDArray[np.uint8], plan: BandPlan
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    _check_width(left, plan)
    _check_width(right, plan)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} and {len(right)} signatures are not pairs")
    rows = _comparisons(np.ascontiguousarray(left), np.ascontiguousarray(right), plan.bands, plan.rows)
    return rows[0], rows[1], rows[2]


@kernel("int64[:, ::1](Array(uint32, 2, 'C', True), int64, int64)")
def _keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> NDArray[np.int64]:
    keys = np.empty((len(signatures), bands), np.int64)
    for index in range(len(signatures)):
        signature = signatures[index]
        for band in range(bands):
            key = _SEED
            for place in range(band * rows, (band + 1) * rows):
                key = (key ^ signature[place]) * _STEP
                key ^= key >> _33
            key = (key ^ np.uint64(band)) * _MURMUR_1
            key = (key ^ (key >> _33)) * _MURMUR_2
            keys[index, band] = np.int64(key ^ (key >> _33))
    return keys


@kernel("int32[:, ::1](Array(uint8, 2, 'C', True), Array(uint8, 2, 'C', True), int64, int64)")
def _comparisons(
    left: NDArray[np.uint8], right: NDArray[np.uint8], bands: int, rows: int
) -> NDArray[np.int32]:
    """Return three rows: shared bands; equal places after the first of them; places after it."""
    found = np.zeros((3, len(left)), np.int32)
    for index in range(len(left)):
        a, b = left[index], right[index]
        shared, start = 0, len(a)
        for band in range(bands):
            equal = 0
            for place in range(band * rows, (band + 1) * rows):
                equal += a[place] == b[place]
            if equal == rows:
                shared += 1
                start = min(start, (band + 1) * rows)
        same = 0
        for place in range(start, len(a)):
            same += a[place] == b[place]
        found[0, index], found[1, index], found[2, index] = shared, same, len(a) - start
    return found
