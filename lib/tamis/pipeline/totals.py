"""The sums of an output, as its commits tell them: every record is kept, removed with a reason, or failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tamis.pipeline.lineage import OutputTables


def totals(tables: OutputTables) -> dict[str, Any]:
    """Return records, kept, removed, failed, forgotten, ranges_failed and removed_by_reason of the output.

    Read from ``runs`` alone. Extract counts each batch once (in its latest epoch), assemble the whole output;
    stages that have not run count as zero.
    """
    last = tables.last("extract")
    extracts = [
        run.facts for run in tables.runs() if last and (run.stage, run.epoch) == ("extract", last.epoch)
    ]
    assembled = tables.last("assemble")
    facts = assembled.facts if assembled else {}
    return {
        "records": _sum(extracts, "records"),
        "kept": int(facts.get("kept", 0)),
        "removed": int(facts.get("removed", 0)),
        "failed": _sum(extracts, "failed"),
        "forgotten": 0,
        "ranges_failed": _sum(extracts, "ranges_failed"),
        "removed_by_reason": json.loads(facts.get("removed_by_reason", "{}")),
    }


def _sum(facts: list[dict[str, str]], name: str) -> int:
    return sum(int(found[name]) for found in facts)
