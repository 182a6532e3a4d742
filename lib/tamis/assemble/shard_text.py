"""One file's documents and the evidence for them -> cuts, and rows of the corpus; without Spark.

The evidence of one file is a few numbers a document, sorted by doc_id; the text streams past it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.assemble.cutting import Leaving, place_without, span_cuts, without_ranges
from tamis.io.shards import matching_batches, places
from tamis.schemas import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What is known of the wanted documents of one file.

    Attributes:
        file: Its number among the table's files.
        rows: The evidence's columns, one row a document, ascending by doc_id.
    """

    file: int
    rows: pa.Table

    @property
    def doc_ids(self) -> NDArray[np.int64]:
        """Shape (n,), ascending."""
        ids: NDArray[np.int64] = self.rows["doc_id"].to_numpy()
        return ids


def by_file(batches: Iterable[pa.RecordBatch]) -> Iterator[FileEvidence]:
    """Yield the evidence file by file from batches sorted by (file, doc_id); one may end within a file."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    for batch in batches:
        files = batch.column("file").to_numpy()
        bounds = [0, *(np.flatnonzero(np.diff(files)) + 1).tolist(), len(files)]
        for start, stop in itertools.pairwise(bounds):
            if stop == start:
                continue
            if held and held[0].column("file")[0].as_py() != files[start]:
                yield FileEvidence(held[0].column("file")[0].as_py(), pa.Table.from_batches(held))
                held = []
            held.append(batch.slice(start, stop - start))
    if held:
        yield FileEvidence(held[0].column("file")[0].as_py(), pa.Table.from_batches(held))


def measured_cuts(uri: str, evidence: FileEvidence, unit: str) -> Iterator[dict[str, int | float | None]]:
    """Yield the cuts of one file's documents, with what each document has left.

    Args:
        uri: The file.
        evidence: Columns doc_id and ``spans``: (ordinal, kept_doc_id, jaccard) of the spans that leave,
            ascending.
        unit: What ordinals count.

    Yields:
        doc_id, start_char, end_char, kept_doc_id, jaccard, and left_chars: of the cut text, blank ends apart.
    """
    from tamis.dedup.spans import span_offsets

    doc_ids, spans = evidence.doc_ids, evidence.rows["spans"]
    for batch in matching_batches(uri, doc_ids, ["doc_id", "text"]):
        ids = batch.column("doc_id").to_numpy()
        for row, place in enumerate(places(doc_ids, ids).tolist()):
            text = batch.column("text")[row].as_py()
            starts, ends = span_offsets(text, unit)
            cuts = span_cuts(text, starts, ends, [Leaving(**span) for span in spans[place].as_py()])
            left = len(without_ranges(text, ((cut.start, cut.end) for cut in cuts)).strip())
            for cut in cuts:
                yield {
                    "doc_id": int(ids[row]), "start_char": cut.start, "end_char": cut.end,
                    "kept_doc_id": cut.kept_doc_id, "jaccard": cut.jaccard, "left_chars": left,
                }  # fmt: skip


def corpus_batches(uri: str, evidence: FileEvidence) -> Iterator[pa.RecordBatch]:
    """Yield the corpus rows of one file's documents, in the file's order.

    Args:
        uri: The file.
        evidence: Columns doc_id, batch_id and ``cuts``: its (start_char, end_char), ascending; or null.

    Yields:
        Batches of `CORPUS`'s columns.
    """
    doc_ids = evidence.doc_ids
    columns = [name for name in CORPUS.names if name != "batch_id"]  # a folder's name, not in the file
    for batch in matching_batches(uri, doc_ids, columns):
        rows = evidence.rows.take(places(doc_ids, batch.column("doc_id").to_numpy()))
        yield _corpus_batch(batch, rows)


def _corpus_batch(batch: pa.RecordBatch, rows: pa.Table) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = cut_texts(batch.column("text"), rows["cuts"])
    made = {
        "text": text, "length_chars": pc.utf8_length(text), "batch_id": rows["batch_id"].combine_chunks(),
        "pictures": moved_pictures(batch, rows["cuts"]),
    }  # fmt: skip
    arrays = [
        _of_type(made[field.name] if field.name in made else batch.column(field.name), field.type)
        for field in CORPUS.arrow
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=CORPUS.arrow)


def _of_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Arrow's cast of a filtered map can end the process ("keys array should have no nulls", GH-51029)."""
    import pyarrow as pa

    return pa.array(array.to_pylist(), kind) if pa.types.is_map(kind) else array.cast(kind)


def moved_pictures(batch: pa.RecordBatch, cuts: pa.ChunkedArray) -> pa.Array:
    """Return the pictures at their places in the cut texts; those inside a cut leave with it.

    A table of an older tamis has none: null.
    """
    import pyarrow as pa

    kind = CORPUS.arrow.field("pictures").type
    if "pictures" not in batch.schema.names:
        return pa.nulls(batch.num_rows, kind)
    pictures = batch.column("pictures")
    if cuts.null_count == len(cuts):
        return pictures
    moved = [
        _moved(row, [(part["start_char"], part["end_char"]) for part in parts]) if row and parts else row
        for row, parts in zip(pictures.to_pylist(), cuts.to_pylist(), strict=True)
    ]
    return pa.array(moved, kind)


def _moved(row: list[dict[str, Any]], ranges: list[tuple[int, int]]) -> list[dict[str, Any]]:
    places = ((picture, place_without(picture["position"], ranges)) for picture in row)
    return [{**picture, "position": place} for picture, place in places if place is not None]


def cut_texts(texts: pa.Array, cuts: pa.ChunkedArray) -> pa.Array:
    """Return the texts without their cuts; the same array where there are none.

    Args:
        texts: Strings.
        cuts: As many lists of (start_char, end_char), or nulls.
    """
    import pyarrow as pa

    if cuts.null_count == len(cuts):
        return texts
    ranges = cuts.to_pylist()
    cut = [
        without_ranges(text.as_py(), ((part["start_char"], part["end_char"]) for part in parts))
        if parts
        else text
        for text, parts in zip(texts, ranges, strict=True)
    ]
    values = [value.as_py() if isinstance(value, pa.Scalar) else value for value in cut]
    return pa.array(values, pa.large_string())
