"""A small output as the stages before assemble leave it."""

from __future__ import annotations

import pytest

from tests.helpers import FakeContext, make_recipe


@pytest.fixture
def make_context(spark, tmp_path):
    """Give a function that stores tables and returns the context over them."""

    def make(tables, *, table_format="parquet", **parts):
        context = FakeContext(spark, tmp_path / "out", make_recipe(**parts), table_format=table_format)
        for name, rows in {"failures": [], **tables}.items():
            context.put(name, rows)
        return context

    return make
