"""What is measured of each block of a page: the numbers that `html_choice` weighs.

Lengths are in letters unless said. All lie near 0 to 1. The order is that of ``NAMES`` and of the weights.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tamis.extract.html_blocks import LINK_END, LINK_START
from tamis.extract.html_hints import COMMENTS, HIDDEN, HINT_WORDS
from tamis.extract.html_votes import letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.html_blocks import Block, Group, Outline
    from tamis.extract.html_votes import Chosen

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
SENTENCE_END = re.compile(r"[.!?。！？…:;\"”»)\]]\s*[*`]*$")  # noqa: RUF001
NAMES = (
    *("length", "words", "link_density", "link_density_short", "sentence_end", "lower_start"),
    *(f"in_{word}" for word in HINT_WORDS), *(f"near_{word}" for word in HINT_WORDS),
    *("hidden", "comments"), *(f"within_{tag}" for tag in AROUND),
    *("heading", "h1", "li", "cell", "p", "pre", "div", "figcaption", "definition"),
    *("title", "digits", "capitals"),
    *("position", "parent_links", "parent_mean", "parent_share", "repeated"),
    *("words_before", "words_after", "links_before", "links_after"),
    *("main", "main_reference", "main_links", "main_words", "reference"),
    *("vote", "votes_near", "votes_siblings", "vote_before", "vote_after", "between_votes", "lead"),
    *("after_votes", "just_before_votes", "vote_words", "vote_links", "vote_heading", "vote_item"),
)  # fmt: skip


@dataclass(slots=True)
class Measured:
    """What a page's blocks measure.

    Attributes:
        keys: Their ``letters``.
        votes: The share of each that the engine took.
        values: float64 (blocks, ``NAMES``).
        is_reference: Whether the page is technical documentation, whose lists, tables and code are content.
    """

    keys: list[str]
    votes: list[float]
    values: np.ndarray
    is_reference: bool


def measure(outline: Outline, title: str, chosen: Chosen) -> Measured:
    """Measure each block of a page.

    Args:
        outline: The page.
        title: Of its head.
        chosen: What an engine took for its main content.
    """
    blocks = outline.blocks
    keys = [letters(block.plain) for block in blocks]
    sizes = [len(key) + 5 for key in keys]
    votes = [chosen.share(key) for key in keys]
    title_key = letters(title).lower()
    own = [_own(block, key, title_key) for block, key in zip(blocks, keys, strict=True)]
    reference = _reference(blocks, sizes)
    rows = zip(
        own, _neighbours(blocks, keys, own), _region(blocks, own, sizes, votes, reference),
        _votes(blocks, own, sizes, votes), strict=True,
    )  # fmt: skip
    values = np.array([[*chain.from_iterable(row)] for row in rows], dtype=np.float64).reshape(
        len(blocks), len(NAMES)
    )
    return Measured(keys, votes, values, outline.documentation or reference > MOSTLY)


def _own(block: Block, key: str, title_key: str) -> list[float]:
    """What the block and its ancestors say by themselves."""
    text = block.plain
    size, words = len(text), text.count(" ") + 1
    density = min(1.0, sum(map(len, LINKED.findall(block.text))) / max(1, size))
    parent = block.group.parent
    near = block.group.hints | (parent.hints if parent else 0)
    tags = {group.tag for group in lineage(block.group)}
    bits = range(len(HINT_WORDS))
    head = text[:200]
    return [
        math.log1p(words) / 5, min(words, 40) / 40, density, density * (words < 12),
        float(bool(SENTENCE_END.search(text))), float(text[:1].islower()),
        *(float(block.hints >> bit & 1) for bit in bits), *(float(near >> bit & 1) for bit in bits),
        float(bool(block.hints & HIDDEN)), float(bool(block.hints & COMMENTS)),
        *(float(tag in tags) for tag in AROUND), *(float(block.tag in kind) for kind in KINDS),
        float(len(key) > 8 and title_key.startswith(key.lower()[:200])),
        sum(map(str.isdigit, head)) / len(head), sum(map(str.isupper, head)) / len(head),
    ]  # fmt: skip


def lineage(group: Group | None) -> Iterator[Group]:
    """Yield a group and those around it, the innermost first."""
    while group is not None:
        yield group
        group = group.parent


def _neighbours(blocks: list[Block], keys: list[str], own: list[list[float]]) -> Iterator[list[float]]:
    """Place on the page, what shares the parent, and the blocks before and after."""
    parents: dict[Group | None, list[float]] = {}
    for block, key, row in zip(blocks, keys, own, strict=True):
        sums = parents.setdefault(block.group.parent, [0.0, 0.0, 0.0])
        for place, value in enumerate((len(key), row[2] * len(key), 1)):
            sums[place] += value
    total, before, seen = sum(map(len, keys)) or 1, 0, set()
    for place, (block, key) in enumerate(zip(blocks, keys, strict=True)):
        size, linked, count = parents[block.group.parent]
        previous = own[place - 1] if place else None
        following = own[place + 1] if place + 1 < len(own) else None
        yield [
            before / total, linked / max(1, size), math.log1p(size / count) / 6, size / total,
            float(key in seen and len(key) > 20),
            previous[1] if previous else 0.0, following[1] if following else 0.0,
            previous[2] if previous else 1.0, following[2] if following else 1.0,
        ]  # fmt: skip
        seen.add(key)
        before += len(key)


def _reference(blocks: list[Block], sizes: list[int]) -> float:
    """Return how much the page looks like reference documentation: code, definitions and tables, 0 to 1."""
    held = sum(size for block, size in zip(blocks, sizes, strict=True) if block.tag in REFERENCE)
    code = sum(block.text.count("`") for block in blocks) / 2 / max(1, len(blocks))
    return min(1.0, held / (sum(sizes) or 1) * 1.5 + min(code, 1.0) * 0.6)


def _region(
    blocks: list[Block], own: list[list[float]], sizes: list[int], votes: list[float], reference: float
) -> Iterator[list[float]]:
    """Whether the block lies in the main group, and how much the page looks like reference documentation."""
    main = _main_group(blocks, sizes, votes)
    for block, row in zip(blocks, own, strict=True):
        inside = float(any(group is main for group in lineage(block.group)))
        yield [inside, inside * reference, inside * row[2], inside * row[1], reference]


def _main_group(blocks: list[Block], sizes: list[int], votes: list[float]) -> Group | None:
    """Return the deepest group that holds 85 % of the letters voted for."""
    mass: dict[Group, int] = {}
    total = 0
    for block, size, vote in zip(blocks, sizes, votes, strict=True):
        if vote >= 0.5 and size >= 15:
            total += size
            for group in lineage(block.group):
                mass[group] = mass.get(group, 0) + size
    holding = [group for group, size in mass.items() if size >= 0.85 * total]
    return max(holding, key=lambda group: sum(1 for _ in lineage(group)), default=None)


def _votes(
    blocks: list[Block], own: list[list[float]], sizes: list[int], votes: list[float]
) -> Iterator[list[float]]:
    """The engine's choice of the block itself and of those around it."""
    parents: dict[Group | None, list[float]] = {}
    for block, size, vote in zip(blocks, sizes, votes, strict=True):
        sums = parents.setdefault(block.group.parent, [0.0, 0.0])
        sums[0] += vote * size
        sums[1] += size
    large = [place for place, size in enumerate(sizes) if votes[place] >= 0.5 and size >= 60]
    first, last = (large[0], large[-1]) if large else (0, -1)
    title = next((place for place, block in enumerate(blocks) if block.tag == "h1"), len(blocks))
    for place, (block, row) in enumerate(zip(blocks, own, strict=True)):
        vote, size = votes[place], sizes[place]
        near = [other for other in range(max(0, place - 2), min(len(blocks), place + 3)) if other != place]
        weight = sum(sizes[other] for other in near) or 1
        chosen, held = parents[block.group.parent]
        yield [
            vote, sum(votes[other] * sizes[other] for other in near) / weight,
            (chosen - vote * size) / max(1, held - size) if held > size else vote,
            votes[place - 1] if place else 0.0, votes[place + 1] if place + 1 < len(votes) else 0.0,
            float(first <= place <= last),
            float(title < place < first and row[1] > 0.2 and row[2] < 0.3), float(place > last),
            float(0 < first - place <= 3) * row[1],
            vote * row[1], vote * row[2], vote * (block.tag in HEADINGS), vote * (block.tag == "li"),
        ]  # fmt: skip
