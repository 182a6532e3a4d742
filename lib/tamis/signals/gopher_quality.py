"""The family ``gopher_quality``: does it read like prose?

Rae et al. 2021, arXiv 2112.11446, appendix A.1.1, *Quality filtering*; the paper's word counts are in the
family ``length``. The paper defines neither word nor line: ours are in `segment`.

Where datatrove 0.10 differs: its words are spaCy's tokens, so punctuation is a word of its own, which its
word count and mean word length leave out; its lines include blank ones; only ``-`` and the bullet sign are
bullets; stop words are found in lower case only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.kernels import kernel
from tamis.signals.segment import (
    ALPHA_WORDS,
    BULLET_LINES,
    ELLIPSES,
    ELLIPSIS_LINES,
    HASHES,
    LINES,
    STOP_WORDS,
    WORD_CHARS,
    WORDS,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamis.signals.segment import Segments


@kernel()
def ratio(part: int, whole: int) -> float:
    """Return part / whole; NaN, which the table holds as null, where there is nothing to divide by."""
    return part / whole if whole > 0 else np.nan


@kernel()
def bits_set(number: int) -> int:
    """Return the number of ones among a number's bits."""
    count = 0
    while number:
        number &= number - 1
        count += 1
    return count


@kernel()
def write_quality(text: Segments, row: NDArray[np.float64]) -> None:
    """Write the family's signals of one segmented text into ``row``, in the registry's order."""
    totals = text.totals
    words, lines = totals[WORDS], totals[LINES]
    row[0] = ratio(totals[WORD_CHARS], words)
    row[1] = ratio(max(totals[HASHES], totals[ELLIPSES]), words)
    row[2] = ratio(totals[BULLET_LINES], lines)
    row[3] = ratio(totals[ELLIPSIS_LINES], lines)
    row[4] = ratio(totals[ALPHA_WORDS], words)
    row[5] = bits_set(totals[STOP_WORDS])
