"""Facts -> pictures: inline SVG without scripts, each with a title that says what it shows."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from markupsafe import Markup

from tamis.report.numbers import compact, count, percent, plain
from tamis.report.svg import at, histogram_axis, picture, place, tag, x_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tamis.report.facts import Histogram, Rule
    from tamis.report.groups import FunnelStep

MIN_PIXELS = 1.5  # what is there is seen, however little it is
LEAST_STACKED = 0.75  # the same in a stack, where many small parts may meet
STREAM_HEIGHT = 76
STREAM_WIDTH = 82  # of 100: the rest is for what leaves
THICKNESS = 190  # pixels of a branch that takes everything; 62 % of a stretch's height at most


def _pixels(value: float, largest: float, height: float) -> float:
    """Return a bar's height; 0 only for nothing."""
    if value == 0 or largest == 0:
        return 0.0
    return max(MIN_PIXELS, height * value / largest)


def stacked_bar(
    parts: Sequence[tuple[str, str, int]], title: str, whole: int = 0, height: int = 14
) -> Markup:
    """Return one bar cut into parts.

    Args:
        parts: (colour, label, value) from left to right.
        title: What the bar is of.
        whole: What the full width stands for; default: the parts' sum.
        height: Pixels.
    """
    whole = whole or sum(value for _, _, value in parts)
    left = 0.0
    drawn = []
    for colour, label, value in parts:
        if value:
            width = value / whole
            tip = tag("title", f"{label}: {count(value)} ({percent(value, whole)})")
            drawn.append(
                tag("rect", tip, x=at(left), width=at(width), y=0, height=height, class_=f"fill-{colour}")
            )
            left += width
    return picture(title, height, *drawn, css="bar")


def _bar(index: int, bins: int, *, y: float, height: float, colour: str, tip: str) -> Markup:
    return tag(
        "rect", tag("title", tip),
        x=at(index / bins), width=at(1 / bins), y=f"{y:.1f}", height=f"{height:.1f}",
        class_=f"bin fill-{colour}",
    )  # fmt: skip


def _bucket(histogram: Histogram, index: int) -> str:
    return f"{compact(histogram.edges[index])} to {compact(histogram.edges[index + 1])}"


def mirror(histogram: Histogram, title: str, labels: Mapping[str, str], height: int = 190) -> Markup:
    """Return the first series upwards, the others stacked downwards, to one scale.

    Args:
        histogram: Its series' names are colours.
        title: What it shows.
        labels: What a reader calls the series.
        height: Pixels of both halves together.
    """
    up, *down = histogram.series
    bins = len(histogram.series[up])
    deepest = max(sum(histogram.series[name][index] for name in down) for index in range(bins))
    scale = height / max(max(histogram.series[up]) + deepest, 1)
    middle = scale * max(histogram.series[up])
    drawn = []
    for index in range(bins):
        y = middle
        for name in (up, *down):
            value = histogram.series[name][index]
            tall = max(LEAST_STACKED, scale * value) if value else 0.0
            tip = f"{_bucket(histogram, index)}: {count(value)} {labels[name]}"
            top = middle - tall if name == up else y
            drawn += [_bar(index, bins, y=top, height=tall, colour=name, tip=tip)] if value else []
            y += 0.0 if name == up else tall
    drawn.append(tag("line", x1="0", x2="100%", y1=f"{middle:.1f}", y2=f"{middle:.1f}", class_="axis"))
    drawn.append(histogram_axis(histogram, height + 8))
    return picture(title, height + 28, *drawn)


def columns(
    histogram: Histogram, title: str, colour: str, *, height: int = 110, mark: float | None = None
) -> Markup:
    """Return one series as columns, with a line at ``mark``."""
    (counts,) = histogram.series.values()
    largest = max(counts, default=0)
    drawn = [
        _bar(
            i,
            len(counts),
            y=height - tall,
            height=tall,
            colour=colour,
            tip=f"{_bucket(histogram, i)}: {count(n)}",
        )
        for i, n in enumerate(counts)
        if (tall := _pixels(n, largest, height - 16))
    ]
    drawn.append(tag("line", x1="0", x2="100%", y1=height, y2=height, class_="axis"))
    drawn.append(histogram_axis(histogram, height))
    if mark is not None:
        drawn.append(marker(place(histogram, mark), plain(mark), height))
    return picture(title, height + 20, *drawn)


def marker(fraction: float, label: str, height: int) -> Markup:
    """Return an upright line with its label at the top, on the side where there is room."""
    is_left = fraction > 0.6
    line = tag("line", x1=at(fraction), x2=at(fraction), y1=0, y2=height, class_="mark")
    text = tag(
        "text", label, x=at(fraction), y=10, dx=-5 if is_left else 5,
        text_anchor="end" if is_left else "start", class_="mark-label",
    )  # fmt: skip
    return line + text


def rule_columns(rule: Rule, title: str, height: int = 84) -> Markup:
    """Return a signal's distribution with the rule's bound: what lies beyond it in another colour.

    Heights are square roots of counts, so that ten documents of a million are seen beyond a bound.
    """
    histogram = rule.values
    if histogram is None:
        return Markup("")
    (counts,) = histogram.series.values()
    largest = sqrt(max(counts, default=0))
    drawn = []
    for index, value in enumerate(counts):
        if tall := _pixels(sqrt(value), largest, height - 18):
            middle = (histogram.edges[index] + histogram.edges[index + 1]) / 2
            is_out = middle < rule.bound if rule.kind == "min" else middle > rule.bound
            tip = f"{_bucket(histogram, index)}: {count(value)}"
            colour = "quality" if is_out else "kept"
            drawn.append(_bar(index, len(counts), y=height - tall, height=tall, colour=colour, tip=tip))
    drawn.append(tag("line", x1="0", x2="100%", y1=height, y2=height, class_="axis"))
    sign = "\N{GREATER-THAN OR EQUAL TO}" if rule.kind == "min" else "\N{LESS-THAN OR EQUAL TO}"
    drawn.append(marker(place(histogram, rule.bound), f"{sign} {plain(rule.bound)}", height))
    drawn.append(histogram_axis(histogram, height))
    return picture(title, height + 20, *drawn)


def stream(step: FunnelStep, before: int, records: int) -> Markup:
    """Return one stretch of the stream: what comes in above, what leaves to the right, what goes on below.

    It has no words, so it may be stretched to any width.
    """
    records = max(records, 1)
    narrow = STREAM_WIDTH * max(step.left, 0) / records
    wide = max(STREAM_WIDTH * before / records, narrow + 0.4)
    height = STREAM_HEIGHT
    thick = min(max(MIN_PIXELS, THICKNESS * step.lost / records), height * 0.62)
    low, high = (height + thick) / 2 + 6, (height - thick) / 2 + 6
    leaving = (
        f"M{wide:.2f} 0 C{wide:.2f} {0.9 * high:.1f} {0.7 * wide + 30:.2f} {high:.1f} 100 {high:.1f} "
        f"L100 {low:.1f} C{0.7 * narrow + 30:.2f} {low:.1f} {narrow:.2f} {0.9 * low:.1f} {narrow:.2f} 0 Z"
    )
    kept = f"M0 0 L{narrow:.2f} 0 L{narrow:.2f} {height} L0 {height} Z"
    parts = [tag("path", d=kept, class_="fill-kept")] if narrow else []
    if step.lost:
        parts.insert(0, tag("path", d=leaving, class_=f"fill-{step.cause} leaving"))
    return tag(
        "svg", *parts, viewBox=f"0 0 100 {height}", preserveAspectRatio="none",
        width="100%", height=height, aria_hidden="true", class_="stream",
    )  # fmt: skip


def recall_curve(bands: int, rows: int, threshold: float, title: str, height: int = 150) -> Markup:
    """Return the share of pairs found at each similarity, with the threshold marked."""
    from tamis.dedup.lsh import collision_probability

    top = 14
    steps = [index / 100 for index in range(101)]
    points = [(100 * s, 100 * (1 - collision_probability(s, bands, rows))) for s in steps]
    line = " ".join(f"{x:.0f},{y:.2f}" for x, y in points)
    plot = tag(
        "svg",
        tag("polygon", points=f"0,100 {line} 100,100", class_="area"),
        tag("polyline", points=line, class_="curve", vector_effect="non-scaling-stroke"),
        x="0", y=top, width="100%", height=height - top, viewBox="0 0 100 100", preserveAspectRatio="none",
    )  # fmt: skip
    share = collision_probability(threshold, bands, rows)
    dot = tag("circle", cx=at(threshold), cy=f"{top + (height - top) * (1 - share):.1f}", r=4, class_="dot")
    axis = tag("line", x1="0", x2="100%", y1=height, y2=height, class_="axis")
    labels = x_axis(((tenth / 10, f"{tenth / 10:g}") for tenth in range(0, 11, 2)), height)
    mark = marker(threshold, f"{percent(share, 1)} at {threshold:g}", height)
    return picture(title, height + 20, plot, axis, labels, mark, dot)


def length_bar(value: float, largest: float, colour: str, title: str) -> Markup:
    """Return a thin bar for a table cell; its cell says the number."""
    width = value / largest if largest else 0.0
    bar = tag(
        "rect",
        x=0,
        y=0,
        height=10,
        width=at(max(width, 0.004) if value else 0),
        rx=2,
        class_=f"fill-{colour}",
    )
    return picture(title, 10, bar, css="bar")
