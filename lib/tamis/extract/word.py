"""DOCX to Markdown by python-docx: headings, lists, tables, text boxes and notes in document order.

Walks the body's XML rather than ``Document.paragraphs``, which leaves out content controls, text boxes,
insertions and whatever else stands between the body and a paragraph (ECMA-376 part 1, section 17).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.extract.markdown import blocks, cell_text, table
from tamis.extract.office import OfficeText, core_properties, transitional

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

BREAKS = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"}
# Deleted text, the second of two renderings, and what is walked as blocks of its own.
SKIPPED = frozenset(
    {f"{WORD}del", f"{WORD}moveFrom", f"{COMPATIBILITY}Fallback", f"{WORD}txbxContent", f"{WORD}pPr"}
)
CONTAINERS = frozenset(f"{WORD}{name}" for name in ("sdt", "sdtContent", "customXml"))
HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
MAX_HEADING = 6
NOTES = (("footnotes", "footnote"), ("endnotes", "endnote"))


@dataclass(slots=True)
class _Styles:
    """What a document's styles and numberings say, by id."""

    headings: dict[str, int] = field(default_factory=dict)
    numberings: dict[str, str] = field(default_factory=dict)
    formats: dict[tuple[str, str], str] = field(default_factory=dict)
    counters: Counter[tuple[str, str]] = field(default_factory=Counter)


def word_text(payload: bytes) -> OfficeText:
    """Return the text of a DOCX that passed ``check_package``.

    Raises:
        Whatever python-docx and lxml raise for a broken package; the caller maps it.
    """
    from docx import Document

    document = Document(io.BytesIO(transitional(payload)))
    styles = _read_styles(document)
    parts = list(_blocks(document.element.body, styles))
    for relation, element in NOTES:
        parts += _notes(document, relation, element)
    stated = core_properties(payload)
    return OfficeText(_joined(parts), stated.title, stated.author, stated.published_utc)


def _joined(parts: list[str]) -> str:
    """Join blocks by blank lines, list items that follow each other by one line end."""
    text = blocks(parts)
    return re.sub(r"(?m)^([ ]*(?:-|\d+\.) .*)\n\n(?=[ ]*(?:-|\d+\.) )", r"\1\n", text)


def _blocks(container: Any, styles: _Styles) -> Iterator[str]:
    for child in container:
        if child.tag == f"{WORD}p":
            yield _paragraph(child, styles)
            for box in child.iter(f"{WORD}txbxContent"):
                if not any(parent.tag == f"{COMPATIBILITY}Fallback" for parent in box.iterancestors()):
                    yield from _blocks(box, styles)
        elif child.tag == f"{WORD}tbl":
            yield _table(child, styles)
        elif child.tag in CONTAINERS:
            yield from _blocks(child, styles)


def _paragraph(element: Any, styles: _Styles) -> str:
    text = _inline_text(element).strip()
    if not text:
        return ""
    style = _value(element, "pPr/pStyle") or ""
    level = _value(element, "pPr/outlineLvl")
    heading = int(level) + 1 if level is not None and level.isdigit() else styles.headings.get(style)
    if heading and heading <= MAX_HEADING:
        return f"{'#' * heading} {' '.join(text.split())}"
    number = _value(element, "pPr/numPr/numId") or styles.numberings.get(style)
    if number and number != "0":
        return _list_item(text, number, _value(element, "pPr/numPr/ilvl") or "0", styles)
    return text


def _inline_text(element: Any) -> str:
    """Return the text of a paragraph's runs, by a stack: equations nest beyond reason."""
    pieces: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag in SKIPPED:
            continue
        if node.tag in (f"{WORD}t", f"{MATH}t"):
            pieces.append(node.text or "")
        pieces.append(BREAKS.get(node.tag, ""))
        stack.extend(reversed(node))
    return "".join(pieces)


def _list_item(text: str, number: str, level: str, styles: _Styles) -> str:
    indent = "  " * min(int(level), 8)
    if styles.formats.get((number, level), "bullet") in {"bullet", "none"}:
        marker = "-"
    else:
        styles.counters[number, level] += 1
        for deeper in [key for key in styles.counters if key[0] == number and int(key[1]) > int(level)]:
            del styles.counters[deeper]
        marker = f"{styles.counters[number, level]}."
    return f"{indent}{marker} " + text.replace("\n", f"\n{indent}  ")


def _table(element: Any, styles: _Styles) -> str:
    rows = [[_cell(cell, styles) for cell in _children(row, "tc")] for row in _children(element, "tr")]
    if len(rows) == 1 and len(rows[0]) == 1:  # a frame around text, not a table
        return rows[0][0]
    return table([[cell_text(cell) if "|" not in cell else cell for cell in row] for row in rows])


def _cell(element: Any, styles: _Styles) -> str:
    return "\n".join(part for part in _blocks(element, styles) if part)


def _children(element: Any, name: str) -> Iterator[Any]:
    """Yield the children of that name, also those inside content controls."""
    for child in element:
        if child.tag == f"{WORD}{name}":
            yield child
        elif child.tag in CONTAINERS:
            yield from _children(child, name)


def _value(element: Any, path: str) -> str | None:
    found = element.find("/".join(f"{WORD}{step}" for step in path.split("/")))
    return found.get(f"{WORD}val") if found is not None else None


def _read_styles(document: Any) -> _Styles:
    styles = _Styles()
    root = document.styles.element
    by_id = {style.get(f"{WORD}styleId"): style for style in root.iterchildren(f"{WORD}style")}
    for name, style in by_id.items():
        for ancestor in _style_chain(style, by_id):
            if name not in styles.headings and (level := _heading_level(ancestor)):
                styles.headings[name] = level
            if name not in styles.numberings and (number := _value(ancestor, "pPr/numPr/numId")):
                styles.numberings[name] = number
    numbering = _related_root(document, "numbering")
    if numbering is not None:
        styles.formats = _number_formats(numbering)
    return styles


def _style_chain(style: Any, by_id: dict[str, Any]) -> Iterator[Any]:
    """Yield a style and those it is based on; a loop ends at 20."""
    for _ in range(20):
        yield style
        base = by_id.get(_value(style, "basedOn") or "")
        if base is None:
            return
        style = base


def _heading_level(style: Any) -> int | None:
    name = _value(style, "name") or ""
    if found := HEADING_NAME.fullmatch(name):
        return int(found[1])
    if name.lower() == "title":
        return 1
    level = _value(style, "pPr/outlineLvl")
    return int(level) + 1 if level is not None and level.isdigit() else None


def _number_formats(numbering: Any) -> dict[tuple[str, str], str]:
    """Return the number format of each (numId, level), such as ``bullet`` or ``decimal``."""
    abstract = {
        element.get(f"{WORD}abstractNumId"): {
            level.get(f"{WORD}ilvl"): _value(level, "numFmt") or "bullet"
            for level in element.iterchildren(f"{WORD}lvl")
        }
        for element in numbering.iterchildren(f"{WORD}abstractNum")
    }
    return {
        (number.get(f"{WORD}numId"), level): kind
        for number in numbering.iterchildren(f"{WORD}num")
        for level, kind in abstract.get(_value(number, "abstractNumId"), {}).items()
    }


def _notes(document: Any, relation: str, element: str) -> Iterator[str]:
    root = _related_root(document, relation)
    for note in root.iterchildren(f"{WORD}{element}") if root is not None else ():
        if note.get(f"{WORD}type") is None and (text := _cell(note, _Styles())):  # others are separators
            yield f"[^{note.get(f'{WORD}id')}]: {text}"


def _related_root(document: Any, relation: str) -> Any:
    """Return the root of the part that a relationship of that kind points to, or None."""
    from docx.oxml.parser import parse_xml

    for related in document.part.rels.values():
        if related.reltype.endswith(f"/{relation}") and not related.is_external:
            return parse_xml(related.target_part.blob)
    return None
