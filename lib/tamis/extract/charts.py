"""What DrawingML draws, as text: charts as a title and a table of categories by series, SmartArt as a list.

ECMA-376 part 1, sections 21.2 and 21.4; a chart's values are those that the file caches.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from tamis.extract.markdown import blocks, table

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MAX_CELLS = 100_000  # series times categories, where a file of 1 MB can state 10 billion


def chart_text(root: Any) -> str:
    """Return the text of a ``c:chartSpace``: title, and a table (one a series where categories differ)."""
    title = root.find(f"{CHART}chart/{CHART}title")
    parts = [drawing_text(title)] if title is not None else []
    series = [_Series(element) for element in root.iter(f"{CHART}ser")]
    shared = all(one.categories == series[0].categories for one in series)
    groups = [series] if shared else [[one] for one in series]
    return blocks([*parts, *map(_table, groups)])


def diagram_text(root: Any) -> str:
    """Return the points of a SmartArt's data part as a list, in the order of the file."""
    points = (drawing_text(point) for point in root.iter(f"{DIAGRAM}pt"))
    return "\n".join(f"- {point}" for point in points if point)


def drawing_text(element: Any) -> str:
    """Return the text of DrawingML paragraphs, joined by spaces."""
    return " ".join(" ".join(map(paragraph_text, element.iter(f"{DRAWING}p"))).split())


def paragraph_text(paragraph: Any) -> str:
    """Return the text of the runs and line breaks of a DrawingML paragraph."""
    nodes = paragraph.iter(f"{DRAWING}t", f"{DRAWING}br")
    return "".join("\n" if node.tag == f"{DRAWING}br" else node.text or "" for node in nodes)


class _Series:
    """One ``c:ser``: its name, and the texts of its categories and values by their index."""

    def __init__(self, element: Any) -> None:
        self.name = " ".join(_points(element.find(f"{CHART}tx")).values())
        self.categories = _categories(_first(element, "cat", "xVal"))
        self.values = _points(_first(element, "val", "yVal"))


def _first(element: Any, *names: str) -> Any:
    return next((found for name in names if (found := element.find(f"{CHART}{name}")) is not None), None)


def _points(element: Any) -> dict[int, str]:
    """Return the cached values under an element by index; of a single value without one, under 0."""
    if element is None:
        return {}
    points = {int(point.get("idx", 0)): _value(point) for point in element.iter(f"{CHART}pt")}
    return points or {0: _value(element)}


def _value(element: Any) -> str:
    found = element.find(f"{CHART}v")
    return ((found.text if found is not None else None) or "").strip()


def _categories(element: Any) -> dict[int, str]:
    """Return the labels of the categories; those of several levels joined, the outermost first."""
    levels = [_points(level) for level in element.iter(f"{CHART}lvl")] if element is not None else []
    if not levels:
        return _points(element)
    labels = dict(levels[0])
    for level in levels[1:]:  # an outer label stands once, at the first index that it covers
        starts = sorted(level)
        for at, label in list(labels.items()):
            covering = bisect_right(starts, at) - 1
            if covering >= 0:
                labels[at] = f"{level[starts[covering]]} {label}"
    return labels


def _table(series: list[_Series]) -> str:
    rows = sorted({at for one in series for at in (*one.categories, *one.values)})
    names = [one.name for one in series]
    if not rows or len(rows) * len(series) > MAX_CELLS:
        return "\n\n".join(filter(None, names))
    return table([["", *names], *_rows(rows, series)])


def _rows(rows: list[int], series: list[_Series]) -> Iterator[list[str]]:
    for at in rows:
        yield [series[0].categories.get(at, ""), *(one.values.get(at, "") for one in series)]
