"""Documents' token ids -> rows of one length: all ids in one stream, cut every ``sequence_length`` tokens.

Each document ends in its end-of-text id and the next begins behind it, in the same row or the next (as
GPT-2 and its successors are trained). Nothing is padded and nothing dropped: the last row of a file is as
short as what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Packer:
    """Collects token ids and gives them back in groups of whole rows.

    Groups depend on the stream only, not on how it came in, so that files made of them are the same every
    time.

    Args:
        sequence_length: Tokens a row.
        group_rows: Rows a group.

    Example:
        >>> packer = Packer(sequence_length=2, group_rows=2)
        >>> [group.tolist() for group in packer.add(np.arange(5))], packer.rest().tolist()
        ([[0, 1, 2, 3]], [4])
    """

    def __init__(self, sequence_length: int, group_rows: int) -> None:
        self._group = np.empty(sequence_length * group_rows, dtype=np.int32)
        self._filled = 0

    def add(self, ids: NDArray[Any]) -> Iterator[NDArray[np.int32]]:
        """Yield each group that these ids fill; valid until the next.

        Args:
            ids: Shape (n,).

        Yields:
            Shape (sequence_length * group_rows,).
        """
        taken = 0
        while taken < len(ids):
            count = min(len(ids) - taken, len(self._group) - self._filled)
            self._group[self._filled : self._filled + count] = ids[taken : taken + count]
            self._filled += count
            taken += count
            if self._filled == len(self._group):
                yield self._group
                self._filled = 0

    def rest(self) -> NDArray[np.int32]:
        """Return what fills no group, shape (n,)."""
        return self._group[: self._filled]


def row_offsets(token_count: int, sequence_length: int) -> NDArray[np.int32]:
    """Return where rows begin in a stream of tokens, and its end.

    Returns:
        Shape (rows + 1,); ``[0]`` for an empty stream.

    Example:
        >>> row_offsets(5, 2).tolist()
        [0, 2, 4, 5]
    """
    starts = np.arange(0, token_count, sequence_length, dtype=np.int32)
    return np.append(starts, np.int32(token_count))
