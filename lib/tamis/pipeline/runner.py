"""Run the stages of a recipe that are not done yet, each to its commit."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import tamis
from tamis.config import digest_of
from tamis.errors import StageFailedError, StaleInputError
from tamis.pipeline.commits import ALWAYS, RunContext, raised_epoch, seal
from tamis.pipeline.declared import table_of
from tamis.pipeline.lineage import OutputTables, StageRun
from tamis.pipeline.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tamis.config import Recipe
    from tamis.pipeline.stage import Stage


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What one call did to one stage: ``done`` or ``up to date``."""

    stage: str
    status: str
    rows: dict[str, int]
    seconds: float


@dataclass
class Runner:
    """One call of `tamis run`.

    Attributes:
        tables: What the output holds; makes a session when the first stage has work.
        redo: Stages that are made anew though they are done.
        on_stage: Told when a stage begins and ends: (name, outcome or None).
    """

    tables: OutputTables
    recipe: Recipe
    redo: frozenset[str] = frozenset()
    on_stage: Callable[[str, StageOutcome | None], None] = lambda _name, _outcome: None
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def __post_init__(self) -> None:
        self.output = self.tables.output
        self._checked: set[int] = set()
        self.active = frozenset(stage.name for stage in STAGES if stage.config(self.recipe) is not None)

    def run(self, until: str | None = None, only: str | None = None) -> list[StageOutcome]:
        """Do what is not done, in the stages' order, up to and with ``until``.

        Args:
            until: The last stage; None for all.
            only: Just this stage, as the jobs/ entries do.

        Raises:
            StaleInputError: a stage's settings changed since its tables were made.
        """
        outcomes = []
        for stage in self._wanted(until, only):
            self.on_stage(stage.name, None)
            outcome = self._run_stage(stage)
            self.on_stage(stage.name, outcome)
            outcomes.append(outcome)
        return outcomes

    def check(self) -> None:
        """Find out whether the settings are those that the tables were made with, without doing anything.

        Raises:
            StaleInputError: a stage's settings changed since.
        """
        for stage in STAGES:
            if stage.name in self.active and stage.plan is None:
                self._context(stage)

    def _wanted(self, until: str | None, only: str | None) -> Iterable[Stage]:
        for stage in STAGES:
            if stage.name in self.active and only in (None, stage.name):
                yield stage
            if stage.name == until:
                return

    def _run_stage(self, stage: Stage) -> StageOutcome:
        begin = time.monotonic()
        context = self._context(stage)
        if not context.pending:
            return StageOutcome(stage.name, "up to date", {}, time.monotonic() - begin)
        self._check_core_hours(context)
        context.epoch = max(raised_epoch(context, stage.writes), self.tables.free_epoch(stage.name))
        try:
            stage.run(context)
        except StageFailedError:
            # What it wrote did not add up: the next attempt must not take it for an attempt that was stopped.
            seal(context, self._row(stage, context, time.monotonic() - begin, status="failed"))
            raise
        run = self._row(stage, context, time.monotonic() - begin, status="done")
        seal(context, run)
        rows = {name: commit.rows for name, commit in context.written.items()}
        return StageOutcome(stage.name, "done", rows, run.seconds)

    def _check_core_hours(self, context: RunContext) -> None:
        """Check each batch once: new inputs before anything is done, others before near-duplicates."""
        from tamis.io.ingest import pending_ledger
        from tamis.plan.budget import check_core_hours

        if context.planned:
            check_core_hours(self.recipe, context.planned)
            self._checked.update(row.batch_id for row in context.planned)
        if context.stage == "near_dedup":
            rows = [row for row in pending_ledger(context) if row.batch_id not in self._checked]
            check_core_hours(self.recipe, rows)

    def _context(self, stage: Stage) -> RunContext:
        settings = stage.config(self.recipe)
        last = self.tables.last(stage.name)
        context = RunContext(
            recipe=self.recipe, output=self.output, run_id=self.run_id, stage=stage.name,
            tables=self.tables, active=self.active, pending=[], epoch=last.epoch if last else 0,
            config_digest=digest_of(settings), versions_read=self._versions_read(stage),
        )  # fmt: skip
        if stage.plan is not None:
            context.pending = stage.plan(context)
            return context
        context.pending = self._pending(stage, context, last)
        return context

    def _pending(self, stage: Stage, context: RunContext, last: StageRun | None) -> list[int]:
        """Return the batches to do; raises the context's epoch where all are done again."""
        batches = list(range(1, self._batches() + 1))
        if last is None:
            return batches
        if stage.name in self.redo or last.epochs_read != self._epochs_read(stage):
            context.epoch = last.epoch + 1
            return batches
        if last.config_digest != context.config_digest:
            raise StaleInputError(
                f"{stage.name}: its settings in the recipe changed since its tables were made by run "
                f"{last.run_id} (digest {last.config_digest[:12]}, now {context.config_digest[:12]}). "
                f"Add --redo {stage.name} to make them anew, or write to another --output"
            )
        return [batch for batch in batches if batch > last.batch_id]

    def _batches(self) -> int:
        last = self.tables.last("ingest")
        return last.batch_id if last else 0

    def _reads(self, stage: Stage) -> list[str]:
        names = [name for name in self.tables.names() if name in stage.reads]
        if "signals_*" in stage.reads:
            names += [name for name in self.tables.names() if name.startswith("signals_")]
        return [name for name in names if table_of(name).stage in self.active | ALWAYS]

    def _versions_read(self, stage: Stage) -> dict[str, str]:
        return {name: str(self.tables.version(name)) for name in self._reads(stage)}

    def _epochs_read(self, stage: Stage) -> dict[str, str]:
        makers = {table_of(name).stage for name in self._reads(stage)} - {stage.name}
        last = {maker: self.tables.last(maker) for maker in sorted(makers)}
        return {maker: str(run.epoch) for maker, run in last.items() if run is not None}

    def _row(self, stage: Stage, context: RunContext, seconds: float, *, status: str) -> StageRun:
        written = context.written if status == "done" else {}
        return StageRun(
            run_id=self.run_id, stage=stage.name, epoch=context.epoch, batch_id=context.pending[-1],
            status=status, config_digest=context.config_digest, code_version=tamis.__version__,
            versions_read=context.versions_read, epochs_read=self._epochs_read(stage),
            versions_written={name: str(commit.version) for name, commit in written.items()},
            rows={name: str(commit.rows) for name, commit in written.items()},
            facts=dict(context.facts), seconds=seconds,
            finished_utc=datetime.now(UTC).isoformat(timespec="microseconds"),
        )  # fmt: skip


def summary(outcomes: list[StageOutcome], facts: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON object that `tamis run` prints."""
    stages = [
        {"stage": item.stage, "status": item.status, "rows": item.rows, "seconds": round(item.seconds, 2)}
        for item in outcomes
    ]
    return {**facts, "stages": stages}
