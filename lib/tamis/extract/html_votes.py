"""Which blocks of a page an engine chose, told by its plain text.

Engines rewrite the tree, so their choice is mapped back by text: letters and digits alone are compared, which
white space, marks and punctuation cannot upset.
"""

from __future__ import annotations

import re

NOT_LETTERS = re.compile(r"[\W_]+")
SHORT, LONG, PIECE = 15, 80, 20  # letters; fitted with the weights of `html_choice`
# Substring searches cost blocks times text: beyond this product (some seconds) whole lines alone count.
MAX_SEARCHED = 4_000_000_000


def letters(text: str) -> str:
    r"""Return the letters and digits of a text, line by line.

    Example:
        >>> letters("**To** be,\nor_not.")
        'Tobe\nornot'
    """
    return "\n".join(NOT_LETTERS.sub("", line) for line in text.split("\n"))


class Chosen:
    """An engine's text, to be asked how much of a block is in it."""

    def __init__(self, text: str, blocks: int = 1) -> None:
        lines = text.split("\n")
        keys = [NOT_LETTERS.sub("", line) for line in lines]
        cells = (NOT_LETTERS.sub("", cell) for line in lines if "|" in line for cell in line.split("|"))
        self._lines = {*keys, *cells}
        self._joined = "\n".join(keys)
        self._flat = "".join(keys)
        self._searched = len(self._flat) * blocks <= MAX_SEARCHED

    def share(self, key: str) -> float:
        """Return the share of a block that the engine kept; its lines weigh by their length.

        Args:
            key: The ``letters`` of the block.
        """
        lines = [line for line in key.split("\n") if line]
        total = sum(map(len, lines))
        return sum(self._line_share(line) * len(line) for line in lines) / total if total else 0.0

    def _line_share(self, line: str) -> float:
        if line in self._lines:
            return 1.0
        if not self._searched:
            return 0.0
        if len(line) < LONG:
            return self._short_share(line)
        if line in self._flat:
            return 1.0
        pieces = [line[start : start + PIECE] for start in range(0, len(line) - PIECE + 1, PIECE)]
        found = sum(piece in self._flat for piece in pieces) / len(pieces)
        return found if found > 0.6 else found / 2

    def _short_share(self, line: str) -> float:
        """A heading may also be words of a paragraph: it counts fully only at an end of a line."""
        if len(line) >= SHORT and (f"\n{line}" in self._joined or f"{line}\n" in self._joined):
            return 1.0
        if line not in self._flat:
            return 0.0
        return 0.3 if len(line) < PIECE else 0.4
