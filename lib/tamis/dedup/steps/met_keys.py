"""A batch's band keys and the stored ones: those of them that are met, found where they lie.

The batch's keys are made into a Bloom filter, 4 bytes a key, which is broadcast; only stored keys that it may
hold move. One in 2,500 of those does for nothing: no bucket of it has a new document, so it gives no pair.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from tamis.dedup.packed import packed_values, rows_and_places, sliced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    Batches = Iterator[pa.RecordBatch]

TURN_KEYS = 1 << 26  # a filter of 256 MB, in the driver and in each Python worker
PIECE_WORDS = 1 << 19  # 4 MB: what a task fills
MET_DDL = "doc_id BIGINT, band INT, band_key BIGINT"
PIECE_DDL = "piece INT, words BINARY"


def met_keys(stored: DataFrame, new: DataFrame, turn_keys: int = TURN_KEYS) -> DataFrame:
    """Return the stored band keys that new documents have too, and few others.

    Input columns:
        stored, new: doc_id (long), band_keys (binary), as in `signatures`.

    Output columns:
        doc_id (long), band (int), band_key (long).

    Rows: one a document and band; of those that are not met, 1 in 2,500.
    Shuffles: 8 bytes a new key. The stored rows are read once for every ``turn_keys`` new keys.
    """
    total = new.agg(F.coalesce(F.sum(F.length("band_keys")), F.lit(0)).alias("bytes")).first()
    count = total["bytes"] // 8 if total else 0
    turns = max(1, -(-count // turn_keys))
    found = [_met_in_turn(stored, new, turn, turns, -(-count // turns)) for turn in range(turns)]
    return functools.reduce(DataFrame.union, found)


def _met_in_turn(stored: DataFrame, new: DataFrame, turn: int, turns: int, count: int) -> DataFrame:
    from tamis.dedup.bloom import words_for

    words = words_for(count)
    keys = new.select("band_keys").mapInArrow(_to_pieces(turn, turns, words), "piece INT, keys BINARY")
    parts = keys.repartition("piece").sortWithinPartitions("piece").mapInArrow(_fill_pieces(words), PIECE_DDL)
    filled = np.zeros(words, np.uint64)
    for row in parts.collect():
        piece = np.frombuffer(row["words"], np.uint64)
        start = row["piece"] * PIECE_WORDS
        filled[start : start + len(piece)] = piece
    shared = stored.sparkSession.sparkContext.broadcast(filled)
    return stored.select("doc_id", "band_keys").mapInArrow(
        lambda batches: _held(batches, shared.value, turn, turns), MET_DDL
    )


def _to_pieces(turn: int, turns: int, words: int) -> Callable[[Batches], Batches]:
    def cut(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup.bloom import word_of

        for batch in batches:
            keys = packed_values(batch.column("band_keys"), "<i8")[0]
            keys = keys[_is_in_turn(keys, turn, turns)]
            pieces = word_of(keys, words) // PIECE_WORDS
            order = np.argsort(pieces, kind="stable")
            numbers, starts = np.unique(pieces[order], return_index=True)
            packed = [part.tobytes() for part in np.split(keys[order], starts[1:])] if len(numbers) else []
            columns = [pa.array(numbers, pa.int32()), pa.array(packed, pa.large_binary())]
            yield pa.RecordBatch.from_arrays(columns, names=["piece", "keys"])

    return cut


def _fill_pieces(words: int) -> Callable[[Batches], Batches]:
    def fill(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup.bloom import set_bits, word_of

        rows = (
            row for batch in batches
            for row in zip(batch.column("piece").to_pylist(), batch.column("keys"), strict=True)
        )  # fmt: skip
        for piece, group in itertools.groupby(rows, key=lambda row: row[0]):
            start = piece * PIECE_WORDS
            filled = np.zeros(min(PIECE_WORDS, words - start), np.uint64)
            for _, packed in group:
                keys = np.frombuffer(packed.as_buffer(), np.int64)
                set_bits(filled, keys, word_of(keys, words) - start)
            columns = [pa.array([piece], pa.int32()), pa.array([filled.tobytes()], pa.large_binary())]
            yield pa.RecordBatch.from_arrays(columns, names=["piece", "words"])

    return fill


def _held(batches: Batches, filled: NDArray[np.uint64], turn: int, turns: int) -> Batches:
    import pyarrow as pa

    from tamis.dedup.bloom import may_hold

    for batch in batches:
        keys, counts = packed_values(batch.column("band_keys"), "<i8")
        rows, bands = rows_and_places(counts)
        found = np.flatnonzero(_is_in_turn(keys, turn, turns))
        found = found[may_hold(filled, keys[found])]
        columns = [
            batch.column("doc_id").take(pa.array(rows[found])),
            pa.array(bands[found].astype(np.int32)), pa.array(keys[found]),
        ]  # fmt: skip
        yield from sliced(pa.RecordBatch.from_arrays(columns, names=["doc_id", "band", "band_key"]))


def _is_in_turn(keys: NDArray[np.int64], turn: int, turns: int) -> NDArray[np.bool_]:
    """Tell which keys a turn looks at, by their lower half: the upper one chooses the word."""
    lower = keys.view(np.uint64) & np.uint64(0xFFFFFFFF)
    found: NDArray[np.bool_] = lower % np.uint64(turns) == np.uint64(turn)
    return found
