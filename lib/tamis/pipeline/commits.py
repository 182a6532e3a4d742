"""How a stage's tables become one commit: each table's write happens once, the row in ``runs`` seals them.

A run that is stopped anywhere leaves tables that ``runs`` does not list; readers never open those. The rerun
finds a write by the transaction in the table's own log and keeps it when it was made with the same settings
from the same versions; otherwise the stage's epoch is raised and the write made again, on what was committed.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.io.delta_log import Commit, last_commit, latest_version, table_uri
from tamis.pipeline.declared import is_declared, table_of
from tamis.pipeline.lineage import OutputTables, StageRun, as_row
from tamis.schemas import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tamis.config import Recipe
    from tamis.dedup.steps.texts import Texts
    from tamis.io.ledger import LedgerRow
    from tamis.io.tables import Transaction

BATCH_BITS = 32  # txnVersion = epoch << 32 | batch
ALWAYS = frozenset({"runs", "forget"})  # what their tables say holds for any recipe


def _stop_at_wanted_point(point: str) -> None:
    """End the process where TAMIS_STOP_AT says, as a lost driver would."""
    if os.environ.get("TAMIS_STOP_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)


# Called with "<stage>.<table>.before" or ".after" around every commit, and in a purge; tests put theirs here.
on_commit_point: Callable[[str], None] = _stop_at_wanted_point


def reach(point: str) -> None:
    """Tell the hook that a commit, or a step of a purge, is about to be made, or was."""
    on_commit_point(point)


@dataclass
class RunContext:
    """The runner's side of `stage.StageContext`: hands tables to one stage and writes what it makes.

    Attributes:
        active: Stages of this recipe; the tables of others do not exist for this run.
        epoch: Of this stage; raised when it is redone.
        planned: Ingest only: the inputs of the batch that it makes.
    """

    recipe: Recipe
    output: str
    run_id: str
    stage: str
    tables: OutputTables
    active: frozenset[str]
    pending: list[int]
    epoch: int
    config_digest: str
    versions_read: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)
    written: dict[str, Commit] = field(default_factory=dict)
    planned: list[LedgerRow] = field(default_factory=list)

    @property
    def spark(self) -> SparkSession:
        """The run's session; made when a stage first needs it."""
        return self.tables.spark

    def exists(self, table: str) -> bool:
        """Tell whether the table was committed by a stage that this recipe has."""
        if table in self.written:
            return True
        has_stage = is_declared(table) and table_of(table).stage in self.active | ALWAYS
        return has_stage and self.tables.exists(table)

    def read(self, table: str) -> DataFrame:
        """Return a table: what this stage just wrote, else what its stage committed."""
        from tamis.io.tables import read_version

        own = self.written.get(table)
        if own is None:
            return self.tables.read(table)
        return read_version(self.spark, table_uri(self.output, table), own.version, table_of(table))

    def _version(self, table: str) -> int | None:
        """Return the version that `read` opens."""
        own = self.written.get(table)
        return own.version if own else self.tables.version(table)

    def read_pending(self, table: str) -> DataFrame:
        """Return the rows of the pending batches."""
        return self.read(table).where(self._pending_condition())

    def read_texts(self, *, pending: bool = False) -> Texts:
        """Return `documents`, of all batches or the pending ones, and the files that hold them."""
        from tamis.dedup.steps.texts import Texts
        from tamis.io.delta_log import file_sizes
        from tamis.io.shards import file_splits

        frame = self.read_pending("documents") if pending else self.read("documents")
        version = self._version("documents")
        files = None if version is None else file_sizes(table_uri(self.output, "documents"), version)
        if files is None:
            return Texts(frame)
        first, last = (self.pending[0], self.pending[-1]) if pending else (0, 1 << 31)
        wanted = sorted(file for file in files if first <= file[2] <= last)
        return Texts(frame, tuple(split for file in wanted for split in file_splits(*file)))

    def write_pending(self, table: str, rows: DataFrame) -> None:
        """Replace the pending batches of a table.

        Raises:
            StaleInputError: an older tamis wrote the batches that stay (`OutputTables.check_columns`).
        """
        if self.pending[0] > 1:
            self.tables.check_columns(table)
        self._write(table, rows, self._pending_condition())

    def write_all(self, table: str, rows: DataFrame) -> None:
        """Replace a whole table."""
        self._write(table, rows, "true")

    def delete_rows(self, table: str, gone: DataFrame, on: Sequence[str] = ("doc_id",)) -> None:
        """Delete the rows of a table that equal one of ``gone`` (each there once) in the columns ``on``."""
        from tamis.io.tables import delete_matching

        self._once(table, lambda uri, transaction: delete_matching(gone, uri, on=on, transaction=transaction))

    def _pending_condition(self) -> str:
        return f"batch_id >= {self.pending[0]} AND batch_id <= {self.pending[-1]}"

    def app(self, table: str) -> str:
        """Return the name that the stage's writes to a table have in its log.

        It changes with each `tamis forget`: what a stopped attempt wrote before may hold the forgotten.
        """
        forgot = self.tables.last("forget")
        return f"{self.stage}/{table}" + (f"@{forgot.epoch + 1}" if forgot else "")

    @property
    def _txn(self) -> int:
        return self.epoch << BATCH_BITS | self.pending[-1]

    def _meta(self) -> dict[str, Any]:
        return {"config_digest": self.config_digest, "versions_read": self.versions_read,
                "pending": self.pending, "run_id": self.run_id}  # fmt: skip

    def _is_same_attempt(self, found: Commit) -> bool:
        mine = self._meta()
        return all(found.meta.get(name) == mine[name] for name in mine if name != "run_id")

    def _write(self, table: str, rows: DataFrame, replace: str) -> None:
        from tamis.io.tables import write_once

        self._once(
            table,
            lambda uri, transaction: write_once(
                rows, table_of(table), uri, replace=replace, transaction=transaction
            ),
        )

    def _once(self, table: str, make: Callable[[str, Transaction], Commit]) -> None:
        from tamis.io.tables import Transaction

        uri = table_uri(self.output, table)
        reach(f"{self.stage}.{table}.before")
        found = last_commit(uri, self.app(table))
        if found is not None and found.txn == self._txn and self._is_same_attempt(found):
            self.written[table] = found
        else:
            self._put_back(table, uri)
            self.written[table] = make(uri, Transaction(self.app(table), self._txn, self._meta()))
        reach(f"{self.stage}.{table}.after")

    def _put_back(self, table: str, uri: str) -> None:
        """Undo what a stopped attempt left on a table: rows that are not written anew must be committed."""
        from tamis.io.tables import restore

        committed = self.tables.version(table)
        if committed is not None and latest_version(uri) != committed:
            restore(self.spark, uri, committed)


def raised_epoch(context: RunContext, writes: tuple[str, ...]) -> int:
    """Return the epoch to work in: above any that a stopped attempt with other settings has used."""
    epoch = context.epoch
    for table in _expanded(writes):
        found = last_commit(table_uri(context.output, table), context.app(table))
        if found is None or found.txn < (epoch << BATCH_BITS | context.pending[-1]):
            continue
        same = found.txn >> BATCH_BITS == epoch and context._is_same_attempt(found)  # noqa: SLF001
        epoch = max(epoch, found.txn >> BATCH_BITS) + (0 if same else 1)
    return epoch


def _expanded(writes: tuple[str, ...]) -> list[str]:
    """Return the tables' names, ``signals_*`` as every family that there is."""
    from tamis.signals.registry import FAMILIES

    families = [f"signals_{family}" for family in FAMILIES]
    return [name for table in writes for name in (families if table == "signals_*" else [table])]


def seal(context: RunContext, run: StageRun) -> None:
    """Append the row to ``runs`` that makes the stage's writes visible: its commit point."""
    reach(f"{run.stage}.runs.before")
    rows = context.spark.createDataFrame([as_row(run)], RUNS.ddl)
    uri = table_uri(context.output, "runs")
    rows.coalesce(1).write.format("delta").mode("append").save(uri)
    context.tables.add(run)
    reach(f"{run.stage}.runs.after")
