"""One call of `tamis forget`: forget, make what follows anew, purge."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any

from tamis.document import format_doc_id
from tamis.io.sinks import exists
from tamis.pipeline.progress import Progress
from tamis.pipeline.runner import Runner, summary
from tamis.pipeline.stages import STAGE_NAMES
from tamis.pipeline.totals import totals

if TYPE_CHECKING:
    from typing import TextIO

    from tamis.config import Recipe
    from tamis.pipeline.lineage import OutputTables
    from tamis.pipeline.runner import StageOutcome

PAGE = "report/index.html"


def take_down(
    tables: OutputTables, recipe: Recipe | None, ids: list[int], *, reason: str, purge: bool,
    stream: TextIO | None,
) -> dict[str, Any]:  # fmt: skip
    """Forget documents and bring the output up to date with that; return what `tamis forget` prints.

    Args:
        tables: Of the output.
        recipe: The output's last; None where nothing was run yet.
        ids: Distinct doc_ids.
        reason: Stored with the tombstones.
        purge: Also remove the files that no commit names.
        stream: For the progress bar; None: quiet.
    """
    from tamis.pipeline.forget import forget_documents, returned_documents
    from tamis.pipeline.purge import purge as purge_output

    runner = Runner(tables, recipe) if recipe else None
    if runner:
        runner.check()
    run_id = runner.run_id if runner else uuid.uuid4().hex[:12]
    done = forget_documents(tables, recipe, ids, reason=reason, run_id=run_id)
    outcomes = _follow(runner, stream) if runner else []
    is_decided = any((item.stage, item.status) == ("assemble", "done") for item in outcomes)
    returned = returned_documents(tables) if is_decided else []
    if purge:
        purge_output(tables, recipe)
    return {
        "run_id": run_id, "output": tables.output, "taken_down": done.records,
        "unknown": [format_doc_id(doc_id) for doc_id in done.unknown],
        "returned": [format_doc_id(doc_id) for doc_id in returned], "purged": purge,
        **summary(outcomes, totals(tables)),
    }  # fmt: skip


def _follow(runner: Runner, stream: TextIO | None) -> list[StageOutcome]:
    """Run what the forgotten were part of: the stages up to the last that was ever run, but no new inputs.

    A run that was stopped is so finished first: assemble cannot decide on half of the evidence.
    """
    last = max((STAGE_NAMES.index(run.stage) for run in runner.tables.runs() if run.stage in STAGE_NAMES),
               default=0)  # fmt: skip
    names = [name for name in STAGE_NAMES[1 : last + 1] if name in runner.active]
    outcomes: list[StageOutcome] = []
    with Progress(names, stream) if stream else contextlib.nullcontext() as bar:
        if bar is not None:
            runner.on_stage = bar.on_stage
        for name in names:
            outcomes += runner.run(only=name)
    if "report" not in names and exists(f"{runner.output}/{PAGE}"):
        _report(runner)
    return outcomes


def _report(runner: Runner) -> None:
    """A page that `tamis report` wrote once shows texts, whether or not the recipe asks for it."""
    from tamis.report.steps import report_tables

    report_tables(runner.tables, runner.recipe)
