"""Markdown pieces that several extractors write: tables and list items (GitHub Flavored Markdown 4.10)."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WHITE_SPACE = re.compile(r"\s+")
MAX_REPEATED_CHARS = 200  # a longer text in a merged cell stands once: it is a paragraph, not a heading
ADJACENT_ITEMS = re.compile(r"(?m)^([ ]*(?:-|\d+[.)]) .*)\n\n(?=[ ]*(?:-|\d+[.)]) )")


def table(rows: Iterable[Sequence[str]]) -> str:
    r"""Return rows as a Markdown table whose head is the first row; empty rows are left out.

    Rows may differ in length: the head is filled up to the longest, since GFM ignores cells beyond it;
    shorter rows are left short, since filling them would multiply a sparse sheet.

    Example:
        >>> table([["a", "b"], ["1", "x|y", "z"]])
        '| a | b |  |\n| --- | --- | --- |\n| 1 | x\\|y | z |'
    """
    filled = [cells for row in rows if any(cells := [cell_text(value) for value in row])]
    if not filled:
        return ""
    width = max(map(len, filled))
    head = _row([*filled[0], *[""] * (width - len(filled[0]))])
    return "\n".join([head, f"|{' --- |' * width}", *map(_row, filled[1:])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell_text(value: str) -> str:
    """Return a value on one line, with its bars escaped."""
    return WHITE_SPACE.sub(" ", value).strip().replace("|", "\\|")


class Repeated(str):
    """The text of a merged cell in its second and further places."""

    __slots__ = ()


def repeated(value: str) -> Repeated:
    """Return what the further places of a merged cell hold: its text, so that each row can be read alone."""
    return Repeated(value if len(value) <= MAX_REPEATED_CHARS else "")


def merged_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with merged cells as a table."""
    return table(without_banners(rows, max(map(len, rows), default=0)))


def flat_rows(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows of a table that stands in a cell: Markdown has no place for a table there."""
    return "\n".join(" ".join(value for value in row if value) for row in rows)


def without_banners(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """Return rows in which a merged cell as wide as the table, such as a section's title, stands once."""
    return [row[:1] if 1 < len(row) == width and _is_banner(row) else row for row in rows]


def _is_banner(row: Sequence[str]) -> bool:
    return all(isinstance(value, Repeated) for value in row[1:]) and len(set(row)) == 1


def blocks(parts: Iterable[str]) -> str:
    """Join blocks by one blank line, without the empty ones."""
    return "\n\n".join(
        stripped for part in parts if (stripped := part.strip("\n")) and not stripped.isspace()
    )


def joined_lists(parts: Iterable[str]) -> str:
    """Join blocks by blank lines, list items that follow each other by one line end."""
    return ADJACENT_ITEMS.sub(r"\1\n", blocks(parts))


def listed(lines: Iterable[tuple[str, int, str]]) -> str:
    r"""Return the paragraphs of a frame, each with its marker ("" where it is no item) and its level from 0.

    Example:
        >>> listed([("", 0, "Fruit:"), ("- ", 0, "apple"), ("- ", 1, "red")])
        'Fruit:\n\n- apple\n  - red'
    """
    made = ""
    for marker, level, text in lines:
        follows_item = made.rpartition("\n")[2].lstrip()[:1] in {"-", *"123456789"}
        made += (
            ("\n" if marker and follows_item else "\n\n") + ("  " * level if marker else "") + marker + text
        )
    return made.strip("\n")


def block_ends(parts: Sequence[str], *, join: Callable[[Iterable[str]], str] = blocks) -> list[int]:
    r"""Return where each part ends in ``join(parts)``; one that is left out ends where the one before does.

    Up to the end of a part the text is that of the parts up to it, for `blocks` and `joined_lists` alike; a
    line end that joining list items takes out counts once for all parts behind it.

    Example:
        >>> block_ends(["ab", "", "c"]), block_ends(["- a", "- b"], join=joined_lists)
        ([2, 2, 5], [3, 7])
    """
    ends, length = [], 0
    for part in parts:
        stripped = part.strip("\n")
        if stripped and not stripped.isspace():
            length += len(stripped) + (2 if length else 0)
        ends.append(length)
    taken = [found.end() for found in ADJACENT_ITEMS.finditer(blocks(parts))] if join is joined_lists else []
    return [end - bisect_right(taken, end) for end in ends]
