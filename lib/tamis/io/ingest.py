"""The stage ``ingest``: fix the list of inputs, before anything is read, as a batch of the ledger."""

from __future__ import annotations

import hashlib
import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tamis.io.ledger import LedgerRow, compare, listed_rows, with_shards
from tamis.io.storage import list_files, open_input
from tamis.schemas import INPUTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.config import Recipe
    from tamis.pipeline.commits import RunContext

NAMED_VANISHED = 20  # names kept for the report; the count is exact


def plan_ingest(context: RunContext) -> list[int]:
    """Return the batch to make: one where the listing has files that the ledger lacks, else none."""
    ledger = [LedgerRow(**row) for row in context.tables.ledger()]
    delta = compare(list_inputs(context.recipe), ledger, _sha256)
    context.facts["vanished"] = json.dumps(delta.vanished[:NAMED_VANISHED])
    context.facts["vanished_count"] = str(len(delta.vanished))
    batches = {row.batch_id for row in ledger}
    last = context.tables.last("ingest")
    if last is not None and not delta.new:
        return []
    batch = 1 + max(batches | ({last.batch_id} if last else {0}))
    context.planned = with_shards(
        delta.new, context.recipe.shards, batch=batch,
        ordinal=1 + max((row.ordinal for row in ledger), default=-1),
        shard=1 + max((row.shard for row in ledger), default=-1),
    )  # fmt: skip
    return [batch]


def run_ingest(context: RunContext) -> None:
    """Write the planned batch of the ledger."""
    context.write_pending("inputs", ledger_frame(context, context.planned))


def list_inputs(recipe: Recipe) -> list[LedgerRow]:
    """Return the files of all the recipe's inputs, sorted by (source, path)."""
    return listed_rows((part, *list_files(part.path)) for part in recipe.inputs)


def pending_ledger(context: RunContext) -> list[LedgerRow]:
    """Return the inputs of the pending batches, in the ledger's order."""
    rows = (LedgerRow(**row) for row in context.tables.ledger())
    return [row for row in rows if row.batch_id in context.pending]


def ledger_frame(context: Any, rows: list[LedgerRow]) -> DataFrame:
    """Return ledger rows as a frame with the columns of ``inputs``."""
    return context.spark.createDataFrame(list(map(attrgetter(*INPUTS.names), rows)), INPUTS.ddl)


def _sha256(row: LedgerRow) -> str:
    digest = hashlib.sha256()
    with open_input(row.root, row.path) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
