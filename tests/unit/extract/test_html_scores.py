"""The scorers of extracted text, on answers whose score is known by hand."""

from __future__ import annotations

import pytest
from tests.quality.scoring import article_page, counted_score, mean_score, snippet_page


def test_pages_without_any_hit_score_nothing():
    """This test ensures that a benchmark over few pages ends, whatever they hold."""
    assert counted_score([snippet_page("nothing of it", ["wanted"], ["other"])]).f1 == 0
    assert counted_score([(0, 0, 0)]).f1 == 0
    assert mean_score([article_page("", "")]).f1 == 0


def test_article_page_counts_four_grams():
    assert article_page("a b c d e", "a b c d x") == (1 / 2, 1 / 2)
    assert article_page("a b c d e", "") == (None, 0.0)
    assert mean_score([(None, 0.0), (1.0, 0.5)]).recall == pytest.approx(0.25)


def test_snippet_page_counts_found_missed_and_unwanted():
    assert snippet_page("one  two three", ["one two", "four"], ["three", "five"]) == (1, 1, 1)
    assert counted_score([(1, 1, 1), (1, 0, 0)]).f1 == pytest.approx(2 / 3)
