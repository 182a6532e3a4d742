"""What the README and the design call by the package's name is there."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from tests.conftest import ROOT

import tamis

CALLED = sorted(set(re.findall(r"\btamis\.(\w+)\(", (ROOT / "README.md").read_text(encoding="utf-8"))))


def test_readme_calls_functions():
    assert {"run", "near_dedup"} <= set(CALLED)


@pytest.mark.parametrize("name", sorted({*CALLED, *tamis.__all__}))
def test_function_is_that_of_the_api(name):
    from tamis import api

    assert getattr(tamis, name) is getattr(api, name)


def test_no_function_hides_behind_a_module_of_its_name():
    modules = {module.name for module in pkgutil.iter_modules(tamis.__path__)}
    assert modules.isdisjoint(tamis.__all__)
    assert importlib.import_module("tamis.signals").__name__ == "tamis.signals"


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tamis.nothing
