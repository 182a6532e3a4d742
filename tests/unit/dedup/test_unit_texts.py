"""Texts of units beside the bounds that span_offsets gives."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.spans import span_offsets
from tamis.dedup.unit_texts import unit_texts

WRITTEN = st.text(alphabet="aB é。.!? \n\t日", max_size=60)
UNITS = ("document", "paragraph", "line", "sentence")


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)  # the first call compiles
@given(st.lists(st.none() | WRITTEN, max_size=6))
def test_units_are_the_characters_between_the_offsets(unit, texts):
    made = unit_texts(pa.array(texts, pa.large_string()), unit)
    wanted = [
        (text[start:end], row, place)
        for row, text in enumerate(texts) if text is not None
        for place, (start, end) in enumerate(zip(*span_offsets(text, unit), strict=True))
    ]  # fmt: skip
    found = zip(made.texts.to_pylist(), made.rows.tolist(), made.ordinals.tolist(), strict=True)
    assert list(found) == wanted


def test_sliced_column_gives_its_own_rows_only():
    texts = pa.array(["one\n\ntwo", None, "three", "four\n\nfive"]).slice(1, 2)
    made = unit_texts(texts, "paragraph")
    assert (made.texts.to_pylist(), made.rows.tolist()) == (["three"], [1])


def test_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit must be one of"):
        unit_texts(pa.array(["a"]), "word")
