"""JSON Lines -> one row a line: the line as it is, its id and its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pyspark.sql.functions as F

from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    Batches = Iterator[pa.RecordBatch]

EXAMPLE_CHARS = 80

ROW_DDL = "line BINARY, id STRING, kind STRING, text STRING, has_text BOOLEAN"

# What the kinds of lines that cannot be worked on are told as.
REFUSED = {
    "broken": "not a JSON object",
    "missing": "without the id field {id_field}",
    "other": "with an id {id_field} that is neither a string nor a 64-bit integer",
    "no_text": "with a text field {text_field} that is no string",
}


class ParsedLine(NamedTuple):
    """One line: ``kind`` is that of its id (number, string) or the reason to refuse it."""

    id: str | None
    kind: str
    text: str | None = None
    has_text: bool = False


def json_rows(spark: SparkSession, paths: Sequence[str], *, id_field: str, text_field: str) -> DataFrame:
    """Return the rows of JSON Lines files.

    Output columns:
        line (binary): The line as it is stored. id (long or string, whichever all ids are), text (string).

    Rows: one a line that is not blank.
    Shuffles: none; reads the files once to see whether all lines can be used.

    Raises:
        ConfigError: lines are no JSON objects, lack the id, or have ids or texts of another type; or no line
            has the text field.
    """
    lines = spark.read.option("lineSep", "\n").text(list(paths)).where(F.length(F.trim("value")) > 0)
    parsed = lines.select(F.col("value").cast("binary").alias("line")).mapInArrow(
        _parse(id_field, text_field), ROW_DDL
    )
    kinds = parsed.groupBy("kind").agg(
        F.count("*").alias("lines"), F.max("has_text").alias("has_text"), F.min("line").alias("example")
    )
    found = {row["kind"]: row for row in kinds.collect()}
    _check(found, id_field, text_field)
    typed = F.col("id").cast("bigint") if "number" in found else F.col("id")
    return parsed.select("line", typed.alias("id"), "text")


def parsed_line(line: bytes, id_field: str, text_field: str) -> ParsedLine:
    r"""Return what deduplication needs of one line.

    Example:
        >>> parsed_line(b'{"id": 7, "text": "a"}', "id", "text")
        ParsedLine(id='7', kind='number', text='a', has_text=True)
    """
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return ParsedLine(None, "broken")
    if not isinstance(value, dict):
        return ParsedLine(None, "broken")
    text = value.get(text_field)
    kind = _id_kind(value.get(id_field))
    if not isinstance(text, str | None):
        kind = "no_text"
    if kind in REFUSED:
        return ParsedLine(None, kind)
    return ParsedLine(_valid(str(value[id_field])), kind, _valid(text), text_field in value)


def cut_text(text: str, ordinals: Sequence[int], unit: str) -> str:
    """Return a text without some of its spans."""
    from tamis.assemble.cutting import Leaving, span_cuts, without_ranges
    from tamis.dedup.spans import span_offsets

    starts, ends = span_offsets(text, unit)
    cuts = span_cuts(text, starts, ends, [Leaving(int(ordinal), 0) for ordinal in ordinals])
    return without_ranges(text, [(cut.start, cut.end) for cut in cuts])


def cut_line(line: bytes, ordinals: Sequence[int], unit: str, text_field: str) -> bytes:
    """Return a JSON line whose text is without some of its spans; its other fields keep order and value."""
    value = json.loads(line.decode("utf-8", "replace"))
    value[text_field] = cut_text(_valid(value[text_field]) or "", ordinals, unit)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _id_kind(found: Any) -> str:
    if found is None:
        return "missing"
    if isinstance(found, str):
        return "string"
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return "number" if is_number and -(2**63) <= found < 2**63 else "other"


def _valid(text: str | None) -> str | None:
    """JSON can spell half of a surrogate pair, which no UTF-8 column holds."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _check(found: dict[str, Any], id_field: str, text_field: str) -> None:
    problems = []
    for kind in REFUSED.keys() & found.keys():
        told = REFUSED[kind].format(id_field=id_field, text_field=text_field)
        example = bytes(found[kind]["example"])[:EXAMPLE_CHARS].decode("utf-8", "replace")
        problems.append(Problem(id_field, f"{found[kind]['lines']} lines {told}, such as {example}"))
    if {"number", "string"} <= found.keys():
        problems.append(
            Problem(id_field, "a number in some lines and a string in others: make them one type")
        )
    if found and not problems and not any(row["has_text"] for row in found.values()):
        problems.append(Problem(text_field, "no line has this field; name the text with --text-field"))
    if problems:
        raise ConfigError(sorted(problems, key=str))


def _parse(id_field: str, text_field: str) -> Callable[[Batches], Batches]:
    def parse(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            lines = batch.column("line")
            rows = [parsed_line(line.as_buffer().to_pybytes(), id_field, text_field) for line in lines]
            columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
            ids, kinds, texts, has_text = columns
            values = [
                lines.cast(pa.large_binary()),
                pa.array(ids, pa.large_string()),
                pa.array(kinds, pa.large_string()),
                pa.array(texts, pa.large_string()),
                pa.array(has_text, pa.bool_()),
            ]
            yield pa.RecordBatch.from_arrays(values, names=["line", "id", "kind", "text", "has_text"])

    return parse
