"""What is measured of each block of a page: the numbers that `html_choice` weighs.

Lengths are in letters unless said. All lie near 0 to 1. The order is that of ``NAMES`` and of the weights.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tamis.extract.html_hints import HINT_WORDS
from tamis.extract.html_inline import LINK_END, LINK_START
from tamis.extract.html_votes import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tamis.extract.html_blocks import Block, Group, Outline

AROUND = (
    "article", "main", "aside", "nav", "footer", "header", "figure", "form", "table", "li", "dl", "section",
    "blockquote", "noscript",
)  # fmt: skip
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
KINDS = (
    HEADINGS, {"h1"}, {"li"}, {"td", "th"}, {"p"}, {"pre"}, {"div", "section", "body", "article"},
    {"figcaption"}, {"dt", "dd"},
)  # fmt: skip
REFERENCE = frozenset(["pre", "dt", "dd", "td", "th"])
MOSTLY = 0.5  # above it are 2 of 239 articles and other pages, and a third of unsigned documentation
LINKED = re.compile(f"{LINK_START}([^{LINK_END}]*){LINK_END}")
SENTENCE_ENDS = '.!?。！？…:;"”»)]'  # noqa: RUF001
ASCII_DIGIT, ASCII_CAPITAL = re.compile("[0-9]"), re.compile("[A-Z]")
ALL_WORDS = (1 << len(HINT_WORDS)) - 1
AROUND_BITS = {tag: 1 << bit for bit, tag in enumerate(AROUND)}
KIND_BITS = {
    tag: sum(1 << bit for bit, kind in enumerate(KINDS) if tag in kind) for tag in set().union(*KINDS)
}
NAMES = (
    *("length", "words", "link_density", "link_density_short", "sentence_end", "lower_start"),
    *(f"in_{word}" for word in HINT_WORDS), *(f"near_{word}" for word in HINT_WORDS),
    *("hidden", "comments"), *(f"within_{tag}" for tag in AROUND),
    *("heading", "h1", "li", "cell", "p", "pre", "div", "figcaption", "definition"),
    *("title", "digits", "capitals"),
    *("position", "parent_links", "parent_mean", "parent_share", "repeated"),
    *("words_before", "words_after", "links_before", "links_after"),
    "reference",
)  # fmt: skip


@dataclass(slots=True)
class Measured:
    """What a page's blocks measure.

    Attributes:
        keys: Their ``letters``.
        values: float64 (blocks, ``NAMES``).
        parents: Number of the group around each block's own, int64 (blocks,).
        is_reference: Whether the page is technical documentation, whose lists, tables and code are content.
    """

    keys: list[str]
    values: np.ndarray
    parents: np.ndarray
    is_reference: bool

    @property
    def sizes(self) -> np.ndarray:
        """Letters of each block, int64 (blocks,)."""
        return np.array([len(key) for key in self.keys], dtype=np.int64)

    def column(self, name: str) -> np.ndarray:
        """Return the values of one name, float64 (blocks,)."""
        return self.values[:, NAMES.index(name)]


def measure(outline: Outline, title: str) -> Measured:
    """Measure each block of a page.

    Args:
        outline: The page.
        title: Of its head.
    """
    blocks = outline.blocks
    texts = [block.plain for block in blocks]
    keys = [letters(text) for text in texts]
    title_key = letters(title).lower()
    own = _columns([_own(*row, title_key) for row in zip(blocks, texts, keys, strict=True)], 9)
    parents = _places(block.group.parent for block in blocks)
    sizes = np.array([len(key) for key in keys], dtype=np.int64)
    reference = _reference(blocks, sizes + 5)
    values = np.column_stack([
        own[:, :6], _bits(blocks), own[:, 6:], *_neighbours(keys, sizes, parents, own),
        np.full(len(blocks), reference),
    ])  # fmt: skip
    return Measured(keys, values, parents, outline.documentation or reference > MOSTLY)


def _columns(rows: list[tuple[float, ...]], width: int) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _places(groups: Iterable[Group | None]) -> np.ndarray:
    """Number the groups in the order of their first appearance."""
    numbers: dict[Group | None, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)


def _own(block: Block, text: str, key: str, title_key: str) -> tuple[float, ...]:
    """What the block's text says by itself."""
    words = text.count(" ") + 1
    linked = sum(map(len, LINKED.findall(block.text))) if block.links else 0
    density = min(1.0, linked / max(1, len(text)))
    end = text.removesuffix("\n").rstrip("*`").rstrip()[-1:]
    head = text[:200]
    digits, capitals = _digits_and_capitals(head)
    return (
        math.log1p(words) / 5, min(words, 40) / 40, density, density * (words < 12),
        end != "" and end in SENTENCE_ENDS, text[:1].islower(),
        len(key) > 8 and title_key.startswith(key.lower()[:200]),
        digits / len(head), capitals / len(head),
    )  # fmt: skip


def _digits_and_capitals(text: str) -> tuple[int, int]:
    if text.isascii():  # 2 us for 200 characters; one by one they take 12
        return len(ASCII_DIGIT.findall(text)), len(ASCII_CAPITAL.findall(text))
    return sum(map(str.isdigit, text)), sum(map(str.isupper, text))


def _bits(blocks: list[Block]) -> np.ndarray:
    """What the elements around each block say, as 0 and 1, float64 (blocks, 51)."""
    within: dict[Group | None, int] = {None: 0}
    masks = np.array([_mask(block, within) for block in blocks], dtype=np.int64)
    width = 2 * len(HINT_WORDS) + 2 + len(AROUND) + len(KINDS)
    return (masks[:, None] >> np.arange(width) & 1).astype(np.float64)


def _mask(block: Block, within: dict[Group | None, int]) -> int:
    group, words = block.group, len(HINT_WORDS)
    near = (group.hints | (group.parent.hints if group.parent else 0)) & ALL_WORDS
    marks = block.hints >> words  # HIDDEN and COMMENTS
    fields = block.hints & ALL_WORDS | near << words | marks << 2 * words
    return fields | (_within(group, within) | KIND_BITS.get(block.tag, 0) << len(AROUND)) << 2 * words + 2


def _within(group: Group, known: dict[Group | None, int]) -> int:
    """Return the bits of ``AROUND`` of a group and those around it."""
    if group not in known:
        outer = _within(group.parent, known) if group.parent else 0
        known[group] = outer | AROUND_BITS.get(group.tag, 0)
    return known[group]


def lineage(group: Group | None) -> Iterator[Group]:
    """Yield a group and those around it, the innermost first."""
    while group is not None:
        yield group
        group = group.parent


def _neighbours(
    keys: list[str], sizes: np.ndarray, parents: np.ndarray, own: np.ndarray
) -> Iterator[np.ndarray]:
    """Place on the page, what shares the parent, and the blocks before and after."""
    words, density = own[:, 1], own[:, 2]
    total = int(sizes.sum()) or 1
    held = np.bincount(parents, sizes)[parents]
    linked = np.bincount(parents, density * sizes)[parents]
    yield (sizes.cumsum() - sizes) / total
    yield linked / held.clip(1)
    yield np.log1p(held / np.bincount(parents)[parents]) / 6
    yield held / total
    yield _repeated(keys)
    yield from (shifted(words, 1, 0.0), shifted(words, -1, 0.0))
    yield from (shifted(density, 1, 1.0), shifted(density, -1, 1.0))


def _repeated(keys: list[str]) -> np.ndarray:
    first: dict[str, int] = {}
    return np.array(
        [len(key) > 20 and first.setdefault(key, place) != place for place, key in enumerate(keys)],
        dtype=np.float64,
    )


def shifted(values: np.ndarray, by: int, edge: float) -> np.ndarray:
    """Return for each block the value of the one that stands ``by`` places before it."""
    moved = np.full(len(values), edge)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved


def _reference(blocks: list[Block], sizes: np.ndarray) -> float:
    """Return how much the page looks like reference documentation: code, definitions and tables, 0 to 1."""
    held = int(sizes[[block.tag in REFERENCE for block in blocks]].sum())
    code = sum(block.text.count("`") for block in blocks) / 2 / max(1, len(blocks))
    return min(1.0, held / (int(sizes.sum()) or 1) * 1.5 + min(code, 1.0) * 0.6)
