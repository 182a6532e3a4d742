"""Frames -> folders of files: Parquet and Delta by Spark, JSON Lines line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.io import sinks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    Batches = Iterator[pa.RecordBatch]


def write_frame(frame: DataFrame, folder: str, form: str, *, line_column: str | None = None) -> None:
    """Replace a folder by the rows of a frame.

    Args:
        frame: What to write.
        folder: Local path or URI.
        form: jsonl, parquet or delta.
        line_column: jsonl: a binary column that is the whole line already.
    """
    if form != "jsonl":
        options = {"overwriteSchema": "true"} if form == "delta" else {}
        frame.write.format(form).mode("overwrite").options(**options).save(folder)
        return
    line = F.to_json(F.struct("*"), {"ignoreNullFields": "false"}).cast("binary")
    lines = frame.select(F.col(line_column) if line_column else line.alias("line"))
    _remove(folder)
    lines.mapInArrow(_line_writer(folder), "lines BIGINT").collect()


def _remove(folder: str) -> None:
    filesystem, path = sinks.filesystem_of(folder)
    if sinks.exists(folder):
        filesystem.delete_dir(path)
    filesystem.create_dir(path, recursive=True)


def _line_writer(folder: str) -> Callable[[Batches], Batches]:
    """Spark's text writer would name them .txt; a task that is tried again replaces its own file."""

    def write(batches: Batches) -> Batches:
        import pyarrow as pa
        from pyspark import TaskContext

        context = TaskContext.get()
        part = context.partitionId() if context else 0
        count = 0
        with sinks.replacing(f"{folder}/part-{part:05d}.jsonl") as stream:
            for batch in batches:
                for line in batch.column(0):
                    stream.write(line.as_buffer())
                    stream.write(b"\n")
                count += batch.num_rows
        yield pa.RecordBatch.from_arrays([pa.array([count])], names=["lines"])

    return write
