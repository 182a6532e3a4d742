"""Main content of HTML beside other libraries, in one run: quality, structure kept, pages a CPU second.

    python benchmarks/html_engines.py [CORPUS] [EVERY]

Over every page or, with EVERY 16, every sixteenth of each set (a minute). Prints a Markdown table: precision,
recall and F1 of articles and snippets on the reporting half (by hash of the URL; no weight was fitted on it)
and on all pages; shares of documentation's tables, list items and code blocks kept; pages per CPU second of
the gold sets and of documentation, one process, metadata included for tamis only. Then the 95 % interval of
our F1 on the reporting half, and that of its difference to the best peer there (paired bootstrap over pages).
Engines that are not installed are left out and named.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from signals import CORPUS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.quality.html_gold import (
    GoldPage,
    articles,
    docs,
    main_region,
    page_score,
    score,
    snippets,
)
from tests.quality.html_structure import structure_kept

from tamis.extract.clean import decode_text
from tamis.extract.html_tree import parse_html
from tamis.extract.payload import ExtractOptions, extract_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.quality.scoring import Score

    Engine = Callable[[GoldPage], str]
    Scores = dict[GoldPage, tuple]

RESAMPLES = 2000
OURS = "tamis auto"
KINDS = ("article", "snippet")
COLUMNS = (
    "engine", "articles, half", "articles, all", "snippets, half", "snippets, all",
    "tables / items / code", "pages/s", "docs pages/s",
)  # fmt: skip


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    gold = [*articles(corpus)[::every], *snippets(corpus)[::every]]
    documentation = docs(corpus)[::every]
    print("|", " | ".join(COLUMNS), "|\n", "| --- " * len(COLUMNS), "|", sep="")
    results: dict[str, Scores] = {}
    for name, engine in installed().items():
        engine(gold[0])  # imports and caches
        texts, rate = timed(engine, gold)
        pages, docs_rate = timed(engine, documentation)
        results[name] = {page: page_score(page, text) for page, text in texts.items()}
        cells = [shown(results[name], kind, half) for kind in KINDS for half in (True, False)]
        print("|", " | ".join([name, *cells, structure(pages), f"{rate:.1f}", f"{docs_rate:.1f}"]), "|")
    for kind in KINDS:
        print(f"\n{kind}s, reporting half: {intervals(results, kind)}")


def timed(engine: Engine, pages: list[GoldPage]) -> tuple[dict[GoldPage, str], float]:
    """Return the text of each page, and pages per CPU second."""
    begin = time.process_time()
    found = {page: engine(page) for page in pages}
    return found, len(pages) / (time.process_time() - begin)


def installed() -> dict[str, Engine]:
    """Return the engines; each takes a page and returns its text or Markdown."""
    options = ExtractOptions(html_engine="trafilatura")
    engines: dict[str, Engine] = {
        OURS: lambda page: extract_payload(page.payload).text,
        "tamis trafilatura": lambda page: extract_payload(page.payload, options=options).text,
    }
    others = {
        "trafilatura": trafilatura,
        "trafilatura, precision": lambda module: trafilatura(module, favor_precision=True),
        "trafilatura, recall": lambda module: trafilatura(module, favor_recall=True),
        "rs_trafilatura": rs_trafilatura,
        "resiliparse": resiliparse,
        "readability": readability,
        "html_to_markdown": html_to_markdown,
    }
    for name, make in others.items():
        try:
            engines[name] = make(importlib.import_module(name.split(",")[0]))
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    return engines


def trafilatura(module: object, **options: bool) -> Engine:
    return lambda page: (
        module.extract(decoded(page), include_comments=False, output_format="markdown", **options) or ""
    )


def resiliparse(_module: object) -> Engine:
    extract = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    return lambda page: extract(decoded(page), main_content=True, alt_texts=False)


def readability(module: object) -> Engine:
    from lxml.html import fromstring

    def text(page: GoldPage) -> str:
        summary = module.Document(decoded(page)).summary()
        return fromstring(summary).text_content() if summary.strip() else ""

    return text


def html_to_markdown(module: object) -> Engine:
    return lambda page: module.convert(decoded(page)).content or ""


def rs_trafilatura(module: object) -> Engine:
    return lambda page: module.extract(decoded(page)).main_content or ""


def decoded(page: GoldPage) -> str:
    return decode_text(page.payload, None)[0]


def shown(scores: Scores, kind: str, half: bool) -> str:
    found = score(kind, [value for page, value in scores.items() if wanted(page, kind, half)])
    return f"{three(found.f1)} ({three(found.precision)}/{three(found.recall)})"


def wanted(page: GoldPage, kind: str, half: bool) -> bool:
    return page.kind == kind and not (half and page.fitted)


def three(number: float) -> str:
    return f"{number:.3f}".replace("0.", ".", 1)


def intervals(results: dict[str, Scores], kind: str) -> str:
    """Say our interval and that of the difference to the best peer: the pages drawn are the same for both."""
    pages = [page for page in results[OURS] if wanted(page, kind, half=True)]

    def f1(name: str, sample: list[GoldPage]) -> float:
        found: Score = score(kind, [results[name][page] for page in sample])
        return found.f1

    best = max((name for name in results if "tamis" not in name), key=lambda name: f1(name, pages))
    draw = np.random.default_rng(1).integers(len(pages), size=(RESAMPLES, len(pages)))
    samples = [[pages[place] for place in row] for row in draw]
    ours = np.array([f1(OURS, sample) for sample in samples])
    gains = ours - [f1(best, sample) for sample in samples]
    (low, high), (worst, most) = (np.quantile(values, (0.025, 0.975)) for values in (ours, gains))
    gain = f1(OURS, pages) - f1(best, pages)
    return (
        f"ours {f1(OURS, pages):.4f} ({low:.3f} to {high:.3f}); less {best}: {gain:+.4f} "
        f"({worst:+.3f} to {most:+.3f}); {len(pages)} pages"
    )


def structure(texts: dict[GoldPage, str]) -> str:
    counts: Counter[str] = Counter()
    for page, text in texts.items():
        region = main_region(page, parse_html(decoded(page)))
        if region is not None:
            counts += structure_kept(*region, text)
    return " / ".join(
        three(counts[f"{kind}_kept"] / max(1, counts[kind])) for kind in ("table", "item", "code")
    )


if __name__ == "__main__":
    main()
