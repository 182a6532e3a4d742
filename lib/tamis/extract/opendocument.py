"""OpenDocument texts, sheets and slides to Markdown (OASIS OpenDocument 1.3, part 3).

Reads ``content.xml`` and the charts and formulas that it points to: headers and footers lie in
``styles.xml``; deleted text, and comments in texts, are left out. Cells show what the file stores as shown,
numbers and dates their exact value; charts, shapes and comments follow the tables of their sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.grid import sheet_text
from tamis.extract.markdown import blocks, flat_rows, joined_lists, merged_table
from tamis.extract.office import DocumentText
from tamis.extract.opendocument_lists import OFFICE, TEXT, ListStyles
from tamis.extract.opendocument_objects import OBJECT, chart, formula
from tamis.extract.opendocument_styles import style_fonts, title_styles
from tamis.extract.opendocument_tables import DRAW, TABLE, shown_value, table_rows
from tamis.extract.package import Package
from tamis.extract.remarks import remarks_section
from tamis.extract.symbol_font import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
ANNOTATIONS = (
    f"{OFFICE}annotation",
    "{http://openoffice.org/2009/office}annotation",
)  # the second: on slides
SKIPPED = frozenset(
    {*ANNOTATIONS, f"{OFFICE}forms", f"{TEXT}tracked-changes", f"{TEXT}ruby-text"}
    | {f"{TEXT}sequence-decls", f"{TEXT}note", f"{TABLE}table", f"{DRAW}text-box", f"{OFFICE}binary-data"}
    | {f"{PRESENTATION}notes"}
)
PARAGRAPHS = (f"{TEXT}p", f"{TEXT}h")
FRAME = f"{DRAW}frame"
BREAKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
ANCHORS = (f"{TEXT}p", f"{TEXT}h", f"{TEXT}note", *ANNOTATIONS, f"{DRAW}text-box", f"{TABLE}table")
FURNITURE = frozenset({"header", "footer", "date-time", "page-number"})
NO_PAGE = "<number>"  # LibreOffice stores it for the number of a slide
MAX_HEADING = 6
MAX_SPACES = 100


def opendocument_text(payload: bytes) -> DocumentText:
    """Return the text of an ODT, ODS or ODP that passed ``check_package``.

    Raises:
        DocumentError: ``encrypted``; ``corrupt`` without content; ``too_large`` for too many cells.
        Whatever zipfile and lxml raise for a broken package; the caller maps it.
    """
    package = Package(payload)
    manifest = package.extra_root("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise DocumentError("encrypted", "OpenDocument: a password is needed to open it")
    root = package.root("content.xml")
    shared = package.extra_root("styles.xml")
    reader = _Reader(package, [root] if shared is None else [root, shared])
    return DocumentText(reader.text(root.find(f"{OFFICE}body")), *_stated(package), package.notes())


def _stated(package: Package) -> tuple[str | None, str | None, str | None]:
    root = package.extra_root("meta.xml")

    def stated(*names: str) -> str | None:
        if root is None:
            return None
        found = (root.findtext(f".//{{*}}{name}") for name in names)
        return next((text.strip() for text in found if text and text.strip()), None)

    return stated("title"), stated("initial-creator", "creator"), stated("creation-date", "date")


class _Reader:
    """One document: its styles, its lists as counted so far, its notes as met so far."""

    def __init__(self, package: Package, roots: list[Any]) -> None:
        self._package = package
        self._styles = ListStyles(roots)
        self._titles = title_styles(roots)
        self._fonts = style_fonts(roots)
        self._notes: list[Any] = []
        self._table_depth = 0

    def text(self, body: Any) -> str:
        parts: list[str] = []
        for kind in body if body is not None else ():
            if kind.tag == f"{OFFICE}spreadsheet":
                parts += [self._sheet(sheet) for sheet in kind.iterchildren(f"{TABLE}table")]
            elif kind.tag == f"{OFFICE}presentation":
                parts += [self._slide(page) for page in kind.iterchildren(f"{DRAW}page")]
            else:
                parts += self._blocks(kind)
        for number, note in enumerate(self._notes, 1):  # a note in a note lengthens the list
            body = note.find(f"{TEXT}note-body")
            said = "\n".join(filter(None, self._blocks(body))) if body is not None else ""
            parts.append(f"[^{number}]: {said}")
        return joined_lists(parts)

    def _sheet(self, sheet: Any) -> str:
        rows = table_rows(sheet, lambda cell: shown_value(cell, self._cell_alone))
        text = sheet_text(sheet.get(f"{TABLE}name", ""), rows)
        return blocks([text, *self._floating(sheet), self._comments(sheet)])

    def _comments(self, part: Any) -> str:
        """Return the comments on a sheet or slide, without their authors and times."""
        said = (self._blocks(note.iterchildren(*PARAGRAPHS)) for note in part.iter(*ANNOTATIONS))
        return remarks_section(text for texts in said for text in texts)

    def _slide(self, page: Any) -> str:
        frames = [
            frame for frame in page.iter(f"{DRAW}frame") if frame.get(f"{PRESENTATION}class") == "title"
        ]
        title = next((text for frame in frames if (text := " ".join(self._cell(frame).split()))), None)
        notes = page.find(f"{PRESENTATION}notes")
        said = joined_lists(list(self._blocks(notes))) if notes is not None else ""
        shown = joined_lists(list(self._blocks(page, without=frames)))
        spoken = f"### Notes\n\n{said}" if said else ""
        return blocks([f"## {title}" if title else "", shown, spoken, self._comments(page)])

    def _blocks(self, container: Iterable[Any], without: list[Any] | None = None) -> Iterator[str]:
        for child in container:
            name = child.tag
            if name in PARAGRAPHS:
                yield self._paragraph(child)
                yield from self._floating(child)
            elif name == f"{TEXT}list":
                yield from self._list(child, self._styles.start(child))
            elif name == f"{TABLE}table":
                yield self._table(child)
            elif name == OBJECT:
                yield chart(self._package, child)
            elif name == f"{DRAW}text-box" or not (name in SKIPPED or self._is_left_out(child, without)):
                yield formula(self._package, child) if name == FRAME else ""
                yield from self._blocks(child, without)

    def _is_left_out(self, element: Any, without: list[Any] | None) -> bool:
        return element in (without or ()) or element.get(f"{PRESENTATION}class") in FURNITURE

    def _paragraph(self, element: Any, number: str | None = None) -> str:
        """Return a paragraph or heading.

        Args:
            element: The paragraph.
            number: What a list gives to a heading in it; None outside of lists.
        """
        text = self._inline_text(element).strip()
        is_heading = element.tag == f"{TEXT}h"
        stated = element.get(f"{TEXT}outline-level", "1")
        level = int(stated) if stated.isdecimal() and len(stated) < 3 else 0
        if is_heading and number is None:
            number = self._styles.heading_number(element, level)
        if not is_heading:
            level = int(element.get(f"{TEXT}style-name") in self._titles)
        if not text or not 0 < level <= MAX_HEADING:
            return text
        return f"{'#' * level} {' '.join([number or '', *text.split()]).strip()}"

    def _floating(self, anchor: Any) -> Iterator[str]:
        """Yield the shapes, charts and tables anchored in a paragraph or on a sheet, each once."""
        for shape in anchor.iter(f"{DRAW}*", f"{TABLE}table"):
            if next(shape.iterancestors(*ANCHORS), None) is anchor and self._is_drawn(shape):
                yield from self._blocks([shape])

    def _is_drawn(self, shape: Any) -> bool:
        """Say whether a shape holds blocks itself, not only in shapes inside it."""
        own = {f"{DRAW}text-box", f"{TABLE}table", OBJECT}
        return shape.tag in own or any(child.tag in (*PARAGRAPHS, f"{TEXT}list") for child in shape)

    def _list(self, element: Any, counting: Any) -> Iterator[str]:
        for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            marker = counting.marker(item)
            for child in item:
                if child.tag == f"{TEXT}list":
                    yield from self._list(child, self._styles.nested(child, counting))
                elif child.tag == f"{TEXT}h":
                    yield self._paragraph(child, marker.removeprefix("-"))
                elif text := "\n".join(filter(None, self._blocks([child]))):
                    yield counting.item(text, marker)
                    marker = ""

    def _table(self, element: Any) -> str:
        self._table_depth += 1
        rows = list(table_rows(element, self._cell))
        self._table_depth -= 1
        if len(rows) == 1 and len(rows[0]) == 1:
            return rows[0][0]  # a frame around text
        return flat_rows(rows) if self._table_depth else merged_table(rows)

    def _cell(self, element: Any) -> str:
        text = "\n".join(filter(None, self._blocks(element)))
        return text if "\n" in text else text.removeprefix("- ")  # slides hold each cell in a list of one

    def _cell_alone(self, cell: Any) -> str:
        """Return the text of a sheet's cell, without what is drawn over it."""
        return "\n".join(filter(None, self._blocks(cell.iterchildren(f"{TEXT}*"))))

    def _inline_text(self, element: Any) -> str:
        """Return the text of a paragraph, white space as the file counts it (section 6.1.2)."""
        pieces = [element.text or ""]
        for child in element:
            if child.tag == f"{TEXT}note":
                self._notes.append(child)
                pieces.append(f"[^{len(self._notes)}]")
            elif child.tag == f"{TEXT}s":
                count = child.get(f"{TEXT}c", "1")
                pieces.append(" " * (min(int(count), MAX_SPACES) if count.isdecimal() else 1))
            elif child.tag == FRAME:
                pieces.append(formula(self._package, child))
            elif self._is_inline(child):
                text = BREAKS.get(child.tag) or self._inline_text(child)
                pieces.append(shown_text(self._fonts.get(child.get(f"{TEXT}style-name"), ""), text))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def _is_inline(self, element: Any) -> bool:
        name = element.tag
        if name == f"{TEXT}page-number" and element.text == NO_PAGE:
            return False
        return isinstance(name, str) and name not in SKIPPED and not name.startswith(DRAW)
