"""What a page says of itself: title, author, date, canonical address, site, language, licence.

trafilatura reads the tags (Open Graph, JSON-LD, meta, bylines) and htmldate the date. Two thirds of their
time are left out: categories and tags, which nobody reads, the search for a byline where no element is one,
and for a date in the text of documentation.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from tamis.extract.html_expressions import NAMESPACES, Remembered, remember_answers

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# htmldate refuses dates after "today": a fixed bound keeps the result free of the day it was made on.
DATE_SEARCH: dict[str, Any] = {"original_date": True, "extensive_search": False, "max_date": "2099-12-31"}
PERMALINK = "¶🔗\uf0c1"  # that documentation tools append to a heading
DOMAIN = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}")
BETWEEN = re.compile(r"\s*[|│·•»:—–-]+\s+")  # noqa: RUF001
BETWEEN_AT_END = re.compile(rf"{BETWEEN.pattern}\Z")
BYLINE = re.compile(
    r"\A(?:(?:view all )?posts by|by|par|por)\s+(?=\S)", re.IGNORECASE
)  # not "von": von Neumann
NO_AUTHOR = frozenset(["name", "author", "autor", "auteur", "autore", "admin", "administrator", "by", "von"])
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def stated_metadata(tree: HtmlElement, documentation: bool) -> Any:
    """Return trafilatura's Document with what the page states; what it does not state is None.

    Args:
        tree: The page; it is left as it is.
        documentation: Whether it is technical documentation: a date in its body is then no date of the page.
    """
    from trafilatura import metadata

    remember_answers()
    stated = metadata.examine_meta(tree)
    if stated.author and " " not in stated.author:
        stated.author = None  # a login; the byline may say more
    stated = _structured(tree, stated)
    stated.url = stated.url or metadata.extract_url(tree)
    stated.author = _author(stated.author or _byline(tree))
    stated.date = _date(tree, stated.url, documentation)
    stated.title = stated.title or _title(tree) or ""
    stated.sitename = _site(tree, stated, documentation)
    stated.title = without_site(stated.title, stated.sitename or "")
    stated.license = metadata.extract_license(tree)
    stated.language = _language(tree)
    stated.clean_and_trim()
    return stated


def without_site(title: str, site: str) -> str:
    """Return a title without the name of its site and the mark of a permanent link.

    Example:
        >>> without_site("Sieves | The Kitchen", "The Kitchen")
        'Sieves'
    """
    title = title.rstrip(PERMALINK + " ")
    folded, name = title.lower(), site.lower()
    if not name or name not in folded or len(folded) != len(title):
        return title
    end = BETWEEN_AT_END.search(title[: -len(name)]) if folded.endswith(name) else None
    if end and end.start():
        return title[: end.start()]
    start = BETWEEN.match(title, len(name)) if folded.startswith(name) else None
    if start and start.end() < len(title):
        return title[start.end() :]
    return title


def _structured(tree: HtmlElement, stated: Any) -> Any:
    """Read JSON-LD; what is no JSON-LD that trafilatura knows says nothing."""
    from trafilatura.metadata import extract_meta_json

    try:
        return extract_meta_json(tree, stated)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError):
        return stated


def _title(tree: HtmlElement) -> str | None:
    """Return the title that trafilatura finds; that of a menu or site (several h1) loses to the head's."""
    from trafilatura.metadata import examine_title_element, extract_title

    found = extract_title(tree)
    whole, *parts = examine_title_element(tree)
    if len(tree.findall(".//h1")) == 1 or not any(parts):
        return found
    if found and found in whole and found != parts[1]:
        return found
    return next((part for part in parts if part and not DOMAIN.fullmatch(part)), found)


def _byline(tree: HtmlElement) -> str | None:
    """Return the author that the body names. trafilatura prunes a copy first: 3 ms that few pages need."""
    from trafilatura.metadata import extract_author

    return extract_author(tree) if _any_byline()(tree) else None


@cache
def _any_byline() -> Remembered:
    """Return trafilatura's three expressions for authors as one: a walk instead of three."""
    from lxml.etree import XPath
    from trafilatura.xpaths import AUTHOR_XPATHS

    return Remembered(XPath("|".join(each.path for each in AUTHOR_XPATHS), namespaces=NAMESPACES))


def _author(name: str | None) -> str | None:
    """Return a name without the word of a byline; None for the label of a form or a bare role."""
    name = BYLINE.sub("", name.strip(), count=1) if name else ""
    return name if name and name.lower() not in NO_AUTHOR else None


def _date(tree: HtmlElement, url: str | None, documentation: bool) -> str | None:
    from htmldate import find_date

    if documentation:
        head = tree.find("head")
        return None if head is None else find_date(deepcopy(head), url=url, **DATE_SEARCH)
    return find_date(tree, url=url, **DATE_SEARCH)


def _site(tree: HtmlElement, stated: Any, documentation: bool) -> str | None:
    """Return the name of the site; else the domain or manual in the title, or the address."""
    from trafilatura.metadata import META_URL, examine_title_element

    if name := (stated.sitename or "").lstrip("@"):
        return name if "." in name or name[0].isupper() else name.title()
    _, *parts = examine_title_element(tree)
    named = next(filter(DOMAIN.fullmatch, filter(None, parts)), None)
    if documentation and parts[1] and parts[1] not in (stated.title or ""):
        named = parts[1]
    address = META_URL.match(stated.url) if stated.url else None
    return named or (address[1] if address else None)


def _language(tree: HtmlElement) -> str | None:
    """Return the language tag of the page (BCP 47), as it states it."""
    places = [tree.get("lang"), tree.get("{http://www.w3.org/XML/1998/namespace}lang"), tree.get("xml:lang")]
    for meta in tree.iterfind("head/meta"):
        named = meta.get("http-equiv") or meta.get("property") or ""
        if named.lower() in ("content-language", "og:locale"):
            places.append(meta.get("content"))
    tags = (place.strip().replace("_", "-") for place in places if place)
    return next((tag for tag in tags if LANGUAGE.fullmatch(tag)), None)
