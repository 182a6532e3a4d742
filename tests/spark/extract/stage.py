"""The stage `extract` alone, over files in tasks of the test's choice."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import tamis.api
from tamis.extract import steps
from tamis.extract.tasks import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from pyspark.sql import DataFrame, SparkSession

FILES, ARCHIVES = "files", "archives"  # folders of the inputs


def run_stage(spark: SparkSession, folder: Path, output: Path, **settings: Any) -> dict[str, Any]:
    """Extract the files of a folder's ``files``; web archives of its ``archives``, if it has some."""
    forms = {FILES: "files", ARCHIVES: "warc"}
    recipe = {
        "name": "stage", "output": str(output), "extract": {"max_failed_fraction": 1.0, **settings},
        "inputs": [
            {"path": str(folder / name), "format": form, "source": name}
            for name, form in forms.items() if (folder / name).is_dir()
        ],
    }  # fmt: skip
    return tamis.api.run(recipe, spark, until="extract")


def read(spark: SparkSession, output: Path, table: str) -> DataFrame:
    return spark.read.format("delta").load(str(output / table))


def cut_into(monkeypatch: pytest.MonkeyPatch, tasks: int, *, backwards: bool = False) -> None:
    """Have the stage read its inputs by so many tasks, in the ledger's order or the other way round."""

    def cut(ledger: list, _parallelism: int, *, whole: bool = False) -> list[list[Piece]]:
        rows = [Piece(row) for row in (ledger[::-1] if backwards else ledger)]
        return [rows[at::tasks] for at in range(tasks)]

    monkeypatch.setattr(steps, "tasks", cut)


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Keep a core busy."""
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
        assert hog.poll() is None, "it ended before the work beside it"
    finally:
        hog.kill()
        hog.wait()
