"""Fixtures: one lazy Spark session for all tests that need it, and the folder of real files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parent.parent

TEST_CONF = {
    # C1 only and one collector thread: the JVM's CPU falls from 43 s to 14 s on small tables.
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    # Of a run over some twenty documents compiling the plans is half: 60 s became 32.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@pytest.fixture(scope="session")
def spark_root() -> Iterator[SparkSession]:
    from tamis.io.session import build_session

    session = build_session("tamis-tests", master="local[2]", conf=TEST_CONF)
    yield session
    session.stop()


@pytest.fixture
def spark(spark_root: SparkSession) -> Iterator[SparkSession]:
    """Give a clean session, as a run has it, on the shared JVM."""
    from tamis.io.session import own_session

    session = own_session(spark_root)
    yield session
    session.catalog.clearCache()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Give the folder of real files with gold answers."""
    folder = Path(os.environ.get("TAMIS_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"no real files at {folder}: set TAMIS_CORPUS")
    return folder


@pytest.fixture(scope="session")
def small_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the small corpus (`tests/small.py`); do not change it."""
    from tests.small import write_inputs

    folder = tmp_path_factory.mktemp("small")
    write_inputs(folder)
    return folder


@pytest.fixture(scope="session")
def finished_run(
    spark_root: SparkSession, small_inputs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give the output of a finished run over the small corpus; do not change it."""
    from tests.small import recipe

    import tamis.api
    from tamis.pipeline import commits

    output = tmp_path_factory.mktemp("finished") / "out"
    points: list[str] = []
    hook, commits.on_commit_point = commits.on_commit_point, points.append
    try:
        tamis.api.run(recipe(small_inputs, output), spark_root)
    finally:
        commits.on_commit_point = hook
    (output.parent / "points.txt").write_text("\n".join(points))
    return output
