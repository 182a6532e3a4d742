"""A run stopped at any commit ends, after the rerun, with the tables of an undisturbed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from tests.conftest import TEST_CONF
from tests.small import recipe

import tamis.api
from tamis.pipeline import commits

pytestmark = pytest.mark.spark

STAGES = (
    "ingest",
    "extract",
    "signals",
    "filter",
    "exact_dedup",
    "near_dedup",
    "assemble",
    "tokens",
    "report",
)


class StoppedError(Exception):
    """The injected stop."""


@pytest.fixture
def commit_points(finished_run) -> list[str]:
    """Give the names of all commit points of an undisturbed run, in order."""
    return (finished_run.parent / "points.txt").read_text().split()


@pytest.mark.timeout(1800)
def test_exception_at_every_commit_leaves_the_same_tables(
    spark, small_inputs, finished_run, commit_points, tmp_path, monkeypatch
):
    # One output is stopped at each point in turn: every rerun goes on from what the last stop left.
    assert len(commit_points) == len(set(commit_points)) >= 40
    settings = recipe(small_inputs, tmp_path / "out")
    for wanted in commit_points:

        def stop(point: str, wanted: str = wanted) -> None:
            if point == wanted:
                raise StoppedError(point)

        monkeypatch.setattr(commits, "on_commit_point", stop)
        with pytest.raises(StoppedError, match=wanted):
            tamis.api.run(settings, spark)
    monkeypatch.setattr(commits, "on_commit_point", lambda _point: None)
    tamis.api.run(settings, spark)
    assert tamis.api.digest(str(tmp_path / "out"), spark) == tamis.api.digest(str(finished_run), spark)


def run_process(path, point: str | None) -> int:
    env = {**os.environ, **({"TAMIS_STOP_AT": point} if point else {})}
    settings = [word for name, value in TEST_CONF.items() for word in ("--conf", f"{name}={value}")]
    command = [sys.executable, "-m", "tamis.cli", "run", str(path), "--master", "local[2]", *settings]
    return subprocess.run(command, env=env, capture_output=True, timeout=300, check=False).returncode


def kill_at(points, small_inputs, folder) -> str:
    """Return the digest of an output whose runs were killed at each point in turn, then finished."""
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe(small_inputs, folder / "out")))
    for point in points:
        assert run_process(path, point) == -signal.SIGKILL, point
    assert run_process(path, None) == 0
    return str(folder / "out")


@pytest.mark.timeout(900)
def test_sigkill_at_one_commit_a_stage_leaves_the_same_tables(
    spark, small_inputs, finished_run, tmp_path, commit_points
):
    # Between the last table and the row in runs: the widest window; all tables are written and none is seen.
    points = [f"{stage}.runs.before" for stage in STAGES]
    assert set(points) <= set(commit_points)
    output = kill_at(points, small_inputs, tmp_path)
    assert tamis.api.digest(output, spark) == tamis.api.digest(str(finished_run), spark)


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_sigkill_at_every_commit_leaves_the_same_tables(
    spark, small_inputs, finished_run, tmp_path, commit_points
):
    output = kill_at(commit_points, small_inputs, tmp_path)
    assert tamis.api.digest(output, spark) == tamis.api.digest(str(finished_run), spark)
