"""Engines that find a page's main content. What they return is plain text, a line for each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.html_expressions import remember_answers

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def main_text(tree: HtmlElement, engine: str) -> str:
    """Return what an engine takes for the main content of a page; "" where it finds none.

    Args:
        tree: The page; it is left as it is.
        engine: ``trafilatura`` (its fast mode) or ``resiliparse`` (the extra ``html``).

    Raises:
        ModuleNotFoundError: resiliparse is not installed; the message has the line to install it.
    """
    return _resiliparse(tree) if engine == "resiliparse" else _trafilatura(tree)


def _trafilatura(tree: HtmlElement) -> str:
    from trafilatura import extract

    remember_answers()
    text = extract(
        tree,
        fast=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,  # its duplicate test remembers earlier documents
    )
    return text or ""


def _resiliparse(tree: HtmlElement) -> str:
    try:
        from resiliparse.extract.html2text import extract_plain_text
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{error}: pip install 'tamis[html]'", name=error.name) from error
    from lxml.html import tostring

    page = tostring(tree, encoding="unicode")
    return extract_plain_text(page, main_content=True, alt_texts=False, list_bullets=False)
