"""A whole page as Markdown, by html-to-markdown: chapters and mails have no menus to be left out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tamis.errors import DocumentError
from tamis.extract.html_tree import parse_html

DROPPED = ("script", "style", "noscript", "template", "head", "img", "svg", "object", "iframe")
LINKS = ("a",)  # links stay as their text


def whole_page(text: str) -> str:
    """Return all that a page shows as Markdown, without links' targets and pictures; "" for an empty page."""
    if not text.strip():
        return ""
    from html_to_markdown import convert
    from lxml import etree

    try:
        tree = parse_html(text)
    except DocumentError:  # nothing but comments: a blank chapter, not a broken book
        return ""
    etree.strip_elements(tree, *DROPPED, with_tail=False)
    etree.strip_tags(tree, *LINKS)
    return convert(etree.tostring(tree, encoding="unicode", method="html"), _options()).content or ""


@lru_cache(maxsize=1)
def _options() -> Any:
    from html_to_markdown import ConversionOptions

    return ConversionOptions(extract_metadata=False, compact_tables=True, autolinks=False)
