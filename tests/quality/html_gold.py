"""Real pages with gold answers, in two halves: weights are fitted on one, figures come from the other."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.quality.scoring import (
    Score,
    article_page,
    counted_score,
    mean_score,
    snippet_page,
    without_marks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lxml.html import HtmlElement

# The element that holds the documentation proper, by the package the page came from, and what in it does not.
MAIN_REGIONS = {
    "cppreference": "//*[@id='mw-content-text']",
    "libreoffice": "//*[@id='DisplayArea']",
    "linux-doc": "//*[@role='main']",
    "openjdk": "//main[@role='main']",
    "django": "//div[@id='yui-main']",
    "python3.11": "//div[@role='main']",
    "postgresql": "//body",
}
NOT_MAIN = (
    ".//*[contains(@class,'headerlink') or contains(@class,'t-navbar') or contains(@class,'navheader')"
    " or contains(@class,'navfooter') or contains(@class,'howtoget') or contains(@class,'editsection')"
    " or contains(@class,'relatedtopics') or @role='navigation' or contains(@class,'noprint') or @id='toc'"
    " or self::nav or self::script or self::style]"
)


@dataclass(frozen=True)
class GoldPage:
    """A page of kind ``article`` (its body), ``snippet`` (what must and must not be in it) or ``docs``."""

    kind: str
    name: str
    url: str
    payload: bytes
    body: str = ""
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    @property
    def fitted(self) -> bool:
        """Whether weights may be fitted on it: by the hash of its URL, about half."""
        return hashlib.sha256(self.url.encode()).digest()[0] % 2 == 0


def articles(corpus: Path) -> list[GoldPage]:
    folder = corpus / "html_gold" / "aeb"
    truth = json.loads((folder / "ground-truth.json").read_text())
    return [
        GoldPage("article", name, answer["url"], body=answer["articleBody"],
                 payload=gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()))
        for name, answer in sorted(truth.items())
    ]  # fmt: skip


def snippets(corpus: Path) -> list[GoldPage]:
    folder = corpus / "html_gold" / "trafilatura"
    cases = [json.loads(line) for line in (folder / "gold.jsonl").read_text().splitlines()]
    return [
        GoldPage("snippet", case["file"], case["url"], (folder / case["file"]).read_bytes(),
                 wanted=tuple(case["with"]), unwanted=tuple(case["without"]))
        for case in cases
    ]  # fmt: skip


def docs(corpus: Path) -> list[GoldPage]:
    paths = [path for path in sorted((corpus / "html_docs").rglob("*")) if path.suffix in (".html", ".htm")]
    names = [path.relative_to(corpus).as_posix() for path in paths]
    return [GoldPage("docs", name, name, path.read_bytes()) for name, path in zip(names, paths, strict=True)]


def main_region(page: GoldPage, tree: HtmlElement) -> tuple[HtmlElement, set[HtmlElement]] | None:
    """Return the element with the documentation and what of it does not belong; None if not known."""
    path = next((path for part, path in MAIN_REGIONS.items() if part in page.name), None)
    found = tree.xpath(path) if path else []
    if not found:
        return None
    outside = {element for top in found[0].xpath(NOT_MAIN) for element in top.iter()}
    return found[0], outside


def f1(kind: str, pages: Iterable[GoldPage], markdown: Callable[[GoldPage], str]) -> float:
    """Return the F1 of articles or of snippets."""
    return score(kind, [page_score(page, markdown(page)) for page in pages]).f1


def page_score(page: GoldPage, markdown: str) -> tuple:
    """Return what one page counts for: `article_page` or `snippet_page` of its plain text."""
    text = without_marks(markdown)
    if page.kind == "article":
        return article_page(page.body, text)
    return snippet_page(text, page.wanted, page.unwanted)


def score(kind: str, counted: Iterable[tuple]) -> Score:
    """Return the score of pages by what `page_score` says of each."""
    return mean_score(counted) if kind == "article" else counted_score(counted)
