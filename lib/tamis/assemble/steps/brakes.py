"""Counts the brakes' shares before anything is written, and leaves a report where one is over its bound."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from tamis.assemble.brakes import (
    CHARACTER,
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
    from collections.abc import Collection

    from pyspark.sql import DataFrame

    from tamis.assemble.steps.texts import Files
    from tamis.pipeline.stage import StageContext

DUPLICATES = ("exact_duplicate", "near_duplicate")
LEAVING = ("doc_id", "start_char", "reason", "kept_doc_id")
EXAMPLES = 5  # documents of a source or cluster
BEGINS_CHARS = 300
PAGE, DATA = "report/brakes.html", "report/brakes.json"


def check_brakes(ctx: StageContext, removals: DataFrame, cuts: DataFrame, files: Files) -> None:
    """Stop the run where the recipe's brakes are passed, and leave the report; else remove an old one.

    A source's loss is counted in documents; where parts of documents are cut also in characters, of the
    documents that leave and of the cuts, and both must keep the bound.

    Input columns:
        removals: doc_id (long), reason (string), kept_doc_id (long); cuts: those of `cut_rows`.

    Shuffles: the removals and cuts on doc_id, then counts by source; none where the recipe has no brakes.

    Raises:
        StageFailedError: a source or cluster is over its bound.
    """
    if not active(ctx.recipe.brakes):
        return
    removals = removals.where(F.col("reason").isin(*DUPLICATES)).withColumn("start_char", F.lit(0))
    leaving = removals.select(*LEAVING).unionByName(cuts.select(*LEAVING))
    stops = [*_over_sources(ctx, removals, cuts), *_over_clusters(ctx)]
    page, data = (f"{ctx.output}/{name}" for name in (PAGE, DATA))
    if not stops:
        for uri in (page, data):
            delete(uri)
        return
    told = _with_examples(ctx, stops, leaving, files)
    write_bytes(data, json.dumps(brakes_json(told), ensure_ascii=False, indent=2).encode())
    write_bytes(page, brakes_page(told).encode())
    raise StageFailedError(stop_message(told, page))


def _over_sources(ctx: StageContext, duplicates: DataFrame, cuts: DataFrame) -> list[Stop]:
    bound = ctx.recipe.brakes.max_source_loss
    if bound is None:
        return []
    rows = _losses(ctx.read("documents"), duplicates, cuts).collect()
    stops = source_stops(((row["source"], row["left"], row["documents"]) for row in rows), bound)
    if any(row["cut_chars"] for row in rows):
        lost = ((row["source"], row["left_chars"] + row["cut_chars"], row["chars"]) for row in rows)
        stops += source_stops(lost, bound, CHARACTER)
    return stops


def _losses(documents: DataFrame, duplicates: DataFrame, cuts: DataFrame) -> DataFrame:
    """Return what each source has and would lose: source, documents, chars, left, left_chars, cut_chars."""
    is_left = F.col("left").isNotNull()
    lengths = F.sum(F.col("end_char").cast("bigint") - F.col("start_char")).alias("cut")
    rows = (
        documents.select("doc_id", "source", "length_chars")
        .join(duplicates.select("doc_id", F.lit(1).alias("left")), on="doc_id", how="left")
        .join(cuts.groupBy("doc_id").agg(lengths), on="doc_id", how="left")
    )
    sums = {
        "documents": F.lit(1), "chars": F.col("length_chars"), "left": F.col("left"),
        "left_chars": F.when(is_left, F.col("length_chars")), "cut_chars": F.col("cut"),
    }  # fmt: skip
    totals = (F.coalesce(F.sum(one), F.lit(0)).cast("bigint").alias(name) for name, one in sums.items())
    return rows.groupBy("source").agg(*totals)


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


def _with_examples(ctx: StageContext, stops: list[Stop], leaving: DataFrame, files: Files) -> list[Stop]:
    """Show some documents of each, with the first words of what leaves: read where it lies, none shuffled."""
    picked = {stop: _picked(ctx, stop, leaving) for stop in stops}
    rows = [row for found in picked.values() for row in found]
    wanted = {(row["doc_id"], row["start_char"]) for row in rows}
    wanted |= {(row["kept_doc_id"], 0) for row in rows if row["kept_doc_id"] is not None}
    texts = _texts(files, wanted)
    return [replace(stop, examples=tuple(_example(row, texts) for row in picked[stop])) for stop in stops]


def _picked(ctx: StageContext, stop: Stop, leaving: DataFrame) -> list[dict[str, Any]]:
    """Return the first of what would leave, or of a cluster's members: `LEAVING`, by doc_id."""
    if stop.kind == SOURCE:
        source = ctx.read("documents").where(F.col("source") == stop.name).select("doc_id")
        rows = leaving.join(source, on="doc_id", how="left_semi").select(*LEAVING)
    else:
        members = ctx.read("clusters").where(F.col("cluster_id") == parse_doc_id(stop.name))
        nothing = (F.lit("").alias("reason"), F.lit(None).cast("long").alias("kept_doc_id"))
        rows = members.select("doc_id", F.lit(0).alias("start_char"), *nothing).distinct()
    return [row.asDict() for row in rows.orderBy("doc_id", "start_char").limit(EXAMPLES).collect()]


def _texts(files: Files, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str]]:
    """Return the name and the first words from some places, (doc_id, code point), of some documents."""
    starts: dict[int, list[int]] = defaultdict(list)
    for doc_id, start in wanted:
        starts[doc_id].append(start)
    ids = np.array(sorted(starts), np.int64)
    numbers = files.places.where(F.col("doc_id").isin(ids.tolist())).select("file").distinct().collect()
    found = {}
    for row in numbers:
        for batch in matching_batches(files.uris[row["file"]], ids, ("doc_id", "source", "key", "text")):
            for document in batch.to_pylist():
                name, text = f"{document['source']}:{document['key']}", document["text"]
                for start in starts[document["doc_id"]]:
                    found[document["doc_id"], start] = (name, beginning(text[start:], BEGINS_CHARS))
    return found


def _example(row: dict[str, Any], texts: dict[tuple[int, int], tuple[str, str]]) -> Example:
    keeper = row["kept_doc_id"]
    name, begins = texts[row["doc_id"], row["start_char"]]
    if keeper is None:
        return Example(format_doc_id(row["doc_id"]), name, begins, row["reason"])
    kept = texts[keeper, 0][1]
    return Example(format_doc_id(row["doc_id"]), name, begins, row["reason"], format_doc_id(keeper), kept)
