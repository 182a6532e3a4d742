"""Files in, deduplicated files out: JSON Lines, Parquet or Delta, as `tamis dedup` does.

A kept row is the input's: of JSON Lines the very line, of Parquet and Delta every column. Texts are never
shuffled: what leaves is broadcast to the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from tamis.dedup.steps.ids import quoted
from tamis.dedup.steps.json_rows import json_rows
from tamis.dedup.steps.sink import write_frame
from tamis.dedup.steps.standalone import NearOptions, deduplicated
from tamis.errors import ConfigError, Problem, SchemaError, SourceError
from tamis.io import sinks, storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame, SparkSession

    from tamis.dedup.steps.outcome import Deduplicated

FORMATS = ("jsonl", "parquet", "delta")
FOLDERS = ("kept", "removals", "clusters")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")


class FileRows(NamedTuple):
    """The input: its rows, the names of id and text in them, and where the whole line is, if it is one."""

    rows: DataFrame
    id_column: str
    text_column: str
    line_column: str | None


def dedup_files(
    spark: SparkSession,
    source: str,
    output: str,
    *,
    unit: str = "document",
    exact: bool = True,
    near: bool = True,
    threshold: float = 0.8,
    id_field: str = "id",
    text_field: str = "text",
    form: str | None = None,
    against: str | None = None,
) -> dict[str, int]:
    """Write ``kept/``, ``removals/`` and ``clusters/`` under an output.

    Args:
        spark: A session with Delta.
        source: File, folder or glob of JSON Lines (plain or gzip), Parquet or Delta.
        output: Folder; empty, or holding an earlier result, which is replaced.
        unit: ``paragraph``: of the documents that stay, repeated paragraphs are cut too.
        exact: Remove equal texts.
        near: Remove similar texts.
        threshold: Jaccard similarity of near-duplicates.
        id_field: Name of the id: a number or a string, each once.
        text_field: Name of the text.
        form: Of the output: jsonl, parquet or delta; None: the input's.
        against: Another such source, with the same two fields: what equals or resembles a text there leaves;
            it is not written to.

    Returns:
        records, kept, removed, clusters (of two or more).

    Raises:
        ConfigError: an argument is wrong, the input is not there, or ids are missing or repeated.
    """
    _check_output(output)
    kind, paths = found_format(source)
    form = form or kind
    options = NearOptions(threshold=threshold) if near else None
    read = _read(spark, kind, paths, raw=form == "jsonl", id_field=id_field, text_field=text_field)
    others = _others(spark, against, id_field, text_field, read) if against else None
    try:
        result = deduplicated(
            read.rows, read.id_column, read.text_column, exact=exact, near=options,
            cut_unit=None if unit == "document" else unit, against=others,
        )  # fmt: skip
    except SchemaError as error:
        raise ConfigError(str(error)) from error
    _write(_kept_rows(result, read, text_field, unit), result, output, form, read.line_column)
    return _counts(read.rows.count(), result)


def found_format(source: str) -> tuple[str, list[str]]:
    """Return the format of an input (jsonl, parquet, delta) and its files (JSON Lines), or itself.

    Raises:
        ConfigError: nothing to read is there, or several formats are.
    """
    if sinks.exists(f"{source.rstrip('/')}/_delta_log"):
        return "delta", [source]
    try:
        root, listed = storage.list_files(source)
    except SourceError as error:
        raise ConfigError([Problem("INPUT", str(error))]) from error
    names = [file.path for file in listed]
    parquet = [name for name in names if name.endswith(".parquet")]
    lines = [name for name in names if name.endswith(JSON_SUFFIXES)]
    if len(names) == 1 and not parquet:
        lines = names  # a single file is what it is said to be, whatever its name
    if bool(parquet) == bool(lines):
        found = "both JSON Lines and Parquet" if parquet else f"{len(names)} files, none"
        raise ConfigError([Problem("INPUT", f"{source} holds {found}; expected .jsonl, .parquet or Delta")])
    if any(name.endswith(".zst") for name in lines):
        raise ConfigError([Problem("INPUT", f"{source}: zstd is not read here; decompress it or use gzip")])
    if parquet:
        return "parquet", [source]  # as a whole: folders may be columns
    return "jsonl", [storage.join(root, name) for name in lines]


def _check_output(output: str) -> None:
    foreign = [name for name in sinks.names_in(output) if name not in FOLDERS]
    if foreign:
        told = f"{output} holds {', '.join(foreign[:3])}: expected an empty folder, or one with {FOLDERS}"
        raise ConfigError([Problem("--output", told)])


def _read(
    spark: SparkSession, kind: str, paths: list[str], *, raw: bool, id_field: str, text_field: str
) -> FileRows:
    if kind == "jsonl" and raw:
        rows = json_rows(spark, paths, id_field=id_field, text_field=text_field)
        return FileRows(rows, "id", "text", "line")
    if kind == "jsonl":
        return FileRows(spark.read.json(paths, mode="FAILFAST"), id_field, text_field, None)
    rows = spark.read.format(kind).load(paths[0])
    return FileRows(rows, id_field, text_field, None)


def _others(spark: SparkSession, against: str, id_field: str, text_field: str, mine: FileRows) -> DataFrame:
    """Return id and text of the rows to compare with, under the names that they have in the input."""
    kind, paths = found_format(against)
    read = _read(spark, kind, paths, raw=kind == "jsonl", id_field=id_field, text_field=text_field)
    names = {read.id_column: mine.id_column, read.text_column: mine.text_column}
    return read.rows.select(*(F.col(quoted(name)).alias(named) for name, named in names.items()))


def _kept_rows(result: Deduplicated, read: FileRows, text_field: str, unit: str) -> DataFrame:
    """Return the rows as they are to be written: the input's, or with their text cut."""
    kept, columns = result.kept, [read.line_column] if read.line_column else result.kept.columns
    if result.cuts is None:
        return kept.select(*columns)
    cuts = result.cuts.select(F.col("id").alias(read.id_column), F.col("ordinals").alias("_ordinals"))
    joined = kept.join(F.broadcast(cuts), on=read.id_column, how="left")
    changed = F.col(read.line_column or read.text_column)
    is_cut = F.col("_ordinals").isNotNull()
    # Python sees the rows that change; of the others it is given nulls.
    left = _cutter(unit, text_field if read.line_column else None)(F.when(is_cut, changed), "_ordinals")
    return joined.withColumn(
        read.line_column or read.text_column, F.when(is_cut, left).otherwise(changed)
    ).select(*columns)


def _cutter(unit: str, json_field: str | None) -> Callable[..., Column]:
    """Return a function from a text (or a whole JSON line) and the ordinals that leave to what is left."""

    def text(value: str | None, ordinals: list[int]) -> str | None:
        from tamis.dedup.steps.json_rows import cut_text

        return None if value is None else cut_text(value, ordinals, unit)

    def line(value: bytes | None, ordinals: list[int]) -> bytes | None:
        from tamis.dedup.steps.json_rows import cut_line

        return None if value is None else cut_line(bytes(value), ordinals, unit, str(json_field))

    function, kind = (line, "binary") if json_field else (text, "string")
    return F.udf(function, kind, useArrow=False)


def _write(kept: DataFrame, result: Deduplicated, output: str, form: str, line_column: str | None) -> None:
    base = output.rstrip("/")
    write_frame(kept, f"{base}/kept", form, line_column=line_column)
    # Narrow and few beside the texts: one sorted file is what a person wants to read.
    write_frame(result.removals.orderBy("id").coalesce(1), f"{base}/removals", form)
    write_frame(result.clusters.orderBy("cluster_id", "id").coalesce(1), f"{base}/clusters", form)


def _counts(records: int, result: Deduplicated) -> dict[str, int]:
    removed = result.removals.count()
    clusters = result.clusters.select("cluster_id").distinct().count()
    return {"records": records, "kept": records - removed, "removed": removed, "clusters": clusters}
