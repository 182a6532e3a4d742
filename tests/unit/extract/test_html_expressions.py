from __future__ import annotations

from importlib.util import find_spec, module_from_spec

import pytest
from lxml.etree import XPath

from tamis.extract import html_expressions
from tamis.extract.html_expressions import NAMESPACES, Remembered
from tamis.extract.html_tree import parse_html

FRESH = module_from_spec(find_spec("trafilatura.xpaths"))  # others may have replaced its lists
FRESH.__spec__.loader.exec_module(FRESH)
PLAIN = {
    f"{name}[{place}]": expression
    for name, value in sorted(vars(FRESH).items())
    if isinstance(value, list)
    for place, expression in enumerate(value)
    if "re:test" in expression.path and ")[1]|" not in expression.path
}
WORDS = (
    "author", "byline", "comments", "Comments x", "commentary", "sidebar", "entry-content", "post",
    "post-meta", "nav", "story-body", "hidden", "tags", "infinite-scroll", "entry-title", "^shar", "next-",
    "main", "y",
)  # fmt: skip
TAGS = ("div", "section", "span", "p", "a", "li", "h1", "h2", "article", "details", "ul", "author")
ATTRIBUTES = ("class", "id", "itemprop", "role", "style", "rel", "data-component")


def page() -> str:
    places = range(len(WORDS) * len(ATTRIBUTES))
    return "".join(
        f"<{TAGS[place % 12]} {ATTRIBUTES[place % 7]}='{WORDS[place % 19]}' id='{WORDS[place * 5 % 19]}'>"
        f"<b class='{WORDS[place * 3 % 19]}'>x</b> y</{TAGS[place % 12]}>"
        for place in places
    )


@pytest.mark.parametrize("name", PLAIN)
def test_expressions_find_what_they_did(name):
    tree = parse_html(f"<html><body>{page()}<div class='hidden'>{page()}</div></body></html>")
    tree.set("class", "author comments hidden")
    remembered = Remembered(PLAIN[name])
    for part in (tree, tree[0], tree):
        assert remembered(part) == PLAIN[name](part)


def test_the_first_of_two_attributes_counts():
    expression = XPath(".//*[re:test(@id|@class, 'cookie')]", namespaces=NAMESPACES)
    tree = parse_html("<div id='cookie' class='x'>1</div><div class='x' id='cookie'>2</div>")
    assert [element.text for element in Remembered(expression)(tree)] == ["1"]


def test_answers_are_bounded(monkeypatch):
    monkeypatch.setattr(html_expressions, "MAX_KNOWN", 10)
    expression = Remembered(PLAIN["OVERALL_DISCARD_XPATH[1]"])
    pages = [parse_html(f"<p class='hidden {number}'>x</p>") for number in range(30)]
    pages.append(parse_html(f"<p class='hide-{'x' * 300}'>x</p>"))
    assert [len(expression(tree)) for tree in pages] == [0] * 30 + [1]
    assert len(expression._known) <= 10
