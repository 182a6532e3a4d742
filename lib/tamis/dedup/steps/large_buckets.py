"""Large buckets -> pairs: stars of signatures, chunk by chunk, so that no bucket is one long task.

The members of a bucket over `CHUNK_MEMBERS` are dealt to chunks by their doc_id. Each chunk gives its pairs
and its centres; the centres of a bucket's chunks are the bucket of the next round, until it is one chunk. So
no document is a centre for more than a chunk, and what follows, joins on a centre, meets no hot key either.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from tamis.dedup.minhash import byte_matrix
from tamis.dedup.stars import signature_stars
from tamis.dedup.steps.transfer import settled, small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import Column

    from tamis.dedup.stars import Stars

    Batches = Iterator[pa.RecordBatch]
    Place = tuple[int, int, int]

CHUNK_MEMBERS = 4096  # 1 MB of signatures; 5 to 250 ms of a core, by the number of centres
WHOLE = -1  # the chunk of a bucket that is not cut
BUCKET = ["band", "band_key"]

STAR_DDL = "band INT, band_key BIGINT, src BIGINT, dst BIGINT, fresh BOOLEAN, pairs BIGINT"


class StarPairs(NamedTuple):
    """What large buckets gave.

    Attributes:
        pairs: src, dst (long): src > dst, one of the two fresh; repeats of several buckets.
        given_up: Pairs of one bucket that nobody looks at. A link between two centres of one chunk that the
            next round proposes again counts as two.
    """

    pairs: DataFrame
    given_up: int


def star_pairs(members: DataFrame, signatures: DataFrame, *, floor: float, num_hashes: int) -> StarPairs:
    """Return the pairs of large buckets that have a fresh document.

    Input columns:
        members: band (int), band_key, doc_id (long), fresh (boolean).
        signatures: doc_id (long), signature (binary).

    Rows: at most 64 a member and centre that it resembles.
    Shuffles: the signatures of these members, on doc_id and then on the bucket and chunk; of buckets over
        `CHUNK_MEMBERS` those of the centres once more.
    """
    wanted = signatures.join(small(members.select("doc_id").distinct()), on="doc_id", how="left_semi")
    rounds: list[DataFrame] = []
    possible = proposed = 0
    while True:
        sizes = settled(members.groupBy(*BUCKET).agg(F.count("*").alias("members")))
        if not rounds:
            possible = _total(sizes, F.col("members") * (F.col("members") - 1) / 2)
        cut = sizes.where(F.col("members") > CHUNK_MEMBERS)
        signed = members.join(wanted.select("doc_id", "signature"), on="doc_id", how="inner")
        found = settled(_chunked(signed, cut).mapInArrow(_scan(floor, num_hashes), STAR_DDL))
        proposed += _total(found, F.col("pairs"))
        rounds.append(found.where("dst IS NOT NULL").select("src", "dst"))
        if cut.isEmpty():
            break
        members = found.where("band IS NOT NULL").select(*BUCKET, F.col("src").alias("doc_id"), "fresh")
    return StarPairs(functools.reduce(DataFrame.union, rounds), possible - proposed)


def chunk_of(member: Column, members: Column) -> Column:
    """Return the chunk, from 0, of one of so many members: by its hash, so that it is always the same."""
    chunks = F.ceil(members / CHUNK_MEMBERS).cast("bigint")
    return F.pmod(F.xxhash64(member), chunks).cast("int")


def _chunked(signed: DataFrame, cut: DataFrame) -> DataFrame:
    """Return the members brought together by bucket and chunk, in the order of doc_id."""
    chunk = F.coalesce(chunk_of(F.col("doc_id"), F.col("members")), F.lit(WHOLE))
    placed = signed.join(small(cut), on=BUCKET, how="left").withColumn("chunk", chunk).drop("members")
    return placed.repartition(*BUCKET, "chunk").sortWithinPartitions(*BUCKET, "chunk", "doc_id")


def _total(frame: DataFrame, column: Column) -> int:
    row = frame.agg(F.coalesce(F.sum(column), F.lit(0)).cast("bigint")).first()
    return 0 if row is None else int(row[0])


def _scan(floor: float, num_hashes: int) -> Callable[[Batches], Batches]:
    def scan(batches: Batches) -> Batches:
        pieces = (piece for batch in batches for piece in _pieces(batch))
        for place, group in itertools.groupby(pieces, key=lambda piece: piece[0]):
            members = [piece for _, piece in group]
            signatures = np.concatenate(
                [byte_matrix(piece.column("signature"), num_hashes) for piece in members]
            )
            stars = signature_stars(signatures, floor=floor)
            doc_ids, fresh = (
                np.concatenate([piece.column(name).to_numpy(zero_copy_only=False) for piece in members])
                for name in ("doc_id", "fresh")
            )
            yield from _star_batches(place, stars, doc_ids, fresh)

    return scan


def _pieces(batch: pa.RecordBatch) -> Iterator[tuple[Place, pa.RecordBatch]]:
    """Cut a batch where the bucket or the chunk changes."""
    columns = [batch.column(name).to_numpy() for name in (*BUCKET, "chunk")]
    changes = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), batch.num_rows]
    for start, end in itertools.pairwise(bounds):
        band, key, chunk = (int(column[start]) for column in columns)
        yield (band, key, chunk), batch.slice(start, end - start)


def _star_batches(
    place: Place, stars: Stars, doc_ids: NDArray[np.int64], fresh: NDArray[np.bool_]
) -> Batches:
    import pyarrow as pa

    band, key, chunk = place
    is_new = fresh[stars.src] | fresh[stars.dst]
    pairs = {"src": pa.array(doc_ids[stars.src[is_new]]), "dst": pa.array(doc_ids[stars.dst[is_new]])}
    yield _rows(pairs, int(is_new.sum()))
    yield _rows({"pairs": pa.array([len(stars.src)], pa.int64())}, 1)
    if chunk != WHOLE:
        centres = stars.centres
        columns = {"src": pa.array(doc_ids[centres]), "fresh": pa.array(fresh[centres])}
        columns |= {"band": pa.repeat(pa.scalar(band, pa.int32()), len(centres))}
        yield _rows(columns | {"band_key": pa.repeat(pa.scalar(key, pa.int64()), len(centres))}, len(centres))


def _rows(columns: dict[str, pa.Array], count: int) -> pa.RecordBatch:
    import pyarrow as pa

    types = {"band": pa.int32(), "fresh": pa.bool_()}
    names = ["band", "band_key", "src", "dst", "fresh", "pairs"]
    arrays = [columns.get(name, pa.nulls(count, types.get(name, pa.int64()))) for name in names]
    return pa.RecordBatch.from_arrays(arrays, names=names)
