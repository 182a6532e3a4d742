"""Markdown pieces that several extractors write: tables and list items (GitHub Flavored Markdown 4.10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WHITE_SPACE = re.compile(r"\s+")
EMPTY_LINES = re.compile(r"\n{3,}")


def table(rows: Iterable[Sequence[str]]) -> str:
    r"""Return rows as a Markdown table whose head is the first row; empty rows are left out.

    Rows may differ in length: GFM fills short ones, and padding would multiply a sparse sheet.

    Example:
        >>> table([["a", "b"], ["1", "x|y"]])
        '| a | b |\n| --- | --- |\n| 1 | x\\|y |'
    """
    lines: list[str] = []
    for row in rows:
        cells = [cell_text(value) for value in row]
        if not any(cells):
            continue
        lines.append(f"| {' | '.join(cells)} |")
        if len(lines) == 1:
            lines.append(f"|{' --- |' * len(cells)}")
    return "\n".join(lines)


def cell_text(value: str) -> str:
    """Return a value on one line, with its bars escaped."""
    return WHITE_SPACE.sub(" ", value).strip().replace("|", "\\|")


def blocks(parts: Iterable[str]) -> str:
    """Join blocks by one blank line, without the empty ones."""
    return "\n\n".join(stripped for part in parts if (stripped := part.strip("\n")) and not stripped.isspace())
