"""How much of a page's structure its Markdown keeps: tables, list items and code blocks of a region."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

NOT_LETTERS = re.compile(r"[\W_]+")
ITEM = re.compile(r"\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+(.*)")
ITEM_LETTERS = 30
CELLS_KEPT = 0.9  # of the cells with text of a table


def structure_kept(region: HtmlElement, outside: Iterable[HtmlElement], markdown: str) -> Counter[str]:
    """Count what the region has and what of it is kept: ``table``, ``item``, ``code`` and ``table_kept`` ...

    A table is kept if nine in ten of its cells with text stand between bars, an item if a list item begins
    with its first 30 letters, a code block if all its letters stand in fences. Tables of one cell, or that
    hold a table, and blocks without letters are no structure.
    """
    left_out = set(outside)
    bars, items, code = _parts(markdown)
    counts: Counter[str] = Counter()
    for element in region.iter("table", "li", "pre"):
        if element in left_out:
            continue
        kind = {"table": "table", "li": "item", "pre": "code"}[element.tag]
        if kind == "table":
            cells = [text for cell in element.iter("td", "th") if (text := _letters(cell.text_content()))]
            if len(cells) < 2 or element.find(".//table") is not None:
                continue
            kept = sum(cell in bars for cell in cells) >= CELLS_KEPT * len(cells)
        else:
            text = _letters(element.text_content())
            if not text or (kind == "item" and element.find(".//pre") is not None):
                continue
            kept = (
                text in code
                if kind == "code"
                else any(item.startswith(text[:ITEM_LETTERS]) for item in items)
            )
        counts[kind] += 1
        counts[f"{kind}_kept"] += kept
    return counts


def _parts(markdown: str) -> tuple[str, list[str], str]:
    """Return the letters of table rows, of each list item on, and of fenced code."""
    bars, code, items = [], [], []
    lines = markdown.split("\n")
    fence = ""
    for place, line in enumerate(lines):
        mark = re.match(r"[\s>]*(?:[-*+] |\d+[.)] )?\s*(`{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif fence:
            code.append(line)
        elif line.lstrip(" >").startswith("|"):
            bars.append(line)
        elif found := ITEM.match(line):
            items.append(_letters(" ".join([found[1], *lines[place + 1 : place + 6]])))
    return _letters("".join(bars)), items, _letters("".join(code))


def _letters(text: str) -> str:
    return NOT_LETTERS.sub("", text)
