"""PPTX to Markdown by python-pptx: a heading a slide, its shapes in order, tables, groups and notes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tamis.extract.markdown import blocks, table
from tamis.extract.office import OfficeText, core_properties, transitional

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWING_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
CHART_VALUE = "{http://schemas.openxmlformats.org/drawingml/2006/chart}v"


def slides_text(payload: bytes) -> OfficeText:
    """Return the text of a PPTX that passed ``check_package``, slides in their order.

    Raises:
        Whatever python-pptx and lxml raise for a broken package; the caller maps it.
    """
    from pptx import Presentation

    presentation = Presentation(io.BytesIO(transitional(payload)))
    text = blocks(blocks(_slide(slide)) for slide in presentation.slides)
    stated = core_properties(payload)
    return OfficeText(text, stated.title, stated.author, stated.published_utc)


def _slide(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and (heading := " ".join(title.text_frame.text.split())):
        yield f"## {heading}"
    title_id = title.shape_id if title is not None else None
    for shape in _flat(slide.shapes):
        if shape.shape_id != title_id:
            yield _shape_text(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        notes = frame.text.replace("\v", "\n").strip()
        yield f"### Notes\n\n{notes}" if notes else ""


def _flat(shapes: Any) -> Iterator[Any]:
    """Yield shapes in their order, groups replaced by what they hold, to any depth."""
    stack = list(reversed(list(shapes)))
    while stack:
        shape = stack.pop()
        if hasattr(shape, "shapes"):  # a group
            stack.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _shape_text(shape: Any) -> str:
    if getattr(shape, "has_table", False):
        return table([[cell.text for cell in row.cells] for row in shape.table.rows])
    if getattr(shape, "has_chart", False):
        return _chart_text(shape)
    return _frame_text(shape) if shape.has_text_frame else ""


def _frame_text(shape: Any) -> str:
    """Return a text frame: bullets where paragraphs are indented or the layout's body, else paragraphs."""
    lines = [(p.level, " ".join(p.text.split())) for p in shape.text_frame.paragraphs]
    lines = [(level, text) for level, text in lines if text]
    is_list = len(lines) > 1 and (shape.is_placeholder or any(level for level, _ in lines))
    if is_list:
        return "\n".join(f"{'  ' * level}- {text}" for level, text in lines)
    return "\n\n".join(text for _, text in lines)


def _chart_text(shape: Any) -> str:
    """Return a chart's title, and the names and values of its series, in the order of its XML."""
    root = shape.chart.part._element  # noqa: SLF001  # the public API fails on combined and empty charts
    words = [
        node.text.strip() for node in root.iter(DRAWING_TEXT, CHART_VALUE) if node.text and node.text.strip()
    ]
    return ", ".join(words)
