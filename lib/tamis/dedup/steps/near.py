"""Near-duplicates: documents -> signatures and band keys -> candidates -> verified edges -> clusters.

Each step is a function from frames to a frame in a module of its own; here they are put in order, and what
they saw is counted. A new batch meets the stored index (`index`); nothing of earlier batches is made anew.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps import candidates, units, verify
from tamis.dedup.steps.changes import log_changes
from tamis.dedup.steps.clusters import grown_clusters, merges
from tamis.dedup.steps.index import Earlier, merged_edges, touched
from tamis.dedup.steps.large_buckets import star_pairs
from tamis.dedup.steps.signatures import signatures
from tamis.dedup.steps.transfer import kept_frames, settled
from tamis.schemas import CLUSTERS, EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from pyspark.sql import DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.texts import Texts
    from tamis.pipeline.stage import StageContext

    Keep = Callable[[DataFrame], DataFrame]


def near_parameters(
    threshold: float, recall: float, num_hashes: int, ngram: int = 5
) -> tuple[MinHashParams, BandPlan]:
    """Return the signature's parameters and the bands that a threshold and a recall ask for.

    Raises:
        ValueError: a number is out of range, or so few hashes cannot reach the recall.
    """
    from tamis.dedup.lsh import choose_bands
    from tamis.dedup.minhash import MinHashParams

    return MinHashParams(num_hashes=num_hashes, ngram=ngram), choose_bands(threshold, recall, num_hashes)


def run_near_dedup(ctx: StageContext) -> None:
    """Write what the new batches add to the index, and the `edges` and `clusters` of all batches."""
    settings = ctx.recipe.near_dedup
    if settings is None:
        return
    first, unit = ctx.pending[0], settings.unit
    is_first = first <= 1 or not ctx.exists("edges")
    edges = None if is_first else units.edges_with_unit_ids(ctx.read("edges"), unit)
    known = None if is_first else units.with_unit_ids(ctx.read("clusters"), unit)
    params, plan = near_parameters(settings.threshold, settings.recall, settings.num_hashes, settings.ngram)
    made = signatures(ctx.read_texts(pending=True), params, plan, unit)
    ctx.write_pending("signatures", made)
    signed = units.with_unit_ids(ctx.read("signatures"), unit)
    earlier = None if edges is None else Earlier(first, edges)
    with kept_frames() as keep:
        found = near_edges(
            units.unit_documents(ctx.read_texts(), unit), signed, params=params, plan=plan,
            threshold=settings.threshold, keep=keep, facts=ctx.facts, earlier=earlier,
        )  # fmt: skip
        merged = write_edges(ctx, found, signed, known)
        if known is not None:
            log_changes(ctx, merges(merged))


def write_edges(ctx: StageContext, found: NearEdges, signed: DataFrame, known: DataFrame | None) -> DataFrame:
    """Write `edges` and `clusters`; return the earlier clusters that merged (see `Grown`).

    Input columns:
        signed: Those of `signatures`; known: those of `clusters`, None: none; both by id (`units`).
    """
    ctx.write_all("edges", units.edges_without_unit_ids(found.edges))
    grown = grown_clusters(found.added, signed, known)
    ctx.write_all("clusters", units.without_unit_ids(grown.clusters).select(*CLUSTERS.names))
    return grown.merged


class NearEdges(NamedTuple):
    """Verified edges.

    Attributes:
        edges: Those of `edges`, of all batches.
        added: Those of them that the new batches brought.
    """

    edges: DataFrame
    added: DataFrame


def near_edges(
    documents: DataFrame | Texts,
    signed: DataFrame,
    *,
    params: MinHashParams,
    plan: BandPlan,
    threshold: float,
    keep: Keep,
    facts: MutableMapping[str, str],
    earlier: Earlier | None = None,
) -> NearEdges:
    """Return the verified edges among all documents, or all parts of them.

    Input columns:
        documents: doc_id (long), text (string); read where a pair is grey.
        signed: Those of `signatures`; by id where parts are compared (`units`), as ``documents`` is.

    Output columns:
        Those of `edges`, by id where ``signed`` is.

    Rows: one a verified pair of representatives; one a further document with an equal shingle set.
    Shuffles: see `equal_groups`, `bucket_rows`, `star_pairs`, `verdicts`, `exact_similarities`; of earlier
        batches only what the new ones meet.

    Args:
        documents: As above.
        signed: As above.
        params: The run's parameters.
        plan: The bands of the signatures.
        threshold: Least Jaccard similarity of an edge.
        keep: Holds a frame that is read twice until the caller is done (`kept_frames`).
        facts: Gets the counts of candidates, rejected and grey pairs, and of pairs given up.
        earlier: What earlier batches left; None: there were none.
    """
    keyed, members = touched(signed, plan, earlier, keep)
    pairs, given_up = candidate_pairs(signed, keyed, params=params, threshold=threshold)
    judged = settled(verify.verdicts(pairs, signed, params=params, plan=plan, threshold=threshold))
    exact = settled(verify.grey_similarities(judged, documents, params.ngram))
    facts.update(verify.verdict_facts(judged, exact, threshold))
    facts["near_pairs_given_up"] = str(given_up)
    facts["near_equal_documents"] = str(members.count())
    facts["near_bands"], facts["near_rows"] = str(plan.bands), str(plan.rows)
    equal = verify.equal_edges(members, signed, plan.bands)
    verified = verify.verified_edges(judged, exact, threshold)
    added = settled(units.edges_with_owners(equal.unionByName(verified).select(*EDGES.names), signed))
    return NearEdges(merged_edges(added, members, earlier), added)


def candidate_pairs(
    signed: DataFrame, keys: DataFrame, *, params: MinHashParams, threshold: float
) -> tuple[DataFrame, int]:
    """Return the distinct pairs to verify (src > dst), and how many pairs of large buckets were given up."""
    rows = settled(candidates.bucket_rows(keys))
    pairs = rows.where("dst IS NOT NULL").select("src", "dst")
    large = rows.where("dst IS NULL")
    if large.isEmpty():
        return settled(pairs.distinct()), 0
    floor = threshold - 3 * sqrt(threshold * (1 - threshold) / params.num_hashes)
    members = large.select("band", "band_key", F.col("src").alias("doc_id"), "fresh")
    stars = star_pairs(members, signed, floor=floor, num_hashes=params.num_hashes)
    return settled(pairs.union(stars.pairs).distinct()), stars.given_up
