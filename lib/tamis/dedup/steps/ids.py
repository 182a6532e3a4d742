"""Ids of any simple type <-> the BIGINT that deduplication works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.errors import ConfigError, Problem, SchemaError, StageFailedError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

EXAMPLES = 3  # bad ids told in an error

_INTEGERS = {"bigint", "int", "smallint", "tinyint"}


def identified(df: DataFrame, id_column: str, text_column: str) -> DataFrame:
    """Return doc_id (long), id, text (string), batch_id, shard (int) of a frame's rows.

    Raises:
        SchemaError: a column is missing, the text is none, or the id has no simple type.
    """
    types = dict(df.dtypes)
    missing = [name for name in (id_column, text_column) if name not in types]
    if missing:
        raise SchemaError(f"no column {', '.join(missing)}; the columns are {', '.join(df.columns)}")
    if types[text_column] != "string":
        raise SchemaError(f"column {text_column} is {types[text_column]}: expected string")
    id_type = types[id_column]
    if id_type.startswith(("array", "map", "struct", "binary", "variant")):
        raise SchemaError(f"column {id_column} is {id_type}: expected a number, a string or a date")
    return df.select(
        doc_id_of(F.col(quoted(id_column)), id_type).alias("doc_id"),
        F.col(quoted(id_column)).alias("id"),
        F.col(quoted(text_column)).alias("text"),
        F.lit(0).alias("batch_id"),
        F.lit(0).alias("shard"),
    )


def doc_id_of(column: Column, id_type: str) -> Column:
    """Return an integer as it is, else the first 64 bits of the SHA-256 of the id as text."""
    if id_type in _INTEGERS:
        return column.cast("bigint")
    return F.conv(F.substring(F.sha2(column.cast("string"), 256), 1, 16), 16, -10).cast("bigint")


def beside(df: DataFrame, against: DataFrame, id_column: str, text_column: str) -> DataFrame:
    """Return the rows of two frames as `identified` does, those of ``against`` with a doc_id under 0.

    Raises:
        SchemaError: see `identified`; or the ids are of two types.
    """
    frames = [identified(frame, id_column, text_column) for frame in (df, against)]
    kinds = [dict(frame.dtypes)["id"] for frame in frames]
    if kinds[0] != kinds[1]:
        raise SchemaError(f"column {id_column} is {kinds[0]}, and {kinds[1]} in what it is compared with")
    hashed = doc_id_of(F.col("id").cast("string"), "string")
    low, sign = F.lit((1 << 63) - 1), F.lit(-(1 << 63))
    mine, theirs = hashed.bitwiseAND(low), hashed.bitwiseOR(sign)
    return frames[0].withColumn("doc_id", mine).union(frames[1].withColumn("doc_id", theirs))


def check_ids(ids: DataFrame, id_column: str) -> None:
    """Refuse ids that cannot name one row.

    Raises:
        ConfigError: some are null or occur twice; three examples are given.
        StageFailedError: two different ids have one hash (once in 10^7 tables of 10^6 rows).
    """
    repeated = (
        ids.groupBy("doc_id")
        .agg(F.count("*").alias("rows"), F.min("id").alias("first"), F.max("id").alias("last"))
        .where("doc_id IS NULL OR rows > 1")
    )
    found = repeated.orderBy(F.col("doc_id").isNotNull(), "first").limit(EXAMPLES).collect()
    problems = [
        Problem(id_column, f"{row['rows']} rows have no id" if row["doc_id"] is None else
                f"the id {row['first']!r} occurs {row['rows']} times; expected each once")
        for row in found if row["first"] == row["last"]
    ]  # fmt: skip
    if problems:
        raise ConfigError(problems)
    if found:
        raise StageFailedError(
            f"ids {found[0]['first']!r} and {found[0]['last']!r} have one hash: rename one"
        )


def quoted(name: str) -> str:
    """Return a column name that may hold dots and spaces."""
    return f"`{name.replace('`', '``')}`"
