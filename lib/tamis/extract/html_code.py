"""Code blocks of pages: their text line by line, without tools and line numbers, and their language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

CODE_TOOLS = frozenset(["button", "script", "style", "svg"])
CODE_LINES = frozenset(["div", "li", "p", "tr"])
LETTER = re.compile(r"[^\W\d_]")
LINE_NUMBERS = re.compile(r"(?:^|\s)(?:linenos|linenumbers?|lineno|gutter)(?:\s|$)")
LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight|source|brush:?)[-: ]+([\w+#.-]+)")
NO_LANGUAGE = frozenset(
    ["default", "none", "source", "text", "plain", "plaintext", "nohighlight", "notranslate"]
)


def code_text(element: HtmlElement) -> str:
    """Return code as it stands; elements that are lines begin and end one."""
    parts = [element.text or ""]
    for child in element:
        tag, tail = child.tag, child.tail or ""
        if tag == "br":
            parts.append("\n")
        elif isinstance(tag, str) and tag not in CODE_TOOLS and not is_line_numbers(child):
            parts.append(_code_line(code_text(child), parts, tail) if tag in CODE_LINES else code_text(child))
        parts.append(tail)
    return "".join(parts)


def _code_line(line: str, before: list[str], after: str) -> str:
    # The white space before it on its line is its indent.
    last = next((text for part in reversed(before) if (text := part.rstrip(" \t"))), "\n")
    start = "" if last.endswith("\n") else "\n"
    return start + line + ("" if line.endswith("\n") or after.startswith("\n") else "\n")


def is_line_numbers(element: HtmlElement) -> bool:
    """Say whether an element is called line numbers and holds no letter: a gutter may be a column of text."""
    name = element.get("class")
    return bool(name and LINE_NUMBERS.search(name) and not LETTER.search("".join(element.itertext())))


def code_language(element: HtmlElement) -> str:
    """Return the language that the classes of a code block, its first child or two parents name."""
    parents = [parent for parent, _ in zip(element.iterancestors(), range(2), strict=False)]
    for holder in [*element[:1], element, *parents]:
        found = LANGUAGE.search(holder.get("class") or "")
        if found and found[1] not in NO_LANGUAGE:
            return "python" if found[1] == "python3" else found[1]
    return ""
