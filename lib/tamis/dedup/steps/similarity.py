"""Exact Jaccard similarity of listed pairs, from their texts, without shuffling a text.

A pass over the documents picks the listed ones by a broadcast of their ids; what travels is each one's sorted
32-bit shingles, once for every document it is compared with as the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.overlap import set_similarities
from tamis.dedup.packed import packed_lists, packed_values
from tamis.dedup.steps.texts import map_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
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
    found = map_texts(documents, _sets(ngram), ["doc_id", "text"], SET_DDL, wanted)
    # Spark takes them to be as few bytes as the list of splits they come from, and would broadcast them.
    return found.hint("merge")


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
    """Compare each row of side 1 with the row of side 0 before it, where that one is of the same dst."""
    import pyarrow as pa

    centre, centre_set = np.zeros(1, np.int64), np.zeros(0, np.uint32)  # the last one of the batches before
    for batch in filter(len, batches):
        dst, doc_id, side = (batch.column(name).to_numpy() for name in ("dst", "doc_id", "side"))
        values, counts = packed_values(batch.column("shingles"), "<u4")
        sets, sizes = np.concatenate([centre_set, values]), np.append(len(centre_set), counts)
        starts = np.append(0, np.cumsum(sizes))
        set_of_row = np.arange(1, len(dst) + 1)
        set_of_centre = np.maximum.accumulate(np.where(side == 0, set_of_row, 0))
        is_pair = (side == 1) & (np.append(centre, dst)[set_of_centre] == dst) & (sizes[set_of_centre] > 0)
        jaccard, containment = set_similarities(sets, starts, set_of_row[is_pair], set_of_centre[is_pair])
        # 1 is kept for sets equal by 64 bits, which are not compared: of these the 32 bits may collide.
        jaccard = np.minimum(jaccard, counts[is_pair] / (counts[is_pair] + 1))
        columns = map(pa.array, (doc_id[is_pair], dst[is_pair], jaccard, containment))
        yield pa.RecordBatch.from_arrays(list(columns), names=["src", "dst", "jaccard", "containment"])
        last = set_of_centre[-1]
        centre, centre_set = (
            np.append(centre, dst)[last : last + 1],
            sets[starts[last] : starts[last + 1]].copy(),
        )
