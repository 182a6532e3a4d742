"""Signatures and band keys -> the pairs worth verifying.

Documents with equal shingle sets collapse into a group first; only its smallest doc_id goes into buckets.
Buckets of up to 64 give all pairs, larger ones stars (`tamis.dedup.stars`). All by doc_id, so that the pairs
do not depend on the partitioning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.buckets import BucketScan
from tamis.dedup.minhash import signature_matrix
from tamis.dedup.stars import SignatureStars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.dedup.buckets import BucketRows

    Batches = Iterator[pa.RecordBatch]

BUCKET_DDL = "band INT, band_key BIGINT, src BIGINT, dst BIGINT, fresh BOOLEAN"
STAR_DDL = "src BIGINT, dst BIGINT, pairs_given_up BIGINT"


def equal_groups(signatures: DataFrame) -> DataFrame:
    """Return the members of each group of equal shingle sets, but for its representative.

    Input columns:
        doc_id (long), signature (binary), shingle_count (int), shingle_set (long).

    Output columns:
        doc_id (long): A member; its set, the set's size and the signature equal the representative's.
        representative (long): The smallest doc_id of the group, always < doc_id.

    Rows: one a member other than the representative.
    Shuffles: 28 bytes a document, on the set; the partial aggregation makes one row of a group that a
        partition holds many of. Then the join back.
    """
    same = ["shingle_set", "shingle_count", "signature_hash"]
    narrow = signatures.select(
        "doc_id", "shingle_set", "shingle_count", F.xxhash64("signature").alias("signature_hash")
    )
    groups = narrow.groupBy(*same).agg(F.min("doc_id").alias("representative"), F.count("*").alias("members"))
    shared = groups.where("members > 1").drop("members")
    return (
        narrow.join(shared, on=same, how="inner")
        .where("doc_id != representative")
        .select("doc_id", "representative")
    )


def bucket_rows(band_keys: DataFrame) -> DataFrame:
    """Return the pairs of small buckets and the members of large ones.

    Input columns:
        band (int), band_key, doc_id (long), fresh (boolean): of a batch that is new to the index. Of a group
        of equal shingle sets only the representative.

    Output columns:
        band, band_key: The bucket of a member; null in a pair's row.
        src (long): The larger doc_id of a pair, or a member of a large bucket.
        dst (long): The smaller one; null for a member of a large bucket.
        fresh (boolean): Of a member; null in a pair's row.

    Rows: a pair with a fresh document once for each small bucket that holds it; a member once for each large
        bucket.
    Shuffles: 21 bytes a band key, on (band, band_key), sorted there.
    """
    by_bucket = band_keys.select("band", "band_key", "doc_id", "fresh").repartition("band", "band_key")
    return by_bucket.sortWithinPartitions("band", "band_key", "doc_id").mapInArrow(_scan_buckets, BUCKET_DDL)


def star_pairs(rows: DataFrame, signatures: DataFrame, *, floor: float, num_hashes: int) -> DataFrame:
    """Return the pairs of large buckets that have a fresh document.

    Input columns:
        rows: band, band_key, src, fresh of `bucket_rows`' members of large buckets.
        signatures: doc_id (long), signature (binary).

    Output columns:
        src, dst (long): A pair, src > dst; null in the row that counts.
        pairs_given_up (long): Pairs of one bucket that are not proposed; null in a pair's row.

    Rows: at most 64 a member, and one a bucket.
    Shuffles: the signatures of these members, on doc_id and then on the bucket.
    """
    members = rows.select("band", "band_key", F.col("src").alias("doc_id"), "fresh")
    signed = members.join(signatures.select("doc_id", "signature"), on="doc_id", how="inner")
    by_bucket = signed.repartition("band", "band_key").sortWithinPartitions("band", "band_key", "doc_id")
    return by_bucket.mapInArrow(_star_scan(floor, num_hashes), STAR_DDL)


def _scan_buckets(batches: Batches) -> Batches:
    scan = BucketScan()
    for batch in batches:
        names = ("band", "band_key", "doc_id", "fresh")
        columns = (batch.column(name).to_numpy(zero_copy_only=False) for name in names)
        yield from _bucket_batches(scan.feed(*columns))
    yield from _bucket_batches(scan.finish())


def _bucket_batches(found: BucketRows) -> Batches:
    import pyarrow as pa

    names = ["band", "band_key", "src", "dst", "fresh"]
    band, key, doc, fresh = found.large
    pairs = len(found.src)
    if pairs:
        bucket = [pa.nulls(pairs, pa.int32()), pa.nulls(pairs, pa.int64())]
        ends = [pa.array(found.src), pa.array(found.dst), pa.nulls(pairs, pa.bool_())]
        yield pa.RecordBatch.from_arrays([*bucket, *ends], names=names)
    if len(doc):
        member = [pa.array(band), pa.array(key), pa.array(doc), pa.nulls(len(doc), pa.int64())]
        yield pa.RecordBatch.from_arrays([*member, pa.array(fresh)], names=names)


def _star_scan(floor: float, num_hashes: int) -> Callable[[Batches], Batches]:
    def scan(batches: Batches) -> Batches:
        stars, bucket = SignatureStars(num_hashes=num_hashes, floor=floor), None
        old: set[int] = set()  # of the centres and their rings: at most 64 * 64 of a bucket are looked up
        for batch in batches:
            src: list[int] = []
            dst: list[int] = []
            given_up: list[int] = []
            for place, doc_id, is_fresh, signature in _signed_rows(batch, num_hashes):
                if place != bucket and bucket is not None:
                    given_up.append(stars.pairs_given_up)
                    stars, old = SignatureStars(num_hashes=num_hashes, floor=floor), set()
                bucket = place
                partners = stars.add(doc_id, signature)
                if not is_fresh:
                    old.add(doc_id)
                    partners = [partner for partner in partners if partner not in old]
                src.extend([doc_id] * len(partners))
                dst.extend(partners)
            yield _star_batch(src, dst, given_up)
        if bucket is not None:
            yield _star_batch([], [], [stars.pairs_given_up])

    return scan


def _signed_rows(
    batch: pa.RecordBatch, num_hashes: int
) -> Iterator[tuple[tuple[int, int], int, bool, NDArray[np.uint32]]]:
    columns = (batch.column(name).to_pylist() for name in ("band", "band_key", "doc_id", "fresh"))
    rows = zip(*columns, signature_matrix(batch.column("signature"), num_hashes), strict=True)
    for band, key, doc_id, is_fresh, signature in rows:
        yield (band, key), doc_id, is_fresh, signature


def _star_batch(src: list[int], dst: list[int], given_up: list[int]) -> pa.RecordBatch:
    import pyarrow as pa

    pairs, buckets = len(src), len(given_up)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(src + [None] * buckets, pa.int64()),
            pa.array(dst + [None] * buckets, pa.int64()),
            pa.array([None] * pairs + given_up, pa.int64()),
        ],
        names=["src", "dst", "pairs_given_up"],
    )
