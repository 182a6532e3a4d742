"""The keeper's total order as one sortable column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column

_INTEGERS = {"BIGINT", "INT", "SMALLINT", "TINYINT"}
_FRACTIONS = {"DOUBLE", "FLOAT"}
_HEX = "0123456789ABCDEF"


def rank_column(order: Sequence[tuple[str, str]], types: Mapping[str, str]) -> Column:
    """Return a struct that sorts ascending from the best document to the worst; no two are equal.

    Null (and NaN) last in either direction, doc_id last.

    Args:
        order: (column, "asc" or "desc"), the most important first.
        types: Column -> Spark type, as in DDL.

    Raises:
        SchemaError: a column's type has no order here (arrays, maps, binary).
    """
    parts = []
    for place, (column, direction) in enumerate(order):
        kind = types[column].upper()
        value = F.when(~_is_missing(column, kind), _ascending(column, kind, direction))
        parts += [_is_missing(column, kind).alias(f"missing_{place}"), value.alias(f"value_{place}")]
    return F.struct(*parts, F.col("doc_id"))


def _is_missing(column: str, kind: str) -> Column:
    missing = F.col(column).isNull()
    return missing | F.isnan(column) if kind in _FRACTIONS else missing


def _ascending(column: str, kind: str, direction: str) -> Column:
    """An integer is complemented, not negated: the smallest BIGINT has no negative."""
    value = _comparable(column, kind)
    if direction == "asc":
        return value
    if kind == "STRING":
        return _descending_text(value)
    return -value if kind in _FRACTIONS or kind.startswith("DECIMAL") else F.bitwise_not(value)


def _comparable(column: str, kind: str) -> Column:
    value = F.col(column)
    if kind in {"STRING"} | _INTEGERS | _FRACTIONS or kind.startswith("DECIMAL"):
        return value
    if kind == "BOOLEAN":
        return value.cast("int")
    if kind == "DATE":
        return F.unix_date(value)
    if kind == "TIMESTAMP":
        return F.unix_micros(value)
    wanted = "a number, text, boolean, date or timestamp"
    raise SchemaError(f"keeper column {column} is {kind}: expected {wanted}")


def _descending_text(value: Column) -> Column:
    """Text of the reverse byte order: hex digits complemented, and an end that sorts after any of them."""
    return F.concat(F.translate(F.hex(value.cast("binary")), _HEX, _HEX[::-1]), F.lit("G"))
