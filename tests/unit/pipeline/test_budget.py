"""When the runner asks what near-duplicates of new inputs would cost."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace

import pytest
from tests.helpers import make_recipe
from tests.small import recipe, write_inputs

import tamis.api
from tamis.errors import ConfigError
from tamis.io.ingest import list_inputs
from tamis.pipeline.runner import Runner
from tamis.plan import budget


def test_run_refuses_a_dear_batch_before_spark_starts(tmp_path, monkeypatch):
    def session(*_args, **_settings):
        raise AssertionError("Spark was started")

    monkeypatch.setattr("tamis.io.session.build_session", session)
    (tmp_path / "in").mkdir()
    write_inputs(tmp_path / "in")
    dear = recipe(tmp_path / "in", tmp_path / "out", near_dedup={"threshold": 0.7, "max_core_hours": 1e-6})
    with pytest.raises(ConfigError, match=r"near_dedup\.max_core_hours"):
        tamis.api.run(dear)


def test_batches_that_were_not_checked_as_new_inputs_are_before_near_dedup(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    made = make_recipe(inputs=[{"path": str(tmp_path), "format": "files", "source": "s"}], near_dedup={})
    first, second = (asdict(row) | {"batch_id": n} for n, row in enumerate(list_inputs(made), start=1))
    asked = []
    monkeypatch.setattr(
        budget, "check_core_hours", lambda _recipe, rows: asked.append([r.path for r in rows])
    )
    tables = SimpleNamespace(output="out", ledger=lambda: [first, second])
    runner = Runner(tables, made)
    rows = [row for row in list_inputs(made) if row.path == "b.txt"]
    planned = [type(rows[0])(**(asdict(rows[0]) | {"batch_id": 2}))]
    near = SimpleNamespace(planned=[], stage="near_dedup", pending=[1, 2], tables=tables)
    runner._check_core_hours(SimpleNamespace(planned=planned, stage="ingest", pending=[2], tables=tables))
    runner._check_core_hours(near)
    assert asked == [["b.txt"], ["a.txt"]]
