"""An HTML tree as an outline: groups (block elements) and blocks (runs of text), in the page's order.

A block is what lies between two block-level tags, or two line breaks in a row. Its text has emphasis and
code as Markdown already; links are marked by two control characters, which `parse_html` leaves no page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tamis.extract.html_code import code_language, code_text, is_line_numbers
from tamis.extract.html_formulas import is_drawing
from tamis.extract.html_hints import hints, is_documentation
from tamis.extract.html_inline import BREAK, LINK_END, LINK_START, inline_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

BLOCK_TAGS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "html", "legend", "li", "main", "menu", "nav", "noscript", "ol",
    "p", "pre", "section", "summary", "table", "caption", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul", "search", "listing", "xmp", "plaintext",
))  # fmt: skip
PREFORMATTED = frozenset(["pre", "listing", "xmp", "plaintext"])

PARAGRAPH_BREAK = re.compile(f"{BREAK}(?: ?{BREAK})+")
LINE_BREAK = re.compile(f" ?{BREAK} ?")
READABLE = re.compile("[^\\W_]|[^\x00-\x7f\ue000-\uf8ff]")  # the private use area holds icons


@dataclass(slots=True, eq=False)
class Group:
    """A block element with what it holds."""

    tag: str
    element: HtmlElement
    parent: Group | None
    hints: int
    children: list[Group | Block] = field(default_factory=list)

    def groups(self) -> Iterator[Group]:
        """Yield the groups among its children."""
        return (child for child in self.children if isinstance(child, Group))

    def leaves(self) -> Iterator[Block]:
        """Yield the blocks in it, at any depth, in the page's order."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.leaves()
            else:
                yield child


@dataclass(slots=True, eq=False)
class Block:
    """A run of text.

    Attributes:
        tag: Of the innermost block element around it.
        text: One line, or several where the page breaks lines; code as it stands.
        links: Target of each link in ``text``, in its order.
        hints: Bits of `html_hints` of all elements around it.
        language: Of a code block, "" if unknown.
    """

    tag: str
    text: str
    group: Group
    hints: int
    links: tuple[str, ...] = ()
    language: str = ""

    @property
    def plain(self) -> str:
        """The text without the marks of its links."""
        return self.text.replace(LINK_START, "").replace(LINK_END, "")


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture: its element, the group it stands in, all hints around it, how many blocks come before."""

    element: HtmlElement
    group: Group
    hints: int
    after: int


class Outline:
    """The body of a page: ``root`` (groups), ``blocks``, ``pictures``, whether it is ``documentation``."""

    def __init__(self, tree: HtmlElement) -> None:
        body = tree.find("body") if tree.tag == "html" else None
        body = tree if body is None else body
        self.blocks: list[Block] = []
        self.pictures: list[Shown] = []
        self.documentation = is_documentation(tree)
        self.root = Group("body", body, None, hints(body))
        self._holders = _holders(body)
        self._read(self.root, 0)

    def _read(self, group: Group, outer_hints: int) -> None:
        element = group.element
        found = outer_hints | group.hints
        parts: list[str] = [element.text or ""]
        links: list[str] = []
        images: list[HtmlElement] = []
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and (tag in BLOCK_TAGS or child in self._holders):
                self._flush(parts, links, images, group, found)
                parts, links, images = [], [], []
                self._read_child(child, group, found)
            else:
                parts.append(inline_text(child, links, images, parts))
            parts.append(child.tail or "")
        self._flush(parts, links, images, group, found)

    def _read_child(self, element: HtmlElement, parent: Group, found: int) -> None:
        if is_line_numbers(element) or is_drawing(element):
            return
        group = Group(element.tag, element, parent, hints(element))
        parent.children.append(group)
        if element.tag not in PREFORMATTED:
            self._read(group, found)
        elif code := code_text(element).strip("\n").rstrip():
            self._add(Block("pre", code, group, found | group.hints, language=code_language(element)))

    def _flush(
        self, parts: list[str], links: list[str], images: list[HtmlElement], group: Group, found: int
    ) -> None:
        text = "".join(parts) if len(parts) > 1 else parts[0]
        if text and not text.isspace():
            self._add_run(text, links, group, found)
        self.pictures += [Shown(image, group, found, len(self.blocks)) for image in images]

    def _add_run(self, text: str, links: list[str], group: Group, found: int) -> None:
        # Links beside each other are buttons and menu items: no browser shows them as one word.
        text = " ".join(text.replace(LINK_END + LINK_START, f"{LINK_END} {LINK_START}").split())
        for part in PARAGRAPH_BREAK.split(text) if BREAK in text else (text,):
            line = (LINE_BREAK.sub("\n", part) if BREAK in part else part).strip()
            if READABLE.search(line):
                count = line.count(LINK_END)
                self._add(Block(group.tag, line, group, found, tuple(links[:count])))
                del links[:count]

    def _add(self, block: Block) -> None:
        block.group.children.append(block)
        self.blocks.append(block)


def _holders(body: HtmlElement) -> set[HtmlElement]:
    """Return the inline elements that hold a block element, as a link around a card does."""
    found: set[HtmlElement] = set()
    for block in body.iter(*BLOCK_TAGS):
        element = block.getparent()
        while element is not None and element.tag not in BLOCK_TAGS and element not in found:
            found.add(element)
            element = element.getparent()
    return found
