"""Were the near-duplicates near? Some removals or cuts drawn, their texts compared exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.dedup.unit_texts import DOCUMENT, least_shingles
from tamis.report.facts import Precision
from tamis.report.groups import DUPLICATE_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.config import NearDedup
    from tamis.report.steps_texts import Texts

    Read = Callable[[str], DataFrame]

SAMPLE_PAIRS = 200
MAX_CHARS = 200_000  # of a text; the driver holds 400


def near_precision(read: Read, texts: Texts, settings: NearDedup) -> Precision | None:
    """Return how many of some near-duplicates reach the threshold; three jobs, five where parts are compared.

    Drawn by the smallest xxHash64 of what leaves; those with a text over `MAX_CHARS` are left out.

    Input columns:
        removals: doc_id, kept_doc_id (long), reason (string); cuts: also start_char, end_char (int);
        documents, corpus: see `Texts.whole`.
    """
    if settings.unit == DOCUMENT:
        exact = _removal_jaccards(read, texts, settings.ngram)
    else:
        exact = _cut_jaccards(read, texts, settings.unit, settings.ngram)
    if not exact:
        return None
    return Precision(len(exact), sum(jaccard >= settings.threshold for jaccard in exact), min(exact))


def _removal_jaccards(read: Read, texts: Texts, ngram: int) -> list[float]:
    near = read("removals").where(F.col("reason") == DUPLICATE_REASONS[1])
    drawn = near.orderBy(F.xxhash64("doc_id"), "doc_id").limit(SAMPLE_PAIRS)
    pairs = [(row["doc_id"], row["kept_doc_id"]) for row in drawn.collect()]
    found = texts.whole([doc_id for pair in pairs for doc_id in pair], MAX_CHARS)
    both = [(found[a], found[b]) for a, b in pairs if a in found and b in found]
    return [exact_jaccard(one, other, ngram) for one, other in both]


def _cut_jaccards(read: Read, texts: Texts, unit: str, ngram: int) -> list[float]:
    """Compare each part that was cut with what the corpus has of the document that it was cut for."""
    near = read("cuts").where(F.col("reason") == DUPLICATE_REASONS[1])
    drawn = near.orderBy(F.xxhash64("doc_id", "start_char"), "doc_id", "start_char").limit(SAMPLE_PAIRS)
    cuts = drawn.collect()
    before = texts.whole((row["doc_id"] for row in cuts), MAX_CHARS)
    after = texts.whole((row["kept_doc_id"] for row in cuts), MAX_CHARS, "corpus")
    return [
        jaccard
        for row in cuts
        if row["doc_id"] in before and row["kept_doc_id"] in after
        for jaccard in part_jaccards(
            before[row["doc_id"]][row["start_char"] : row["end_char"]], after[row["kept_doc_id"]], unit, ngram
        )
    ]


def part_jaccards(cut: str, kept: str, unit: str, ngram: int) -> list[float]:
    """Return of each part of a cut the Jaccard similarity to the part of a text that resembles it most.

    Parts too short to be compared (`least_shingles`) are left out, on both sides.

    Args:
        cut: What left; neighbours that left for one document are one cut.
        kept: The document that it left for, as it is in the corpus.
        unit: paragraph or sentence.
        ngram: Words of a shingle.
    """
    from tamis.dedup.overlap import set_similarity

    sides = [list(_part_sets(text, unit, ngram)) for text in (cut, kept)]
    return [max((set_similarity(one, other)[0] for other in sides[1]), default=0.0) for one in sides[0]]


def _part_sets(text: str, unit: str, ngram: int) -> Iterable[NDArray[np.uint32]]:
    import pyarrow as pa

    from tamis.dedup.shingles import shingle_sets
    from tamis.dedup.unit_texts import unit_texts

    sets = shingle_sets(unit_texts(pa.array([text]), unit).texts, ngram)
    found = (one.values.to_numpy() for one in sets if one.is_valid)
    return (one for one in found if len(one) >= least_shingles(unit, ngram))


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
