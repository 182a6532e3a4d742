"""Is `tamis plan` right? What it predicts from 1/16 of the documents, beside a run over all of them.

    python benchmarks/plan.py [FILE.jsonl.zst] [--share 16] [--samples 5]

Prints a JSON line a figure: predicted over measured, for rows, candidates, edges and shuffle bytes (from the
event log), by the first sample and by all, and how many samples are within 30 %. And what the run spent by
stage, from which the constants of `tamis.plan.costs` are taken.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from process_tree import tree_cpu_seconds
from signals import CORPUS

from tamis.io.session import build_session
from tamis.pipeline.lineage import OutputTables
from tamis.pipeline.output import absolute_uri, claim
from tamis.pipeline.runner import Runner
from tamis.recipes import load_recipe

WANTED = 0.30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS / "bulk" / "docs.jsonl.zst")
    parser.add_argument("--share", type=int, default=16, help="one in so many documents is sampled")
    parser.add_argument("--samples", type=int, default=5, help="samples drawn")
    parser.add_argument(
        "--facts", type=Path, help="keep the run's figures in this file, and use them if there"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        recipe = recipe_over(options.path, Path(scratch) / "out")
        if options.facts and options.facts.exists():
            run = json.loads(options.facts.read_text())
        else:
            run = measured_run(recipe, Path(scratch) / "events")
        if options.facts:
            options.facts.write_text(json.dumps(run))
        print(json.dumps({"figure": "the run over all documents", **run}), flush=True)
        from tamis.plan.predict import predict

        plans = [predict(recipe, share=1 / options.share, seed=seed) for seed in range(options.samples)]
    for line in compared(plans, run):
        print(json.dumps(line), flush=True)


def recipe_over(path: Path, output: Path) -> Any:
    """Return a recipe over one file of JSON Lines with all stages that plan prices by pairs."""
    return load_recipe({
        "name": "plan", "output": str(output), "exact_dedup": {"units": ["document", "paragraph"]},
        "near_dedup": {},
        "inputs": [{"path": str(path), "format": "jsonl", "source": "bulk", "id_field": "id"}],
    })  # fmt: skip


def measured_run(recipe: Any, events: Path) -> dict[str, Any]:
    """Run the recipe; return rows, facts, and by stage the shuffle bytes, CPU and wall seconds."""
    events.mkdir()
    logged = {
        "spark.eventLog.enabled": "true", "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false",
    }  # fmt: skip
    claim(recipe)
    session = build_session("plan benchmark", conf=logged)
    tables = OutputTables(session, absolute_uri(recipe.output))
    runner = Runner(tables, recipe)
    marks = [("start", time.time(), tree_cpu_seconds())]
    runner.on_stage = lambda name, outcome: (
        marks.append((name, time.time(), tree_cpu_seconds())) if outcome else None
    )
    runner.run()
    facts = {name: value for stage in runner.active for name, value in tables.last(stage).facts.items()}
    rows = {name: int(value) for run in tables.runs() for name, value in run.rows.items()}
    session.stop()
    return {"rows": rows, "facts": facts, "stages": spent(marks, next(events.iterdir()))}


def spent(marks: list[tuple[str, float, float]], log: Path) -> dict[str, dict[str, float]]:
    """Return what each stage took; a task counts for the stage in whose time it ended."""
    shuffled: dict[str, int] = defaultdict(int)
    with log.open() as lines:
        for line in lines:
            event = json.loads(line)
            if event["Event"] != "SparkListenerTaskEnd" or "Task Metrics" not in event:
                continue
            ended = event["Task Info"]["Finish Time"] / 1000
            name = next((name for name, until, _ in marks[1:] if ended <= until), marks[-1][0])
            shuffled[name] += event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
    return {
        name: {"shuffle_bytes": shuffled[name], "cpu_seconds": cpu - cpu_before, "seconds": end - begin}
        for (_, begin, cpu_before), (name, end, cpu) in itertools.pairwise(marks)
    }


def compared(plans: list[Any], run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return predicted over measured: of the first sample, and the range over all."""
    facts = run["facts"]
    measured = {
        "rows": run["rows"]["documents"],
        "candidates": int(facts["near_candidates"]),
        "edges": run["rows"]["edges"],
        "shuffle bytes": sum(stage["shuffle_bytes"] for stage in run["stages"].values()),
        "shuffle bytes of near_dedup": run["stages"]["near_dedup"]["shuffle_bytes"],
        "CPU seconds": sum(stage["cpu_seconds"] for stage in run["stages"].values()),
    }
    lines = []
    for name, truth in measured.items():
        ratios = [figure(plan, name) / truth for plan in plans]
        lines.append({
            "figure": f"tamis plan: {name}, predicted over measured", "value": round(ratios[0], 3),
            "peer": None, "measured": truth, "of_all_samples": [round(ratio, 3) for ratio in ratios],
            "within_30_percent": sum(abs(ratio - 1) <= WANTED for ratio in ratios),
        })  # fmt: skip
    return lines


def figure(plan: dict[str, Any], name: str) -> float:
    """Return a figure of a plan by the name it has here."""
    if name == "shuffle bytes of near_dedup":
        return plan["stages"]["near_dedup"]["shuffle_bytes"]
    if name == "CPU seconds":
        return sum(stage["cpu_seconds"] for stage in plan["stages"].values())
    return plan[name.replace(" ", "_")]


if __name__ == "__main__":
    main()
