"""Stored band keys that new ones meet, beside a plain join."""

from __future__ import annotations

import numpy as np
import pytest

from tamis.dedup.steps import met_keys as module
from tamis.dedup.steps.met_keys import met_keys

pytestmark = pytest.mark.spark

BANDS = 5


def frame_of(spark, matrix, first):
    rows = [(first + place, bytearray(row.tobytes())) for place, row in enumerate(matrix)]
    return spark.createDataFrame(rows, "doc_id BIGINT, band_keys BINARY")


@pytest.mark.parametrize("turn_keys", [1 << 26, 400], ids=["one turn", "four turns"])
def test_stored_keys_that_are_met_are_found_and_hardly_any_other(spark, monkeypatch, turn_keys):
    monkeypatch.setattr(module, "PIECE_WORDS", 300)  # so that a filter has several pieces
    rng = np.random.default_rng(3)
    new = rng.integers(-(2**63), 2**63 - 1, (300, BANDS), dtype=np.int64)
    stored = rng.integers(-(2**63), 2**63 - 1, (4000, BANDS), dtype=np.int64)
    stored[:700, 3] = np.resize(new[:, 3], 700)
    stored[650:900, 0] = new[:250, 0]
    found = {
        (row.doc_id, row.band, row.band_key)
        for row in met_keys(frame_of(spark, stored, 10**6), frame_of(spark, new, 0), turn_keys).collect()
    }
    wanted = {(10**6 + doc, 3, int(stored[doc, 3])) for doc in range(700)}
    wanted |= {(10**6 + doc, 0, int(stored[doc, 0])) for doc in range(650, 900)}
    assert wanted <= found
    assert len(found - wanted) < stored.size / 1000
    assert all(stored[doc - 10**6, band] == key for doc, band, key in found)


def test_no_new_keys_meet_none(spark):
    stored = frame_of(spark, np.arange(50, dtype=np.int64).reshape(10, BANDS), 0)
    assert met_keys(stored, stored.where("doc_id < 0")).collect() == []
