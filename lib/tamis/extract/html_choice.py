"""Which blocks of a page are its main content: a logistic model over their features, then five rules.

The weights (``html_weights.json``) are fitted by ``benchmarks/html_fit.py`` on half of the gold pages; how
they were chosen and what they reach on the other half is in ``docs/adr/0014-html-blocks.md``.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from tamis.extract.html_engine_features import VOTED_NAMES, with_votes
from tamis.extract.html_features import NAMES, Measured, lineage, measure
from tamis.extract.html_hints import COMMENTS, HIDDEN
from tamis.extract.html_tables import is_data_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.extract.html_blocks import Block, Group, Outline
    from tamis.extract.html_votes import Chosen

SCORE_BOUND = 4.0  # a sure cell does not carry its table alone
# A page that shows less than this says what it says in hidden elements, or in its comments.
ENOUGH_SHOWN, ENOUGH_SAID = 300, 100  # letters
REPEATED_LETTERS = 60  # shorter repeats are captions, refrains and signatures
CERTAIN = 9.0
# Documentation, and a sixth of other pages, are chosen without trafilatura (ADR 0014 has the sweep).
UNSURE, DOUBT = 3.0, 0.1
# trafilatura's `//p//text()` is quadratic: 40,000 paragraphs take it 25 CPU seconds, 99,000 over 150.
MAX_VOTED = 20_000
# A page no block of which is likely keeps those above odds of 1 to 12: of 13 such pages in the corpus, nine
# are a few short paragraphs, and four are lists of links.
FAINT = 2.5
NAMES_OF = {"reference": NAMES, "article": NAMES, "voted": VOTED_NAMES}


def chosen_blocks(outline: Outline, title: str, engine: Callable[[], Chosen]) -> set[Block]:
    """Return the blocks of the main content.

    Args:
        outline: The page.
        title: Of its head.
        engine: Gives what trafilatura takes for the main content; asked only where the blocks leave doubt.
    """
    measured = measure(outline, title)
    odds = odds_of("reference" if measured.is_reference else "article", measured.values)
    votes = np.zeros(len(outline.blocks))
    if not measured.is_reference and len(outline.blocks) <= MAX_VOTED and doubtful(measured, odds):
        votes = engine_votes(measured, engine())
        odds = odds_of("voted", with_votes(outline, measured, votes))
    return decided(outline, measured, odds, votes)


def engine_votes(measured: Measured, chosen: Chosen) -> np.ndarray:
    """Return the share of each block that the engine took, float64 (blocks,)."""
    return np.array([chosen.share(key) for key in measured.keys])


def odds_of(kind: str, values: np.ndarray) -> np.ndarray:
    """Return the log-odds of each block for being main content by a model, float64 (blocks,)."""
    weights, intercept = _models()[kind]
    return values @ weights + intercept


def doubtful(measured: Measured, odds: np.ndarray) -> bool:
    """Say whether unsure blocks hold more than a tenth of what the sure model would keep."""
    sizes = measured.sizes + 5
    return bool(sizes[np.abs(odds) < UNSURE].sum() > DOUBT * sizes[odds > 0].sum())


def decided(outline: Outline, measured: Measured, odds: np.ndarray, votes: np.ndarray) -> set[Block]:
    """Apply the rules: a table stays or goes whole; comments, repeats and what is hidden go.

    A page without a likely block keeps its faintly likely ones.

    Documentation hides the variants of a page (of a platform, a version) that a script shows: they stay.
    """
    odds = odds.copy()
    blocks, keys = outline.blocks, measured.keys
    for cells in _tables(blocks):
        sizes = np.array([len(keys[cell]) + 3 for cell in cells])
        odds[cells] = (odds[cells].clip(-SCORE_BOUND, SCORE_BOUND) * sizes).sum() / sizes.sum()
    shown = sum(
        len(key)
        for block, key, score in zip(blocks, keys, odds, strict=True)
        if score > 0 and not block.hints & HIDDEN
    )
    for place, block in enumerate(blocks):
        if block.hints & HIDDEN and shown >= ENOUGH_SHOWN and not measured.is_reference:
            odds[place] = -CERTAIN
        if block.hints & COMMENTS and votes[place] < 0.5 and shown >= ENOUGH_SAID:
            odds[place] = -CERTAIN
    return _without_repeats(blocks, keys, odds) or _without_repeats(blocks, keys, odds + FAINT)


def _tables(blocks: list[Block]) -> list[list[int]]:
    """Return the places of the blocks of each data table."""
    places: dict[Group, list[int]] = {}
    known: dict[Group, bool] = {}
    for place, block in enumerate(blocks):
        table = next((group for group in lineage(block.group) if group.tag == "table"), None)
        if table is not None:
            if table not in known:
                known[table] = is_data_table(table)
            if known[table]:
                places.setdefault(table, []).append(place)
    return list(places.values())


def _without_repeats(blocks: list[Block], keys: list[str], odds: np.ndarray) -> set[Block]:
    """Return what is left of blocks above even odds: of long repeats the first, or one that is far surer."""
    kept: set[Block] = set()
    best: dict[str, int] = {}
    for place, block in enumerate(blocks):
        if odds[place] <= 0:
            continue
        if len(keys[place]) >= REPEATED_LETTERS and block.tag not in ("td", "th", "pre"):
            earlier = best.get(keys[place])
            if earlier is not None and odds[place] <= odds[earlier] + 1:
                continue
            if earlier is not None:
                kept.discard(blocks[earlier])
            best[keys[place]] = place
        kept.add(block)
    return kept


@lru_cache(maxsize=1)
def _models() -> dict[str, tuple[np.ndarray, float]]:
    stored = json.loads(files("tamis.extract").joinpath("html_weights.json").read_text())
    return {
        kind: (np.array([model["weights"][name] for name in NAMES_OF[kind]]), float(model["intercept"]))
        for kind, model in stored["models"].items()
    }
