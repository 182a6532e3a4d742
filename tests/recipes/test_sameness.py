"""The same inputs and recipe give the same tables, whatever the partitions, order, times or root."""

from __future__ import annotations

import os
import shutil

import pytest
from tests.small import recipe

import tamis.api

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("partitions", ["1", "8"])
def test_digest_does_not_depend_on_partitions_order_times_or_root(
    spark, finished_run, small_inputs, tmp_path, partitions
):
    moved = shutil.copytree(small_inputs, tmp_path / "elsewhere" / "deep")
    for number, path in enumerate(sorted(moved.rglob("*"))):
        os.utime(path, (10**9 + number, 10**9 + number))
    settings = recipe(moved, tmp_path / "out")
    settings["inputs"] = settings["inputs"][::-1]
    tamis.api.run(settings, spark, conf={"spark.sql.shuffle.partitions": partitions})
    expected = tamis.api.digest(str(finished_run), spark)
    found = tamis.api.digest(str(tmp_path / "out"), spark)
    assert found["tables"] == expected["tables"]
    assert found["digest"] == expected["digest"]
