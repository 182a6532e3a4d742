"""Which stored signatures resemble a text: datasketch's MinHashLSH over the signatures that a run left.

The values are tamis's own (`minhash`), not those of datasketch's permutations: its index asks only which
values are equal, so it works on any signatures that were made alike. Memory is bounded by one batch of rows
and `limit` documents, however large the table is.

Zhu and others, datasketch: https://ekzhu.com/datasketch/lsh.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tamis.dedup.lsh import choose_bands
from tamis.dedup.minhash import byte_matrix, low_bytes, signature_matrix, signatures, similarity_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from datasketch import MinHash
    from numpy.typing import NDArray

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams


class Similar(NamedTuple):
    """One stored document that resembles the text, with the estimate of their Jaccard similarity."""

    jaccard: float
    doc_id: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found.

    Attributes:
        best: At most `limit` documents, the most similar first, then by doc_id.
        found: Documents at or above the threshold, those over the limit too.
        compared: Signatures that were read.
    """

    best: tuple[Similar, ...]
    found: int
    compared: int


def sign_text(text: str, params: MinHashParams) -> NDArray[np.uint8] | None:
    """Return the signature of one text as it is stored, shape (k,); None: it has under ``ngram`` words.

    Args:
        text: Any valid Unicode.
        params: Those of the stored signatures.
    """
    import pyarrow as pa

    made = signatures(pa.array([text], pa.large_string()), params)
    if not made.shingle_count[0].as_py():
        return None
    row: NDArray[np.uint8] = low_bytes(signature_matrix(made.signature, params.num_hashes))[0]
    return row


def find_similar(
    query: NDArray[np.uint8],
    batches: Iterable[pa.RecordBatch],
    *,
    threshold: float,
    recall: float,
    limit: int,
) -> Found:
    """Return the documents whose estimated similarity to the query is at least the threshold.

    The bands are those that find a pair at the threshold with the wanted recall, chosen anew from the k
    values of the signatures: the threshold need not be the one that the index was made for.

    Args:
        query: Shape (k,).
        batches: Columns doc_id (int64) and signature (binary of k bytes, `minhash.low_bytes`).
        threshold: Least estimate, 0 < threshold <= 1. Its standard error is sqrt(J (1 - J) / k), 0.025 at
            0.8 and k = 256.
        recall: Share of the documents at the threshold that the bands find.
        limit: Documents to return at most.

    Raises:
        ValueError: A number is out of its range, or the signatures have another length than the query.
    """
    plan = choose_bands(threshold, recall, len(query))
    best: list[Similar] = []
    found = compared = 0
    for batch in batches:
        matrix = byte_matrix(batch.column("signature"), len(query))
        rows = np.flatnonzero(_shares_band(matrix, query, plan))
        similar = _looked_up(query, matrix[rows], batch.column("doc_id").to_numpy()[rows], plan)
        similar = [item for item in similar if item.jaccard >= threshold]
        best = _best_of_each([*best, *similar])[:limit]
        found += len(similar)
        compared += batch.num_rows
    return Found(tuple(best), found, compared)


def _best_of_each(found: Iterable[Similar]) -> list[Similar]:
    """Return the best of each document, of which several parts may be found, the most similar first."""
    best: dict[int, Similar] = {}
    for item in sorted(found, key=lambda item: (-item.jaccard, item.doc_id)):
        best.setdefault(item.doc_id, item)
    return list(best.values())


def _shares_band(matrix: NDArray[np.uint8], query: NDArray[np.uint8], plan: BandPlan) -> NDArray[np.bool_]:
    """Tell which rows can be in a bucket of the query: the others need not become objects (20 us each)."""
    used = plan.bands * plan.rows
    equal = (matrix[:, :used] == query[:used]).reshape(len(matrix), plan.bands, plan.rows)
    shares: NDArray[np.bool_] = equal.all(axis=2).any(axis=1)
    return shares


def _looked_up(
    query: NDArray[np.uint8], matrix: NDArray[np.uint8], doc_ids: NDArray[np.int64], plan: BandPlan
) -> list[Similar]:
    """Ask a MinHashLSH of these rows for the query; equal signatures are one entry of it."""
    from datasketch import MinHashLSH

    if not len(matrix):
        return []
    distinct, entry = np.unique(matrix, axis=0, return_inverse=True)
    index = MinHashLSH(num_perm=len(query), params=(max(2, plan.bands), plan.rows))  # it refuses a single one
    stored = [as_minhash(row) for row in distinct]
    for place, minhash in enumerate(stored):
        index.insert(place, minhash)
    asked = as_minhash(query)
    jaccard = {place: similarity_of(asked.jaccard(stored[place])) for place in index.query(asked)}
    pairs = zip(entry.ravel().tolist(), doc_ids.tolist(), strict=True)
    return [Similar(jaccard[place], doc_id) for place, doc_id in pairs if place in jaccard]


def as_minhash(signature: NDArray[np.uint8]) -> MinHash:
    """Return a signature as datasketch's object; it can be compared and indexed, not updated.

    Args:
        signature: Shape (k,).
    """
    from datasketch import MinHash

    # Permutations of its own would take longer to draw than all the rest, and are of no use here.
    unused: Any = np.ones((2, len(signature)), np.uint32)
    return MinHash(hashvalues=signature.astype(np.uint32), permutations=unused, scheme="affine32")
