"""PPTX to Markdown: a heading a slide, its shapes in order, tables, groups, charts, notes and comments.

Reads the slides' XML (ECMA-376 part 1, section 19.3): python-pptx opens no file that points to a missing or
broken picture. Shapes come in the file's order, which is the reading order that PowerPoint shows and edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.charts import CHART, DIAGRAM, DRAWING, RELATION, chart_text, diagram_text
from tamis.extract.equations import EQUATIONS, latex
from tamis.extract.markdown import block_ends, blocks, listed, merged_table, repeated
from tamis.extract.office import DocumentText
from tamis.extract.package import Package, core_properties
from tamis.extract.package_pictures import PartPictures, pictures_in
from tamis.extract.remarks import remarks_text

if TYPE_CHECKING:
    from collections.abc import Iterator

SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
GROUPS = frozenset({f"{SLIDE}grpSp", f"{COMPATIBILITY}AlternateContent", f"{COMPATIBILITY}Choice"})
SHAPES = frozenset({f"{SLIDE}sp", f"{SLIDE}graphicFrame", f"{SLIDE}pic"})
TITLES = frozenset({"title", "ctrTitle"})
FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})


def slides_text(payload: bytes) -> DocumentText:
    """Return the text of a PPTX that passed ``check_package``, slides in their order, hidden ones too.

    Raises:
        DocumentError: ``corrupt`` without a presentation part.
        Whatever zipfile and lxml raise for a broken package; the caller maps it.
    """
    package = Package(payload)
    main = package.main_part("ppt/presentation.xml")
    relations = package.relations(main)
    listed = (
        relations.get(entry.get(f"{RELATION}id", "")) for entry in package.root(main).iter(f"{SLIDE}sldId")
    )
    slides = [one.part for one in listed if one is not None and one.part in package]
    pictures = PartPictures(package)
    parts: list[str] = []
    for slide in slides:
        for text, shape in _slide(package, slide):
            parts.append(text)
            for node in pictures_in(shape) if shape is not None else ():
                pictures.add(slide, node, after=len(parts))
    stated, notes = core_properties(package), package.notes()
    return DocumentText(blocks(parts), *stated, notes, pictures=pictures.placed(block_ends(parts)))


def _slide(package: Package, part: str) -> Iterator[tuple[str, Any]]:
    """Yield each block of a slide, with the shape that it is of."""
    shapes = list(_flat(package.root(part)))
    title = next((shape for shape in shapes if _placeholder(shape) in TITLES), None)
    if title is not None and (heading := " ".join(" ".join(text for _, text in _lines(title)).split())):
        yield f"## {heading}", title
    for shape in shapes:
        if shape is not title and _placeholder(shape) not in FURNITURE:
            yield _shape_text(package, part, shape), shape
    for notes in package.related(part, "notesSlide"):
        frames = (shape for shape in _flat(package.root(notes)) if _placeholder(shape) == "body")
        said = blocks(text for frame in frames for _, text in _lines(frame))
        yield f"### Notes\n\n{said}" if said else "", None
    yield remarks_text(package, part), None


def _flat(root: Any) -> Iterator[Any]:
    """Yield the shapes of a slide in their order, groups replaced by what they hold, to any depth."""
    stack = list(root.iterfind(f"{SLIDE}cSld/{SLIDE}spTree"))
    while stack:
        node = stack.pop()
        if node.tag in SHAPES:
            yield node
        elif node.tag in GROUPS or node.tag == f"{SLIDE}spTree":
            stack.extend(reversed(node))


def _placeholder(shape: Any) -> str | None:
    """Return the kind of placeholder that a shape is (``obj`` where none is stated), or None."""
    found = shape.find(f"*/{SLIDE}nvPr/{SLIDE}ph")
    return None if found is None else found.get("type", "obj")


def _shape_text(package: Package, part: str, shape: Any) -> str:
    if shape.tag == f"{SLIDE}sp":
        return _frame_text(shape)
    for node in shape.iter(f"{DRAWING}tbl", f"{CHART}chart", f"{DIAGRAM}relIds"):
        if node.tag == f"{DRAWING}tbl":
            return merged_table(list(_table_rows(node)))
        relation = package.relations(part).get(node.get(f"{RELATION}id") or node.get(f"{RELATION}dm") or "")
        if relation is not None and relation.part in package:
            root = package.extra_root(relation.part)
            if root is None:
                return ""
            return chart_text(root) if node.tag == f"{CHART}chart" else diagram_text(root)
    return ""


def _frame_text(shape: Any) -> str:
    """Return a text frame: list items where bullets are stated, or by the layout; else paragraphs."""
    lines = [(properties, text) for properties, text in _lines(shape) if text.strip()]
    is_list = len(lines) > 1 and (
        _placeholder(shape) is not None or any(_level(properties) for properties, _ in lines)
    )
    counts: dict[int, int] = {}
    return listed(
        (_marker(properties, counts, is_list=is_list), _level(properties), " ".join(text.split()))
        for properties, text in lines
    )


def _marker(properties: Any, counts: dict[int, int], *, is_list: bool) -> str:
    """Return what stands before a paragraph: a bullet, its number, or nothing."""
    level = _level(properties)
    for deeper in [key for key in counts if key > level]:
        del counts[deeper]
    numbered = properties.find(f"{DRAWING}buAutoNum") if properties is not None else None
    if numbered is not None:
        counts[level] = counts.get(level, int(numbered.get("startAt", 1)) - 1) + 1
        return f"{counts[level]}. "
    counts.pop(level, None)
    has_bullet = properties is not None and properties.find(f"{DRAWING}buChar") is not None
    has_none = properties is not None and properties.find(f"{DRAWING}buNone") is not None
    return "- " if has_bullet or (is_list and not has_none) else ""


def _level(properties: Any) -> int:
    level = "0" if properties is None else properties.get("lvl", "0")
    return min(int(level), 8) if level.isdecimal() else 0


def _lines(shape: Any) -> list[tuple[Any, str]]:
    """Return each paragraph of a shape's text as its properties and its text."""
    body = shape.find(f"{SLIDE}txBody")
    paragraphs = body.iterchildren(f"{DRAWING}p") if body is not None else ()
    return [(paragraph.find(f"{DRAWING}pPr"), _paragraph_text(paragraph)) for paragraph in paragraphs]


def _paragraph_text(paragraph: Any) -> str:
    pieces: list[str] = []
    stack = [paragraph]
    while stack:
        node = stack.pop()
        if node.tag in EQUATIONS:
            pieces.append(f"${latex(node)}$")
        elif node.tag == f"{DRAWING}t":
            pieces.append(node.text or "")
        elif node.tag == f"{DRAWING}br":
            pieces.append("\n")
        elif node.tag != f"{COMPATIBILITY}Fallback":
            stack.extend(reversed(node))
    return "".join(pieces)


def _table_rows(element: Any) -> Iterator[list[str]]:
    """Yield the rows of a table, the text of a merged cell repeated in the places that it covers."""
    above: list[str] = []
    for row in element.iterchildren(f"{DRAWING}tr"):
        cells: list[str] = []
        for cell in row.iterchildren(f"{DRAWING}tc"):
            if cell.get("hMerge") in {"1", "true"} and cells:
                cells.append(repeated(cells[-1]))
            elif cell.get("vMerge") in {"1", "true"} and len(cells) < len(above):
                cells.append(repeated(above[len(cells)]))
            else:
                cells.append(" ".join(_paragraph_text(p) for p in cell.iter(f"{DRAWING}p")))
        yield cells
        above = cells
