"""The notebook is committed without outputs, and every cell runs on a finished output."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import ROOT

NOTEBOOK = ROOT / "notebooks" / "tour.ipynb"


def text_of(cell: dict[str, Any]) -> str:
    """Return what a cell printed and showed."""
    shown = (output.get("data", {}).get("text/html") or output.get("text", "") for output in cell["outputs"])
    return "".join("".join(part) for part in shown)


def test_notebook_holds_no_outputs():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    run = [
        cell["id"]
        for cell in cells
        if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"])
    ]
    assert not run


@pytest.mark.spark
def test_notebook_runs_on_a_finished_output(finished_run, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("TAMIS_OUTPUT", str(finished_run))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = {cell["id"]: text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"}
    totals = json.loads((finished_run / "report" / "summary.json").read_text())["totals"]
    assert shown["sums"].startswith(
        f"{totals['records']} records = {totals['kept']} kept + {totals['removed']} removed"
    )
    assert "near_duplicate" in shown["reasons"]
    assert "removal" in shown["explain"]
    assert shown["pair"].count("<mark>") >= 2
    assert "documents that would leave" in shown["threshold"]
    assert "length_chars" in shown["corpus"]
