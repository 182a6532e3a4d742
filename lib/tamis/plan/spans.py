"""Spans in a sample of texts: how many there are of each unit, and how many occur once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.dedup.packed import packed_values
from tamis.dedup.spans import span_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray


class SpanCounts(NamedTuple):
    """Spans of the sample, empty ones left out.

    Attributes:
        spans: Their number.
        single: Of them, those that occur once.
        quarter_spans: Spans in every fourth document.
        quarter_single: Of those, the ones that occur once among them.
    """

    spans: int
    single: int
    quarter_spans: int
    quarter_single: int


def count_spans(texts: Sequence[pa.Array], units: Sequence[str]) -> SpanCounts:
    """Return the spans of all units together.

    Args:
        texts: Batches of `large_string`, without nulls.
        units: As the recipe's ``exact_dedup.units``.
    """
    found = np.array([_counted(texts, unit) for unit in units], np.int64)
    return SpanCounts(*(int(value) for value in found.sum(axis=0)))


def _counted(texts: Sequence[pa.Array], unit: str) -> tuple[int, int, int, int]:
    packed = [packed_values(span_keys(batch, unit).keys, "<i8") for batch in texts]
    keys = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in packed)])
    counts = np.concatenate([np.zeros(0, np.int64), *(part[1] for part in packed)])
    document = np.repeat(np.arange(len(counts)), counts)
    is_fourth = document % 4 == 0
    return (*_spans_and_singles(keys), *_spans_and_singles(keys[is_fourth]))


def _spans_and_singles(keys: NDArray[np.int64]) -> tuple[int, int]:
    _, counts = np.unique(keys[keys != 0], return_counts=True)
    return int(counts.sum()), int(np.count_nonzero(counts == 1))
