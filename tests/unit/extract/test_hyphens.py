from __future__ import annotations

import pytest

from tamis.extract.hyphens import join_hyphens, join_wraps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("an exam-\nple here", "an example here"),
        ("Größen-\nordnung", "Größenordnung"),
        ("the well-known and the well-\nknown", "the well-known and the well-known"),
        ("Marie-\nCurie", "Marie-Curie"),
        ("soft\u00ad\nhyphen and pdf\x02\nium", "softhyphen and pdfium"),
        ("well-known, a well\x02\nknown Marie\x02\nCurie", "well-known, a well-known Marie-Curie"),
        ("state-of-the-\nart", "state-of-the-art"),
        ("state-of-the\x02\nart", "state-of-the-art"),
        ("a dash--exam-\nple", "a dash--example"),
        ("re-un\u00ad\nite", "re-unite"),
        ("inside a para-\x1fgraph", "inside a paragraph"),
        ("at the end\x02", "at the end-"),
        ("pages 10-\n12", "pages 10-\n12"),
        ("a list:\n- item", "a list:\n- item"),
    ],
)
def test_hyphens_join_at_line_ends(text, expected):
    assert join_hyphens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\x1fwords", "two words"),
        ("\u6f22\x1f\u5b57", "\u6f22\u5b57"),
        ("\u6f22\x1fA", "\u6f22 A"),
        ("\ud55c\x1f\uae00", "\ud55c \uae00"),
    ],
)
def test_wraps_become_spaces_where_the_script_has_them(text, expected):
    assert join_wraps(text) == expected
