"""`tamis digest`: one SHA-256 a table that is the same whatever the rows' order, the layout or the run.

Each row becomes canonical JSON without the volatile columns, then SHA-256; the table's digest is over the
count and the sums of the hashes' five 48-bit parts. A sum (unlike an exclusive or) also sees a row that is
there twice, and no sort is needed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, MapType

from tamis.pipeline.declared import table_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tamis.pipeline.lineage import OutputTables
    from tamis.schemas import Table

PARTS = 5  # of 12 hex digits: 240 of the 256 bits; a sum of 10^12 of them stays within DECIMAL(38)


def output_digest(tables: OutputTables) -> dict[str, object]:
    """Return ``digest`` over all tables and ``tables``: name to SHA-256."""
    names = [name for name in tables.names() if table_of(name).in_digest]
    found = {name: table_digest(tables.read(name), table_of(name)) for name in names}
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(found.items()))
    return {"digest": hashlib.sha256(lines.encode()).hexdigest(), "tables": found}


def table_digest(rows: DataFrame, table: Table) -> str:
    """Return the digest of one table's rows.

    Input columns:
        those of ``table``; volatile ones are left out.
    """
    columns = [column.name for column in table.columns if not column.volatile]
    hashed = rows.select(
        F.sha2(F.to_json(F.struct(*(_canonical(rows, name) for name in columns))), 256).alias("h")
    )
    sums = [
        F.sum(F.conv(F.substring("h", 1 + 12 * part, 12), 16, 10).cast("decimal(38,0)")).alias(f"p{part}")
        for part in range(PARTS)
    ]
    row = hashed.agg(F.count("*").alias("rows"), *sums).first()
    told = f"{table.name} {','.join(columns)} {row}"
    return hashlib.sha256(told.encode()).hexdigest()


def _canonical(rows: DataFrame, name: str) -> Column:
    """Return a column in the one form that equal values share: maps have no order, bytes no JSON."""
    kind = rows.schema[name].dataType
    if isinstance(kind, MapType):
        return F.array_sort(F.map_entries(name)).alias(name)
    if isinstance(kind, BinaryType):
        return F.hex(name).alias(name)
    return F.col(name)
