"""Main content of HTML beside other libraries, in one run: quality, structure kept, pages a second.

    python benchmarks/html_engines.py [CORPUS] [EVERY]

A JSON line an engine, over every page or, with EVERY 4, every fourth of each set.
F1 of articles and snippets on the reporting half (``half``, by hash of the URL), the
interval of the difference to plain trafilatura (paired bootstrap over pages, 95 %), and on all pages; shares
of tables, list items and code blocks of documentation kept; pages of the gold sets per CPU second, metadata
included where the engine gives it. Engines that are not installed are left out: resiliparse,
readability-lxml, html-to-markdown, rs-trafilatura.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from signals import CORPUS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.quality.html_gold import GoldPage, articles, docs, f1, main_region, snippets
from tests.quality.html_structure import structure_kept

from tamis.extract.clean import decode_text
from tamis.extract.html_tree import parse_html
from tamis.extract.payload import ExtractOptions, extract_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    Engine = Callable[[GoldPage], str]

RESAMPLES = 200
BASELINE = "trafilatura"


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    gold = {"article": articles(corpus)[::every], "snippet": snippets(corpus)[::every]}
    pages = [page for kind in gold.values() for page in kind]
    documentation = docs(corpus)[::every]
    results: dict[str, dict[GoldPage, str]] = {}
    for name, engine in installed().items():
        engine(pages[0])  # imports and caches
        begin = time.process_time()
        results[name] = {page: engine(page) for page in pages}
        seconds = time.process_time() - begin
        told = {"engine": name, "pages_per_cpu_second": round(len(pages) / seconds, 1)}
        for kind, kind_pages in gold.items():
            told |= quality(kind, kind_pages, results[name], results[BASELINE])
        print(json.dumps(told | structure(documentation, engine)), flush=True)


def installed() -> dict[str, Engine]:
    """Return the engines, trafilatura first; each takes a page and returns its text or Markdown."""
    engines: dict[str, Engine] = {BASELINE: trafilatura("trafilatura")}
    engines["trafilatura favor_recall"] = trafilatura("trafilatura", favor_recall=True)
    engines["trafilatura favor_precision"] = trafilatura("trafilatura", favor_precision=True)
    engines["tamis auto"] = lambda page: extract_payload(page.payload).text
    options = ExtractOptions(html_engine="trafilatura")
    engines["tamis trafilatura"] = lambda page: extract_payload(page.payload, options=options).text
    others = {
        "resiliparse": resiliparse,
        "readability": readability,
        "html_to_markdown": html_to_markdown,
        "rs_trafilatura": rs_trafilatura,
    }
    for module, make in others.items():
        try:
            engines[module] = make(importlib.import_module(module))
        except ImportError:
            continue
    return engines


def trafilatura(name: str, **options: bool) -> Engine:
    module = importlib.import_module(name)
    return lambda page: (
        module.extract(
            decoded(page), include_comments=False, output_format="markdown", with_metadata=False, **options
        )
        or ""
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


def quality(
    kind: str, pages: list[GoldPage], found: dict[GoldPage, str], baseline: dict[GoldPage, str]
) -> dict[str, object]:
    reported = [page for page in pages if not page.fitted]
    draw = random.Random(1)
    gains = []
    for _ in range(RESAMPLES if found is not baseline else 0):
        sample = draw.choices(reported, k=len(reported))
        gains.append(f1(kind, sample, found.__getitem__) - f1(kind, sample, baseline.__getitem__))
    gains.sort()
    return {
        f"{kind}_f1_half": round(f1(kind, reported, found.__getitem__), 4),
        f"{kind}_f1": round(f1(kind, pages, found.__getitem__), 4),
        **(
            {f"{kind}_gain_95": [round(gains[int(q * len(gains))], 4) for q in (0.025, 0.975)]}
            if gains
            else {}
        ),
    }


def structure(pages: list[GoldPage], engine: Engine) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for page in pages:
        region = main_region(page, parse_html(decoded(page)))
        if region is not None:
            counts += structure_kept(*region, engine(page))
    return {
        f"docs_{kind}s": round(counts[f"{kind}_kept"] / counts[kind], 3) for kind in ("table", "item", "code")
    }


if __name__ == "__main__":
    main()
