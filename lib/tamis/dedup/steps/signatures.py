"""Documents -> MinHash signatures and band keys: one pass over the text, then never again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.packed import packed_matrix, typed_batch
from tamis.schemas import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams

    Batches = Iterator[pa.RecordBatch]

DOCUMENT_ORDINAL = -1  # what `ordinal` is where the unit is the document


def signatures(documents: DataFrame, params: MinHashParams, plan: BandPlan) -> DataFrame:
    """Return the signature of each document that has one, and the keys by which similar ones find each other.

    Input columns:
        doc_id (long), text (string), batch_id (int), shard (int).

    Output columns:
        Those of `signatures`.

    Rows: one a document; none for a null text or one under `ngram` words, which is never near anything.
    Shuffles: none.
    """
    columns = documents.where("text IS NOT NULL").select("doc_id", "batch_id", "shard", "text")
    return columns.mapInArrow(_sign(params, plan), SIGNATURES.ddl)


def _sign(params: MinHashParams, plan: BandPlan) -> Callable[[Batches], Batches]:
    def sign(batches: Batches) -> Batches:
        import pyarrow as pa
        import pyarrow.compute as pc

        from tamis.dedup import lsh, minhash

        for batch in batches:
            made = minhash.signatures(batch.column("text"), params)
            has_signature = pc.is_valid(made.signature)
            signature = made.signature.filter(has_signature)
            matrix = minhash.signature_matrix(signature, params.num_hashes)
            others = {name: batch.column(name) for name in ("doc_id", "batch_id", "shard")}
            others |= {"shingle_count": made.shingle_count, "shingle_set": made.shingle_set}
            values = {name: column.filter(has_signature) for name, column in others.items()} | {
                "ordinal": pa.array(np.full(len(matrix), DOCUMENT_ORDINAL, dtype=np.int32)),
                "signature": signature,
                "band_keys": packed_matrix(lsh.band_keys(matrix, plan)),
            }
            yield typed_batch(values, SIGNATURES.arrow)

    return sign
