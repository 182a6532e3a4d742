"""The family ``length``: how much text there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.kernels import kernel
from tamis.signals.segment import BYTES, CHARS, LINES, PARAGRAPHS, WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tamis.signals.segment import Segments


@kernel()
def write_length(text: Segments, row: NDArray[np.float64]) -> None:
    """Write the family's signals of one segmented text into ``row``, in the registry's order."""
    row[0] = text.totals[CHARS]
    row[1] = text.totals[BYTES]
    row[2] = text.totals[WORDS]
    row[3] = text.totals[LINES]
    row[4] = text.totals[PARAGRAPHS]
