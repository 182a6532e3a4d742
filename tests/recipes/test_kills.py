"""A run or forget stopped at any commit ends, made again, with the tables of an undisturbed one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.conftest import TEST_CONF
from tests.helpers_files import everything_under
from tests.small import recipe

import tamis.api
from tamis.document import format_doc_id, make_doc_id
from tamis.io.delta_log import small_rows, table_uri
from tamis.pipeline import commits

if TYPE_CHECKING:
    from pathlib import Path

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


def tamis_process(words: list[str], point: str | None) -> int:
    """Return the exit code of a `tamis` that is killed at a point."""
    env = {**os.environ, **({"TAMIS_STOP_AT": point} if point else {})}
    settings = [word for name, value in TEST_CONF.items() for word in ("--conf", f"{name}={value}")]
    command = [sys.executable, "-m", "tamis.cli", *words, "--master", "local[2]", *settings]
    return subprocess.run(command, env=env, capture_output=True, timeout=900, check=False).returncode


def kill_at(points, small_inputs, folder) -> str:
    """Return the digest of an output whose runs were killed at each point in turn, then finished."""
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe(small_inputs, folder / "out")))
    for point in points:
        assert tamis_process(["run", str(path)], point) == -signal.SIGKILL, point
    assert tamis_process(["run", str(path)], None) == 0
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


# A representative of two equal texts, a page that holds a phrase no other does, and one without a record.
GONE = [make_doc_id("files", "mill.html"), make_doc_id("files", "latin1.txt"), 12345]
PHRASE = "Bäume"


class Forgetting(NamedTuple):
    """A forget that nothing disturbed.

    Attributes:
        digest: Of the output after it.
        points: The names of all points where it can be stopped, in order.
    """

    digest: dict
    points: list[str]


@pytest.fixture(scope="module")
def forgetting(spark_root, finished_run, tmp_path_factory) -> Forgetting:
    output = shutil.copytree(finished_run, tmp_path_factory.mktemp("forgetting") / "out")
    points: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commits, "on_commit_point", points.append)
        tamis.api.forget(str(output), GONE, spark_root, purge=True)
    assert PHRASE not in everything_under(output)
    return Forgetting(tamis.api.digest(str(output), spark_root), points)


def forgotten_with_kills(finished_run: Path, folder: Path, points: list[str], *flags: str) -> Path:
    """Return a copy of a finished output on which forget was killed at each point in turn, then finished."""
    output = shutil.copytree(finished_run, folder / "out")
    (folder / "ids.txt").write_text("".join(f"{format_doc_id(doc_id)}\n" for doc_id in GONE))
    words = ["forget", "--output", str(output), "--ids", str(folder / "ids.txt"), *flags]
    for point in points:
        assert tamis_process(words, point) == -signal.SIGKILL, point
    assert tamis_process(words, None) == 0
    assert {row["doc_id"] for row in small_rows(table_uri(str(output), "tombstones"))} == set(GONE)
    return output


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_sigkill_before_forgets_commit_and_within_its_purge(spark, finished_run, forgetting, tmp_path):
    points = ["forget.runs.before", "purge.vacuum.after"]
    assert set(points) <= set(forgetting.points)
    assert PHRASE in everything_under(finished_run)
    output = forgotten_with_kills(finished_run, tmp_path, points, "--purge")
    assert tamis.api.digest(str(output), spark) == forgetting.digest
    assert PHRASE not in everything_under(output)


@pytest.mark.long
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("flags", [(), ("--purge",)], ids=["kept", "purged"])
def test_sigkill_at_every_commit_of_forget_leaves_the_same_tables(
    spark, finished_run, forgetting, tmp_path, flags
):
    points = [point for point in forgetting.points if flags or not point.startswith("purge.")]
    assert len(points) == len(set(points)) >= 30
    output = forgotten_with_kills(finished_run, tmp_path, points, *flags)
    assert tamis.api.digest(str(output), spark) == forgetting.digest
    assert (PHRASE in everything_under(output)) == (not flags)
