"""Near-duplicates of all documents, from those of the sample, by the bands chosen and by others."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.lsh import choose_bands
from tamis.dedup.minhash import MinHashParams
from tamis.dedup.overlap import set_similarity
from tamis.dedup.shingles import shingle_sets
from tamis.dedup.unit_texts import DOCUMENT, least_shingles, unit_texts
from tamis.plan.choices import other_plans, recall_curve
from tamis.plan.costs import SECONDS_PER_HOUR, stage_costs
from tamis.plan.growth import near_size
from tamis.plan.pairs import ROUNDS, count_pairs, sign_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from tamis.config import NearDedup
    from tamis.dedup.lsh import BandPlan
    from tamis.plan.costs import Volumes
    from tamis.plan.growth import NearSize
    from tamis.plan.sample import Sample

OTHER_ROUNDS = 2  # for the bands that were not chosen
ROUND_DOCUMENTS = 160_000  # in all rounds together, 5 s: a large sample needs fewer of them
HELD_SETS = 4096  # of 2 kB each


@dataclass(frozen=True, slots=True)
class Near:
    """What the sample says of near-duplicates.

    Attributes:
        plan: The bands that the recipe leads to.
        size: What a run counts with them.
        rate: Text bytes a CPU second of the signature kernel.
        size_with: What a run would count with other bands.
    """

    plan: BandPlan
    size: NearSize
    rate: float
    size_with: Callable[[BandPlan], NearSize]


def near_duplicates(settings: NearDedup, sample: Sample, factor: float, seed: int) -> Near:
    """Sign the sample, count its pairs and say what a run over everything counts.

    Args:
        settings: The recipe's.
        sample: Drawn.
        factor: Stored bytes to plan for over those listed.
        seed: Of the bands' places.
    """
    params = MinHashParams(num_hashes=settings.num_hashes, ngram=settings.ngram)
    least = least_shingles(settings.unit, settings.ngram)
    texts = sample.texts
    if settings.unit != DOCUMENT:
        texts = [unit_texts(batch, settings.unit).texts for batch in texts]
    sign_sample(texts[:1], params)  # compiles the kernel, or loads it
    begin = time.process_time()
    signed = sign_sample(texts, params, least)
    rate = sum(batch.nbytes for batch in texts) / max(1e-3, time.process_time() - begin)
    documents = factor * sample.total("documents") * len(signed.matrix) / sample.documents
    exact = exact_similarity(texts, settings.ngram)

    def size(plan: BandPlan, rounds: int = OTHER_ROUNDS) -> NearSize:
        counts = count_pairs(signed, plan, share=sample.share, seed=seed, exact=exact, rounds=rounds)
        return near_size(counts, documents, plan.bands, share=sample.share)

    plan = choose_bands(settings.threshold, settings.recall, settings.num_hashes)
    rounds = min(ROUNDS, max(OTHER_ROUNDS, ROUND_DOCUMENTS // max(1, len(signed.matrix))))
    return Near(plan, size(plan, rounds), rate, size)


def exact_similarity(texts: Sequence[pa.Array], ngram: int) -> Callable[[int, int], float]:
    """Return the function from two texts' places in the sample to the similarity of their shingle sets."""
    starts = np.cumsum([0, *(len(batch) for batch in texts)])

    @functools.lru_cache(maxsize=HELD_SETS)
    def shingles(row: int) -> NDArray[np.uint32]:
        batch = int(np.searchsorted(starts, row, side="right")) - 1
        one = shingle_sets(texts[batch].slice(row - int(starts[batch]), 1), ngram)
        values: NDArray[np.uint32] = one.flatten().to_numpy()
        return values

    return lambda left, right: set_similarity(shingles(left), shingles(right))[0]


def with_pairs(volumes: Volumes, near: Near, plan: BandPlan, size: NearSize) -> Volumes:
    """Return the volumes with those of near-deduplication by some bands."""
    return replace(
        volumes, signatures=size.signatures, hashes=plan.num_hashes, bands=plan.bands,
        bucket_rows=size.bucket_rows, candidates=size.candidates, met=size.met, equal=size.equal,
        grey=size.grey, in_large=size.in_large, signature_rate=near.rate,
    )  # fmt: skip


def told_choices(near: Near, volumes: Volumes) -> dict[str, Any]:
    """Return what `tamis plan` prints of pairs, and of the bands: what each finds and costs."""
    size, plan = near.size, near.plan
    others = [(other, near.size_with(other)) for other in other_plans(plan)]
    bands = [_told(near, volumes, *choice, chosen=plan) for choice in [(plan, size), *others]]
    return {
        "signatures": round(size.signatures), "band_keys": round(size.signatures * plan.bands),
        "candidates": round(size.candidates), "edges": round(size.edges),
        "edges_range": [round(size.edges_low), round(size.edges_high)],
        "near_dedup": {
            "threshold": plan.threshold, "recall": plan.recall, "hashes": plan.num_hashes,
            "signature_mb_per_second": round(near.rate / 1e6, 1), "bands": bands,
        },
    }  # fmt: skip


def _told(
    near: Near, volumes: Volumes, plan: BandPlan, size: NearSize, *, chosen: BandPlan
) -> dict[str, Any]:
    cost = stage_costs(("near_dedup",), with_pairs(volumes, near, plan, size))["near_dedup"]
    return {
        "bands": plan.bands, "rows": plan.rows, "is_chosen": plan == chosen, "recall": recall_curve(plan),
        "candidates": round(size.candidates), "shuffle_bytes": round(cost.shuffle_bytes),
        "core_hours": round(cost.cpu_seconds / SECONDS_PER_HOUR, 4),
    }  # fmt: skip
