"""CPU time of this process and all under it, living or waited for: Spark's work is done by others than us."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu_seconds() -> float:
    """Return user and system seconds of the tree, from /proc (Linux; see proc(5), /proc/pid/stat)."""
    parents: dict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent, spent = _stat(entry)
            parents[parent].append(int(entry.name))
            ticks[int(entry.name)] = spent
    total, ahead = 0, [os.getpid()]
    while ahead:
        process = ahead.pop()
        total += ticks[process]
        ahead += parents[process]
    return total / TICKS


def fastest(runs: list[dict[str, Any]], start_up: float) -> dict[str, Any]:
    """Return the pass with the least CPU, beside what all took and what came before them."""
    spent = [run["cpu_seconds"] for run in runs]
    best = runs[spent.index(min(spent))]
    passes = [round(seconds, 1) for seconds in spent]
    return {**best, "start_up_cpu_seconds": start_up, "cpu_seconds_of_passes": passes}


def _stat(entry: Path) -> tuple[int, int]:
    """Return the parent and the ticks of a process; those of one that ended meanwhile are its parent's."""
    try:
        text = (entry / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces
    return int(fields[1]), sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
