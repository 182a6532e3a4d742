"""The generated pages are those of the code."""

from __future__ import annotations

import importlib.util

import pytest
from tests.conftest import ROOT

spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
make_docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_docs)


@pytest.mark.parametrize("file", make_docs.PAGES)
def test_page_is_current(file):
    told = "run .venv/bin/python scripts/make_docs.py"
    assert (ROOT / "docs" / file).read_text(encoding="utf-8") == make_docs.PAGES[file](), told
