import hashlib
import re
import sys
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.segments import UNITS
from tamis.dedup.span_text import MAX_GROWTH, REMOVED, span_forms
from tamis.dedup.spans import span_keys, span_offsets

CCNET_SYMBOLS = "´∶～━►"


def normalised(text):
    """CCNet's rule in plain Python, by code point; stripped last."""
    decomposed = unicodedata.normalize("NFD", "".join(char.lower() for char in text))
    plain = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    digits = re.sub(r"\d", "0", plain)
    kept = (char for char in digits if unicodedata.category(char)[0] != "P" and char not in CCNET_SYMBOLS)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", "".join(kept)).strip()


def key_and_check(text):
    digest = hashlib.sha1(normalised(text).encode()).digest()
    if not normalised(text):
        return 0, 0
    return int.from_bytes(digest[:8], "little", signed=True), int.from_bytes(
        digest[8:12], "little", signed=True
    )


def found(texts, unit):
    made = span_keys(pa.array(texts, pa.large_string()), unit)
    rows = zip(made.keys.to_pylist(), made.checks.to_pylist(), strict=True)
    return [
        list(zip(np.frombuffer(keys, "<i8").tolist(), np.frombuffer(checks, "<i4").tolist(), strict=True))
        for keys, checks in rows
    ]


def spans(text, unit):
    starts, ends = span_offsets(text, unit)
    return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\n\u3000\n", []),
        ("one", ["one"]),
        ("one\ntwo", ["one\ntwo"]),
        ("one\n\ntwo\n", ["one", "two"]),
        ("\n\n  one \n \u00a0 \n\ttwo\nthree  \n\n\n", ["  one ", "\ttwo\nthree  "]),
        ("# Titel\n\nÜber\nGröße\n\n数据\n", ["# Titel", "Über\nGröße", "数据"]),
    ],
)
def test_paragraphs_are_runs_of_lines_that_are_not_blank(text, expected):
    assert spans(text, "paragraph") == expected


def test_lines_are_those_that_are_not_blank():
    assert spans("a\n\n b \n\u2003\n字\x00\n", "line") == ["a", " b ", "字\x00"]


@pytest.mark.parametrize("length", [1, 31, 63, 64, 65, 127, 128, 129, 1000])
def test_lines_of_any_length_end_at_their_line_feed(length):
    text = "\n".join(["x" * length, "", "y" * (length + 1), "z" * length])
    assert [len(line) for line in spans(text, "line")] == [length, length + 1, length]


def test_documents_are_one_span_even_if_empty():
    assert spans("", "document") == [""]
    assert spans(" a\n\nb ", "document") == [" a\n\nb "]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It is wrapped\nover lines. Then\nmore.", ["It is wrapped\nover lines.", "Then\nmore."]),
        ("A title\n\nA text.\n", ["A title", "A text."]),
        ('He said "no." Then (he left.) Oh… Yes', ['He said "no."', "Then (he left.)", "Oh…", "Yes"]),
        ("See e.g. the table, v1.2 and a.b", ["See e.g. the table, v1.2 and a.b"]),
        ("См. т.е. это. Далее.", ["См. т.е. это.", "Далее."]),
        ("数据很好。模型「也好！」真的？是", ["数据很好。", "模型「也好！」", "真的？", "是"]),
        ("هل هذا صحيح؟ نعم. لا", ["هل هذا صحيح؟", "نعم.", "لا"]),
        ("  \n", []),
    ],
)
def test_sentences_end_at_full_stops(text, expected):
    assert spans(text, "sentence") == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chapter 12: The End!", "chapter 34 the end"),
        ("Ça été naïve", "ca ete naive"),
        ("- an item", "an item"),
        ("tab\there", "tabhere"),
        ("٣ 三 ३ x", "0 三 0 X"),
        ("“quoted” ►text", "quoted text"),
        ("  \u00a0spaced\u3000 ", "spaced"),
        ("İstanbul", "istanbul"),
        ("각", "각"),
    ],
)
def test_span_keys_are_equal_for_what_is_the_same_once_normalised(one, other):
    first, second = found([one, other], "document")
    assert first == second == [key_and_check(other)]


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("a + b", "a b"), ("ab", "ba"), ("x", "0")])
def test_span_keys_differ_for_what_is_not_the_same(one, other):
    first, second = found([one, other], "document")
    assert first != second


@pytest.mark.parametrize("text", ["---", "", " \n ", "***\n\u0301", "…！"])
def test_span_keys_of_nothing_are_zero(text):
    assert found([text], "document") == [[(0, 0)]]


@pytest.mark.parametrize("size", [0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 121, 128, 1000])
def test_span_keys_are_sha1_at_every_length_of_the_last_block(size):
    text = "".join(chr(97 + place % 26) for place in range(size))
    assert found([text], "document") == [[key_and_check(text)]]


@pytest.mark.parametrize("size", [16383, 16384, 16385, 32768, 49153, 300_000])
@pytest.mark.parametrize("char", ["x", "é", "각", "😀", " "])
def test_span_keys_of_long_spans_do_not_depend_on_their_pieces(size, char):
    text = "a" + char * (size // len(char.encode())) + "."
    assert found([text, text + "b"], "document") == [[key_and_check(text)], [key_and_check(text + "b")]]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("aB9 .\n\t-é각ｱ“\u0301\u00a0😀٣ΣŸ\x00。") | st.characters(codec="utf-8")),
        max_size=3,
    ),
    st.sampled_from(UNITS),
)
def test_span_keys_are_those_of_the_rule_and_of_span_offsets(texts, unit):
    expected = [[key_and_check(span) for span in spans(text, unit)] for text in texts]
    assert found(texts, unit) == expected


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(st.sampled_from("aB .!\n\té字。”\u00a0")), st.sampled_from(UNITS[1:]))
def test_spans_are_ascending_disjoint_and_hold_all_but_white_space(text, unit):
    starts, ends = span_offsets(text, unit)
    flat = np.stack([starts, ends], axis=1).ravel()
    assert (np.diff(flat) >= 0).all()
    assert (starts < ends).all()
    assert "".join("".join(spans(text, unit)).split()) == "".join(text.split())


def test_span_keys_of_null_texts_are_null():
    made = span_keys(pa.array(["a\n\nb", None, "", "b"], pa.string()), "paragraph")
    assert [None if row is None else len(row) for row in made.keys.to_pylist()] == [16, None, 0, 8]
    assert [None if row is None else len(row) for row in made.checks.to_pylist()] == [8, None, 0, 4]


def test_span_keys_of_a_slice_are_those_of_its_rows():
    assert span_keys(pa.array(["x", "a\nb", "y"])[1:2], "line").keys.to_pylist() == [
        span_keys(pa.array(["a\nb"]), "line").keys[0].as_py()
    ]


def test_span_forms_are_those_of_the_rule_for_every_code_point():
    forms, lists = span_forms()
    for code in [*range(0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200)]:
        form = forms[code]
        place = -2 - form
        got = [form] if form >= 0 else [] if form == REMOVED else lists[place + 1 : place + 1 + lists[place]]
        expected = normalised(f"a{chr(code)}a")[1:-1]
        assert "".join(map(chr, got)) == expected, hex(code)
        assert len(expected.encode()) <= MAX_GROWTH * len(chr(code).encode())


def test_span_forms_need_no_other_code_points():
    forms, _ = span_forms()
    for first, last in ((0x20000, 0x2F800), (0x2FA20, 0xE0000), (0xE0200, sys.maxunicode + 1)):
        assert (forms[first:last] == np.arange(first, last)).all()
        sample = range(first, last, 97)
        assert all(normalised(f"a{chr(code)}a")[1:-1] == chr(code) for code in sample)


@pytest.mark.parametrize(
    "function", [lambda unit: span_keys(pa.array(["a"]), unit), lambda unit: span_offsets("a", unit)]
)
def test_spans_refuse_an_unknown_unit(function):
    with pytest.raises(ValueError, match="one of document, paragraph, line, sentence, got 'word'"):
        function("word")
