"""What an element's attributes say of it: words in class and id, marks of hiding, comment sections.

The words are those that page authors use (as in Readability's and trafilatura's lists); none decides by
itself, they are features of `html_features`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HINT_WORDS = {
    "comment": r"comment|disqus|respond|repl(?:y|ies)|discuss|kommentar",
    "share": r"shar(?:e|ing)|social|follow|addto|twitter|facebook|like",
    "related": r"relat|recommend|popular|trending|teaser|similar|more-|also|recent|read-?next|latest|promo"
    r"|outbrain|taboola",
    "nav": r"nav|menu|breadcrumb|pagin|pager|\btoc\b|sitemap|skip|prev|next|tabs",
    "side": r"side|widget|rail|aside|right|secondary",
    "foot": r"foot|copyright|legal|imprint|disclaimer|bottom",
    "head": r"header|masthead|banner|top|logo|title",
    "ad": r"\bads?\b|advert|sponsor|anzeige|newsletter|subscri|sign-?up|cookie|consent|gdpr|popup|modal"
    r"|overlay|login|paywall|donat",
    "meta": r"byline|author|meta|date|time|\btags?\b|categor|posted|info|credit|license|bio",
    "caption": r"caption|figure|gallery|image|photo|media|video|slide|img",
    "hide": r"hidden|hide|sr-only|screen-?reader|noprint|invisible",
    "content": r"article|entry|post|content|body|text|story|main|page|single",
    "body": r"(?:article|entry|post|story)-?(?:body|content|text)",
}
PATTERNS = [re.compile(words) for words in HINT_WORDS.values()]
# Beyond the words, two marks that rules of `html_choice` act on.
HIDDEN, COMMENTS = 1 << len(PATTERNS), 2 << len(PATTERNS)

DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# trafilatura's REMOVE_COMMENTS_XPATH, and the list and area classes of blog software.
COMMENTS_ID = re.compile(r"(?:[Cc]omment(?!ary)|comol|disqus_thread|dsq-comments)")
COMMENTS_CLASS = re.compile(
    r"^[Cc]omment(?!ary)|(?:article|post)-comments|(?:^|\s)comments?(?:-?list|-?area|-?section|-content)?(?:\s|$)"
)
GENERATORS = re.compile(
    r"docutils|docbook|javadoc|doxygen|sphinx|mkdocs|docusaurus|mediawiki|mdbook|rustdoc", re.IGNORECASE
)
COMMENT_TAGS = frozenset(["div", "section", "details", "ol", "ul", "aside"])


def hints(element: HtmlElement) -> int:
    """Return the bits of an element by itself: one for each entry of ``HINT_WORDS``, then the two marks."""
    attributes = dict(element.items())
    if not attributes:
        return 0
    get = attributes.get
    name, identity = get("class") or "", get("id") or ""
    found = 0
    for words in (name, identity, get("itemprop"), get("role")):
        if words:
            found |= _word_bits(words)  # one by one: an id is seen once, a class on every page of a site
    if "hidden" in attributes or _is_no_display(get("style")) or get("aria-hidden") == "true":
        found |= HIDDEN
    # Both patterns ask for a word of the first hint, but for one id.
    if (found & 1 or identity.startswith("comol")) and element.tag in COMMENT_TAGS:
        found |= COMMENTS if COMMENTS_ID.match(identity) or COMMENTS_CLASS.search(name) else 0
    return found


def is_hidden(element: HtmlElement) -> bool:
    """Say whether a browser would not show it by its own attributes."""
    return element.get("hidden") is not None or _is_no_display(element.get("style"))


def _is_no_display(style: str | None) -> bool:
    return bool(style and DISPLAY_NONE.search(style))


def is_documentation(tree: HtmlElement) -> bool:
    """Say whether a tool for technical documentation made the page, or schema.org's word says it is such."""
    names = (meta.get("content") or "" for meta in tree.iter("meta") if meta.get("name") == "generator")
    return (
        any(GENERATORS.match(name) for name in names)
        or tree.find(".//script[@id='documentation_options']") is not None  # Sphinx
        or tree.find(".//*[@itemprop='softwareHelp']") is not None
    )


@lru_cache(maxsize=4096)
def _word_bits(words: str) -> int:
    words = words.replace("_", "-").lower()  # half the time of patterns that ignore case
    if len(words) <= 3:
        return 0
    return sum(1 << bit for bit, pattern in enumerate(PATTERNS) if pattern.search(words))
