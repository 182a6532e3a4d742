"""The rows of tables in an RTF: where their cells end and which are merged ("Table Definitions")."""

from __future__ import annotations

from tamis.extract.legacy_word_tables import BESIDE, GOES_ON, MAX_COLUMNS, UP_OR_DOWN, Shape

# One cell more than a grid may have is kept of a row that goes on: it is then read as its cells come.
MERGES = {"clmrg": BESIDE, "clvmgf": UP_OR_DOWN, "clvmrg": GOES_ON}


class RowShape:
    """The definition of a row, as it is read; it holds for the rows after it until the next one."""

    def __init__(self) -> None:
        self._edges = [0]
        self._merges: list[int] = []
        self._merge = 0

    def word(self, word: str, number: int) -> None:
        """Take a control word; those of a cell stand before the one that tells its right edge."""
        if word == "trleft":
            self._edges[0] = number
        elif word in MERGES:
            self._merge |= MERGES[word]
        elif word == "cellx" and len(self._merges) <= MAX_COLUMNS:
            self._edges.append(number)
            self._merges.append(self._merge)
            self._merge = 0

    def shape(self) -> Shape:
        """Return it for `TableReader`; an empty one where its edges go back."""
        if self._edges != sorted(self._edges):
            return Shape()
        return Shape(tuple(self._edges), tuple(self._merges))
