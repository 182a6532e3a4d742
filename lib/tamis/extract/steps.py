"""The stage ``extract``: the pending inputs' bytes -> ``documents``, ``failures``, and the ledger filled in.

One pass over the bytes gives rows of three kinds, kept on local disk while the three tables are written.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.sql import functions as F

from tamis.errors import StageFailedError
from tamis.extract.isolation import EXTRACT_PAYLOAD
from tamis.extract.records import CONTAINER, DOCUMENT, FAILURE, INPUT
from tamis.extract.steps_repeats import resolve_repeats
from tamis.extract.steps_tombstones import forgotten_by_input, forgotten_records, remembered
from tamis.extract.tasks import filled_in, misfits, tasks
from tamis.io.ingest import ledger_frame, pending_ledger
from tamis.schemas import CONTAINERS, DOCUMENTS, FAILURES, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.config import Extract
    from tamis.io.ledger import LedgerRow
    from tamis.pipeline.commits import RunContext
    from tamis.pipeline.stage import StageContext

EXTRACTED = Table(
    "extracted", "extract", (
        Column("kind", "INT", "0 document, 1 failure, 2 input, 3 container"),
        Column("ordinal", "BIGINT", "of the input in the ledger"),
        *DOCUMENTS.columns,
        Column("member", "BIGINT", "number inside the record at this offset; 0: that record"),
        Column("ancestors", "ARRAY<BIGINT>", "the containers it lies in, outermost first"),
        Column("members", "BIGINT", "of the container"),
        *(column for column in FAILURES.columns if column.name in {"stage", "code", "message"}),
        Column("sha256", "STRING", "of the input"),
        Column("records", "BIGINT", "found in the input"),
        Column("skipped", "STRING", "JSON: records that are no documents, by reason"),
        Column("bytes_consumed", "BIGINT", "of the input"),
        Column("status", "STRING", "of the input"),
    ),
)  # fmt: skip
# Read back once, to be written; of six passes over the rows five do without.
TEXTS = ("text", "metadata", "pictures")
COUNTED = ("ordinal", "offset", "length", "sha256", "records", "skipped", "bytes_consumed", "status")


def run_extract(ctx: RunContext) -> None:
    """Extract the pending inputs and check that every record and byte of them is accounted for."""
    ledger = pending_ledger(ctx)
    held = [extracted_rows(ctx, ledger).persist(StorageLevel.DISK_ONLY)]
    try:
        extracted = _with_whole_inputs(ctx, ledger, held)
        held.append(extracted.drop(*TEXTS).persist(StorageLevel.DISK_ONLY))
        rows, facts = resolve_repeats([extracted, held[-1]], _known(ctx))
        forgotten = forgotten_records(ctx, facts)
        held += [forgotten] if forgotten is not None else []
        rows, facts = remembered(rows, forgotten), remembered(facts, forgotten)
        _check_ceiling(facts, ctx.recipe.extract.max_failed_fraction)
        ctx.write_pending("documents", rows.where(F.col("kind") == DOCUMENT).select(*DOCUMENTS.names))
        ctx.write_pending("failures", facts.where(F.col("kind") == FAILURE).select(*FAILURES.names))
        ctx.write_pending("containers", facts.where(F.col("kind") == CONTAINER).select(*CONTAINERS.names))
        filled = filled_in(ledger, _counts(facts))
        ctx.write_pending("inputs", ledger_frame(ctx, filled))
        ctx.facts["failed"] = str(ctx.read_pending("failures").where("doc_id IS NOT NULL").count())
        left_out = forgotten_by_input(forgotten)
    finally:
        for frame in held:
            frame.unpersist()
    check_inputs_conserved(ctx, filled, left_out)


def _counts(rows: DataFrame) -> list[dict[str, Any]]:
    return [row.asDict() for row in rows.where(F.col("kind") == INPUT).select(*COUNTED).collect()]


def _with_whole_inputs(ctx: StageContext, ledger: list[LedgerRow], held: list[DataFrame]) -> DataFrame:
    """Return the extracted rows; inputs whose parts do not fit together are read again, whole."""
    wrong = misfits(_counts(held[0])) if any(row.format == "warc" for row in ledger) else []
    if not wrong:
        return held[0]
    again = extracted_rows(ctx, [row for row in ledger if row.ordinal in wrong], whole=True)
    held.append(again.persist(StorageLevel.DISK_ONLY))
    return held[0].where(~F.col("ordinal").isin(wrong)).unionByName(again)


def extracted_rows(ctx: StageContext, ledger: list[LedgerRow], *, whole: bool = False) -> DataFrame:
    """Return all rows of the pending inputs.

    Input columns:
        those of ``inputs``.

    Output columns:
        ``EXTRACTED``.

    Rows: one a record, one a failed byte range, one an input or part of it. Shuffles: none.
    """
    context = ctx.spark.sparkContext
    groups = tasks(ledger, context.defaultParallelism, whole=whole)
    settings = ctx.recipe.extract
    cells = [json.dumps([{**asdict(piece.row), "part": piece.part} for piece in group]) for group in groups]
    frame = ctx.spark.createDataFrame(
        context.parallelize([(cell,) for cell in cells], max(1, len(cells))), "inputs STRING"
    )
    return frame.mapInArrow(_extractor(settings), EXTRACTED.ddl)


def _extractor(settings: Extract) -> Any:
    """Return the function that Spark runs on the executors; it carries plain values only."""
    from tamis.extract.payload import ExtractOptions

    options = ExtractOptions.of(settings)
    cpu_seconds, memory, max_record_bytes = settings.cpu_seconds, settings.memory, settings.max_record_bytes
    target = EXTRACT_PAYLOAD

    def extract(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from tamis.extract.isolation import shared_extractor
        from tamis.extract.records import arrow_batches, file_rows
        from tamis.io.readers import InputFile

        isolated = shared_extractor(options, cpu_seconds=cpu_seconds, memory_bytes=memory, target=target)
        files = (
            InputFile.from_ledger(row)
            for batch in batches
            for cell in batch.column(0).to_pylist()
            for row in json.loads(cell)
        )
        rows = (file_rows(file, isolated, max_record_bytes=max_record_bytes) for file in files)
        # All files as one stream: a batch of a single small file costs 1.2 ms, as much as reading it.
        yield from arrow_batches(chain.from_iterable(rows), EXTRACTED.arrow)

    return extract


def _known(ctx: StageContext) -> DataFrame | None:
    """Return the ids that earlier batches gave out; None in the first."""
    if ctx.pending[0] == 1 or not ctx.exists("documents"):
        return None
    earlier = F.col("batch_id") < ctx.pending[0]
    columns = ("doc_id", "source", "key")
    documents = ctx.read("documents").where(earlier).select(*columns, "record_sha256")
    failures = ctx.read("failures").where(earlier & F.col("doc_id").isNotNull())
    return documents.unionByName(failures.select(*columns, F.lit(None).cast("string").alias("record_sha256")))


def _check_ceiling(rows: DataFrame, ceiling: float) -> None:
    """Stop the run when too many documents failed: the recipe, not the files, is then likely wrong."""
    counts = {
        row["kind"]: row["count"]
        for row in rows.where(F.col("kind").isin(DOCUMENT, FAILURE) & F.col("doc_id").isNotNull())
        .groupBy("kind")
        .count()
        .collect()
    }
    failed, total = counts.get(FAILURE, 0), sum(counts.values())
    if not failed or failed <= ceiling * total:
        return
    examples = rows.where((F.col("kind") == FAILURE) & F.col("doc_id").isNotNull()).orderBy("doc_id")
    told = "; ".join(f"{row['path']}: {row['code']}" for row in examples.select("path", "code").take(3))
    raise StageFailedError(
        f"extract: {failed} of {total} documents failed, above the ceiling of {ceiling:.0%} "
        f"(extract.max_failed_fraction). For example {told}"
    )


def check_inputs_conserved(
    ctx: StageContext, ledger: list[LedgerRow], forgotten: Mapping[tuple[str, str], int]
) -> None:
    """Compare what was written with what the readers' independent counters found, file by file.

    Args:
        ctx: The stage's.
        ledger: The pending inputs, filled in.
        forgotten: Records left out because of a tombstone, by (source, path).

    Raises:
        StageFailedError: a file's records or bytes do not add up.
    """
    names = ["source", "path"]
    documents = ctx.read_pending("documents").groupBy(*names).agg(F.count("*").alias("records"))
    is_range = F.col("doc_id").isNull()
    failures = ctx.read_pending("failures").groupBy(*names).agg(
        F.count("doc_id").alias("records"),
        F.coalesce(F.sum(F.when(is_range, F.col("length"))), F.lit(0)).alias("bytes"),
        F.count_if(is_range).alias("ranges"),
    )  # fmt: skip
    records: dict[tuple[str, str], int] = dict(forgotten)
    ranges: dict[tuple[str, str], int] = {}
    counted = documents.withColumns({"bytes": F.lit(0), "ranges": F.lit(0)}).unionByName(failures).collect()
    for row in counted:
        name = (row["source"], row["path"])
        records[name] = records.get(name, 0) + row["records"]
        ranges[name] = ranges.get(name, 0) + row["bytes"]
    wrong = [
        f"{row.path}: {row.records} records found, {records.get(row.name, 0)} in the tables; "
        f"{row.bytes_consumed} bytes read and {ranges.get(row.name, 0)} failed of {row.bytes}"
        for row in ledger
        if records.get(row.name, 0) != row.records
        or (row.bytes_consumed or 0) + ranges.get(row.name, 0) != row.bytes
    ]
    if wrong:
        raise StageFailedError(
            f"extract: {len(wrong)} input(s) do not add up. For example {'; '.join(wrong[:3])}"
        )
    ctx.facts["ranges_failed"] = str(sum(row["ranges"] for row in counted))
    ctx.facts["first_batch"] = str(ctx.pending[0])
    ctx.facts["forgotten"] = str(sum(forgotten.values()))
    ctx.facts["records"] = str(sum(row.records or 0 for row in ledger) - sum(forgotten.values()))
