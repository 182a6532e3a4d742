"""Any text, and any bytes: the kernels agree with the definitions and stay within their arrays."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.signals.texts import ATOMS, oracle

from tamis.signals.measure import measure, signals_of_texts
from tamis.signals.registry import FAMILIES

TEXT_FAMILIES = ["length", "gopher_quality", "gopher_repetition"]
CHARS = st.characters(exclude_categories=("Cs",))
WHOLE = settings(max_examples=60, deadline=None, derandomize=True)


@WHOLE
@given(st.lists(st.sampled_from(ATOMS) | st.text(CHARS, max_size=4), max_size=60).map("".join))
def test_any_text_agrees_with_the_definitions(text):
    assert signals_of_texts([text], TEXT_FAMILIES)[0] == pytest.approx(oracle(text), abs=1e-12)


@WHOLE
@given(st.text(CHARS, max_size=80), st.text(CHARS, max_size=80))
def test_signals_are_those_of_the_text_alone(first, second):
    together = signals_of_texts([first, second, first])
    assert together[0] == together[2] == signals_of_texts([first])[0]


@WHOLE
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_are_measured(payloads):
    ends = [0]
    for payload in payloads:
        ends.append(ends[-1] + len(payload))
    offsets = pa.array(ends, pa.int32()).buffers()[1]
    texts = pa.Array.from_buffers(
        pa.string(), len(payloads), [None, offsets, pa.py_buffer(b"".join(payloads))]
    )
    found = measure(texts, list(FAMILIES)).to_pylist()
    assert [row["length_bytes"] for row in found] == [len(payload) for payload in payloads]
    for row in found:
        assert row["line_count"] <= row["word_count"] <= row["length_chars"] <= row["length_bytes"]
