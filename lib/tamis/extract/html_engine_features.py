"""What an engine's choice says of each block of a page, for `html_choice`: the vote on it and around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.extract.html_features import HEADINGS, NAMES, lineage, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.html_blocks import Block, Group, Outline
    from tamis.extract.html_features import Measured

VOTED_NAMES = (
    *NAMES,
    *("main", "main_reference", "main_links", "main_words"),
    *("vote", "votes_near", "votes_siblings", "vote_before", "vote_after", "between_votes", "lead"),
    *("after_votes", "just_before_votes", "vote_words", "vote_links", "vote_heading", "vote_item"),
)


def with_votes(outline: Outline, measured: Measured, votes: np.ndarray) -> np.ndarray:
    """Return what is measured of each block and what the votes say, float64 (blocks, ``VOTED_NAMES``).

    Args:
        outline: The page.
        measured: Its blocks.
        votes: The share of each block that the engine took, float64 (blocks,).
    """
    sizes = measured.sizes + 5
    return np.column_stack([
        measured.values, *_region(outline, measured, sizes, votes),
        *_votes(outline.blocks, measured, sizes, votes),
    ])  # fmt: skip


def _region(
    outline: Outline, measured: Measured, sizes: np.ndarray, votes: np.ndarray
) -> Iterator[np.ndarray]:
    """Whether the block lies in the main group."""
    main = _main_group(outline.blocks, sizes, votes.tolist())
    known: dict[Group | None, bool] = {None: False}
    inside = np.array([_lies_in(block.group, main, known) for block in outline.blocks], dtype=np.float64)
    yield inside
    yield from (inside * measured.column(name) for name in ("reference", "link_density", "words"))


def _lies_in(group: Group | None, main: Group | None, known: dict[Group | None, bool]) -> bool:
    if group not in known:
        known[group] = group is main or _lies_in(group.parent if group else None, main, known)
    return known[group]


def _main_group(blocks: list[Block], sizes: np.ndarray, votes: list[float]) -> Group | None:
    """Return the deepest group that holds 85 % of the letters voted for."""
    voted: dict[Group, int] = {}
    for block, size, vote in zip(blocks, sizes.tolist(), votes, strict=True):
        if vote >= 0.5 and size >= 15:
            voted[block.group] = voted.get(block.group, 0) + size
    mass: dict[Group, int] = {}
    for holder, size in voted.items():
        for group in lineage(holder):
            mass[group] = mass.get(group, 0) + size
    total = sum(voted.values())
    holding = [group for group, size in mass.items() if size >= 0.85 * total]
    return max(holding, key=lambda group: sum(1 for _ in lineage(group)), default=None)


def _votes(
    blocks: list[Block], measured: Measured, sizes: np.ndarray, votes: np.ndarray
) -> Iterator[np.ndarray]:
    """The engine's choice of the block itself and of those around it."""
    words, density, parents = measured.column("words"), measured.column("link_density"), measured.parents
    places = np.arange(len(blocks))
    large = np.flatnonzero((votes >= 0.5) & (sizes >= 60))
    first, last = (large[0], large[-1]) if len(large) else (0, -1)
    title = next((place for place, block in enumerate(blocks) if block.tag == "h1"), len(blocks))
    mass = votes * sizes
    weight = sum(shifted(sizes, by, 0) for by in (2, 1, -1, -2))
    yield votes
    yield sum(shifted(mass, by, 0.0) for by in (2, 1, -1, -2)) / np.where(weight, weight, 1)
    held = np.bincount(parents, sizes)[parents]
    others = (np.bincount(parents, mass)[parents] - mass) / (held - sizes).clip(1)
    yield np.where(held > sizes, others, votes)
    yield from (shifted(votes, 1, 0.0), shifted(votes, -1, 0.0))
    yield (first <= places) & (places <= last)
    yield (title < places) & (places < first) & (words > 0.2) & (density < 0.3)
    yield places > last
    yield ((first > places) & (first - places <= 3)) * words
    yield from (votes * words, votes * density)
    yield votes * [block.tag in HEADINGS for block in blocks]
    yield votes * [block.tag == "li" for block in blocks]
