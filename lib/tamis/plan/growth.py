"""From the counts of a sample to those of all documents: which number grows how.

1. The sample is a share f of what is listed, drawn at random: a document of it stands for 1/f documents, and
   a pair for 1/f**2, since both its ends must have been drawn. That holds for pairs of any kind, and so a
   corpus that was sampled needs no assumption. Documents with an equal set follow Fisher's logarithmic
   series (Fisher, Corbet and Williams, J. Animal Ecology 12, 1943): of N documents a ln(1 + N/a) sets differ,
   and a is the same for the sample and for all.
2. For more than is listed (``--bytes``), and where a document of the sample stands for more than `REACH`, the
   pairs of the sample say too little: a single one would stand for millions. From there on the share of
   documents with a partner is taken to stay: edges and equal sets grow linearly. Candidates that are no
   edges, pairs that share a template or a phrase, grow with the square until their buckets, of two members
   at first, pass the limit of 64, and linearly from then on: a member of a larger one is compared with a few.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log1p, sqrt
from typing import TYPE_CHECKING

from tamis.dedup.buckets import BUCKET_LIMIT

if TYPE_CHECKING:
    from tamis.plan.pairs import PairCounts
    from tamis.plan.spans import SpanCounts

REACH = 256.0
SATURATION = BUCKET_LIMIT / 2
MET_POWER = 0.43


@dataclass(frozen=True, slots=True)
class NearSize:
    """What near-deduplication of all documents is expected to count.

    Attributes:
        signatures: Documents with a signature.
        equal: Documents whose shingle set an earlier one has.
        bucket_rows: Pairs of small buckets, with repeats.
        candidates: Pairs to verify.
        met: Documents in them.
        grey: Of them, those that need the exact sets.
        edges: Verified pairs, and one for each equal document.
        edges_low: Two standard errors below, by the number of edges that the sample holds.
        edges_high: Two above.
        in_large: Members of buckets over the limit, once a bucket.
    """

    signatures: float
    equal: float
    bucket_rows: float
    candidates: float
    met: float
    grey: float
    edges: float
    edges_low: float
    edges_high: float
    in_large: float


def near_size(counts: PairCounts, documents: float, bands: int, *, share: float) -> NearSize:
    """Return what a run over so many documents would count.

    Args:
        counts: Of the sample.
        documents: With a signature, of all.
        bands: Of the index.
        share: Which part of the listed documents the sample is.
    """
    factor = documents / counts.documents if counts.documents else 1.0
    drawn = min(1 / share, REACH)
    beyond = factor / drawn
    background = max(0.0, counts.candidates - counts.edges)
    linear = drawn**2 * beyond
    square = linear * max(1.0, min(beyond, SATURATION))
    most = documents * bands * (BUCKET_LIMIT - 1) / 2
    of_candidates = background * square + counts.edges * linear + counts.in_large * factor
    candidates = min(of_candidates, most)
    growth = candidates / counts.candidates if counts.candidates else 0.0
    equal = equal_documents(counts.documents, counts.equal, drawn) * beyond
    edges = min(counts.edges * linear, candidates)
    spread = 2 / sqrt(max(1.0, counts.edges + counts.equal))
    return NearSize(
        signatures=documents, equal=equal, bucket_rows=min(counts.bucket_rows * growth, most),
        candidates=candidates, met=documents_met(counts, drawn, factor, candidates),
        grey=counts.grey * growth,
        edges=edges + equal, edges_low=max(0.0, 1 - spread) * (edges + equal),
        edges_high=(1 + spread) * (edges + equal), in_large=counts.in_large * factor,
    )  # fmt: skip


def documents_met(counts: PairCounts, drawn: float, factor: float, candidates: float) -> float:
    """Return how many documents have a candidate.

    The share that has one grows with a power of the documents, since a document in a family meets more of it:
    0.43 from 1/64 to all of 109,482 technical documents (2.2 %, 4.7 %, 8.6 % and 15.5 %; 2026-11).
    """
    return min(counts.met * factor * drawn**MET_POWER, counts.documents * factor, 2 * candidates)


def equal_documents(documents: int, equal: int, factor: float) -> float:
    """Return how many of ``factor`` times the documents repeat a set, by the logarithmic series.

    Example:
        >>> round(equal_documents(6842, 10, 1)), round(equal_documents(6842, 10, 16))
        (10, 2488)
    """
    if not equal:
        return 0.0
    alpha = _alpha(documents, documents - equal)
    total = documents * factor
    return total - alpha * log1p(total / alpha)


def _alpha(documents: int, distinct: int) -> float:
    """Solve distinct = a ln(1 + documents / a): the right side grows with a, so halving finds it."""
    low, high = 1e-9, 1e15
    while high / low > 1 + 1e-9:
        middle = sqrt(low * high)
        if middle * log1p(documents / middle) < distinct:
            low = middle
        else:
            high = middle
    return low


def repeated_spans(counts: SpanCounts, factor: float) -> float:
    """Return how many of ``factor`` times the spans occur more than once.

    The share that occurs once falls with the number of spans by a power, as vocabularies do (Heaps,
    *Information Retrieval*, 1978); the power is that between a quarter of the sample and all of it. The
    series of `equal_documents` would tell twice as many: most paragraphs are never repeated.

    Args:
        counts: Of the sample.
        factor: How many times more spans there are in all.

    Example:
        >>> from tamis.plan.spans import SpanCounts
        >>> round(repeated_spans(SpanCounts(400, 200, 100, 60), 1))
        200
        >>> round(repeated_spans(SpanCounts(400, 200, 100, 60), 4))
        933
    """
    if not counts.single:
        return counts.spans * factor
    if not counts.quarter_single or counts.quarter_spans == counts.spans:  # a handful of documents
        return (counts.spans - counts.single) * factor
    once, once_before = counts.single / counts.spans, counts.quarter_single / counts.quarter_spans
    power = max(0.0, log(once_before / once) / log(counts.spans / counts.quarter_spans))
    return counts.spans * factor * (1 - once * factor**-power)
