"""A whole page as Markdown: chapters and mails have no menus to be left out."""

from __future__ import annotations

from tamis.errors import DocumentError
from tamis.extract.html_blocks import Outline
from tamis.extract.html_markdown import MarkdownWriter
from tamis.extract.html_tree import parse_html


def whole_page(text: str) -> str:
    """Return all that a page shows as Markdown, without links' targets and pictures; "" for an empty page."""
    if not text.strip():
        return ""
    try:
        outline = Outline(parse_html(text))
    except DocumentError:  # nothing but comments: a blank chapter, not a broken book
        return ""
    return MarkdownWriter(frozenset(outline.blocks), links=False).write(outline.root)
