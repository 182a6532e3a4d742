"""`tamis plan RECIPE`: rows, pairs, shuffled bytes, core-hours and price, from a sample; no Spark."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tamis.errors import ConfigError, Problem
from tamis.io.ingest import list_inputs
from tamis.plan.costs import SECONDS_PER_HOUR, Volumes, stage_costs
from tamis.plan.growth import repeated_spans
from tamis.plan.near import near_duplicates, told_choices, with_pairs
from tamis.plan.sample import draw_sample
from tamis.plan.spans import count_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tamis.config import Recipe
    from tamis.io.ledger import LedgerRow
    from tamis.plan.sample import Sample

SAMPLE_BYTES = 64_000_000
SAMPLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the run is to happen.

    Attributes:
        executors: Their number; None: the time is not told.
        cores: Of one executor.
        price_per_core_hour: In any currency.
    """

    executors: int | None = None
    cores: int = 4
    price_per_core_hour: float = 0.05


def predict(
    recipe: Recipe, *, share: float | None = None, total_bytes: int | None = None, seed: int = 0,
    sample_bytes: int = SAMPLE_BYTES, seconds: float = SAMPLE_SECONDS, cluster: Cluster | None = None,
    rows: Sequence[LedgerRow] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what a run of the recipe will find and cost.

    Args:
        recipe: Checked.
        share: Part of the records to sample; None: such that ``sample_bytes`` of stored bytes are.
        total_bytes: Stored bytes to predict for, of the same kind as those listed; None: those listed.
        seed: Of the sample.
        sample_bytes: See ``share``.
        seconds: Wall time of reading and extracting the sample, at most.
        cluster: For hours and price.
        rows: Inputs to plan for; None: all that the recipe lists.

    Returns:
        What `tamis plan --json` prints: ``rows``, ``text_bytes``, ``shuffle_bytes``, ``core_hours``,
        ``price``, ``stages``, ``sample``; with near_dedup ``candidates``, ``edges``, ``near_dedup``.

    Raises:
        ConfigError: the inputs are empty, or hold no text.
    """
    rows = list_inputs(recipe) if rows is None else rows
    listed = sum(row.bytes for row in rows)
    wanted = share or min(1.0, sample_bytes / max(1, listed))
    sample = _drawn(recipe, rows, wanted, seed, seconds)
    if not sample.total("text_bytes"):
        raise ConfigError([Problem("inputs", "the sample gave no text: see `tamis extract` of some files")])
    factor = (total_bytes or listed) / listed
    volumes = _volumes(recipe, sample, factor * listed, factor)
    pairs: dict[str, Any] = {}
    if recipe.near_dedup is not None:
        near = near_duplicates(recipe.near_dedup, sample, factor, seed)
        pairs = told_choices(near, volumes)
        volumes = with_pairs(volumes, near, near.plan, near.size)
    told = {"rows": round(volumes.documents), "text_bytes": round(volumes.text_bytes)}
    costs = _costs(recipe, volumes, cluster or Cluster())
    return {**told, **costs, **pairs, "sample": _sample_told(sample, listed, total_bytes)}


def _drawn(recipe: Recipe, rows: Sequence[LedgerRow], share: float, seed: int, seconds: float) -> Sample:
    from tamis.extract.isolation import IsolatedExtractor
    from tamis.extract.payload import ExtractOptions

    limits = recipe.extract
    options = ExtractOptions.of(limits)
    with IsolatedExtractor(options, cpu_seconds=limits.cpu_seconds, memory_bytes=limits.memory) as isolated:
        return draw_sample(
            rows, isolated, share=share, seed=seed, seconds=seconds,
            max_record_bytes=limits.max_record_bytes,
        )  # fmt: skip


def _volumes(recipe: Recipe, sample: Sample, stored: float, factor: float) -> Volumes:
    volumes = Volumes(
        stored_bytes=stored, documents=factor * sample.total("documents"),
        text_bytes=factor * sample.total("text_bytes"),
        payload_seconds=factor * sample.total("payload_seconds"),
    )  # fmt: skip
    if recipe.exact_dedup is None:
        return volumes
    counts = count_spans(sample.texts, recipe.exact_dedup.units)
    grown = volumes.documents / sample.documents
    repeated = repeated_spans(counts, grown)
    return replace(volumes, spans=grown * counts.spans, repeated_spans=repeated)


def _costs(recipe: Recipe, volumes: Volumes, cluster: Cluster) -> dict[str, Any]:
    from tamis.pipeline.stages import STAGES

    costs = stage_costs(tuple(stage.name for stage in STAGES if stage.config(recipe) is not None), volumes)
    hours = sum(cost.cpu_seconds for cost in costs.values()) / SECONDS_PER_HOUR
    told = {
        "shuffle_bytes": round(sum(cost.shuffle_bytes for cost in costs.values())),
        "core_hours": round(hours, 4), "price": round(hours * cluster.price_per_core_hour, 4),
        "stages": {name: {key: round(value, 1) for key, value in asdict(cost).items()}
                   for name, cost in costs.items()},
    }  # fmt: skip
    if cluster.executors:
        told["hours"] = round(hours / (cluster.executors * cluster.cores), 4)
    return told


def _sample_told(sample: Sample, listed: int, total_bytes: int | None) -> dict[str, Any]:
    parts = sample.strata.values()
    return {
        "listed_bytes": listed, "planned_bytes": total_bytes or listed, "documents": sample.documents,
        "failed": sum(part.failed for part in parts), "share": round(sample.share, 6),
        "text_bytes": sum(part.text_bytes for part in parts), "is_cut": sample.is_cut,
    }  # fmt: skip
