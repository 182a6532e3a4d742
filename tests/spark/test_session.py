"""The session: Delta works on it and the caller's keeps its settings."""

from __future__ import annotations

import pytest

from tamis.io.session import SQL_CONF, own_session

pytestmark = pytest.mark.spark


def test_own_session_leaves_the_callers_settings(spark):
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    mine = own_session(spark)
    assert mine.conf.get("spark.sql.session.timeZone") == SQL_CONF["spark.sql.session.timeZone"]
    assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"


def test_session_writes_and_reads_delta(spark, tmp_path):
    spark.range(3).write.format("delta").save(str(tmp_path / "t"))
    assert spark.read.format("delta").load(str(tmp_path / "t")).count() == 3
