"""The tree holds what the design says: who may import pyspark, and which way data flows."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIB = ROOT / "lib" / "tamis"
MODULES = sorted(LIB.rglob("*.py"))
FLOW = ("extract", "signals", "filters", "dedup", "assemble", "tokens", "report", "plan")


def name_of(path: Path) -> str:
    return ".".join(("tamis", *path.relative_to(LIB).with_suffix("").parts)).removesuffix(".__init__")


def may_import_spark(path: Path) -> bool:
    parts = path.relative_to(LIB).parts
    return (
        parts[0] in {"io", "pipeline", "api.py"}
        or "steps" in parts
        or any(part.startswith("steps") for part in parts)
    )


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, those for type checking only left out."""
    tree = ast.parse(path.read_text())
    hidden = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if node in hidden:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", [path for path in MODULES if not may_import_spark(path)], ids=name_of)
def test_pure_module_does_not_name_pyspark(path):
    assert not {name for name in imported(path) if name.split(".")[0] in {"pyspark", "delta", "py4j"}}


def test_pure_modules_import_where_pyspark_is_not_there():
    names = [name_of(path) for path in MODULES if not may_import_spark(path) and path.name != "__main__.py"]
    code = "import sys; sys.modules['pyspark'] = None\n" + "\n".join(f"import {name}" for name in names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(ROOT / "lib"), "PATH": "/usr/bin:/bin"})  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("area", FLOW)
def test_area_does_not_import_a_later_one(area):
    later = FLOW[FLOW.index(area) + 1 :]
    pure = [path for path in sorted((LIB / area).rglob("*.py")) if not may_import_spark(path)]
    wrong = {
        f"{name_of(path)} -> {name}"
        for path in pure
        for name in imported(path)
        if name.startswith("tamis.") and name.split(".")[1] in later
    }
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_things_are_documented(path):
    tree = ast.parse(path.read_text())
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare
    assert ast.get_docstring(tree) or path.stat().st_size == 0


@pytest.mark.parametrize("path", sorted((ROOT / "jobs").glob("*.py")), ids=lambda path: path.stem)
def test_job_is_short_and_hides_no_standard_module(path):
    assert len(path.read_text().splitlines()) <= 30
    assert path.stem not in sys.stdlib_module_names


def test_help_answers_without_heavy_imports():
    code = "import sys, tamis.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n"
    code += (
        "heavy = {'pyspark', 'numba', 'trafilatura', 'pyarrow'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(ROOT / "lib"), "PATH": "/usr/bin:/bin"})  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "tamis run" in done.stdout
