"""Refuses a batch whose near-duplicates would cost more than the recipe allows, before Spark starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.dedup.unit_texts import DOCUMENT
from tamis.errors import ConfigError, Problem
from tamis.plan.costs import SECONDS_PER_HOUR
from tamis.plan.predict import predict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tamis.config import NearDedup, Recipe
    from tamis.io.ledger import LedgerRow

PARTS_CORE_HOURS = 100.0  # a document has ten or more parts, each with a signature of 440 bytes
SAMPLE_BYTES, SAMPLE_SECONDS = 8_000_000, 20.0


def check_core_hours(recipe: Recipe, rows: Sequence[LedgerRow]) -> None:
    """Refuse new inputs if finding their near-duplicates would take too long.

    Args:
        recipe: Checked.
        rows: The new inputs.

    Raises:
        ConfigError: it would take more than ``near_dedup.max_core_hours``.
    """
    settings = recipe.near_dedup
    limit = None if settings is None else _limit(settings)
    if settings is None or limit is None or not rows:
        return
    try:
        told = predict(recipe, rows=rows, sample_bytes=SAMPLE_BYTES, seconds=SAMPLE_SECONDS)
    except ConfigError:  # no text: nothing to find
        return
    hours = told["stages"]["near_dedup"]["cpu_seconds"] / SECONDS_PER_HOUR
    if hours > limit:
        message = (
            f"near-duplicates of this batch ({told['signatures']:,} signatures of the unit {settings.unit}) "
            f"would take some {hours:,.3g} core-hours, over the limit of {limit:,.3g}: raise it, or give "
            "fewer inputs at a time; `tamis plan` tells what it is made of"
        )
        raise ConfigError([Problem("near_dedup.max_core_hours", message)])


def _limit(settings: NearDedup) -> float | None:
    if settings.max_core_hours is not None:
        return settings.max_core_hours
    return None if settings.unit == DOCUMENT else PARTS_CORE_HOURS
