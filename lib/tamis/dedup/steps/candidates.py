"""Signatures and band keys -> the pairs worth verifying.

Documents with equal shingle sets collapse into a group first; only its smallest doc_id goes into buckets.
Buckets of up to 64 give all pairs; the members of larger ones are handed on (`large_buckets`). All by doc_id,
so that the pairs do not depend on the partitioning.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.buckets import KEY, key_records, parted, scan_buckets
from tamis.dedup.packed import packed_values, rows_and_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.dedup.buckets import BucketRows

    Batches = Iterator[pa.RecordBatch]

BUCKET_DDL = "band INT, band_key BIGINT, src BIGINT, dst BIGINT, fresh BOOLEAN"
PACKED_DDL = "part INT, keys BINARY"
PACKED_RECORDS = 1 << 18  # 5 MB: what a task holds before it hands them on


def equal_groups(signatures: DataFrame) -> DataFrame:
    """Return the members of each group of equal shingle sets, but for its representative.

    Input columns:
        doc_id (long), shingle_count (int), shingle_set (long), band_keys (binary).

    Output columns:
        doc_id (long): A member; its set, the set's size and the band keys equal the representative's.
        representative (long): The smallest doc_id of the group, always < doc_id.

    Rows: one a member other than the representative.
    Shuffles: 28 bytes a document, on the set; the partial aggregation makes one row of a group that a
        partition holds many of. Then the join back.
    """
    same = ["shingle_set", "shingle_count", "keys_hash"]
    narrow = signatures.select(
        "doc_id", "shingle_set", "shingle_count", F.xxhash64("band_keys").alias("keys_hash")
    )
    groups = narrow.groupBy(*same).agg(F.min("doc_id").alias("representative"), F.count("*").alias("members"))
    shared = groups.where("members > 1").drop("members")
    return (
        narrow.join(shared, on=same, how="inner")
        .where("doc_id != representative")
        .select("doc_id", "representative")
    )


def signature_keys(signatures: DataFrame, parts: int) -> DataFrame:
    """Return the band keys of new documents, packed by part.

    Input columns:
        doc_id (long), band_keys (binary).

    Output columns:
        part (int), keys (binary): records of dtype `buckets.KEY`, fresh.

    Rows: one a part and 262,144 keys. Shuffles: none.
    """
    return signatures.select("doc_id", "band_keys").mapInArrow(_pack_new(parts), PACKED_DDL)


def stored_keys(keys: DataFrame, parts: int) -> DataFrame:
    """Return band keys of earlier batches, packed by part.

    Input columns:
        band (int), band_key, doc_id (long).

    Output columns:
        part (int), keys (binary): records of dtype `buckets.KEY`, not fresh.

    Rows: one a part and 262,144 keys. Shuffles: none.
    """
    return keys.select("band", "band_key", "doc_id").mapInArrow(_pack_stored(parts), PACKED_DDL)


def bucket_rows(packed: DataFrame) -> DataFrame:
    """Return the pairs of small buckets and the members of large ones.

    Input columns:
        part (int), keys (binary); of a group of equal shingle sets only the representative's.

    Output columns:
        band, band_key: The bucket of a member; null in a pair's row.
        src (long): The larger doc_id of a pair, or a member of a large bucket.
        dst (long): The smaller one; null for a member of a large bucket.
        fresh (boolean): Of a member; null in a pair's row.

    Rows: a pair with a fresh document once for each small bucket that holds it; a member once for each large
        bucket.
    Shuffles: 19 bytes a band key, packed, on the part.
    """
    by_part = packed.repartition("part").sortWithinPartitions("part")
    return by_part.mapInArrow(_scan_parts, BUCKET_DDL)


def _pack_new(parts: int) -> Callable[[Batches], Batches]:
    def pack(batches: Batches) -> Batches:
        yield from _packed_batches(map(_new_records, batches), parts)

    return pack


def _new_records(batch: pa.RecordBatch) -> NDArray[np.void]:
    keys, counts = packed_values(batch.column("band_keys"), "<i8")
    rows, bands = rows_and_places(counts)
    return key_records(keys, batch.column("doc_id").to_numpy()[rows], bands, fresh=True)


def _pack_stored(parts: int) -> Callable[[Batches], Batches]:
    def pack(batches: Batches) -> Batches:
        names = ("band_key", "doc_id", "band")
        columns = ([batch.column(name).to_numpy() for name in names] for batch in batches)
        yield from _packed_batches((key_records(*three, fresh=False) for three in columns), parts)

    return pack


def _packed_batches(records: Iterable[NDArray[np.void]], parts: int) -> Batches:
    """Gather records before they are parted, so that a part's piece is long."""
    import pyarrow as pa

    gathered: list[NDArray[np.void]] = []
    count = 0
    for more in itertools.chain(records, [None]):
        if more is not None:
            gathered.append(more)
            count += len(more)
        if count and (more is None or count >= PACKED_RECORDS):
            numbers, pieces = zip(*parted(np.concatenate(gathered), parts), strict=True)
            arrays = [pa.array(numbers, pa.int32()), pa.array(pieces, pa.large_binary())]
            yield pa.RecordBatch.from_arrays(arrays, names=["part", "keys"])
            gathered, count = [], 0


def _scan_parts(batches: Batches) -> Batches:
    pieces = (
        (part, np.frombuffer(keys.as_buffer(), KEY))
        for batch in batches
        for part, keys in zip(batch.column("part").to_pylist(), batch.column("keys"), strict=True)
    )
    for _, group in itertools.groupby(pieces, key=lambda piece: piece[0]):
        yield from _bucket_batches(scan_buckets(np.concatenate([records for _, records in group])))


def _bucket_batches(found: BucketRows) -> Batches:
    import pyarrow as pa

    names = ["band", "band_key", "src", "dst", "fresh"]
    pairs, members = len(found.src), found.large
    if pairs:
        bucket = [pa.nulls(pairs, pa.int32()), pa.nulls(pairs, pa.int64())]
        ends = [pa.array(found.src), pa.array(found.dst), pa.nulls(pairs, pa.bool_())]
        yield pa.RecordBatch.from_arrays([*bucket, *ends], names=names)
    if len(members):
        band = pa.array(members["band"].astype(np.int32))
        columns = [pa.array(np.ascontiguousarray(members[name])) for name in ("band_key", "doc_id", "fresh")]
        key, doc, fresh = columns
        nothing = pa.nulls(len(members), pa.int64())
        yield pa.RecordBatch.from_arrays([band, key, doc, nothing, fresh], names=names)
