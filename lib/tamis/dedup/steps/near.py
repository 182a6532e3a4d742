"""Near-duplicates: documents -> signatures -> band keys -> candidates -> verified edges -> clusters.

Each step is a function from frames to a frame in a module of its own; here they are put in order, and what
they saw is counted. Edges and clusters are those of the whole corpus, computed from the stored keys.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.steps import candidates, verify
from tamis.dedup.steps.graphs import MEMORY_EDGES, component_labels
from tamis.dedup.steps.signatures import DOCUMENT_ORDINAL, band_keys, signatures
from tamis.dedup.steps.transfer import kept_frames
from tamis.schemas import CLUSTERS, EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from pyspark.sql import DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams
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
    """Write `signatures` and `band_keys` of the new batches, `edges` and `clusters` of all."""
    settings = ctx.recipe.near_dedup
    if settings is None:
        return
    params, plan = near_parameters(settings.threshold, settings.recall, settings.num_hashes, settings.ngram)
    ctx.write_pending("signatures", signatures(ctx.read_pending("documents"), params))
    signed = ctx.read("signatures")
    pending = signed.where(F.col("batch_id").isin(ctx.pending))
    ctx.write_pending("band_keys", band_keys(pending, plan, params.num_hashes))
    with kept_frames() as keep:
        edges = keep(
            near_edges(
                ctx.read("documents"), signed, ctx.read("band_keys"),
                params=params, plan=plan, threshold=settings.threshold, keep=keep, facts=ctx.facts,
            )
        )  # fmt: skip
        ctx.write_all("edges", edges)
        ctx.write_all("clusters", clusters(edges, signed))


def near_edges(
    documents: DataFrame,
    signed: DataFrame,
    keys: DataFrame,
    *,
    params: MinHashParams,
    plan: BandPlan,
    threshold: float,
    keep: Keep,
    facts: MutableMapping[str, str],
) -> DataFrame:
    """Return the verified edges among all documents.

    Input columns:
        documents: doc_id (long), text (string); read where a pair is grey.
        signed: Those of `signatures`; keys: those of `band_keys`.

    Output columns:
        Those of `edges`.

    Rows: one a verified pair of representatives; one a further document with an equal shingle set.
    Shuffles: see `equal_groups`, `bucket_rows`, `star_pairs`, `verdicts`, `exact_similarities`.

    Args:
        documents: As above.
        signed: As above.
        keys: As above.
        params: The run's parameters.
        plan: The bands of ``keys``.
        threshold: Least Jaccard similarity of an edge.
        keep: Holds a frame that is read twice until the caller is done (`kept_frames`).
        facts: Gets the counts of candidates, rejected and grey pairs, and of pairs given up.
    """
    members = keep(candidates.equal_groups(signed))
    pairs, given_up = candidate_pairs(signed, keys, members, params=params, threshold=threshold, keep=keep)
    judged = keep(verify.verdicts(pairs, signed, params=params, plan=plan, threshold=threshold))
    exact = keep(verify.grey_similarities(judged, documents, params.ngram))
    facts.update(verify.verdict_facts(judged, exact, threshold))
    facts["near_pairs_given_up"] = str(given_up)
    facts["near_equal_documents"] = str(members.count())
    facts["near_bands"], facts["near_rows"] = str(plan.bands), str(plan.rows)
    equal = verify.equal_edges(members, signed, plan.bands)
    return equal.unionByName(verify.verified_edges(judged, exact, threshold)).select(*EDGES.names)


def candidate_pairs(
    signed: DataFrame,
    keys: DataFrame,
    members: DataFrame,
    *,
    params: MinHashParams,
    threshold: float,
    keep: Keep,
) -> tuple[DataFrame, int]:
    """Return the distinct pairs to verify (src > dst), and how many pairs of large buckets were given up."""
    rows = keep(candidates.bucket_rows(keys, members))
    floor = threshold - 3 * sqrt(threshold * (1 - threshold) / params.num_hashes)
    large = rows.where("dst IS NULL")
    stars = keep(candidates.star_pairs(large, signed, floor=floor, num_hashes=params.num_hashes))
    given_up = stars.agg(F.coalesce(F.sum("pairs_given_up"), F.lit(0))).first()
    linked = (
        rows.where("dst IS NOT NULL")
        .select("src", "dst")
        .union(stars.where("src IS NOT NULL").select("src", "dst"))
    )
    return linked.distinct(), 0 if given_up is None else int(given_up[0])


def clusters(edges: DataFrame, signed: DataFrame, memory_edges: int = MEMORY_EDGES) -> DataFrame:
    """Return the connected components of the edges.

    Input columns:
        edges: src, dst (long); signed: doc_id (long), batch_id (int), shard (int).

    Output columns:
        Those of `clusters`; cluster_id is the smallest doc_id of the component.

    Rows: one a document that has an edge.
    Shuffles: see `component_labels`; then the labels on component and on doc_id.
    """
    labels = component_labels(edges.select("src", "dst"), memory_edges)
    sizes = labels.groupBy("component").agg(F.count("*").alias("size"))
    layout = signed.select("doc_id", "batch_id", "shard")
    return (
        labels.join(sizes, on="component", how="inner")
        .select(F.col("node").alias("doc_id"), F.col("component").alias("cluster_id"), "size")
        .join(layout, on="doc_id", how="inner")
        .select("*", F.lit(DOCUMENT_ORDINAL).alias("ordinal"))
        .select(*CLUSTERS.names)
    )
