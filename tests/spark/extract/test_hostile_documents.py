"""A document that hangs, crashes or explodes costs itself and one worker; its neighbours have their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.robust import hostile, writers
from tests.robust.test_bombs import gzip_bomb
from tests.spark.extract.stage import FILES, cut_into, read, run_stage

from tamis.extract import steps

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.spark

NEIGHBOURS = {
    "a.txt": writers.SENTENCES[0].encode(), "c.rtf": writers.rich_text(), "e.eml": writers.mail(),
    "g.txt": writers.SENTENCES[1].encode(),
}  # fmt: skip
# Each between two neighbours. What sleeps does so for ten times the CPU seconds, twice.
CASES: dict[str, tuple[float, dict[str, tuple[Callable[[], bytes], str]]]] = {
    "crash-and-bomb": (20, {"b": (lambda: hostile.SEGFAULT, "crashed"), "d.gz": (gzip_bomb, "zip_bomb"),
                            "f": (lambda: hostile.HOARD, "memory_limit")}),
    "hang": (1, {"b": (lambda: hostile.SLEEP, "wall_limit"), "f": (lambda: hostile.SPIN, "cpu_limit")}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_neighbours_of_hostile_documents_have_their_text(spark, tmp_path, monkeypatch, case):
    cpu_seconds, hostiles = CASES[case]
    folder = tmp_path / "in" / FILES
    folder.mkdir(parents=True)
    for name, payload in {**NEIGHBOURS, **{name: make() for name, (make, _) in hostiles.items()}}.items():
        (folder / name).write_bytes(payload)
    cut_into(monkeypatch, 1)
    monkeypatch.setattr(steps, "EXTRACT_PAYLOAD", f"{hostile.__name__}:extract_payload")
    run_stage(spark, tmp_path / "in", tmp_path / "out", cpu_seconds=cpu_seconds)
    failures = {row["key"]: row["code"] for row in read(spark, tmp_path / "out", "failures").collect()}
    assert failures == {name: code for name, (_, code) in hostiles.items()}
    rows = {row["key"]: row for row in read(spark, tmp_path / "out", "documents").collect()}
    assert set(rows) == set(NEIGHBOURS)
    assert all(writers.SENTENCES[name == "g.txt"] in row["text"] for name, row in rows.items())
    killers = [name for name in hostiles if name != "d.gz"]  # a bomb's worker goes on
    assert len({row["metadata"]["pid"] for row in rows.values()}) == 1 + len(killers)
