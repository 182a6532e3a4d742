"""Documents -> span keys -> the spans that occur more than once.

Keys are shuffled, texts never. As CCNet (Wenzek et al., arXiv:1911.00359, section 3.1), but a key has 32 more
bits to check, and the scope may be the whole corpus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F
from pyspark.sql import Window

from tamis.dedup.packed import packed_values, rows_and_places, sliced, typed_batch
from tamis.schemas import DUPLICATE_SPANS, SPAN_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext

    Batches = Iterator[pa.RecordBatch]

DOCUMENT_ORDINAL = -1


def run_exact_dedup(ctx: StageContext) -> None:
    """Write `span_keys` of the new batches and `duplicate_spans` of all."""
    settings = ctx.recipe.exact_dedup
    if settings is None:
        return
    ctx.write_pending("span_keys", span_keys(ctx.read_pending("documents"), settings.units))
    ctx.write_all("duplicate_spans", duplicate_spans(ctx.read("span_keys"), settings.scope))


def span_keys(documents: DataFrame, units: Sequence[str]) -> DataFrame:
    """Return the keys of each document's spans, for all units in one pass over the text.

    Input columns:
        doc_id (long), text (string), batch_id (int), shard (int).

    Output columns:
        Those of `span_keys`.

    Rows: one a document and unit; none for a null text.
    Shuffles: none.
    """
    columns = documents.where("text IS NOT NULL").select("doc_id", "batch_id", "shard", "text")
    return columns.mapInArrow(_span_keys(tuple(units)), SPAN_KEYS.ddl)


def duplicate_spans(keys: DataFrame, scope: str) -> DataFrame:
    """Return every holder of a span that occurs more than once.

    Input columns:
        Those of `span_keys`.

    Output columns:
        Those of `duplicate_spans`; ordinal is -1 for the unit document.

    Rows: one a holder, also where one document holds a span twice; none for empty spans.
    Shuffles: 40 bytes a span, once, on the key (scope ``shard``: on shard and key).
    """
    spans = keys.select("doc_id", "unit", "keys", "checks", "batch_id", "shard")
    holders = spans.mapInArrow(_holders, DUPLICATE_SPANS.ddl).where("span_key != 0 OR span_check != 0")
    same = ["unit", "span_key", "span_check"] + (["shard"] if scope == "shard" else [])
    # Nearly all keys are distinct: a count before the shuffle would only cost, a join back would shuffle
    # again (15 against 33 CPU us a document, measured on band keys).
    count = F.count("*").over(Window.partitionBy(*same))
    return holders.select("*", count.alias("holders")).where("holders > 1").select(*DUPLICATE_SPANS.names)


def _span_keys(units: tuple[str, ...]) -> Callable[[Batches], Batches]:
    def keys(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup import spans

        for batch in batches:
            columns = {name: batch.column(name) for name in ("doc_id", "batch_id", "shard")}
            for unit in units:
                found = spans.span_keys(batch.column("text"), unit)
                named = {
                    "unit": pa.array([unit] * batch.num_rows),
                    "keys": found.keys,
                    "checks": found.checks,
                }
                yield typed_batch({**columns, **named}, SPAN_KEYS.arrow)

    return keys


def _holders(batches: Batches) -> Batches:
    """Unpack keys to one row a span."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for batch in batches:
        keys, counts = packed_values(batch.column("keys"), "<i8")
        checks, _ = packed_values(batch.column("checks"), "<i4")
        rows, ordinals = rows_and_places(counts)
        taken = {
            name: batch.column(name).take(pa.array(rows)) for name in ("unit", "doc_id", "batch_id", "shard")
        }
        is_document = pc.equal(taken["unit"], "document").to_numpy(zero_copy_only=False)
        ordinals[is_document.astype(bool)] = DOCUMENT_ORDINAL
        spans = {"span_key": keys, "span_check": checks, "ordinal": ordinals}
        yield from sliced(typed_batch({**taken, **spans}, DUPLICATE_SPANS.arrow))
