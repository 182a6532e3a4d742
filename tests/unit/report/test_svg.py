# ruff: noqa: E501 - rows of data
from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tamis.report import charts
from tamis.report.facts import Histogram, Rule
from tamis.report.groups import FunnelStep
from tamis.report.svg import at, place, tag, ticks

HALVES = Histogram((0.0, 0.5, 1.0), {"documents": (3, 1)})
DECADES = Histogram(
    (1.0, 10.0, 100.0, 1000.0), {"kept": (1, 0, 2), "quality": (0, 4, 1), "near": (2, 1, 0)}, is_log=True
)


def rects(picture: str) -> list[ET.Element]:
    return [item for item in ET.fromstring(picture).iter() if item.tag == "rect"]


def test_tag_escapes_text_and_attributes():
    assert (
        tag("text", '<script>"', title='"><b>')
        == '<text title="&#34;&gt;&lt;b&gt;">&lt;script&gt;&#34;</text>'
    )


def test_place_interpolates_on_the_scale_of_the_edges():
    assert [place(HALVES, x) for x in (-1, 0, 0.25, 0.5, 1, 2)] == [0, 0, 0.25, 0.5, 1, 1]
    assert place(DECADES, 10**1.5) == pytest.approx(0.5)


def test_at_stays_inside_the_picture():
    assert [at(x) for x in (-1, 0, 1 / 3, 1, 7)] == ["0%", "0%", "33.333%", "100%", "100%"]


@pytest.mark.parametrize(
    ("edges", "is_log", "found"),
    [
        ((0.0, 1.0), False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), ((1.0, 14.0), False, [5, 10]),
        ((1.0, 1e6), True, [1, 100, 1e4, 1e6]), ((0.0, 1.0, 9.0), True, [0, 1]), ((20.0, 60.0), True, [20, 60]),
        ((-0.01, 0.4), False, [0, 0.1, 0.2, 0.3, 0.4]),
    ],
)  # fmt: skip
def test_ticks_are_round_and_few(edges, is_log, found):
    assert ticks(Histogram(edges, {}, is_log=is_log)) == pytest.approx(found)


def test_mirror_stacks_below_the_line_what_stands_above_it():
    labels = {"kept": "kept", "quality": "quality rules", "near": "near-duplicates"}
    bars = rects(charts.mirror(DECADES, "lengths", labels, height=70))
    drawn = [(bar.get("class"), bar.get("y"), bar.get("height")) for bar in bars]
    assert drawn == [  # 2 above and 5 below: 10 pixels a document, the line at 20
        ("bin fill-kept", "10.0", "10.0"), ("bin fill-near", "20.0", "20.0"),
        ("bin fill-quality", "20.0", "40.0"), ("bin fill-near", "60.0", "10.0"),
        ("bin fill-kept", "0.0", "20.0"), ("bin fill-quality", "20.0", "10.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "bound", "marked"), [("min", 0.5, [0]), ("max", 0.5, [1]), ("min", 0.0, []), ("max", 1.0, [])]
)
def test_rule_columns_mark_what_lies_beyond_the_bound(kind, bound, marked):
    bars = rects(charts.rule_columns(Rule("p.s." + kind, "s", kind, bound, values=HALVES), "a rule"))
    assert [index for index, bar in enumerate(bars) if "fill-quality" in bar.get("class", "")] == marked


def test_stacked_bar_is_filled_by_its_parts():
    bars = rects(charts.stacked_bar([("kept", "kept", 3), ("near", "near", 0), ("exact", "exact", 1)], "all"))
    assert [(bar.get("x"), bar.get("width")) for bar in bars] == [("0%", "75%"), ("75%", "25%")]
    assert rects(charts.stacked_bar([("kept", "kept", 0)], "nothing")) == []


def test_small_counts_stay_visible_and_nothing_stays_unseen():
    many = Histogram((0.0, 1.0, 2.0, 3.0), {"documents": (10**9, 1, 0)})
    assert [bar.get("height") for bar in rects(charts.columns(many, "x", "kept", height=116))] == [
        "100.0",
        "1.5",
    ]


def test_recall_curve_marks_the_share_at_the_threshold():
    text = charts.recall_curve(14, 6, 0.8, "recall")
    assert "99 % at 0.8" in text
    assert ET.fromstring(text).get("aria-label") == "recall"


def test_stream_keeps_what_is_left_as_wide_as_its_share():
    text = charts.stream(FunnelStep("x", 25, 75, "near", "near"), before=100, records=100)
    kept = next(p for p in ET.fromstring(text).iter("path") if p.get("class") == "fill-kept")
    assert kept.get("d", "").startswith("M0 0 L20.50 0")  # a quarter of 82
