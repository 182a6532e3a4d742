"""DOCX to Markdown: headings, lists, tables, text boxes, charts and notes in document order.

Walks the body's XML (ECMA-376 part 1, section 17): python-docx's ``Document.paragraphs`` leaves out content
controls, text boxes, insertions and whatever else stands between the body and a paragraph, and it opens no
document that points to a missing picture. Tracked changes are taken as accepted; headers, footers and
comments lie in parts that are not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tamis.extract import media
from tamis.extract.charts import CHART, DIAGRAM, RELATION, chart_text, diagram_text
from tamis.extract.clean import decode_text
from tamis.extract.equations import EQUATIONS, MATH, latex
from tamis.extract.html_whole import whole_page
from tamis.extract.mail import mail_text
from tamis.extract.markdown import block_ends, flat_rows, joined_lists, merged_table
from tamis.extract.numbering import WORD, Numbering, item_text, value
from tamis.extract.office import DocumentText
from tamis.extract.package import Package, core_properties
from tamis.extract.sniff import sniff_media_type
from tamis.extract.symbol_font import shown_text, symbol
from tamis.extract.word_pictures import WordPictures
from tamis.extract.word_styles import ParagraphStyle, outline_level, read_styles
from tamis.extract.word_tables import CONTAINERS, word_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.document import Picture

COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

BREAKS = {
    f"{WORD}tab": "\t",
    f"{WORD}ptab": "\t",
    f"{WORD}br": "\n",
    f"{WORD}cr": "\n",
    f"{WORD}noBreakHyphen": "-",
}
# Deleted text, the second of two renderings, the reading beside a ruby's base, and what is walked as blocks.
SKIPPED = frozenset(
    {f"{WORD}{name}" for name in ("del", "moveFrom", "rt", "txbxContent", "pPr")}
    | {f"{COMPATIBILITY}Fallback"}
)
NOTES = {f"{WORD}footnoteReference": "footnote", f"{WORD}endnoteReference": "endnote"}
MAX_HEADING = 6
HEX = re.compile("[0-9A-Fa-f]{1,4}")


def word_text(payload: bytes) -> DocumentText:
    """Return the text of a DOCX that passed ``check_package``.

    Raises:
        DocumentError: ``corrupt`` without a document part.
        Whatever zipfile and lxml raise for a broken package; the caller maps it.
    """
    package = Package(payload)
    text, pictures = _Reader(package).read()
    return DocumentText(text, *core_properties(package), package.notes(), pictures=pictures)


class _Reader:
    """One document: its styles, its numbers as counted so far, its notes as met so far."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main_part("word/document.xml")
        self._relations = package.relations(self._main)
        styles = self._extra_of_kind("styles")
        self._styles = read_styles(styles) if styles is not None else {}
        self._numbering = Numbering(self._extra_of_kind("numbering"))
        self._notes: dict[tuple[str, str], int] = {}
        self._table_depth = 0
        self._parts: list[str] = []
        self._pictures = WordPictures(package)
        self._part = self._main  # the one that is read, a note's or the body's

    def read(self) -> tuple[str, tuple[Picture, ...]]:
        """Return the text and the pictures in it."""
        body = self._package.root(self._main).find(f"{WORD}body")
        for part in self._blocks(body) if body is not None else ():
            self._parts.append(
                part
            )  # one by one: a picture stands behind those that were there when it was met
        for part in self._note_texts():
            self._parts.append(part)
        ends = block_ends(self._parts, join=joined_lists)
        return joined_lists(self._parts), self._pictures.placed(ends)

    def _blocks(self, container: Any) -> Iterator[str]:
        merged = ""  # a paragraph whose mark is deleted goes on in the next one
        for child in container:
            if child.tag == f"{WORD}p":
                text = merged + self._inline_text(child)
                is_merged = child.find(f"{WORD}pPr/{WORD}rPr/{WORD}del") is not None
                merged = text if is_merged else ""
                yield "" if is_merged else self._paragraph(child, text.strip())
                self._pictures.meet(self._part, child, text, self._style(child), after=self._here())
                yield from self._floating(child)
            elif child.tag == f"{WORD}tbl":
                yield self._table(child)
            elif child.tag == f"{WORD}altChunk":
                yield self._chunk(child.get(f"{RELATION}id", ""))
            elif child.tag in CONTAINERS:
                yield from self._blocks(child)
        yield merged.strip()

    def _here(self) -> int:
        """Return how many parts come before; what stands in a table or a note stands behind it."""
        return len(self._parts) + (self._table_depth > 0 or self._part != self._main)

    def _table(self, element: Any) -> str:
        """Return a table; one of a single cell is a frame around text, one in a cell is plain text."""
        self._table_depth += 1
        rows = word_rows(element, self._blocks)
        self._table_depth -= 1
        if len(rows) == 1 and len(rows[0]) == 1:
            return rows[0][0]
        return flat_rows(rows) if self._table_depth else merged_table(rows)

    def _paragraph(self, element: Any, text: str) -> str:
        style = self._style(element)
        number = value(element, "pPr/numPr/numId") or style.number
        level = int(value(element, "pPr/numPr/ilvl") or style.level or 0)
        is_counted = number is not None and number != "0"
        label = self._numbering.label(number, level) if number is not None and is_counted else ""
        heading = outline_level(element) or style.heading
        if not text:
            return ""  # Word numbers it all the same
        if heading and heading <= MAX_HEADING:
            return f"{'#' * heading} {' '.join([label, *text.split()]).strip()}"
        return item_text(text, label or "-", level) if is_counted else text

    def _style(self, element: Any) -> ParagraphStyle:
        return self._styles.get(value(element, "pPr/pStyle") or "", ParagraphStyle())

    def _inline_text(self, element: Any) -> str:
        """Return the text of a paragraph's runs, by a stack: runs nest in changes, links and controls."""
        pieces: list[str] = []
        stack = [element]
        while stack:
            node = stack.pop()
            if node.tag in SKIPPED:
                continue
            if node.tag in EQUATIONS:
                sign = "$$" if node.tag == f"{MATH}oMathPara" else "$"
                pieces.append(f"{sign}{latex(node)}{sign}")
            else:
                pieces.append(_own_text(node))
                pieces.append(self._note_mark(node))
                stack.extend(reversed(node))
        return "".join(pieces)

    def _floating(self, paragraph: Any) -> Iterator[str]:
        """Yield what is anchored in a paragraph: text boxes, charts, SmartArt; each once."""
        for node in paragraph.iter(f"{WORD}txbxContent", f"{CHART}chart", f"{DIAGRAM}relIds"):
            ancestors = {parent.tag for parent in _up_to(node, paragraph)}
            if ancestors & {f"{COMPATIBILITY}Fallback", f"{WORD}txbxContent", f"{WORD}del"}:
                continue
            if node.tag == f"{WORD}txbxContent":
                yield from self._blocks(node)
            else:
                yield self._drawn_text(node)

    def _drawn_text(self, node: Any) -> str:
        relation = self._relations.get(node.get(f"{RELATION}id") or node.get(f"{RELATION}dm") or "")
        if relation is None or relation.part not in self._package:
            return ""
        root = self._package.extra_root(relation.part)
        if root is None:
            return ""
        return chart_text(root) if node.tag == f"{CHART}chart" else diagram_text(root)

    def _chunk(self, link: str) -> str:
        """Return a page or a mail-wrapped page that Word would import when it opens the document."""
        relation = self._relations.get(link)
        if relation is None or relation.part not in self._package:
            return ""
        payload = self._package.read(relation.part)
        kind = sniff_media_type(payload, relation.part)
        if kind == media.MAIL:
            return mail_text(payload).text
        return whole_page(decode_text(payload, None)[0]) if kind in (media.HTML, media.XHTML) else ""

    def _note_mark(self, node: Any) -> str:
        if node.tag not in NOTES:
            return ""
        key = (NOTES[node.tag], node.get(f"{WORD}id", ""))
        return f"[^{self._notes.setdefault(key, len(self._notes) + 1)}]"

    def _note_texts(self) -> Iterator[str]:
        """Yield the notes in the order of their marks; one that no mark points to is not shown by Word."""
        elements = {
            (kind, note.get(f"{WORD}id")): (part, note)
            for kind in NOTES.values()
            if (part := next(self._package.related(self._main, f"{kind}s"), None)) is not None
            for note in self._package.root(part).iterchildren(f"{WORD}{kind}")
        }
        for key, number in list(self._notes.items()):
            if key in elements:
                self._part, note = elements[key]
                yield f"[^{number}]: " + "\n".join(filter(None, self._blocks(note)))

    def _extra_of_kind(self, kind: str) -> Any:
        part = next(self._package.related(self._main, kind), None)
        return None if part is None else self._package.extra_root(part)


def _own_text(node: Any) -> str:
    """Return what an element of a run says by itself."""
    if node.tag == f"{WORD}t":
        fonts = node.getparent().find(f"{WORD}rPr/{WORD}rFonts")
        return shown_text("" if fonts is None else fonts.get(f"{WORD}ascii", ""), node.text or "")
    if node.tag == f"{WORD}sym":
        code = node.get(f"{WORD}char", "")
        return symbol(node.get(f"{WORD}font", ""), int(code, 16)) if HEX.fullmatch(code) else ""
    return BREAKS.get(node.tag, "")


def _up_to(node: Any, top: Any) -> Iterator[Any]:
    for parent in node.iterancestors():
        if parent is top:
            return
        yield parent
