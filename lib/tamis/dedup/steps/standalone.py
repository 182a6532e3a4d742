"""Deduplicate a DataFrame on the caller's session, whose settings stay as they are.

Ids of any type are mapped to BIGINT inside and given back as they came. Of equal or similar texts the longest
stays, then the one with the smallest id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps.exact import duplicate_spans, span_keys
from tamis.dedup.steps.ids import beside, check_ids, identified
from tamis.dedup.steps.keepers import exact_removals, near_removals
from tamis.dedup.steps.near import near_edges, near_parameters
from tamis.dedup.steps.outcome import Deduplicated, Evidence, outcome
from tamis.dedup.steps.ranks import rank_column
from tamis.dedup.steps.signatures import signatures
from tamis.dedup.steps.transfer import kept_frames, settled
from tamis.dedup.steps.verify import is_equal_edge
from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams

    Keep = Callable[[DataFrame], DataFrame]


class NearOptions(NamedTuple):
    """What near-duplicates are; see the recipe's `near_dedup`."""

    threshold: float = 0.8
    recall: float = 0.98
    num_hashes: int = 256
    clusters: str = "direct"


def near_dedup(
    df: DataFrame,
    *,
    id_column: str = "id",
    text_column: str = "text",
    threshold: float = 0.8,
    recall: float = 0.98,
    num_hashes: int = 256,
    clusters: str = "direct",
    against: DataFrame | None = None,
) -> Deduplicated:
    """Return a frame without its near-duplicates, each removal verified.

    Input columns:
        ``id_column`` (any simple type): Unique, without nulls. ``text_column`` (string).

    Output columns:
        See `Deduplicated`. A null, empty or very short text (under five words) always stays.

    Rows: kept and removals together one a row of ``df``.
    Shuffles: see `near_edges` and `near_removals`; texts never.

    Args:
        df: Any frame.
        id_column: Name of the id.
        text_column: Name of the text.
        threshold: Jaccard similarity of word 5-grams from which two texts are near-duplicates.
        recall: Share of the pairs at the threshold to find.
        num_hashes: Places of a signature.
        clusters: ``direct``: a document leaves only for one that it resembles itself; ``connected``: one
            document of each connected component stays.
        against: Rows with the same two columns that are left as they are: what resembles one of them leaves.

    Raises:
        ConfigError: ids are missing or repeated, or an argument is out of range.
        SchemaError: a column is missing or of another type.
    """
    options = NearOptions(threshold, recall, num_hashes, clusters)
    return deduplicated(df, id_column, text_column, near=options, against=against)


def exact_dedup(
    df: DataFrame, *, id_column: str = "id", text_column: str = "text", against: DataFrame | None = None
) -> Deduplicated:
    """Return a frame without exact duplicates: texts equal but for case, accents, digits and punctuation.

    Input columns:
        ``id_column`` (any simple type): Unique, without nulls. ``text_column`` (string).

    Output columns:
        See `Deduplicated`; edges are empty. A null or empty text always stays.

    Rows: kept and removals together one a row of ``df``.
    Shuffles: 40 bytes a row, on the key; texts never.

    Args:
        df: Any frame.
        id_column: Name of the id.
        text_column: Name of the text.
        against: Rows with the same two columns that are left as they are: what equals one of them leaves.

    Raises:
        ConfigError: ids are missing or repeated.
        SchemaError: a column is missing or of another type.
    """
    return deduplicated(df, id_column, text_column, exact=True, against=against)


def deduplicated(
    df: DataFrame,
    id_column: str,
    text_column: str,
    *,
    exact: bool = False,
    near: NearOptions | None = None,
    cut_unit: str | None = None,
    against: DataFrame | None = None,
) -> Deduplicated:
    """Return a frame without its exact and near-duplicates; see `near_dedup` and `exact_dedup`.

    Args:
        df: Any frame.
        id_column: Name of the id.
        text_column: Name of the text.
        exact: Remove equal documents.
        near: Remove similar ones.
        cut_unit: Of the documents that then stay, find the spans of this unit that a better one holds too;
            a document of nothing else is removed.
        against: Rows that stay whatever they resemble, and are better than any of ``df``.
    """
    documents = _documents(df, against, id_column, text_column)
    is_mine = F.expr("true") if against is None else F.col("doc_id") >= 0
    with kept_frames() as keep:
        ids = keep(documents.select("doc_id", "id", F.length("text").alias("length_chars")))
        check_ids(ids, id_column)
        ranks = keep(_ranks(ids, is_mine))
        none = ids.select("doc_id", F.col("doc_id").alias("kept_doc_id")).limit(0)
        equal = settled(_exact(documents, ranks).where(is_mine) if exact else none)
        edges = settled(_edges(documents, near, keep).where(_is_useful(against))) if near else None
        survivors = ranks.join(equal, on="doc_id", how="left_anti")
        similar = none.select("*", F.lit(0.0).alias("jaccard"))
        if near and edges is not None:
            similar = settled(_near(documents, edges, survivors, near).where(is_mine))
        cuts = None
        if cut_unit:
            kept = survivors.join(similar, on="doc_id", how="left_anti")
            cuts = _cuts(documents, kept, cut_unit, keep).where(is_mine)
            whole = cuts.where("is_whole").select(
                "doc_id", F.col("spans")[0]["kept_doc_id"].alias("kept_doc_id")
            )
            equal = settled(equal.union(whole))
        found = Evidence(equal, similar, edges, cuts, has_against=against is not None)
        return outcome(df, id_column, ids, found)


def _documents(df: DataFrame, against: DataFrame | None, id_column: str, text_column: str) -> DataFrame:
    if against is None:
        return identified(df, id_column, text_column)
    return beside(df, against, id_column, text_column)


def _is_useful(against: DataFrame | None) -> Column:
    """Two documents that stay whatever they resemble need no edge; equal ones stand for one another."""
    if against is None:
        return F.expr("true")
    return (F.col("src") >= 0) | (F.col("dst") >= 0) | is_equal_edge()


def _ranks(ids: DataFrame, is_mine: Column) -> DataFrame:
    """Those that must stay first, then the longest, then the smallest id, in the id's own order."""
    order = [("is_mine", "asc"), ("length_chars", "desc"), ("id", "asc")]
    told = ids.withColumn("is_mine", is_mine)
    return told.select("doc_id", rank_column(order, dict(told.dtypes)).alias("rank"))


def _exact(documents: DataFrame, ranks: DataFrame) -> DataFrame:
    return exact_removals(duplicate_spans(span_keys(documents, ["document"]), "global"), ranks, "global")


def _edges(documents: DataFrame, near: NearOptions, keep: Keep) -> DataFrame:
    params, plan = _parameters(near)
    signed = keep(signatures(documents, params, plan))
    found = near_edges(
        documents, signed, params=params, plan=plan, threshold=near.threshold, keep=keep, facts={}
    )
    return found.edges


def _near(documents: DataFrame, edges: DataFrame, survivors: DataFrame, near: NearOptions) -> DataFrame:
    params, _ = _parameters(near)
    return near_removals(
        edges, survivors, mode=near.clusters, documents=documents, params=params, threshold=near.threshold
    )


def _cuts(documents: DataFrame, kept: DataFrame, unit: str, keep: Keep) -> DataFrame:
    """Return doc_id, spans (ordinal, kept_doc_id; ascending), is_whole: nothing else is in the document."""
    from tamis.assemble.steps.spans import by_document, leaving_spans

    keys = keep(span_keys(documents, [unit]))
    leaving = by_document(leaving_spans(duplicate_spans(keys, "global"), kept, unit, "global"))
    counts = keys.select("doc_id", (F.length("keys") / 8).cast("int").alias("count"))
    joined = leaving.join(counts, on="doc_id", how="inner")
    return settled(joined.select("doc_id", "spans", (F.size("spans") == F.col("count")).alias("is_whole")))


def _parameters(near: NearOptions) -> tuple[MinHashParams, BandPlan]:
    if not 0 < near.threshold < 1:
        raise ConfigError([Problem("threshold", f"{near.threshold}: expected a number between 0 and 1")])
    if near.clusters not in {"direct", "connected"}:
        raise ConfigError([Problem("clusters", f"{near.clusters!r}: expected direct or connected")])
    try:
        return near_parameters(near.threshold, near.recall, near.num_hashes)
    except ValueError as error:
        raise ConfigError(str(error)) from error
