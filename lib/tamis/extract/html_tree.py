"""HTML text to an lxml tree, however deep the page nests.

libxml2 stops at 256 open elements and leaves the rest of the page out without an error, so a page that
reaches the limit is rewritten first: tags that would open an element below level 150 are dropped, their text
is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import XPath
    from lxml.html import HtmlElement

# trafilatura recurses over the tree; at 150 levels it stays clear of Python's limit of 1,000 frames.
MAX_DEPTH = 150
# XML 1.0 section 2.2: what no document may hold; libxml2 ends the text at a NUL.
INVALID_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>", re.IGNORECASE)
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)  # to HTML a comment up to the first ">"
TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][\w:-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
RAW_TEXT = re.compile(r"script|style|textarea|title|xmp", re.IGNORECASE)
VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
# Void elements of the standard (13.2.6.4.7) that libxml2 2.14 does not know: all that follows one would be
# inside it, up to the end of its parent.
UNKNOWN_VOID = re.compile(r"<(wbr|embed|source|track|keygen|bgsound|image)\b([^<>]*)>", re.IGNORECASE)
# Elements that end where the next of their kind begins (HTML Standard 13.1.2.4).
SELF_CLOSING = frozenset(["p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot"])


def parse_html(text: str) -> HtmlElement:
    """Return the tree of a page; its text is complete at any depth of nesting.

    Raises:
        DocumentError: ``corrupt`` if there is no element in it at all.
    """
    text = INVALID_CHARACTERS.sub("", text)
    if XML_DECLARATION.match(text):
        text = CDATA.sub(lambda found: escape(found[1]), XML_DECLARATION.sub("", text, count=1))
    tree, depth_exceeded = _parse(text)
    if depth_exceeded or _deep_element()(tree):
        tree, _ = _parse(flattened(text))
    return tree


def _parse(text: str) -> tuple[HtmlElement, bool]:
    from lxml.etree import ElementDefaultClassLookup, HTMLParser, ParserError
    from lxml.html import HtmlElement, document_fromstring

    parser = HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, default_doctype=False
    )
    # lxml.html's own choice of a class by the tag is Python, asked 5,000 times a page; it serves forms only.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        text = UNKNOWN_VOID.sub(r"<\1\2></\1>", text)
        tree = document_fromstring(text.encode("utf-8"), parser=parser)
    except ParserError as error:
        raise DocumentError("corrupt", f"HTML: {error}") from error
    _gather(tree)
    return tree, any("depth" in entry.message for entry in parser.error_log)


def _gather(tree: HtmlElement) -> None:
    """Put what stands behind an end of the body or the page into the body, as browsers do (13.2.6.4.19)."""
    body = tree.find("body")
    if body is None:
        return
    behind = [(body.tail, [*body.itersiblings()])]
    behind += [(page.text, [*page]) for page in tree.itersiblings("html")]
    body.tail = None
    for text, strays in behind:
        _append_text(body, text or "")
        for stray in strays:
            if stray.tag == "body":
                stray.tag = "div"
            if stray.tag != "head":
                body.append(stray)


def _append_text(body: HtmlElement, text: str) -> None:
    if text.isspace():
        return
    last = next(body.iterchildren(reversed=True), None)  # len() counts them all
    if last is None:
        body.text = (body.text or "") + text
    else:
        last.tail = (last.tail or "") + text


@lru_cache(maxsize=1)
def _deep_element() -> XPath:
    """Find an element below the limit: a path of one step a level, 0.1 ms a page where a walk takes 4 ms."""
    from lxml.etree import XPath

    return XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")


def flattened(text: str, max_depth: int = MAX_DEPTH) -> str:
    r"""Return HTML without the tags of elements below ``max_depth``; a line break stands in their place.

    Example:
        >>> flattened("<a><b><i>x</i>y</b></a>", max_depth=2)
        '<a><b>\nx\ny</b></a>'
    """
    return "".join(_pieces(text, max_depth))


def _pieces(text: str, max_depth: int) -> Iterator[str]:
    open_tags: list[str] = []
    counts: Counter[str] = Counter()
    position = 0
    while found := TAG.search(text, position):
        yield text[position : found.start()]
        position = found.end()
        name = (found[2] or "").lower()
        if not name or name in VOID:
            yield found[0] if name else ""
        elif found[1]:
            yield found[0] if _close(open_tags, counts, name, max_depth) else "\n"
        elif RAW_TEXT.fullmatch(name):
            position = _raw_text_end(text, name, position)
            yield text[found.start() : position]
        else:
            yield found[0] if _open(open_tags, counts, name, max_depth) else "\n"
    yield text[position:]


def _open(open_tags: list[str], counts: Counter[str], name: str, max_depth: int) -> bool:
    """Push an element; say whether its tag stays."""
    if name in SELF_CLOSING and open_tags and open_tags[-1] == name:
        return len(open_tags) <= max_depth
    open_tags.append(name)
    counts[name] += 1
    return len(open_tags) <= max_depth


def _close(open_tags: list[str], counts: Counter[str], name: str, max_depth: int) -> bool:
    """Pop up to the element of that name; say whether its tag stays. Linear over a page: each pops once."""
    if not counts[name]:
        return False
    while True:
        top = open_tags.pop()
        counts[top] -= 1
        if top == name:
            return len(open_tags) < max_depth


def _raw_text_end(text: str, name: str, start: int) -> int:
    end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, start)
    return end.end() if end else len(text)
