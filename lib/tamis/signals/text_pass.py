"""Text to the numbers of the families ``length`` and ``gopher_*``, in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.kernels import READ_I64, READ_U8, kernel
from tamis.signals.gopher_quality import write_quality
from tamis.signals.gopher_repetition import new_scratch, write_repetition
from tamis.signals.length import write_length
from tamis.signals.registry import FAMILIES
from tamis.signals.segment import most_words_and_lines, new_segments, segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUALITY = len(FAMILIES["length"])  # the first column of each family
REPETITION = QUALITY + len(FAMILIES["gopher_quality"])
COLUMNS = REPETITION + len(FAMILIES["gopher_repetition"])


@kernel(f"float64[:, ::1]({READ_U8}, {READ_I64}, {READ_U8}, boolean)")
def text_numbers(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], classes: NDArray[np.uint8], repetition: bool
) -> NDArray[np.float64]:
    """Return the signals of each text, NaN where a ratio has nothing to divide by.

    Working memory follows the longest text: about 45 bytes a word, 250 MB for 30 MB of English.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Shape (n + 1,), text ``i`` is ``data[offsets[i]:offsets[i + 1]]``.
        classes: `unicode_tables.char_class()`.
        repetition: Whether the columns of ``gopher_repetition`` are wanted: half of the time.

    Returns:
        Shape (n, COLUMNS).
    """
    count = len(offsets) - 1
    rows = np.full((count, COLUMNS), np.nan)
    words, lines = 0, 0
    for row in range(count):
        text_words, text_lines = most_words_and_lines(data, offsets[row], offsets[row + 1])
        words, lines = max(words, text_words), max(lines, text_lines)
    text = new_segments(words, lines)
    work = new_scratch(words if repetition else 0, lines if repetition else 0)
    for row in range(count):
        segment(data, offsets[row], offsets[row + 1], classes, text)
        write_length(text, rows[row])
        write_quality(text, rows[row, QUALITY:])
        if repetition:
            write_repetition(text, work, rows[row, REPETITION:])
    return rows
