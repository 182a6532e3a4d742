"""Counts the brakes' shares before anything is written, and leaves a report where one is over its bound."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from tamis.assemble.brakes import (
    SOURCE,
    Example,
    Stop,
    active,
    brakes_json,
    brakes_page,
    cluster_stops,
    most_allowed,
    source_stops,
    stop_message,
)
from tamis.dedup.unit_texts import DOCUMENT
from tamis.document import beginning, format_doc_id, parse_doc_id
from tamis.errors import StageFailedError
from tamis.io.shards import matching_batches
from tamis.io.sinks import delete, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame

    from tamis.assemble.steps.texts import Files
    from tamis.pipeline.stage import StageContext

DUPLICATES = ("exact_duplicate", "near_duplicate")
EXAMPLES = 5  # documents of a source or cluster
BEGINS_CHARS = 300
PAGE, DATA = "report/brakes.html", "report/brakes.json"


def check_brakes(ctx: StageContext, removals: DataFrame, files: Files) -> None:
    """Stop the run where the recipe's brakes are passed, and leave the report; else remove an old one.

    Input columns:
        removals: doc_id (long), reason (string), kept_doc_id (long).

    Shuffles: the removals on doc_id, then counts by source; none where the recipe has no brakes.

    Raises:
        StageFailedError: a source or cluster is over its bound.
    """
    if not active(ctx.recipe.brakes):
        return
    stops = [*_over_sources(ctx, removals), *_over_clusters(ctx)]
    page, data = (f"{ctx.output}/{name}" for name in (PAGE, DATA))
    if not stops:
        for uri in (page, data):
            delete(uri)
        return
    told = _with_examples(ctx, stops, removals, files)
    write_bytes(data, json.dumps(brakes_json(told), ensure_ascii=False, indent=2).encode())
    write_bytes(page, brakes_page(told).encode())
    raise StageFailedError(stop_message(told, page))


def _over_sources(ctx: StageContext, removals: DataFrame) -> list[Stop]:
    bound = ctx.recipe.brakes.max_source_loss
    if bound is None:
        return []
    duplicates = removals.where(F.col("reason").isin(*DUPLICATES)).select("doc_id", F.lit(1).alias("left"))
    documents = ctx.read("documents").select("doc_id", "source")
    counts = documents.join(duplicates, on="doc_id", how="left").groupBy("source")
    rows = counts.agg(F.count("left").alias("lost"), F.count("*").alias("total")).collect()
    return source_stops(((row["source"], row["lost"], row["total"]) for row in rows), bound)


def _over_clusters(ctx: StageContext) -> list[Stop]:
    bound = ctx.recipe.brakes.max_cluster_fraction
    if bound is None or not ctx.exists("clusters"):
        return []
    settings = ctx.recipe.near_dedup
    unit = DOCUMENT if settings is None else settings.unit
    total = ctx.read("documents" if unit == DOCUMENT else "signatures").count()
    over = ctx.read("clusters").where(F.col("size") > most_allowed(bound, total))
    rows = over.select("cluster_id", "size").distinct().collect()
    return cluster_stops(((row["cluster_id"], row["size"]) for row in rows), total, bound, unit)


def _with_examples(ctx: StageContext, stops: list[Stop], removals: DataFrame, files: Files) -> list[Stop]:
    """Show some documents of each, with the first words of their text: read where it lies, none shuffled."""
    picked = {stop: _picked(ctx, stop, removals) for stop in stops}
    rows = [row for found in picked.values() for row in found]
    wanted = {row["doc_id"] for row in rows} | {row["kept_doc_id"] for row in rows} - {None}
    texts = _texts(files, wanted)
    return [replace(stop, examples=tuple(_example(row, texts) for row in picked[stop])) for stop in stops]


def _picked(ctx: StageContext, stop: Stop, removals: DataFrame) -> list[dict[str, Any]]:
    """Return doc_id, reason and kept_doc_id of the first documents by doc_id."""
    if stop.kind == SOURCE:
        source = ctx.read("documents").where(F.col("source") == stop.name).select("doc_id")
        duplicates = removals.where(F.col("reason").isin(*DUPLICATES))
        rows = duplicates.join(source, on="doc_id", how="left_semi").select("doc_id", "reason", "kept_doc_id")
    else:
        members = ctx.read("clusters").where(F.col("cluster_id") == parse_doc_id(stop.name))
        nothing = (F.lit("").alias("reason"), F.lit(None).cast("long").alias("kept_doc_id"))
        rows = members.select("doc_id", *nothing).distinct()
    return [row.asDict() for row in rows.orderBy("doc_id").limit(EXAMPLES).collect()]


def _texts(files: Files, doc_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return the name and the first words of some documents."""
    ids = np.array(sorted(doc_ids), np.int64)
    numbers = files.places.where(F.col("doc_id").isin(ids.tolist())).select("file").distinct().collect()
    found = {}
    for row in numbers:
        for batch in matching_batches(files.uris[row["file"]], ids, ("doc_id", "source", "key", "text")):
            for document in batch.to_pylist():
                begins = beginning(document["text"], BEGINS_CHARS)
                found[document["doc_id"]] = (f"{document['source']}:{document['key']}", begins)
    return found


def _example(row: dict[str, Any], texts: dict[int, tuple[str, str]]) -> Example:
    keeper = row["kept_doc_id"]
    name, begins = texts[row["doc_id"]]
    if keeper is None:
        return Example(format_doc_id(row["doc_id"]), name, begins, row["reason"])
    kept = texts[keeper][1]
    return Example(format_doc_id(row["doc_id"]), name, begins, row["reason"], format_doc_id(keeper), kept)
