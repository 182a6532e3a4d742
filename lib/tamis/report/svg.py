"""SVG written by hand: elements as escaped markup, and the axes that all charts share.

Charts are as wide as the page lets them be, so that their words keep their size on a phone: x is a
percentage, y a pixel. Colours are classes (`page.css`), for light and dark.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from tamis.report.numbers import compact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tamis.report.facts import Histogram

MAX_TICKS = 6


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element; everything but Markup is escaped, and attributes that are None are left out.

    Example:
        >>> tag("text", "<1>", x="5%", text_anchor="end")
        Markup('<text x="5%" text-anchor="end">&lt;1&gt;</text>')
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    written = Markup("").join(
        Markup(' {}="{}"').format(key, value) for key, value in pairs if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, Markup("").join(children))


def picture(title: str, height: int, *children: Markup, css: str = "") -> Markup:
    """Return a whole picture: as wide as its box, ``height`` pixels high, its title read out."""
    return tag(
        "svg", tag("title", title), *children,
        role="img", aria_label=title, width="100%", height=height, class_=f"chart {css}".strip(),
    )  # fmt: skip


def at(fraction: float) -> str:
    """Return a place between left (0) and right (1) as SVG takes it."""
    return f"{100 * min(max(fraction, 0.0), 1.0):.3f}".rstrip("0").rstrip(".") + "%"


def place(histogram: Histogram, value: float) -> float:
    """Return where a value stands on a histogram's x axis: 0 at the first edge, 1 at the last."""
    edges = histogram.edges
    if value <= edges[0]:
        return 0.0
    if value >= edges[-1]:
        return 1.0
    index = next(i for i, edge in enumerate(edges[1:]) if value < edge)
    low, high = edges[index], edges[index + 1]
    if histogram.is_log and low > 0:
        inside = math.log(value / low) / math.log(high / low)
    else:
        inside = (value - low) / (high - low)
    return (index + inside) / (len(edges) - 1)


def ticks(histogram: Histogram) -> list[float]:
    """Return round values for a histogram's x axis, at most six."""
    low, high = histogram.edges[0], histogram.edges[-1]
    return _powers(low, high) if histogram.is_log else _rounds(low, high)


def _powers(low: float, high: float) -> list[float]:
    first = math.ceil(math.log10(low) - 1e-9) if low > 0 else 0
    last = math.floor(math.log10(high) + 1e-9) if high > 0 else 0
    step = max(1, math.ceil((last - first + 1) / MAX_TICKS))
    powers = [10.0**power for power in range(first, last + 1, step)]
    if low == 0:
        powers = [0.0, *powers]
    return powers if len(powers) > 1 else [low, high]


def _rounds(low: float, high: float) -> list[float]:
    span = high - low
    base = 10 ** math.floor(math.log10(span / (MAX_TICKS - 1)))
    step = next(base * factor for factor in (1, 2, 5, 10) if span / (base * factor) <= MAX_TICKS - 1)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(step * index, 12) for index in range(first, last + 1)]


def x_axis(places: Iterable[tuple[float, str]], y: int) -> Markup:
    """Return tick labels below a plot; those at the ends stay inside it."""
    labels = []
    for fraction, label in places:
        anchor = "start" if fraction < 0.03 else "end" if fraction > 0.97 else "middle"
        labels.append(tag("text", label, x=at(fraction), y=y + 15, text_anchor=anchor, class_="tick"))
        labels.append(tag("line", x1=at(fraction), x2=at(fraction), y1=y, y2=y + 4, class_="axis"))
    return Markup("").join(labels)


def histogram_axis(histogram: Histogram, y: int) -> Markup:
    """Return the x axis of a histogram."""
    return x_axis(((place(histogram, value), compact(value)) for value in ticks(histogram)), y)
