"""Bounds on what may leave: both sides of each, and what the error and the page tell."""

from __future__ import annotations

import pytest

from tamis.assemble.brakes import (
    Example,
    active,
    bounds_that_pass,
    brakes_json,
    brakes_page,
    cluster_stops,
    most_allowed,
    source_stops,
    stop_message,
)
from tamis.config import Brakes


@pytest.mark.parametrize(
    ("bound", "total"), [(0.29, 100), (0.9, 10), (0.57, 100), (1.0, 7), (0.0, 7), (0.1, 30)]
)
def test_share_at_the_bound_passes_and_one_document_more_stops(bound, total):
    at = round(bound * total)
    assert most_allowed(bound, total) == at
    assert source_stops([("crawl", at, total)], bound) == []
    assert cluster_stops([(7, at)], total, bound) == []
    assert [stop.name for stop in source_stops([("crawl", at + 1, total)], bound)] == ["crawl"]
    assert [stop.name for stop in cluster_stops([(7, at + 1)], total, bound)] == ["0000000000000007"]


def test_bound_between_two_counts_is_not_rounded_up():
    assert most_allowed(0.5, 3) == 1
    assert [stop.count for stop in source_stops([("a", 2, 3)], 0.5)] == [2]


def test_no_bound_stops_nothing():
    assert source_stops([("a", 3, 3)], None) == []
    assert cluster_stops([(1, 3)], 3, None) == []
    assert not active(Brakes())
    assert active(Brakes(max_source_loss=1.0))
    assert active(Brakes(max_cluster_fraction=1.0))


def test_empty_corpus_stops_nothing():
    assert source_stops([], 0.0) == []
    assert cluster_stops([], 0, 0.0) == []


def test_worst_come_first():
    losses = [("a", 5, 10), ("b", 9, 10), ("c", 90, 100), ("d", 4, 10)]
    assert [stop.name for stop in source_stops(losses, 0.4)] == ["b", "c", "a"]
    assert [stop.count for stop in cluster_stops([(1, 5), (2, 8)], 10, 0.1)] == [8, 5]


def test_message_tells_who_how_much_where_and_what_to_do():
    stops = source_stops([("crawl", 913, 1000)], 0.9) + cluster_stops([(-1, 251)], 1000, 0.25)
    told = stop_message(stops, "out/report/brakes.html")
    assert "source 'crawl' would lose 913 of 1,000 documents (91.30%) as duplicates, more than" in told
    assert "cluster ffffffffffffffff holds 251 of 1,000 documents (25.10%), more than" in told
    assert "Look at out/report/brakes.html" in told
    assert "brakes.max_source_loss=0.913 and brakes.max_cluster_fraction=0.251" in told


def test_message_of_many_stays_short():
    stops = source_stops([(f"s{n}", 10, 10) for n in range(40)], 0.5)
    assert "; and 35 more. Look at" in stop_message(stops, "p")


@pytest.mark.parametrize(("count", "total"), [(913, 1000), (2, 3), (1, 1), (1, 100_000)])
def test_bounds_that_are_proposed_do_pass(count, total):
    stops = source_stops([("a", count, total), ("b", 1, total)], 0.0)
    proposed = bounds_that_pass(stops)["max_source_loss"]
    assert source_stops([("a", count, total), ("b", 1, total)], proposed) == []
    assert proposed <= 1


def test_page_and_json_show_examples_and_escape_them():
    stop = source_stops([("<crawl>", 2, 2)], 0.5)[0]
    example = Example("0" * 16, "<crawl>:k", "<b>text</b>", "near_duplicate", "f" * 16, "the kept one")
    shown = type(stop)(stop.kind, stop.name, stop.count, stop.total, stop.bound, (example,))
    page = brakes_page([shown])
    assert "<b>text" not in page
    assert "&lt;b&gt;text&lt;/b&gt;" in page
    for part in ("0" * 16, "f" * 16, "the kept one", "near_duplicate", "source &#x27;&lt;crawl&gt;&#x27;"):
        assert part in page
    told = brakes_json([shown])
    assert told["pass_with"] == {"max_source_loss": 1.0}
    assert told["stops"][0]["examples"][0]["kept_doc_id"] == "f" * 16
