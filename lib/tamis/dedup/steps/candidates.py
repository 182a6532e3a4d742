"""Signatures and band keys -> the pairs worth verifying.

Documents with equal shingle sets collapse into a group first; only its smallest doc_id goes into buckets.
Buckets of up to 64 give all pairs; the members of larger ones are handed on (`large_buckets`). All by doc_id,
so that the pairs do not depend on the partitioning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.buckets import KEY_DTYPES, Keys, new_keys, scan_buckets
from tamis.dedup.equal_sets import SET_DTYPES, members_of
from tamis.dedup.packed import packed_values, rows_and_places, sliced
from tamis.dedup.parts import PACKED_DDL, packed_batches, part_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.dedup.buckets import BucketRows

    Batches = Iterator[pa.RecordBatch]

BUCKET_DDL = "band INT, band_key BIGINT, src BIGINT, dst BIGINT, fresh BOOLEAN"
MEMBER_DDL = "doc_id BIGINT, representative BIGINT"


def equal_groups(signatures: DataFrame, parts: int) -> DataFrame:
    """Return the members of each group of equal shingle sets, but for its representative.

    Input columns:
        doc_id (long), shingle_count (int), shingle_set (long), band_keys (binary).

    Output columns:
        doc_id (long): A member; its set, the set's size and the band keys equal the representative's.
        representative (long): The smallest doc_id of the group, always < doc_id.

    Rows: one a member other than the representative.
    Shuffles: 24 bytes a document, packed, on the set; a group is in one task, 24 MB for a million members.
    """
    others = F.xxhash64("shingle_count", "band_keys").alias("others")
    packed = signatures.select("shingle_set", others, "doc_id").mapInArrow(_pack_sets(parts), PACKED_DDL)
    return _by_part(packed).mapInArrow(_group_parts, MEMBER_DDL)


def signature_keys(signatures: DataFrame, parts: int) -> DataFrame:
    """Return the band keys of new documents, packed by part.

    Input columns:
        doc_id (long), band_keys (binary).

    Output columns:
        part (int), packed (binary): `buckets.Keys`, fresh.

    Rows: one a part and 262,144 keys. Shuffles: none.
    """
    return signatures.select("doc_id", "band_keys").mapInArrow(_pack_new(parts), PACKED_DDL)


def stored_keys(keys: DataFrame, parts: int) -> DataFrame:
    """Return band keys of earlier batches, packed by part.

    Input columns:
        band (int), band_key, doc_id (long).

    Output columns:
        part (int), packed (binary): `buckets.Keys`, not fresh.

    Rows: one a part and 262,144 keys. Shuffles: none.
    """
    return keys.select("band", "band_key", "doc_id").mapInArrow(_pack_stored(parts), PACKED_DDL)


def bucket_rows(packed: DataFrame) -> DataFrame:
    """Return the pairs of small buckets and the members of large ones.

    Input columns:
        part (int), packed (binary); of a group of equal shingle sets only the representative's.

    Output columns:
        band, band_key: The bucket of a member; null in a pair's row.
        src (long): The larger doc_id of a pair, or a member of a large bucket.
        dst (long): The smaller one; null for a member of a large bucket.
        fresh (boolean): Of a member; null in a pair's row.

    Rows: a pair with a fresh document once for each small bucket that holds it; a member once for each large
        bucket.
    Shuffles: 19 bytes a band key, packed, on the part.
    """
    return _by_part(packed).mapInArrow(_scan_parts, BUCKET_DDL)


def _by_part(packed: DataFrame) -> DataFrame:
    return packed.repartition("part").sortWithinPartitions("part")


def _pack_sets(parts: int) -> Callable[[Batches], Batches]:
    def pack(batches: Batches) -> Batches:
        columns = (tuple(column.to_numpy() for column in batch.columns) for batch in batches)
        yield from packed_batches(columns, parts)

    return pack


def _group_parts(batches: Batches) -> Batches:
    import pyarrow as pa

    for columns in part_columns(batches, SET_DTYPES):
        found = [pa.array(ids) for ids in members_of(*columns)]
        yield from sliced(pa.RecordBatch.from_arrays(found, names=["doc_id", "representative"]))


def _pack_new(parts: int) -> Callable[[Batches], Batches]:
    def pack(batches: Batches) -> Batches:
        yield from packed_batches(map(_batch_keys, batches), parts)

    return pack


def _batch_keys(batch: pa.RecordBatch) -> Keys:
    keys, counts = packed_values(batch.column("band_keys"), "<i8")
    rows, bands = rows_and_places(counts)
    return new_keys(keys, batch.column("doc_id").to_numpy()[rows], bands, fresh=True)


def _pack_stored(parts: int) -> Callable[[Batches], Batches]:
    def pack(batches: Batches) -> Batches:
        names = ("band_key", "doc_id", "band")
        columns = ([batch.column(name).to_numpy() for name in names] for batch in batches)
        yield from packed_batches((new_keys(*three, fresh=False) for three in columns), parts)

    return pack


def _scan_parts(batches: Batches) -> Batches:
    for columns in part_columns(batches, KEY_DTYPES):
        yield from _bucket_batches(scan_buckets(Keys(*columns)))


def _bucket_batches(found: BucketRows) -> Batches:
    import pyarrow as pa

    names = ["band", "band_key", "src", "dst", "fresh"]
    pairs, members = len(found.src), found.large
    large = len(members.doc_id)
    if pairs:
        bucket = [pa.nulls(pairs, pa.int32()), pa.nulls(pairs, pa.int64())]
        ends = [pa.array(found.src), pa.array(found.dst), pa.nulls(pairs, pa.bool_())]
        yield pa.RecordBatch.from_arrays([*bucket, *ends], names=names)
    if large:
        key, doc, band, fresh = map(pa.array, members)
        columns = [band.cast(pa.int32()), key, doc, pa.nulls(large, pa.int64()), fresh]
        yield pa.RecordBatch.from_arrays(columns, names=names)
