"""What an output holds: the runs that made it, and its tables at the versions those runs committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tamis.errors import ConfigError, StaleInputError
from tamis.io.delta_log import column_names, small_rows, table_uri
from tamis.pipeline.declared import is_declared, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

NEVER_REDONE = frozenset({"ingest", "forget"})  # what their tables say is not found anywhere else


@dataclass(frozen=True, slots=True)
class StageRun:
    """One row of ``runs``: a stage's commit."""

    run_id: str
    stage: str
    epoch: int
    batch_id: int
    status: str
    config_digest: str
    code_version: str
    versions_read: dict[str, str]
    epochs_read: dict[str, str]
    versions_written: dict[str, str]
    rows: dict[str, str]
    facts: dict[str, str]
    seconds: float
    finished_utc: str


class OutputTables:
    """The committed tables of an output: readers see exactly the versions that ``runs`` lists.

    Args:
        spark: A session with Delta, or what makes one: it is asked for only when a table is read.
        output: URI of the output folder.
    """

    def __init__(self, spark: SparkSession | Callable[[], SparkSession], output: str) -> None:
        self._spark = spark
        self.output = output.rstrip("/")
        self._runs: list[StageRun] | None = None
        self._checked: set[tuple[str, int]] = set()

    @property
    def spark(self) -> SparkSession:
        """The session; made at the first use."""
        if callable(self._spark):
            self._spark = self._spark()
        return self._spark

    def runs(self) -> list[StageRun]:
        """Return all commits, oldest first; needs no session."""
        if self._runs is None:
            found = [StageRun(**row) for row in small_rows(table_uri(self.output, "runs"))]
            self._runs = sorted(found, key=lambda run: run.finished_utc)
        return self._runs

    def ledger(self) -> list[dict[str, Any]]:
        """Return the rows of ``inputs`` in the ledger's order; needs no session."""
        version = self.version("inputs")
        rows = [] if version is None else small_rows(table_uri(self.output, "inputs"), version)
        return sorted(rows, key=lambda row: row["ordinal"])

    def add(self, run: StageRun) -> None:
        """Note a commit that was just made."""
        self.runs().append(run)

    def last(self, stage: str) -> StageRun | None:
        """Return a stage's latest commit: highest epoch, then batch."""
        mine = [run for run in self.runs() if run.stage == stage and run.status == "done"]
        return max(mine, key=lambda run: (run.epoch, run.batch_id, run.finished_utc), default=None)

    def free_epoch(self, stage: str) -> int:
        """Return the first epoch above those that failed."""
        return max(
            (run.epoch + 1 for run in self.runs() if run.stage == stage and run.status != "done"), default=0
        )

    def version(self, table: str) -> int | None:
        """Return the version of a table that was committed last; None if none was."""
        found = [int(run.versions_written[table]) for run in self.runs() if table in run.versions_written]
        return max(found, default=None)

    def exists(self, table: str) -> bool:
        """Tell whether a stage has committed the table."""
        return table == "runs" or self.version(table) is not None

    def names(self) -> list[str]:
        """Return the committed tables, sorted; not those that only an older tamis knew."""
        written = {table for run in self.runs() for table in run.versions_written}
        return sorted(table for table in written if is_declared(table))

    def read(self, table: str) -> DataFrame:
        """Return a table at its committed version.

        Raises:
            ConfigError: no stage has committed it.
            StaleInputError: see `check_columns`.
        """
        from tamis.io.tables import read_version

        if table == "runs":
            return self.spark.read.format("delta").load(table_uri(self.output, "runs"))
        version = self.version(table)
        if version is None:
            raise ConfigError(f"{self.output} holds no table {table!r}; it has: {', '.join(self.names())}")
        self.check_columns(table)
        return read_version(self.spark, table_uri(self.output, table), version, table_of(table))

    def check_columns(self, table: str) -> None:
        """Find out whether this version of tamis can read a table, or add to it.

        Raises:
            StaleInputError: it lacks a column; what to do is said.
        """
        version, declared = self.version(table), table_of(table)
        if version is None or (table, version) in self._checked:
            return
        lacking = declared.lacking(column_names(table_uri(self.output, table), version))
        if lacking:
            can_redo = declared.stage not in NEVER_REDONE
            redo = f"Add --redo {declared.stage} to make it anew, or write" if can_redo else "Write"
            told = f"{table}: made by an older tamis, without {', '.join(lacking)}."
            raise StaleInputError(f"{told} {redo} to another --output")
        self._checked.add((table, version))


def as_row(run: StageRun) -> dict[str, Any]:
    """Return a commit as a row of ``runs``."""
    return {name: getattr(run, name) for name in StageRun.__dataclass_fields__}
