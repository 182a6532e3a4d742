"""trafilatura's XPath expressions, answered from memory.

Most of them ask an element for its own tag and attributes, by regular expressions that libxml2 hands to
Python: 2 to 5 us an element, twenty times a page, half of trafilatura's time. The elements of a page share
few attributes, so the answers are kept. The same elements are found.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import XPath
    from lxml.html import HtmlElement

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
MAX_KNOWN = 2048  # answers of an expression, of at most MAX_KEY characters each: 10 MB for all
MAX_KEY = 200

STEP = re.compile(r"\.?//")
LATER_STEP = re.compile(r"(?<=\])//.*", re.DOTALL)
FIRST_ONLY = re.compile(r"\[1\]\s*\Z")
TEST = re.compile(r"re:test\((@[\w-]+), ('[^']*')\)")
TAG_TESTS = re.compile(r"//\*\[(?!\s*self::)")
TAGS = re.compile(r"(?:self::|//)(\w+)")
ATTRIBUTES = re.compile(r"@([\w-]+)")


class Remembered:
    """An expression that is called as `lxml.etree.XPath` is, and returns the same.

    Its first step must ask for nothing but the tag and the attributes of an element, as all of those that
    `remember_answers` takes do. Where more is asked, the whole expression runs if any element passes that.
    """

    def __init__(self, expression: XPath) -> None:
        from lxml.etree import XPath

        self.path = path = expression.path
        own = FIRST_ONLY.sub("", LATER_STEP.sub("", path))
        self._whole = expression if own != path or "not(.//" in path else None
        path = TEST.sub(r"(\1 and re:test(string(\1), \2))", STEP.sub("self::", own))
        self._passes = XPath(path, namespaces=NAMESPACES, smart_strings=False)
        self._tags = () if TAG_TESTS.search(own) else tuple(TAGS.findall(own))
        self._attributes = frozenset(ATTRIBUTES.findall(own))
        self._from_root = own.strip().startswith("//")
        self._known: dict[tuple[object, ...], bool] = {}

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """Return the elements in the order of the page."""
        top = tree.getroottree().getroot() if self._from_root else tree
        elements = (top.iter if self._from_root else top.iterdescendants)(*(self._tags or "*"))
        if self._whole is None:
            return [element for element in elements if self._holds(element)]
        return self._whole(tree) if any(map(self._holds, elements)) else []

    def _holds(self, element: HtmlElement) -> bool:
        tag = element.tag if self._tags else None
        items = element.items()
        key = (tag, *[item for item in items if item[0] in self._attributes]) if items else (tag,)
        known = self._known.get(key)
        return self._ask(element, key) if known is None else known

    def _ask(self, element: HtmlElement, key: tuple[object, ...]) -> bool:
        answer = bool(self._passes(element))
        if sum(map(len, map(str, key))) <= MAX_KEY:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[key] = answer
        return answer


@cache
def remember_answers() -> None:
    """Put these in the place of trafilatura's expressions, in its own lists, once in a process."""
    from trafilatura import xpaths

    for expressions in (
        xpaths.AUTHOR_DISCARD_XPATHS, xpaths.AUTHOR_XPATHS, xpaths.CATEGORIES_XPATHS, xpaths.TAGS_XPATHS,
        xpaths.BODY_XPATH, xpaths.DISCARD_IMAGE_ELEMENTS, xpaths.OVERALL_DISCARD_XPATH,
        xpaths.RAW_TREE_PRUNE_XPATH, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH, xpaths.TEASER_DISCARD_XPATH,
    ):  # fmt: skip
        expressions[:] = [
            Remembered(expression)
            if "re:test" in expression.path and ")[1]|" not in expression.path
            else expression
            for expression in expressions
        ]
