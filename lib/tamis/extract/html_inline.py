"""What stands in a line of an HTML page, as Markdown: emphasis, code, links, formulas, superscripts.

Links are marked by two control characters and line breaks by a third, which `parse_html` leaves no page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tamis.extract.html_code import code_text
from tamis.extract.html_formulas import (
    formula,
    hidden_formula,
    is_drawing,
    picture_formula,
    script_formula,
)
from tamis.extract.html_hints import is_hidden

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NO_TEXT = frozenset((
    "script", "style", "template", "iframe", "svg", "canvas", "object", "embed", "video", "audio",
    "map", "button", "select", "option", "optgroup", "input", "textarea", "datalist", "head", "title",
    "meta", "link", "base", "img", "picture", "source", "track", "area", "param", "applet", "frame",
    "frameset", "noframes", "rp", "rt", "wbr", "hr", "progress", "meter",
))  # fmt: skip
PICTURES = frozenset(["img", "picture"])
TITLES = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt", "th", "legend"])
MARKS = {
    "b": "**",
    "strong": "**",
    "i": "*",
    "em": "*",
    "code": "`",
    "kbd": "`",
    "samp": "`",
    "tt": "`",
    "q": '"',
}
LINK_START, LINK_END, BREAK = "\x01", "\x02", "\x03"
BLANK = " \t\n\r\f\xa0" + BREAK

ICONS = re.compile("[\ue000-\uf8ff]+")
NUMBER = re.compile(r"\d+")
SIGNED = re.compile(r"[-+\u2212\u2013]\d+")
LINKED_NUMBER = re.compile(f"{LINK_START}\\d+{LINK_END}")
PERMALINK = re.compile(r"(?:^|\s)headerlink(?:\s|$)")  # Sphinx and its kind append one to each heading


def inline_text(element: HtmlElement, links: list[str], images: list[HtmlElement], before: list[str]) -> str:
    """Return the text of an inline element.

    Args:
        element: It.
        links: Gets the targets of its links.
        images: Gets its pictures.
        before: What stands before it in its line.
    """
    tag = element.tag
    if tag == "br":
        return BREAK
    if not isinstance(tag, str) or tag in NO_TEXT or is_hidden(element):
        return _unseen(element, images)
    if tag == "math":
        return formula(element)
    if is_drawing(element):
        return ""
    if MARKS.get(tag) == "`":
        return _marked(code_text(element), "`")
    parts = [element.text or ""]
    for child in element:
        parts += [inline_text(child, links, images, parts), child.tail or ""]
    text = "".join(parts)
    if tag == "a":
        return _link(element, text, links)
    if tag == "sup":
        return _raised(text, before[-1][-1:] if before else "")
    return _marked(text, MARKS[tag]) if tag in MARKS else text


def _unseen(element: HtmlElement, images: list[HtmlElement]) -> str:
    """Return what is read of an element whose text is not: the source of a formula, the button of a title."""
    tag = element.tag
    if tag in PICTURES:
        images += element.iter("img")
        return picture_formula(element)
    if tag == "script":
        return script_formula(element)
    if tag == "button":
        return " ".join("".join(element.itertext()).split()) if _is_title(element) else ""
    return hidden_formula(element) if isinstance(tag, str) and tag not in NO_TEXT else ""


def _is_title(button: HtmlElement) -> bool:
    """Say whether a heading is nothing but a button, which unfolds what follows or sorts a column."""
    inner, outer = button, button.getparent()
    while outer is not None and inner.tag not in TITLES:
        is_alone = inner.getprevious() is None and inner.getnext() is None
        if not is_alone or ((outer.text or "") + (inner.tail or "")).strip():
            return False
        inner, outer = outer, outer.getparent()
    return inner.tag in TITLES


def _raised(text: str, before: str) -> str:
    """Return a superscript: 10<sup>6</sup> is not 106, nor is 2019 with a note 20193."""
    if before.isdigit() and LINKED_NUMBER.fullmatch(text):
        return f"[{text}]"
    is_power = (before.isdigit() and NUMBER.fullmatch(text)) or (before.isalnum() and SIGNED.fullmatch(text))
    return f"^{text}" if is_power else text


def _link(element: HtmlElement, text: str, links: list[str]) -> str:
    if PERMALINK.search(element.get("class") or ""):
        return ""
    if LINK_START in text or not text.strip(BLANK):
        return text
    links.append((element.get("href") or "").strip())
    return f"{LINK_START}{text}{LINK_END}"


def _marked(text: str, mark: str) -> str:
    """Put emphasis or code marks around the text, inside its spaces; none around other marks of the kind."""
    core = text.strip(BLANK)
    bare = core.strip(LINK_START + LINK_END + BLANK)
    if not bare or ICONS.fullmatch(bare) or core.startswith(mark[0]) or BREAK in core:
        return text
    if mark == "`" and "`" in core:
        mark = "``"
    start = text.index(core)
    return f"{text[:start]}{mark}{core}{mark}{text[start + len(core) :]}"
