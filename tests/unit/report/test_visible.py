# ruff: noqa: E501 - rows of data
from __future__ import annotations

import pytest

from tamis.report.visible import shorten, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""), ("plain\n\ttext", "plain\n\ttext"), ("a\x00b", "a\u2400b"), ("\u202eevil\u2069", "[U+202E]evil[U+2069]"),
        ("\ud800", "[U+D800]"), ("\r", "\u240d"), ("\x9b", "[U+009B]"), ("نص \u200d\u200c 筛", "نص \u200d\u200c 筛"),
    ],
)  # fmt: skip
def test_visible_spells_out_what_cannot_be_seen(text, shown):
    assert visible(text) == shown


def test_shorten_cuts_between_words_at_the_limit():
    assert shorten("one two three", 13) == "one two three"
    assert shorten("one two three", 12) == "one two thre …"
    assert shorten("aaaa bbbb c d", 12) == "aaaa bbbb c …"


def test_shorten_cuts_a_word_rather_than_a_fifth_of_the_text():
    assert shorten("aaaaaaaa b" + "b" * 20, 10) == "aaaaaaaa b …"
    assert shorten("aaaaaaaaa " + "b" * 20, 11) == "aaaaaaaaa …"


def test_shorten_cuts_a_text_without_spaces():
    assert shorten("筛" * 50, 10) == "筛" * 10 + " …"


def test_shorten_closes_up_layout_and_takes_a_megabyte():
    assert shorten("a\n\n\n\n\nb" + " " * 9 + "c", 20) == "a\n\nb   c"
    assert len(shorten(" x" * 500_000, 100)) <= 102
