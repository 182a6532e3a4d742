"""Texts -> the texts of their paragraphs or sentences, for signatures of parts of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.dedup.packed import rows_and_places
from tamis.dedup.segments import UNITS, most_spans, next_span
from tamis.kernels import READ_I64, READ_U8, kernel, utf8_buffers
from tamis.unicode_tables import char_class

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


DOCUMENT = "document"
MIN_WORDS = 20  # of a part: shorter ones, such as headings, resemble each other by chance (DESIGN 5)


class UnitTexts(NamedTuple):
    """The units of n texts, in their order.

    Attributes:
        texts: Shape (m,), ``large_string``.
        rows: Shape (m,), int64: the text that each is of.
        ordinals: Shape (m,), int64: its place in that text, as `spans.span_offsets` counts.
    """

    texts: pa.Array
    rows: NDArray[np.int64]
    ordinals: NDArray[np.int64]


def unit_texts(texts: pa.Array, unit: str) -> UnitTexts:
    r"""Return the texts of all units of all texts.

    Args:
        texts: Shape (n,), ``string`` or ``large_string``; a null has no units.
        unit: ``document``, ``paragraph``, ``line`` or ``sentence`` (`segments`).

    Raises:
        ValueError: No such unit.

    Example:
        >>> import pyarrow as pa
        >>> made = unit_texts(pa.array(["one\ntwo\n\nthree", None, "four"]), "paragraph")
        >>> made.texts.to_pylist(), made.rows.tolist(), made.ordinals.tolist()
        (['one\ntwo', 'three', 'four'], [0, 0, 2], [0, 1, 0])
    """
    import pyarrow as pa

    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}")
    place = UNITS.index(unit)
    data, offsets = utf8_buffers(texts)
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    room = most_spans(data, offsets[0], offsets[-1], place) + len(texts)
    starts = np.zeros(room + 1, np.int64)  # untouched pages take no memory
    copied = np.empty(offsets[-1] - offsets[0], np.uint8)
    counts = _gathered(data, offsets, valid, place, char_class(), starts, copied)
    rows, ordinals = rows_and_places(counts)
    buffers = [None, pa.py_buffer(starts[: len(rows) + 1]), pa.py_buffer(copied)]
    return UnitTexts(pa.Array.from_buffers(pa.large_string(), len(rows), buffers), rows, ordinals)


def least_shingles(unit: str, ngram: int) -> int:
    """Return the distinct shingles that a unit must have to get a signature.

    Example:
        >>> least_shingles("document", 5), least_shingles("paragraph", 5)
        (1, 16)
    """
    return 1 if unit == DOCUMENT else max(1, MIN_WORDS - ngram + 1)


@kernel(
    f"int64[::1]({READ_U8}, {READ_I64}, Array(boolean, 1, 'C', True), int64, {READ_U8},"
    " int64[::1], uint8[::1])"
)
def _gathered(  # noqa: PLR0917 - numba has no keyword-only arguments
    data: NDArray[np.uint8], offsets: NDArray[np.int64], valid: NDArray[np.bool_], unit: int,
    flags: NDArray[np.uint8], starts: NDArray[np.int64], copied: NDArray[np.uint8],
) -> NDArray[np.int64]:  # fmt: skip
    """Copy the units one after the other and write where each begins; return how many each text has."""
    counts = np.zeros(len(valid), np.int64)
    found = filled = 0
    for row in range(len(valid)):
        if not valid[row]:
            continue
        start, stop, at = next_span(data, offsets[row], offsets[row + 1], unit, flags)
        while start >= 0:
            copied[filled : filled + stop - start] = data[start:stop]
            filled += stop - start
            found += 1
            counts[row] += 1
            starts[found] = filled
            start, stop, at = next_span(data, at, offsets[row + 1], unit, flags)
    return counts
