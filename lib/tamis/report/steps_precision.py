"""Were the near-duplicates near? Some removals drawn, their texts compared exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.report.facts import Precision
from tamis.report.groups import DUPLICATE_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from tamis.report.steps_texts import Texts

    Read = Callable[[str], DataFrame]

SAMPLE_PAIRS = 200
MAX_CHARS = 200_000  # of a text; the driver holds 400


def near_precision(read: Read, texts: Texts, *, threshold: float, ngram: int) -> Precision | None:
    """Return how many of some near-duplicates reach the threshold; three jobs.

    Drawn by the smallest xxHash64 of the doc_id that leaves; pairs with a text over `MAX_CHARS` are left out.

    Input columns:
        removals: doc_id, kept_doc_id (long), reason (string); documents: see `Texts.whole`.
    """
    near = read("removals").where(F.col("reason") == DUPLICATE_REASONS[1])
    drawn = near.orderBy(F.xxhash64("doc_id"), "doc_id").limit(SAMPLE_PAIRS)
    pairs = [(row["doc_id"], row["kept_doc_id"]) for row in drawn.collect()]
    found = texts.whole([doc_id for pair in pairs for doc_id in pair], MAX_CHARS)
    both = [(found[a], found[b]) for a, b in pairs if a in found and b in found]
    if not both:
        return None
    exact = [exact_jaccard(one, other, ngram) for one, other in both]
    return Precision(len(exact), sum(jaccard >= threshold for jaccard in exact), min(exact))


def exact_jaccard(one: str, other: str, ngram: int) -> float:
    """Return the Jaccard similarity of two texts' shingle sets.

    Example:
        >>> exact_jaccard("a b c d e f", "a b c d e g", 5)
        0.3333333333333333
    """
    import pyarrow as pa

    from tamis.dedup.overlap import set_similarity
    from tamis.dedup.shingles import shingle_sets

    sets = shingle_sets(pa.array([one, other]), ngram)
    return set_similarity(*(side.values.to_numpy() for side in sets))[0]
