"""Documents, or parts of them -> MinHash signatures and band keys: one pass over the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.packed import packed_matrix, typed_batch
from tamis.dedup.steps.texts import map_texts
from tamis.dedup.steps.units import part_batches
from tamis.dedup.unit_texts import DOCUMENT, least_shingles
from tamis.schemas import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

_PLACED = ("doc_id", "batch_id", "shard")
DOCUMENT_ORDINAL = -1  # what `ordinal` is where the unit is the document


def signatures(
    documents: DataFrame | Texts, params: MinHashParams, plan: BandPlan, unit: str = DOCUMENT
) -> DataFrame:
    """Return the signature of each unit that has one, and the keys by which similar ones find each other.

    Input columns:
        doc_id (long), text (string), batch_id (int), shard (int).

    Output columns:
        Those of `signatures`.

    Rows: one a unit; none for a null text, a document under `ngram` words, which is never near anything, or a
        part of one with fewer than `least_shingles`.
    Shuffles: none.
    """
    return map_texts(documents, _sign(params, plan, unit), [*_PLACED, "text"], SIGNATURES.ddl)


def _sign(params: MinHashParams, plan: BandPlan, unit: str) -> Callable[[Batches], Batches]:
    def sign(batches: Batches) -> Batches:
        for batch in batches:
            yield from (_signed(part, params, plan, unit) for part in _units(batch, unit))

    return sign


def _units(batch: pa.RecordBatch, unit: str) -> Batches:
    """Yield batches of units: doc_id, batch_id, shard, ordinal, text."""
    import pyarrow as pa

    if unit != DOCUMENT:
        yield from part_batches(batch, _PLACED, unit)
        return
    ordinals = pa.array(np.full(batch.num_rows, DOCUMENT_ORDINAL, dtype=np.int32))
    columns = [*(batch.column(name) for name in _PLACED), ordinals, batch.column("text")]
    yield pa.RecordBatch.from_arrays(columns, names=[*_PLACED, "ordinal", "text"])


def _signed(batch: pa.RecordBatch, params: MinHashParams, plan: BandPlan, unit: str) -> pa.RecordBatch:
    import pyarrow.compute as pc

    from tamis.dedup import lsh, minhash

    made = minhash.signatures(batch.column("text"), params)
    is_signed = pc.greater_equal(made.shingle_count, least_shingles(unit, params.ngram))
    matrix = minhash.signature_matrix(made.signature.filter(is_signed), params.num_hashes)
    others = {name: batch.column(name) for name in ("doc_id", "batch_id", "shard", "ordinal")}
    others |= {"shingle_count": made.shingle_count, "shingle_set": made.shingle_set}
    values = {name: column.filter(is_signed) for name, column in others.items()}
    values |= {
        "signature": packed_matrix(minhash.low_bytes(matrix)),
        "band_keys": packed_matrix(lsh.band_keys(matrix, plan)),
    }
    return typed_batch(values, SIGNATURES.arrow)
