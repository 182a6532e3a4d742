"""Texts to the keys of their spans: the documents, paragraphs, lines or sentences that occur more than once.

A key is the first 64 bits of the SHA-1 of the span's normalised text (`span_text`), little-endian as CCNet's
NumPy reads them; the check is the next 32. A span of which nothing is left, such as ``---``, has key 0 and
check 0: it is nobody's duplicate. What the units are, `segments` tells.

158 MB/s a core for paragraphs, 274 for documents (2.6 GHz Zen 4, ``benchmarks/signature.py``, 2026-11);
the rule in Python reaches 9 to 14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.dedup.packed import packed_rows
from tamis.dedup.segments import UNITS, most_spans, next_span
from tamis.dedup.sha1 import BLOCK_BYTES, PADDING_BYTES, sha1_begin, sha1_blocks, sha1_finish, swapped
from tamis.dedup.span_text import MAX_GROWTH, span_forms, trim_span, write_span_text
from tamis.kernels import READ_I64, READ_U8, kernel, utf8_buffers, validity
from tamis.unicode_tables import char_class, count_chars

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_PIECE_BYTES = 1 << 14  # of a long span that are normalised before they are hashed
_READ_I32 = "Array(int32, 1, 'C', True)"


class SpanKeys(NamedTuple):
    """The spans of n texts; element i of a row is span i of `span_offsets`.

    Attributes:
        keys: Shape (n,), ``large_binary`` of packed int64, little-endian; null for a null text.
        checks: Shape (n,), ``large_binary`` of packed int32, little-endian; null for a null text.
    """

    keys: pa.Array
    checks: pa.Array


def span_keys(texts: pa.Array, unit: str) -> SpanKeys:
    r"""Return the keys of the spans of each text.

    Args:
        texts: Shape (n,), ``string`` or ``large_string``, nulls allowed.
        unit: ``document``, ``paragraph``, ``line`` or ``sentence``.

    Raises:
        ValueError: No such unit.

    Example:
        >>> import pyarrow as pa
        >>> made = span_keys(pa.array(["One!\n\nTwo\n\n---", "two."]), "paragraph")
        >>> first, second = (np.frombuffer(row, "<i8").tolist() for row in made.keys.to_pylist())
        >>> len(first), first[1] == second[0], first[2]
        (3, True, 0)
    """
    data, offsets = utf8_buffers(texts)
    counts = np.zeros(len(texts), np.int64)
    room = most_spans(data, offsets[0], offsets[-1], _unit_place(unit)) + len(texts)
    keys, checks = np.empty(room, np.int64), np.empty(room, np.int32)  # untouched pages take no memory
    _fill_keys(data, offsets, _unit_place(unit), char_class(), *span_forms(), keys, checks, counts)
    valid = validity(texts)
    used = int(counts.sum())
    return SpanKeys(packed_rows(keys[:used], counts, valid), packed_rows(checks[:used], counts, valid))


def span_offsets(text: str, unit: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    r"""Return where the spans of a text lie.

    Args:
        text: Of one document.
        unit: As in `span_keys`.

    Returns:
        The first code point of each span and the one past its last, both of shape (spans,), ascending.

    Raises:
        ValueError: No such unit.

    Example:
        >>> starts, ends = span_offsets("eins\nzwei\n\n\ndrei\n", "paragraph")
        >>> starts.tolist(), ends.tolist()
        ([0, 12], [9, 16])
    """
    data = np.frombuffer(text.encode(), np.uint8)
    bounds = _char_bounds(data, _unit_place(unit), char_class())
    return bounds[:, 0].copy(), bounds[:, 1].copy()


def _unit_place(unit: str) -> int:
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}")
    return UNITS.index(unit)


@kernel(
    f"void({READ_U8}, {READ_I64}, int64, {READ_U8}, {_READ_I32}, {_READ_I32},"
    " int64[::1], int32[::1], int64[::1])"
)
def _fill_keys(  # noqa: PLR0917 - numba has no keyword-only arguments
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    unit: int,
    flags: NDArray[np.uint8],
    forms: NDArray[np.int32],
    lists: NDArray[np.int32],
    keys: NDArray[np.int64],
    checks: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    scratch = np.empty(BLOCK_BYTES + _PIECE_BYTES * MAX_GROWTH + PADDING_BYTES, np.uint8)
    scratch_words, words, state = scratch.view(np.uint32), np.empty(80, np.uint32), np.empty(5, np.uint32)
    total = 0
    for row in range(len(counts)):
        first = total
        end = offsets[row + 1]
        start, stop, at = next_span(data, offsets[row], end, unit, flags)
        while start >= 0:
            _hash_span(data, start, stop, flags, forms, lists, scratch, scratch_words, words, state)
            keys[total] = np.int64(
                np.uint64(swapped(state[1])) << np.uint64(32) | np.uint64(swapped(state[0]))
            )
            checks[total] = np.int32(swapped(state[2]))
            total += 1
            start, stop, at = next_span(data, at, end, unit, flags)
        counts[row] = total - first


@kernel()
def _hash_span(  # noqa: PLR0917
    data: NDArray[np.uint8],
    at: int,
    end: int,
    flags: NDArray[np.uint8],
    forms: NDArray[np.int32],
    lists: NDArray[np.int32],
    scratch: NDArray[np.uint8],
    scratch_words: NDArray[np.uint32],
    words: NDArray[np.uint32],
    state: NDArray[np.uint32],
) -> None:
    """Set ``state`` to the SHA-1 of a span's normalised text; to 0 if nothing is left of it."""
    at, end = trim_span(data, at, end, forms, flags)
    if at == end:
        state[:] = 0
        return
    sha1_begin(state)
    before = used = 0
    while at < end:
        stop = min(end, at + _PIECE_BYTES)
        while stop < end and data[stop] & 0xC0 == 0x80:  # not inside a code point
            stop -= 1
        used = write_span_text(data, at, stop, forms, lists, scratch, used)
        at = stop
        if at < end:
            whole = used // BLOCK_BYTES
            sha1_blocks(scratch_words, whole, words, state)
            before += whole * BLOCK_BYTES
            used -= whole * BLOCK_BYTES
            for index in range(used):
                scratch[index] = scratch[whole * BLOCK_BYTES + index]
    sha1_finish(scratch, used, before, scratch_words, words, state)


@kernel(f"int64[:, ::1]({READ_U8}, int64, {READ_U8})")
def _char_bounds(data: NDArray[np.uint8], unit: int, flags: NDArray[np.uint8]) -> NDArray[np.int64]:
    bounds = np.empty((most_spans(data, 0, len(data), unit), 2), np.int64)
    total = chars = seen = 0
    start, stop, at = next_span(data, 0, len(data), unit, flags)
    while start >= 0:
        chars += count_chars(data, seen, start)
        bounds[total, 0] = chars
        chars += count_chars(data, start, stop)
        bounds[total, 1] = chars
        seen = stop
        total += 1
        start, stop, at = next_span(data, at, len(data), unit, flags)
    return bounds[:total].copy()
