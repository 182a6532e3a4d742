"""Near-deduplication by the pure kernels, as the Spark steps do it, and how clusters are scored."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from math import comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.components import connected_components
from tamis.dedup.leaving import leavers, quotient
from tamis.dedup.lsh import ACCEPT, GREY, band_keys, choose_bands, verify_by_signature
from tamis.dedup.minhash import MinHashParams, low_bytes, signature_matrix, signatures
from tamis.dedup.overlap import set_similarity
from tamis.dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    Pair = tuple[int, int]


class Found(NamedTuple):
    """What near-deduplication finds; a document is named by its place in the list of texts.

    Attributes:
        edges: {(larger, smaller): jaccard} of representatives, verified.
        group: {member: representative} of documents with equal shingle sets.
    """

    edges: dict[Pair, float]
    group: dict[int, int]

    def joins(self, a: int, b: int) -> bool:
        """Tell whether two documents are one signature or joined by an edge."""
        ends = {self.group.get(a, a), self.group.get(b, b)}
        return len(ends) == 1 or (max(ends), min(ends)) in self.edges


class Scores(NamedTuple):
    precision: float
    recall: float
    f1: float
    ari: float


def find(texts: Sequence[str], threshold: float = 0.8) -> Found:
    """Return the edges of texts of which none has more than 64 in one bucket."""
    params, plan = MinHashParams(), choose_bands(threshold)
    made = signatures(pa.array(texts, pa.large_string()), params)
    signed = np.flatnonzero(made.signature.is_valid().to_numpy(zero_copy_only=False))
    matrix = signature_matrix(made.signature.drop_null(), params.num_hashes)
    first: dict[Hashable, int] = {}
    group = {}
    for row, doc in enumerate(signed.tolist()):
        same = first.setdefault((made.shingle_set[doc].as_py(), matrix[row].tobytes()), doc)
        if same != doc:
            group[doc] = same
    alone = ~np.isin(signed, list(group))
    row_of = dict(zip(signed.tolist(), range(len(signed)), strict=True))
    src, dst = candidates(signed[alone], band_keys(matrix[alone], plan))
    stored = low_bytes(matrix)
    left, right = (stored[[row_of[doc] for doc in side.tolist()]] for side in (src, dst))
    verdict, estimate, _ = verify_by_signature(left, right, plan, threshold)
    is_grey = verdict == GREY
    jaccard = estimate.copy()
    jaccard[is_grey] = similarities(texts, src[is_grey], dst[is_grey])
    holds = (verdict == ACCEPT) | (is_grey & (jaccard >= threshold))
    columns = (src[holds].tolist(), dst[holds].tolist(), jaccard[holds].tolist())
    return Found({(a, b): j for a, b, j in zip(*columns, strict=True)}, group)


def candidates(docs, keys):
    """Return the distinct pairs of documents that share a bucket, the larger first."""
    buckets = defaultdict(list)
    for doc, row in zip(docs.tolist(), keys.tolist(), strict=True):
        for place in enumerate(row):
            buckets[place].append(doc)
    assert max(map(len, buckets.values())) <= BUCKET_LIMIT, "such a bucket gives stars, not all pairs"
    pairs = {(b, a) for bucket in buckets.values() for a, b in itertools.combinations(bucket, 2)}
    return columns_of(sorted(pairs))


def similarities(texts, src, dst):
    """Return the exact similarity of pairs."""
    docs = np.unique(np.concatenate([src, dst]))
    sets = shingle_sets(pa.array([texts[doc] for doc in docs.tolist()], pa.large_string()))
    by_doc = {doc: values.values.to_numpy() for doc, values in zip(docs.tolist(), sets, strict=True)}
    return [set_similarity(by_doc[a], by_doc[b])[0] for a, b in zip(src.tolist(), dst.tolist(), strict=True)]


def removals(texts: Sequence[str], found: Found, mode: str = "direct") -> dict[int, int]:
    """Return {document that leaves: the one that stays}; of two the longer stays, then the earlier."""
    linked = {doc for pair in (*found.edges, *found.group.items()) for doc in pair}
    ordered = np.array(sorted(linked, key=lambda doc: (-len(texts[doc]), doc)), np.int64)
    graph = quotient(ordered, *columns_of(found.group.items()))
    left = leavers(
        graph, *columns_of(found.edges), np.array(list(found.edges.values()), np.float64), mode=mode
    )
    return dict(zip(left.doc_id.tolist(), left.kept_doc_id.tolist(), strict=True))


def columns_of(pairs: Iterable[Pair]):
    """Return the two ends of pairs as arrays."""
    return np.array(list(pairs), np.int64).reshape(-1, 2).T.copy()


def clusters(count: int, pairs: Iterable[Pair]) -> list[int]:
    """Return for each of so many documents the smallest one of its connected component."""
    everyone = [(doc, doc) for doc in range(count)]
    _, components = connected_components(*columns_of([*everyone, *pairs]))
    return components.tolist()


def score(found: Sequence[Hashable], truth: Sequence[Hashable]) -> Scores:
    """Return how well clusters fit the true ones, by pairs of documents in one cluster.

    The adjusted Rand index is that of Hubert and Arabie, "Comparing partitions", Journal of Classification 2
    (1985), equation 5.
    """
    both, ours, theirs = (
        sum(comb(size, 2) for size in Counter(labels).values())
        for labels in (zip(found, truth, strict=True), found, truth)
    )
    precision, recall = both / ours if ours else 1.0, both / theirs if theirs else 1.0
    by_chance, largest = ours * theirs / comb(len(found), 2), (ours + theirs) / 2
    ari = 1.0 if largest == by_chance else (both - by_chance) / (largest - by_chance)
    f1 = both / largest if largest else 1.0
    return Scores(precision, recall, f1, ari)


def members(labels: Sequence[Hashable]) -> list[Pair]:
    """Return the pairs of documents in one cluster, the larger first."""
    by_label = defaultdict(list)
    for doc, label in enumerate(labels):
        by_label[label].append(doc)
    return [(b, a) for docs in by_label.values() for a, b in itertools.combinations(docs, 2)]
