"""Evidence to the text: each task gets the evidence of some files, opens them and streams their documents.

What is shuffled is a few numbers a document (30 bytes, and 16 a cut span); text goes from the table's file to
the task and on to the new file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tamis.io.shards import file_path
from tamis.schemas import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    Batches = Iterator[pa.RecordBatch]

MAX_TASKS = 20_000  # 30 TB in files of 1 GB are 30,000; more tasks cost the driver more than they spread
MEASURED = "doc_id BIGINT, start_char INT, end_char INT, kept_doc_id BIGINT, jaccard DOUBLE, left_chars INT"
MEASURED_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one version of `documents`.

    Attributes:
        uris: In a fixed order; a file's number is its place.
        places: doc_id (long), batch_id, shard, file (int): which document lies where.
    """

    uris: tuple[str, ...]
    places: DataFrame


def document_files(documents: DataFrame) -> Files:
    """Find the file of every document.

    Input columns:
        doc_id (long), batch_id, shard (int), read from files.

    Output columns:
        of `Files.places`: doc_id (long), batch_id, shard, file (int).

    Rows: as ``documents``. Shuffles: the files' names; the numbers are broadcast.
    """
    names = documents.select(file_path().alias("uri")).distinct().collect()
    uris = tuple(sorted(row["uri"] for row in names))
    numbers = documents.sparkSession.createDataFrame(
        [(uri, number) for number, uri in enumerate(uris)], "uri STRING, file INT"
    )
    located = documents.select("doc_id", "batch_id", "shard", file_path().alias("uri"))
    places = located.join(F.broadcast(numbers), on="uri", how="inner")
    return Files(uris, places.select("doc_id", "batch_id", "shard", "file"))


def span_measures(leaving: DataFrame, files: Files, unit: str) -> DataFrame:
    """Return where each leaving span lies in its text, and what its document has left.

    Reads the text of documents that lose spans, no others.

    Input columns:
        doc_id (long), spans (array of ordinal int, kept_doc_id long, jaccard double; ascending).

    Output columns:
        doc_id (long), start_char, end_char (int), kept_doc_id (long), jaccard (double), left_chars (int):
        code points of the cut text, blank ends apart.

    Rows: one a cut; neighbouring spans that one document keeps to the same similarity are one cut.
    Shuffles: on doc_id, then on the file.
    """
    located = files.places.select("doc_id", "file").join(leaving, on="doc_id", how="inner")
    return _beside_text(located, files).mapInArrow(_measure(files.uris, unit), MEASURED)


def corpus_rows(kept: DataFrame, cuts: DataFrame, files: Files) -> DataFrame:
    """Return the documents that stay, without their cuts.

    Input columns:
        kept: doc_id (long). cuts: doc_id (long), start_char, end_char (int), disjoint.

    Output columns:
        those of `corpus`.

    Rows: one per kept document. Shuffles: on doc_id, then on the file; never text.
    """
    ranges = F.sort_array(F.collect_list(F.struct("start_char", "end_char")))
    grouped = cuts.groupBy("doc_id").agg(ranges.alias("cuts"))
    located = files.places.join(kept.select("doc_id"), on="doc_id", how="left_semi")
    evidence = located.join(grouped, on="doc_id", how="left").select("doc_id", "batch_id", "file", "cuts")
    return _beside_text(evidence, files).mapInArrow(_cut(files.uris), CORPUS.ddl)


def _beside_text(evidence: DataFrame, files: Files) -> DataFrame:
    """Bring all evidence of one file to one task.

    The number of tasks is given, since adaptive execution would join them all by the evidence's few bytes;
    two a file, so that chance seldom puts two files into one task while others idle.
    """
    tasks = min(max(1, 2 * len(files.uris)), MAX_TASKS)
    return evidence.repartition(tasks, "file").sortWithinPartitions("file", "doc_id")


def _measure(uris: tuple[str, ...], unit: str) -> Callable[[Batches], Batches]:
    def measure(batches: Batches) -> Batches:
        import itertools

        import pyarrow as pa

        from tamis.assemble.shard_text import by_file, measured_cuts

        rows = itertools.chain.from_iterable(
            measured_cuts(uris[evidence.file], evidence, unit) for evidence in by_file(batches)
        )
        schema = pa.schema([
            ("doc_id", pa.int64()), ("start_char", pa.int32()), ("end_char", pa.int32()),
            ("kept_doc_id", pa.int64()), ("jaccard", pa.float64()), ("left_chars", pa.int32()),
        ])  # fmt: skip
        while chunk := list(itertools.islice(rows, MEASURED_ROWS)):
            yield pa.RecordBatch.from_pylist(chunk, schema=schema)

    return measure


def _cut(uris: tuple[str, ...]) -> Callable[[Batches], Batches]:
    def cut(batches: Batches) -> Batches:
        from tamis.assemble.shard_text import by_file, corpus_batches

        for evidence in by_file(batches):
            yield from corpus_batches(uris[evidence.file], evidence)

    return cut
