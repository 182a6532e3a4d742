"""Other bands than those chosen: what they find at each similarity. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tamis.dedup.lsh import MAX_ROWS, RECALL_MARGIN, collision_probability

if TYPE_CHECKING:
    from tamis.dedup.lsh import BandPlan

CURVE = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HABIT = (14, 8)  # what most pipelines use at 0.8 with 112 hashes; it finds 92.4 % there
NEIGHBOURS = 2


def recall_curve(plan: BandPlan) -> dict[str, float]:
    """Return the share of pairs found at some similarities, the threshold among them.

    Example:
        >>> from tamis.dedup.lsh import choose_bands
        >>> recall_curve(choose_bands(0.8, num_hashes=112))["0.8"]
        0.9858
    """
    places = sorted({*CURVE, plan.threshold})
    return {f"{place:g}": round(collision_probability(place, plan.bands, plan.rows), 4) for place in places}


def other_plans(plan: BandPlan) -> list[BandPlan]:
    """Return the bands with up to two rows more or fewer that reach the same recall, and the field's habit.

    Args:
        plan: Chosen.
    """
    found = []
    for rows in range(plan.rows - NEIGHBOURS, plan.rows + NEIGHBOURS + 1):
        bands = _fewest_bands(plan, rows) if 1 <= rows <= MAX_ROWS and rows != plan.rows else None
        if bands is not None:
            found.append(replace(plan, bands=bands, rows=rows))
    if HABIT[0] * HABIT[1] <= plan.num_hashes and (plan.bands, plan.rows) != HABIT:
        found.append(replace(plan, bands=HABIT[0], rows=HABIT[1]))
    return found


def _fewest_bands(plan: BandPlan, rows: int) -> int | None:
    wanted = plan.recall + min(RECALL_MARGIN, (1 - plan.recall) / 2)
    enough = (
        bands
        for bands in range(1, plan.num_hashes // rows + 1)
        if collision_probability(plan.threshold, bands, rows) >= wanted
    )
    return next(enough, None)
