"""What is compared: whole documents, or their paragraphs or sentences, each under an id of its own.

The steps of near-deduplication know ids in the column doc_id and nothing of units. A part of a document has
the 64-bit hash of its doc_id and ordinal for an id; ``owner`` is the document. Two parts of 10**9 have one id
with probability 0.03; then they would count as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyspark.sql.functions as F

from tamis.dedup.packed import sliced
from tamis.dedup.steps.texts import map_texts
from tamis.dedup.steps.transfer import small
from tamis.dedup.unit_texts import DOCUMENT
from tamis.schemas import EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

OWNER = "owner"
PART_ROWS = 4096  # 1.5 MB of paragraphs
PART_DDL = "doc_id BIGINT, ordinal INT, text STRING"


def with_unit_ids(rows: DataFrame, unit: str) -> DataFrame:
    """Return rows with the unit's id as doc_id, and its document as owner.

    Input columns:
        doc_id (long), ordinal (int) and more.

    Output columns:
        As given; for parts of documents also owner (long).

    Rows: as given. Shuffles: none.
    """
    if unit == DOCUMENT:
        return rows
    return rows.withColumns({OWNER: F.col("doc_id"), "doc_id": _id("doc_id", "ordinal")})


def without_unit_ids(rows: DataFrame) -> DataFrame:
    """Return rows of `with_unit_ids` as they were."""
    if OWNER not in rows.columns:
        return rows
    return rows.withColumn("doc_id", F.col(OWNER)).drop(OWNER)


def edges_with_unit_ids(edges: DataFrame, unit: str) -> DataFrame:
    """Return stored edges with the units' ids as src and dst.

    Input columns:
        Those of `edges`.

    Output columns:
        As given; for parts of documents also src_owner, dst_owner (long).

    Rows: as given. Shuffles: none.
    """
    if unit == DOCUMENT:
        return edges
    owners = {f"{end}_{OWNER}": F.col(end) for end in ("src", "dst")}
    return edges.withColumns(owners | {end: _id(end, f"{end}_ordinal") for end in ("src", "dst")})


def edges_without_unit_ids(edges: DataFrame) -> DataFrame:
    """Return edges of `edges_with_unit_ids` as they are stored."""
    if f"src_{OWNER}" not in edges.columns:
        return edges
    return edges.withColumns({end: F.col(f"{end}_{OWNER}") for end in ("src", "dst")}).select(*EDGES.names)


def edges_with_owners(edges: DataFrame, signed: DataFrame) -> DataFrame:
    """Return new edges with the places of the units that they link.

    Input columns:
        edges: those of `edges`, ends by id; signed: of `with_unit_ids`.

    Output columns:
        As `edges_with_unit_ids` has them.

    Rows: as ``edges``. Shuffles: edges on either end.
    """
    if OWNER not in signed.columns:
        return edges
    ends = edges.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct()
    places = signed.select("doc_id", OWNER, "ordinal").join(small(ends), on="doc_id", how="left_semi")
    placed = edges.drop("src_ordinal", "dst_ordinal")
    for end in ("src", "dst"):
        names = {"doc_id": end, OWNER: f"{end}_{OWNER}", "ordinal": f"{end}_ordinal"}
        placed = placed.join(places.withColumnsRenamed(names), on=end, how="inner")
    return placed.select(*EDGES.names, f"src_{OWNER}", f"dst_{OWNER}")


def unit_documents(documents: DataFrame | Texts, unit: str) -> DataFrame | Texts:
    """Return the texts of the units, each under its id.

    Input columns:
        doc_id (long), text (string).

    Output columns:
        doc_id (long): the unit's id; text (string).

    Rows: one a unit. Shuffles: none.
    """
    if unit == DOCUMENT:
        return documents
    parts = map_texts(documents, _parts(unit), ["doc_id", "text"], PART_DDL)
    return parts.select(_id("doc_id", "ordinal").alias("doc_id"), "text")


def part_batches(batch: pa.RecordBatch, names: Sequence[str], unit: str) -> Batches:
    """Yield the parts of a batch's texts: the named columns of their documents, ordinal and text."""
    import pyarrow as pa

    from tamis.dedup.unit_texts import unit_texts

    made = unit_texts(batch.column("text"), unit)
    rows = pa.array(made.rows)
    columns = [batch.column(name).take(rows) for name in names]
    columns += [pa.array(made.ordinals.astype(np.int32)), made.texts]
    yield from sliced(pa.RecordBatch.from_arrays(columns, names=[*names, "ordinal", "text"]), PART_ROWS)


def _id(doc_id: str, ordinal: str) -> Column:
    return F.xxhash64(doc_id, ordinal)


def _parts(unit: str) -> Callable[[Batches], Batches]:
    def parts(batches: Batches) -> Batches:
        for batch in batches:
            yield from part_batches(batch, ["doc_id"], unit)

    return parts
