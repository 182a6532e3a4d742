"""The sums of an output, as its commits tell them: every record is kept, removed with a reason, or failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tamis.pipeline.lineage import as_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tamis.pipeline.lineage import OutputTables

    Facts = Mapping[str, str]


def totals(tables: OutputTables) -> dict[str, Any]:
    """Return records, kept, removed, failed, forgotten, ranges_failed and removed_by_reason of the output.

    Read from ``runs`` alone. Extract counts each batch once (in its latest epoch), assemble the whole output;
    stages that have not run count as zero. Forgotten records are in no other sum, ``records`` neither.
    """
    extracts, forgets = _counted([as_row(run) for run in tables.runs()])
    assembled = tables.last("assemble")
    facts = assembled.facts if assembled else {}
    return {
        "records": _sum(extracts, "records") - _sum(forgets, "records"),
        "kept": int(facts.get("kept", 0)),
        "removed": int(facts.get("removed", 0)),
        "failed": _sum(extracts, "failed") - _sum(forgets, "failed"),
        "forgotten": _sum(extracts, "forgotten") + _sum(forgets, "records"),
        "ranges_failed": _sum(extracts, "ranges_failed"),
        "removed_by_reason": json.loads(facts.get("removed_by_reason", "{}")),
    }


def forgotten_records(runs: Sequence[Mapping[str, Any]]) -> int:
    """Return how many records of the inputs were taken down: left out by extract, or deleted since.

    Args:
        runs: Rows of ``runs``, oldest first.
    """
    extracts, forgets = _counted(runs)
    return _sum(extracts, "forgotten") + _sum(forgets, "records")


def _counted(runs: Iterable[Mapping[str, Any]]) -> tuple[list[Facts], list[Facts]]:
    """Return what extract counted, each batch once, and what forgets have taken off that since.

    Where extract does all batches again it leaves the forgotten out itself, and counts them.
    """
    extracts: list[Mapping[str, Any]] = []
    forgets: list[Facts] = []
    for run in runs:
        if run["stage"] == "forget":
            forgets.append(run["facts"])
        elif (run["stage"], run["status"]) == ("extract", "done"):
            first = _first_batch(run, extracts)
            extracts = [*(earlier for earlier in extracts if earlier["batch_id"] < first), run]
            forgets = [] if first == 1 else forgets
    return [run["facts"] for run in extracts], forgets


def _first_batch(run: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> int:
    """Return the first batch that a commit of extract covers; once it was not noted."""
    if "first_batch" in run["facts"]:
        return int(run["facts"]["first_batch"])
    if not earlier or run["epoch"] > earlier[-1]["epoch"]:
        return 1
    return int(earlier[-1]["batch_id"]) + 1


def _sum(facts: Iterable[Facts], name: str) -> int:
    return sum(int(found.get(name, 0)) for found in facts)
