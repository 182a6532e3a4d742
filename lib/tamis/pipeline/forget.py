"""`tamis forget`: take documents down, in one commit over all tables that hold them; then what follows.

The commit is a row in ``runs`` of the pseudo-stage ``forget``, which names a version of every table that it
wrote. Until it is there readers see the tables as before, and the next writer undoes what a stopped attempt
left (`commits`). After it, the tables up to ``clusters`` are those of a run that never saw the documents, and
assemble finds other tombstones than it has read, so that it and what follows it are made anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

import tamis
from tamis.config import Recipe
from tamis.errors import ConfigError, Problem
from tamis.io.delta_log import table_uri
from tamis.pipeline.commits import RunContext, raised_epoch, seal
from tamis.pipeline.declared import table_of
from tamis.pipeline.id_file import ids_digest
from tamis.pipeline.inside import with_members
from tamis.pipeline.lineage import StageRun
from tamis.schemas import TOMBSTONES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.config import NearDedup
    from tamis.pipeline.lineage import OutputTables

STAGE = "forget"
# Made anew from the others; the rest of a document's tables lose its rows.
REMADE = frozenset({"assemble", "tokens", STAGE})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What one call took down.

    Attributes:
        new: Ids that had no tombstone before, those inside forgotten containers included.
        records: Of these, the ones that documents or failures held.
        unknown: Of these, the ones that are neither that nor a container, ascending.
    """

    new: int = 0
    records: int = 0
    unknown: list[int] = field(default_factory=list)


def forget_documents(
    tables: OutputTables, recipe: Recipe | None, ids: list[int], *, reason: str, run_id: str
) -> Forgotten:
    """Write tombstones and delete what the tables up to ``clusters`` hold of the documents; one commit.

    Ids that have a tombstone already are left as they are, so that a call that was stopped can be made again.

    Args:
        tables: Of the output.
        recipe: The output's last; None where nothing was run yet.
        ids: Distinct doc_ids.
        reason: Stored with the tombstones.
        run_id: Of this call.
    """
    begin = time.monotonic()
    gone = with_members(tables, _new_ids(tables, ids))
    new = sorted(row["doc_id"] for row in gone.collect())
    if not new:
        return Forgotten()
    context = _context(tables, recipe, new, run_id)
    context.epoch = raised_epoch(context, tuple(tables.names()))
    known = _known(context, gone)
    unknown = gone.join(known, on="doc_id", how="left_anti").collect()
    _write_tombstones(context, gone.join(known, on="doc_id", how="left"), reason)
    _delete(context, gone)
    seal(context, _row(context, time.monotonic() - begin))
    return Forgotten(len(new), int(context.facts["records"]), sorted(row["doc_id"] for row in unknown))


def _new_ids(tables: OutputTables, ids: list[int]) -> DataFrame:
    from tamis.dedup.steps.transfer import distributed, settled

    given = distributed(tables.spark, {"doc_id": np.array(ids, dtype=np.int64)}, {"doc_id": "BIGINT"})
    if tables.exists("tombstones"):
        given = given.join(tables.read("tombstones").select("doc_id"), on="doc_id", how="left_anti")
    return settled(given)


def _context(tables: OutputTables, recipe: Recipe | None, new: list[int], run_id: str) -> RunContext:
    """Return the context of the pseudo-stage, for which every committed table exists."""
    last = tables.last(STAGE)
    stages = frozenset(table_of(name).stage for name in tables.names())
    return RunContext(
        recipe=recipe or Recipe.model_construct(),  # nothing was run: there is no table that it would shape
        output=tables.output, run_id=run_id, stage=STAGE, tables=tables, active=stages,
        pending=[0], epoch=last.epoch + 1 if last else 0, config_digest=ids_digest(new),
        versions_read={name: str(tables.version(name)) for name in tables.names()},
    )  # fmt: skip


def _known(context: RunContext, gone: DataFrame) -> DataFrame:
    """Return doc_id and key of each record and container; count the records for the totals."""
    from tamis.dedup.steps.index import met
    from tamis.dedup.steps.transfer import settled

    none = gone.limit(0).select("doc_id", F.lit(None).cast("string").alias("key"))
    found = {
        name: settled(met(context.read(name), gone, ["doc_id"]).select("doc_id", "key"))
        if context.exists(name) else none
        for name in ("documents", "failures", "containers")
    }  # fmt: skip
    known = found["documents"].unionByName(found["failures"]).dropDuplicates(["doc_id"])
    context.facts["failed"] = str(found["failures"].select("doc_id").distinct().count())
    context.facts["records"] = str(known.count())
    return known.unionByName(found["containers"]).dropDuplicates(["doc_id"])


def _write_tombstones(context: RunContext, rows: DataFrame, reason: str) -> None:
    utc = datetime.now(UTC).isoformat(timespec="seconds")
    new = rows.select("doc_id", "key", F.lit(reason).alias("reason"), F.lit(utc).alias("utc"))
    if context.exists("tombstones"):
        new = context.read("tombstones").unionByName(new)
    context.write_all("tombstones", new.select(*TOMBSTONES.names))


def _delete(context: RunContext, gone: DataFrame) -> None:
    """Delete the documents' rows, and make anew what depends on who else is there."""
    from tamis.dedup.steps.forget import SPAN, spans_to_delete
    from tamis.dedup.steps.transfer import settled, small

    near = context.exists("edges")
    if context.recipe.tokens is None and context.exists("tokens"):
        for name in ("tokens", "token_spans"):  # of an older recipe: nothing will make them anew
            context.write_all(name, context.read(name).limit(0))
    is_large = near and _needs_all(context, gone)
    if context.exists("duplicate_spans"):
        settings = context.recipe.exact_dedup
        scope = settings.scope if settings else "global"
        spans = settled(spans_to_delete(context.read("duplicate_spans"), gone, scope))
        context.delete_rows("duplicate_spans", small(spans), SPAN)
    for name in context.tables.names():
        table = table_of(name)
        is_made_anew = table.stage in REMADE or name in {"duplicate_spans", "clusters"}
        if "doc_id" in table.names and not is_made_anew:
            context.delete_rows(name, small(gone))
    if near:
        _write_near(context, gone, is_large=is_large)


def _needs_all(context: RunContext, gone: DataFrame) -> bool:
    """Tell whether edges are to be computed anew: where parts of documents are compared they always are."""
    from tamis.dedup.steps.forget import has_large_bucket
    from tamis.dedup.unit_texts import DOCUMENT

    settings = context.recipe.near_dedup
    if settings is not None and settings.unit != DOCUMENT:
        return True
    edges = context.read("edges")
    if settings is None and not edges.where("src_ordinal >= 0").isEmpty():
        told = (
            "the recipe has none now, and the edges are of parts of documents: put it back, run, then forget"
        )
        raise ConfigError([Problem("near_dedup", told)])
    return has_large_bucket(context.read("signatures"), edges, gone)


def _write_near(context: RunContext, gone: DataFrame, *, is_large: bool) -> None:
    from tamis.dedup.steps.forget import clusters_left, edges_left

    signed = context.read("signatures")
    before, clusters = context.read("edges"), context.read("clusters")
    if is_large and context.recipe.near_dedup is not None:
        _write_edges_anew(context, context.recipe.near_dedup)
        return
    context.write_all("edges", edges_left(before, gone, signed))
    context.write_all("clusters", clusters_left(clusters, context.read("edges"), gone, signed))


def _write_edges_anew(context: RunContext, settings: NearDedup) -> None:
    """Compute all edges and clusters from the stored signatures, as a first run does."""
    from tamis.dedup.steps.near import near_edges, near_parameters, write_edges
    from tamis.dedup.steps.transfer import kept_frames
    from tamis.dedup.steps.units import unit_documents, with_unit_ids

    signed = with_unit_ids(context.read("signatures"), settings.unit)
    documents = unit_documents(context.read_texts(), settings.unit)
    params, plan = near_parameters(settings.threshold, settings.recall, settings.num_hashes, settings.ngram)
    with kept_frames() as keep:
        found = near_edges(
            documents, signed, params=params, plan=plan, threshold=settings.threshold, keep=keep,
            facts=context.facts,
        )  # fmt: skip
        write_edges(context, found, signed, None)


def _row(context: RunContext, seconds: float) -> StageRun:
    extracted = context.tables.last("extract")
    whole = ("tombstones", "edges", "clusters")  # of the others the commit tells no rows
    return StageRun(
        run_id=context.run_id, stage=STAGE, epoch=context.epoch, batch_id=0, status="done",
        config_digest=context.config_digest, code_version=tamis.__version__,
        versions_read=context.versions_read,
        epochs_read={"extract": str(extracted.epoch)} if extracted else {},
        versions_written={name: str(commit.version) for name, commit in context.written.items()},
        rows={name: str(commit.rows) for name, commit in context.written.items() if name in whole},
        facts=dict(context.facts), seconds=seconds,
        finished_utc=datetime.now(UTC).isoformat(timespec="microseconds"),
    )  # fmt: skip


def returned_documents(tables: OutputTables) -> list[int]:
    """Return the documents that had left and are in the corpus since the last forget, ascending.

    Input columns:
        doc_id of ``removals`` at the version before it, and of ``corpus`` now.
    """
    from tamis.io.tables import read_version

    last = tables.last(STAGE)
    version = last.versions_read.get("removals") if last else None
    if version is None or not tables.exists("corpus"):
        return []
    uri = table_uri(tables.output, "removals")
    left = read_version(tables.spark, uri, int(version), table_of("removals")).select("doc_id")
    found = tables.read("corpus").select("doc_id").join(left, on="doc_id", how="left_semi")
    return sorted(row["doc_id"] for row in found.collect())
