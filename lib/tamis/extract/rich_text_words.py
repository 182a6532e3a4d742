"""What the control words of an RTF do to the document that is read (RTF 1.9.1, "Document Area")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.rich_text_flow import Paragraph
from tamis.extract.rich_text_groups import BODY, FONTS, ROW_SHAPE, STYLES
from tamis.extract.rich_text_rows import RowShape
from tamis.extract.rich_text_tokens import CHARSETS, PAGES, code_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.extract.rich_text_document import RichDocument


def _default_font(document: RichDocument, number: int) -> None:
    document.default_font = number
    document.change(font=number)


def _set_encoding(document: RichDocument, encoding: str) -> None:
    document.encoding = encoding


def _font_encoding(document: RichDocument, encoding: str) -> None:
    if document.state.target == FONTS:
        document.fonts[document.state.font].encoding = encoding


def _style(document: RichDocument, number: int) -> None:
    if document.state.target == STYLES:
        document.styles.word("s", number)
    else:
        document.change_paragraph(style=number)


def _heading(document: RichDocument, number: int) -> None:
    if document.state.target == STYLES:
        document.styles.word("outlinelevel", number)
    else:
        document.change_paragraph(heading=number + 1)


def _end_paragraph(document: RichDocument, _number: int = 0) -> None:
    """Close the paragraph; one whose mark is deleted goes on in the next one."""
    if document.state.target == BODY and not document.state.is_deleted:
        document.flow.end_paragraph(document.paragraph())


def _begin_row(document: RichDocument, number: int) -> None:
    if document.state.target == BODY:
        document.row = RowShape()
        _in_table(document, number)


def _in_table(document: RichDocument, _number: int) -> None:
    document.change_paragraph(depth=max(document.state.paragraph.depth, 1))


def _end_cell(document: RichDocument, _number: int) -> None:
    if document.state.target == BODY:
        document.flow.end_cell(document.paragraph())


def _end_row(document: RichDocument, _number: int) -> None:
    if document.state.target == BODY:
        document.flow.end_row(document.row.shape())
        document.change_paragraph(depth=0)


def _end_inner_row(document: RichDocument, _number: int) -> None:
    if document.state.target in (BODY, ROW_SHAPE):
        document.flow.end_inner_row()


# Called with the word's number, 1 where it has none.
WORDS: dict[str, Callable[[RichDocument, int], None]] = {
    "par": _end_paragraph,
    "sect": _end_paragraph,
    "pard": lambda document, _: document.change(paragraph=Paragraph()),
    "plain": lambda document, _: document.change(font=document.default_font, is_deleted=False),
    "f": lambda document, number: document.change(font=number),
    "deff": _default_font,
    "uc": lambda document, number: document.change(fallback=number),
    "deleted": lambda document, number: document.change(is_deleted=number != 0),
    "s": _style,
    "outlinelevel": _heading,
    "sbasedon": lambda document, number: document.styles.word("sbasedon", number),
    "ilvl": lambda document, number: document.change_paragraph(level=max(number, 0)),
    "intbl": _in_table,
    "itap": lambda document, number: document.change_paragraph(depth=max(number, 0)),
    "trowd": _begin_row,
    "cell": _end_cell,
    "row": _end_row,
    "nestcell": _end_cell,
    "nestrow": _end_inner_row,
    "footnote": lambda document, _: document.begin_note(),
    "ansicpg": lambda document, number: _set_encoding(document, code_page(number)),
    "mac": lambda document, _: _set_encoding(document, PAGES["mac"]),
    "pc": lambda document, _: _set_encoding(document, PAGES["pc"]),
    "pca": lambda document, _: _set_encoding(document, PAGES["pca"]),
    "fcharset": lambda document, number: _font_encoding(document, CHARSETS.get(number, "")),
    "cpg": lambda document, number: _font_encoding(document, code_page(number)),
}
