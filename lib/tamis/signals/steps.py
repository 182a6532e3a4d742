"""The stage ``signals``: `documents` -> a narrow table a family, in one pass over the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyspark import StorageLevel
from pyspark.sql.types import StructType

from tamis.errors import ConfigError, Problem
from tamis.signals.measure import measure
from tamis.signals.registry import FAMILIES, families_of, family_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext

_LAYOUT = ("doc_id", "batch_id", "shard")


def run_signals(ctx: StageContext) -> None:
    """Measure the families that the recipe's rules, languages and keeper name, on the pending batches."""
    from tamis.config import signal_names

    families = families_of(signal_names(ctx.recipe))
    # Each table is a commit of its own, and the text would be read once a table: the numbers are kept
    # instead, 200 bytes a document.
    measured = signal_tables(ctx.read_pending("documents"), families).persist(StorageLevel.MEMORY_AND_DISK)
    for family in families:
        table = family_table(family)
        ctx.write_pending(table.name, measured.select(*table.names))
    measured.unpersist()


def signal_tables(documents: DataFrame, families: Sequence[str]) -> DataFrame:
    """Return all signals of some families, for each document.

    Input columns:
        doc_id (long), text (string; null counts as empty), batch_id, shard (int).

    Output columns:
        doc_id, batch_id, shard; then one column a signal (see `registry`).

    Rows: as ``documents``. Shuffles: none.
    """
    return _measured(documents.select(*_LAYOUT, "text"), "text", families, _LAYOUT)


def with_signals(
    rows: DataFrame, *, text_column: str = "text", families: Sequence[str] | None = None
) -> DataFrame:
    """Return a frame with one more column a signal.

    Input columns:
        ``text_column`` (string; null counts as empty), and any others.

    Output columns:
        the input's, then one a signal.

    Rows: as the input. Shuffles: none.

    Args:
        rows: Any frame with a text.
        text_column: Its name.
        families: Which families; default all.

    Raises:
        ConfigError: A family is unknown, the text column is missing, or a column has a signal's name.
    """
    wanted = list(FAMILIES if families is None else families)
    for family in wanted:
        family_table(family)  # refuses an unknown one
    names = {signal.name for family in wanted for signal in FAMILIES[family]}
    problems = [
        Problem(name, "this column has a signal's name: rename it") for name in rows.columns if name in names
    ]
    if text_column not in rows.columns:
        problems.append(Problem(text_column, f"no such column; there are {', '.join(rows.columns)}"))
    if problems:
        raise ConfigError(problems)
    return _measured(rows, text_column, wanted, rows.columns)


def _measured(rows: DataFrame, text_column: str, families: Sequence[str], kept: Sequence[str]) -> DataFrame:
    signals = ", ".join(
        f"`{signal.name}` {signal.type}" for family in families for signal in FAMILIES[family]
    )
    found = cast("StructType", StructType.fromDDL(signals))
    fields = [*(rows.schema[name] for name in kept), *found.fields]
    return rows.mapInArrow(_measurer(text_column, tuple(families), tuple(kept)), StructType(fields))


def _measurer(
    text_column: str, families: tuple[str, ...], kept: tuple[str, ...]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def measured(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            found = measure(batch.column(text_column), families)
            columns = [*(batch.column(name) for name in kept), *found.columns]
            yield pa.RecordBatch.from_arrays(columns, [*kept, *found.schema.names])

    return measured
