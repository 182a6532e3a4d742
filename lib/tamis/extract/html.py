"""HTML to Markdown: the main content, without comments, menus and footers, in the structure of the page.

trafilatura (Barbaresi, ACL-IJCNLP 2021) finds the content in its fast mode. That is one feature of many: a
small model over the page's blocks decides (`html_choice`), and what stays is written from the page's own
elements (`html_markdown`), since every engine's Markdown loses lists, tables and code.
``docs/adr/0014-html-blocks.md``
has what was tried and what this reaches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tamis.extract.clean import decode_text
from tamis.extract.html_blocks import Block, Outline
from tamis.extract.html_choice import chosen_blocks
from tamis.extract.html_engines import main_text
from tamis.extract.html_metadata import stated_metadata
from tamis.extract.html_pictures import written_page
from tamis.extract.html_tree import parse_html
from tamis.extract.html_votes import Chosen, letters

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.html import HtmlElement

    from tamis.document import Picture

Engine = Literal["auto", "trafilatura", "resiliparse"]
Content = Literal["main", "all"]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, and what it says of itself."""

    text: str
    title: str | None
    url: str | None
    author: str | None
    published_utc: str | None
    metadata: dict[str, str]
    pictures: list[Picture] = field(default_factory=list)


def html_page(
    payload: bytes,
    *,
    engine: Engine = "auto",
    content: Content = "main",
    links: bool = False,
) -> Page:
    """Return the content of an HTML or XHTML page as Markdown, with the page's metadata.

    Args:
        payload: The page's bytes; their encoding is told as browsers do.
        engine: ``auto`` weighs trafilatura's choice of blocks by a model; the others keep their own choice.
        content: ``main``, or ``all``: every block with text, menus too, but no scripts and styles.
        links: Whether links keep their targets, as written on the page.

    Returns:
        A page with empty text where there is no content.

    Raises:
        DocumentError: ``corrupt`` if no element can be read.
    """
    text, _ = decode_text(payload, None)
    if not text.strip():
        return Page("", None, None, None, None, {})
    tree = parse_html(text)
    outline = Outline(tree)
    stated = stated_metadata(tree, outline.documentation)
    kept = outline.blocks if content == "all" else _main_blocks(tree, outline, engine)
    text, pictures = written_page(outline, kept, is_whole=content == "all", links=links)
    return Page(
        text=text,
        title=stated.title or None,
        url=stated.url or None,
        author=stated.author or None,
        published_utc=stated.date or None,
        metadata={
            key: value
            for key in ("description", "sitename", "license", "language")
            if (value := getattr(stated, key, None))
        },
        pictures=pictures,
    )


def _main_blocks(tree: HtmlElement, outline: Outline, engine: Engine) -> Collection[Block]:
    def chosen(name: Engine) -> Chosen:
        return Chosen(main_text(tree, name), len(outline.blocks))

    if engine != "auto":
        choice = chosen(engine)
        return [block for block in outline.blocks if choice.share(letters(block.plain)) >= 0.5]
    title = " ".join((tree.findtext(".//title") or "").split())
    return chosen_blocks(outline, title, lambda: chosen("trafilatura"))
