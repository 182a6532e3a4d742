"""Outline to Markdown (CommonMark; tables and fences as GitHub's): the blocks that stay, in structure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tamis.extract.html_blocks import Block, Group
from tamis.extract.html_features import HEADINGS
from tamis.extract.html_inline import LINK_END, LINK_START
from tamis.extract.html_tables import between_cells, grid, is_data_table
from tamis.extract.markdown import blocks as joined
from tamis.extract.markdown import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LINK = re.compile(f"{LINK_START}([^{LINK_START}{LINK_END}]*){LINK_END}")
STRAY = re.compile(f"[{LINK_START}{LINK_END}]")
MARK = re.compile("\x04(\\d+)\x05")  # after a block: control characters that `parse_html` leaves no page
WHOLLY_BOLD = re.compile(r"\*\*([^*]+)\*\*")
FENCE = re.compile("`{3,}")
ITEM = re.compile(r"(?:[-*+]|\d+\.) ")
INDENTED = re.compile(r"\||```|(?:[-*+]|\d+\.) ")
LISTS = frozenset(["ul", "ol", "menu", "dir"])
NO_TARGET = ("#", "javascript:", "data:")


@dataclass(frozen=True, slots=True)
class MarkdownWriter:
    """Writes the blocks of an outline that are in ``kept``; with the targets of links if ``links``.

    ``marks`` stand behind the text of blocks and change nothing else: `marked_places` takes them out.
    """

    kept: Collection[Block]
    links: bool = False
    marks: Mapping[Block, str] = field(default_factory=dict)

    def write(self, root: Group) -> str:
        """Return the Markdown of a group, one blank line between blocks."""
        return joined(self._parts(root))

    def _parts(self, group: Group) -> list[str]:
        if group.tag in HEADINGS:
            leaves = list(self._leaves(group))
            text = " ".join(" ".join(map(self._unmarked, leaves)).split())
            bold = WHOLLY_BOLD.fullmatch(text)
            marks = "".join(map(self._mark, leaves))
            return [f"{'#' * int(group.tag[1])} {bold[1] if bold else text}{marks}"] if text else []
        if group.tag == "table" and is_data_table(group):
            captions = [child for child in group.groups() if child.tag == "caption"]
            parts = [part for caption in captions for part in self._parts(caption)]
            parts += [part for block in between_cells(group) for part in self._child(block)]
            return [*parts, table(grid(group, self._cell))]
        if group.tag in LISTS:
            return [self._list(group)]
        parts = [part for child in group.children for part in self._child(child)]
        if group.tag == "blockquote":
            # Sphinx indents tables and lists by it: without a paragraph it is no quotation.
            quoted = any(not INDENTED.match(part) for part in parts)
            return [_prefixed(joined(parts), "> ", "> ")] if quoted else parts
        return _item(parts, "- ") if group.tag == "li" else parts

    def _child(self, child: Group | Block) -> list[str]:
        if isinstance(child, Group):
            return self._parts(child)
        if child not in self.kept:
            return []
        return [_fenced(child) + self._mark(child) if child.tag == "pre" else self._text(child)]

    def _list(self, group: Group) -> str:
        items: list[str] = []
        number = _number(group, "start", 1)
        for child in group.children:
            if isinstance(child, Group) and child.tag == "li":
                number = _number(child, "value", number)
                parts = [part for inner in child.children for part in self._child(inner)]
                written = _item(parts, f"{number}. " if group.tag == "ol" else "- ")
                number += bool(written)
            else:
                nested = isinstance(child, Group) and child.tag in LISTS
                written = [_prefixed(part, "  ", "  ") if nested else part for part in self._child(child)]
            items += [part for part in written if part]
        return "\n".join(items)

    def _cell(self, cell: Group) -> str:
        texts = (
            f"`{leaf.text}`{self._mark(leaf)}" if leaf.tag == "pre" else self._text(leaf)
            for leaf in self._leaves(cell)
        )
        return " ".join(texts)

    def _leaves(self, group: Group) -> Iterator[Block]:
        return (block for block in group.leaves() if block in self.kept)

    def _mark(self, block: Block) -> str:
        return self.marks.get(block, "")

    def _text(self, block: Block) -> str:
        return self._unmarked(block) + self._mark(block)

    def _unmarked(self, block: Block) -> str:
        targets = iter(block.links)

        def link(found: re.Match[str]) -> str:
            target = next(targets, "")
            wanted = self.links and target and not target.lower().startswith(NO_TARGET)
            return f"[{found[1]}]({target.replace(' ', '%20')})" if wanted else found[1]

        return STRAY.sub("", LINK.sub(link, block.text)) if LINK_END in block.text else block.plain


def marked_places(text: str) -> tuple[str, dict[int, int]]:
    r"""Return a text without marks, and the place of each mark in it by its number.

    Example:
        >>> marked_places("a\x047\x05\n\nb")
        ('a\n\nb', {7: 1})
    """
    pieces = MARK.split(text)
    places, length = {}, 0
    for piece, number in zip(pieces[::2], pieces[1::2], strict=False):
        length += len(piece)
        places[int(number)] = length
    return "".join(pieces[::2]), places


def _number(group: Group, name: str, default: int) -> int:
    """Return the number that an attribute states."""
    stated = group.element.get(name) or ""
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 7 else default


def _item(parts: list[str], marker: str) -> list[str]:
    """Return a list item of these parts, none if all are empty; a list in it follows without a blank line."""
    parts = [part for part in parts if part.strip()]
    if not parts:
        return []
    text = parts[0]
    for part in parts[1:]:
        text += ("\n" if ITEM.match(part) else "\n\n") + part
    return [_prefixed(text, marker, " " * len(marker))]


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((others + line).rstrip() for line in lines[1:])])


def _fenced(block: Block) -> str:
    """Return a code block between fences longer than any inside it."""
    fence = "`" * max([3, *(len(run) + 1 for run in FENCE.findall(block.text))])
    return f"{fence}{block.language}\n{block.text}\n{fence}"
