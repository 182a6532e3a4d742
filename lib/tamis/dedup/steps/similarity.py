"""Exact Jaccard similarity of listed pairs, from their texts, without shuffling a text.

A pass over the documents picks the listed ones by a broadcast of their ids; what travels is each one's sorted
32-bit shingles, once for every document it is compared with as the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.overlap import set_similarity
from tamis.dedup.packed import packed_lists
from tamis.dedup.steps.texts import map_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

SET_DDL = "doc_id BIGINT, shingles BINARY"
SIMILARITY_DDL = "src BIGINT, dst BIGINT, jaccard DOUBLE, containment DOUBLE"


def shingle_sets(documents: DataFrame | Texts, wanted: DataFrame, ngram: int) -> DataFrame:
    """Return the shingles of some documents.

    Input columns:
        documents: doc_id (long), text (string).
        wanted: doc_id (long), distinct.

    Output columns:
        doc_id (long), shingles (binary): ascending uint32, little-endian.

    Rows: one a wanted document that has shingles.
    Shuffles: none; the wanted ids are broadcast.
    """
    return map_texts(documents, _sets(ngram), ["doc_id", "text"], SET_DDL, wanted)


def exact_similarities(pairs: DataFrame, documents: DataFrame | Texts, ngram: int) -> DataFrame:
    """Return the exact similarity of pairs.

    Input columns:
        pairs: src, dst (long), distinct.
        documents: doc_id (long), text (string).

    Output columns:
        src, dst (long): As given.
        jaccard (double): Shared shingles over all shingles of the two.
        containment (double): Shared shingles over those of the smaller set.

    Rows: one a pair whose documents both have shingles.
    Shuffles: the shingle sets: of all listed documents on doc_id, then each src's once a pair and each dst's
        once, on dst.
    """
    ends = pairs.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct()
    sets = shingle_sets(documents, ends, ngram)
    sides = pairs.select("dst", F.col("src").alias("doc_id"), F.lit(1).alias("side")).union(
        pairs.select("dst", F.col("dst"), F.lit(0)).distinct()
    )
    by_centre = sides.join(sets, on="doc_id", how="inner").repartition("dst")
    return by_centre.sortWithinPartitions("dst", "side", "doc_id").mapInArrow(_compare, SIMILARITY_DDL)


def _sets(ngram: int) -> Callable[[Batches], Batches]:
    def sets(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup import shingles

        for batch in batches:
            found = shingles.shingle_sets(batch.column("text"), ngram)
            is_set = found.is_valid()
            packed = packed_lists(found.filter(is_set))
            yield pa.RecordBatch.from_arrays(
                [batch.column("doc_id").filter(is_set), packed], names=["doc_id", "shingles"]
            )

    return sets


def _compare(batches: Batches) -> Batches:
    import pyarrow as pa

    centre, centre_set = None, np.zeros(0, np.uint32)
    for batch in batches:
        found: list[tuple[int, int, float, float]] = []
        for dst, doc_id, side, shingles in _rows(batch):
            if side == 0:
                centre, centre_set = dst, shingles
            elif centre == dst:
                found.append((doc_id, dst, *_similarity_of_unequal(shingles, centre_set)))
        columns = list(zip(*found, strict=True)) or [(), (), (), ()]
        types = (pa.int64(), pa.int64(), pa.float64(), pa.float64())
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=["src", "dst", "jaccard", "containment"])


def _similarity_of_unequal(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> tuple[float, float]:
    """Keep jaccard 1 for sets that are equal by 64 bits: these are not, though their 32 bits may collide."""
    jaccard, containment = set_similarity(left, right)
    return min(jaccard, len(left) / (len(left) + 1)), containment


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[int, int, int, NDArray[np.uint32]]]:
    columns = (batch.column(name).to_pylist() for name in ("dst", "doc_id", "side"))
    for dst, doc_id, side, shingles in zip(*columns, batch.column("shingles"), strict=True):
        yield dst, doc_id, side, np.frombuffer(shingles.as_buffer(), "<u4")
