"""The text of documents, read by the Python workers from the table's files.

Where Spark reads it, text becomes rows of the JVM and these become Arrow: 6 CPU seconds for 1.3 GB that
Arrow's own reader takes 1.6 for. A frame whose files are not known is read by Spark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.steps.transfer import collected
from tamis.io.shards import text_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.io.shards import Split

    Batches = Iterator[pa.RecordBatch]
    Work = Callable[[Batches], Batches]


class Texts(NamedTuple):
    """Documents with their text.

    Attributes:
        frame: doc_id (long), text (string) and more.
        splits: The pieces of files that hold exactly the frame's rows, and length_chars; None: not known.
    """

    frame: DataFrame
    splits: tuple[Split, ...] | None = None


def map_texts(
    documents: DataFrame | Texts,
    work: Work,
    columns: Sequence[str],
    ddl: str,
    wanted: DataFrame | None = None,
) -> DataFrame:
    """Return what a function makes of the documents that have a text.

    Input columns:
        documents: doc_id (long), text (string) and ``columns``; wanted: doc_id, distinct.

    Output columns:
        Those of ``ddl``.

    Rows: what ``work`` gives. Shuffles: none; the wanted ids are broadcast, 8 bytes each.

    Args:
        documents: As above.
        work: Batches with ``columns``, in their order, to batches; called in the workers.
        columns: What it needs.
        ddl: What it gives.
        wanted: As above; None: all documents.
    """
    frame, splits = documents if isinstance(documents, Texts) else Texts(documents)
    if splits is None:
        rows = frame.where("text IS NOT NULL")
        if wanted is not None:
            rows = rows.join(F.broadcast(wanted.select("doc_id")), on="doc_id", how="left_semi")
        return rows.select(*columns).mapInArrow(work, ddl)
    doc_ids = None if wanted is None else np.sort(collected(wanted, {"doc_id": "BIGINT"})["doc_id"])
    shared = frame.sparkSession.sparkContext.broadcast((splits, doc_ids))
    read = _reader(shared, work, list(columns))
    return frame.sparkSession.range(0, len(splits), 1, max(1, len(splits))).mapInArrow(read, ddl)


def _reader(shared: Any, work: Work, columns: list[str]) -> Work:
    """One split a task."""

    def read(batches: Batches) -> Batches:
        splits, doc_ids = shared.value
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield from work(text_batches(splits[number], columns, doc_ids))

    return read
