"""A whole page as Markdown: chapters and mails have no menus to be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.extract.html_blocks import Outline
from tamis.extract.html_markdown import MarkdownWriter
from tamis.extract.html_tree import parse_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement


def whole_page(text: str, prepare: Callable[[HtmlElement], None] | None = None) -> str:
    """Return all that a page shows as Markdown, without links' targets and pictures; "" for an empty page.

    Args:
        text: The page.
        prepare: Changes the page before it is written.
    """
    if not text.strip():
        return ""
    try:
        page = parse_html(text)
        if prepare is not None:
            prepare(page)
        outline = Outline(page)
    except DocumentError:  # nothing but comments: a blank chapter, not a broken book
        return ""
    return MarkdownWriter(frozenset(outline.blocks), links=False).write(outline.root)
