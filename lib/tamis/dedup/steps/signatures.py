"""Documents -> MinHash signatures -> band keys: one pass over the text, then never again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.packed import typed_batch
from tamis.schemas import BAND_KEYS, SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams

    Batches = Iterator[pa.RecordBatch]

DOCUMENT_ORDINAL = -1  # what `ordinal` is where the unit is the document
RANGE_BITS = 4  # 16 ranges: folders of `band_keys` that a batch is brought to


def signatures(documents: DataFrame, params: MinHashParams) -> DataFrame:
    """Return the signature of each document that has one.

    Input columns:
        doc_id (long), text (string), batch_id (int), shard (int).

    Output columns:
        Those of `signatures`.

    Rows: one a document; none for a null text or one under `ngram` words, which is never near anything.
    Shuffles: none.
    """
    columns = documents.where("text IS NOT NULL").select("doc_id", "batch_id", "shard", "text")
    return columns.mapInArrow(_sign(params), SIGNATURES.ddl)


def band_keys(signatures: DataFrame, plan: BandPlan, num_hashes: int) -> DataFrame:
    """Return the keys by which similar documents find each other.

    Input columns:
        Those of `signatures`.

    Output columns:
        Those of `band_keys`; key_range is the top four bits of band_key.

    Rows: one a signature and band.
    Shuffles: none.
    """
    columns = signatures.select("doc_id", "ordinal", "signature", "batch_id", "shard")
    return columns.mapInArrow(_band(plan, num_hashes), BAND_KEYS.ddl)


def _sign(params: MinHashParams) -> Callable[[Batches], Batches]:
    def sign(batches: Batches) -> Batches:
        import pyarrow as pa
        import pyarrow.compute as pc

        from tamis.dedup import minhash

        for batch in batches:
            made = minhash.signatures(batch.column("text"), params)
            has_signature = pc.is_valid(made.signature)
            values = {name: batch.column(name) for name in ("doc_id", "batch_id", "shard")}
            values |= {
                "ordinal": pa.array(np.full(batch.num_rows, DOCUMENT_ORDINAL, dtype=np.int32)),
                "signature": made.signature,
                "shingle_count": made.shingle_count,
                "shingle_set": made.shingle_set,
            }
            yield typed_batch(values, SIGNATURES.arrow).filter(has_signature)

    return sign


def _band(plan: BandPlan, num_hashes: int) -> Callable[[Batches], Batches]:
    def band(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup import lsh
        from tamis.dedup.minhash import signature_matrix

        for batch in batches:
            keys = lsh.band_keys(signature_matrix(batch.column("signature"), num_hashes), plan).ravel()
            ranges = (keys.view(np.uint64) >> np.uint64(64 - RANGE_BITS)).astype(np.int32)
            # In the order of their folders: a writer that changes folders with each row takes twice the CPU.
            order = np.argsort(ranges, kind="stable")
            rows = pa.array(order // plan.bands)
            values = {
                name: batch.column(name).take(rows) for name in ("doc_id", "ordinal", "batch_id", "shard")
            }
            values |= {
                "band": (order % plan.bands).astype(np.int32),
                "band_key": keys[order],
                "key_range": ranges[order],
            }
            yield typed_batch(values, BAND_KEYS.arrow)

    return band
