"""Small outputs as the stages before assemble leave them."""

from __future__ import annotations

import pytest
from tests.helpers import FakeContext, make_recipe

from tamis.io.session import own_session


@pytest.fixture(scope="module")
def make_context(spark_root, tmp_path_factory):
    """Give a function that stores tables and returns the context over them."""
    session = own_session(spark_root)

    def make(tables, *, table_format="parquet", **parts):
        root = tmp_path_factory.mktemp("out")
        context = FakeContext(session, root, make_recipe(**parts), table_format=table_format)
        for name, rows in {"failures": [], **tables}.items():
            context.put(name, rows)
        return context

    return make
