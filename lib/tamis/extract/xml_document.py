"""XML to text: a paragraph for each innermost element that mixes text and tags.

What feeds hold is HTML inside XML (RSS 2.0, Atom's RFC 4287, section 3.1.1) and is read as such. Entities
that only a DTD elsewhere declares are HTML's, or stay as they are written.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.extract.clean import decode_text
from tamis.extract.html_formulas import formula
from tamis.extract.html_whole import whole_page
from tamis.extract.markdown import WHITE_SPACE, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

XML_DECLARATION = re.compile(r"\A<\?xml.*?\?>", re.DOTALL)
NAMED = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(\w+;)", re.DOTALL)
MARKUP = frozenset("<>&\"'")
FEEDS = frozenset(["rss", "feed", "RDF"])
PAGES = frozenset(["description", "encoded", "content", "summary"])
LINE_ENDS = frozenset(["br", "lb", "pb", "cb", "break"])  # XHTML, TEI, JATS


def xml_text(payload: bytes) -> str:
    """Return the text of an XML document, a paragraph for each innermost element with text.

    No DTD is loaded, no entity of another file is replaced and nothing is fetched.

    Raises:
        DocumentError: ``too_deep`` beyond libxml2's 256 levels; ``zip_bomb`` where entities multiply;
            ``corrupt``, quoting the parser.
    """
    root = _parsed(decode_text(payload, None)[0])
    return blocks(_paragraphs(root, _spelled_out(root), is_feed=_name(root) in FEEDS))


def _parsed(text: str) -> _Element:
    from lxml import etree

    text = XML_DECLARATION.sub("", text.lstrip(), count=1)
    if "<!ENTITY" not in text:  # else a name may be the document's own
        text = NAMED.sub(_character, text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        told = str(error)
        code = "too_deep" if "depth" in told else "zip_bomb" if "amplification" in told else "corrupt"
        raise DocumentError(code, f"XML: {error.msg}") from error


def _character(found: re.Match[str]) -> str:
    """Return the characters of one of HTML's entities; XML's own five and unknown ones as they stand."""
    characters = html5.get(found[1] or "", "")
    return found[0] if not characters or MARKUP.intersection(characters) else characters


def _spelled_out(root: _Element) -> dict[str, str]:
    """Return the text of the entities in it by name: what it declares, else HTML's, else as it is written."""
    from lxml import etree

    names = {entity.name for entity in root.iter(etree.Entity)}
    holder = etree.SubElement(root, "entity")  # the text of one is known only within an element
    texts = {}
    for name in names:
        holder[:] = [etree.Entity(name)]
        texts[name] = str(holder.xpath("string()")) or unescape(f"&{name};")
    root.remove(holder)
    return texts


def _paragraphs(root: _Element, entities: Mapping[str, str], *, is_feed: bool) -> Iterator[str]:
    stack = [root]
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str):  # comments, instructions
            continue
        if not _holds_text(element):
            stack.extend(reversed(element))
        elif is_feed and _is_page(element):
            yield whole_page(element.text or "")
        else:
            yield WHITE_SPACE.sub(" ", _text(element, entities)).strip()


def _is_page(element: _Element) -> bool:
    """Say whether an element of a feed holds HTML as its text."""
    stated = element.get("type", "html")
    return not len(element) and _name(element) in PAGES and stated in ("html", "text/html")


def _text(element: _Element, entities: Mapping[str, str]) -> str:
    """Return the text of an element; a space parts what only stands in cells, items or names of their own."""
    if not isinstance(element.tag, str):
        return entities.get(getattr(element, "name", ""), "")
    if _name(element) == "math":
        return formula(element)
    if _name(element) in LINE_ENDS and element.get("break") != "no":
        return " "
    parts = [element.text or ""]
    for child in element:
        parts += [_text(child, entities), child.tail or ""]
    return f" {' '.join(parts)} " if _is_structure(element) else "".join(parts)


def _is_structure(element: _Element) -> bool:
    """Say whether an element has no text of its own and several parts, or one such part."""
    if _holds_text(element):
        return False
    parts = [child for child in element if isinstance(child.tag, str)]
    return len(parts) > 1 or (len(parts) == 1 and len(parts[0]) > 0 and not _holds_text(parts[0]))


def _holds_text(element: _Element) -> bool:
    own = [element.text, *(child.tail for child in element)]
    return any(text and not text.isspace() for text in own) or any(
        hasattr(child, "name") for child in element
    )


def _name(element: _Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
