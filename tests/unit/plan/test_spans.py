"""Spans of a sample, counted."""

from __future__ import annotations

import pyarrow as pa

from tamis.plan.spans import count_spans


def test_paragraphs_are_counted_with_those_that_occur_once():
    texts = [pa.array(["a b\n\nc d\n\na b", "A B!\n\ne f"], pa.large_string()), pa.array(["g", "---\n\ng"])]
    assert count_spans(texts, ["paragraph"])[:2] == (7, 2)
    assert count_spans(texts, ["paragraph"])[2:] == (3, 1)  # of the first text alone


def test_units_add_up():
    texts = [pa.array(["one\n\ntwo", "one\n\ntwo", "three"])]
    assert count_spans(texts, ["document"])[:2] == (3, 1)
    assert count_spans(texts, ["document", "paragraph"])[:2] == (3 + 5, 1 + 1)


def test_no_texts_have_no_spans():
    assert count_spans([], ["document"]) == (0, 0, 0, 0)
