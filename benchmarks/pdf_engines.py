"""Quality and speed of PDF engines on seven manuals whose authors' text is known.

    python benchmarks/pdf_engines.py [--files N]

Prints a JSON line a figure: recall and precision of word 3-grams (5-grams of characters for Japanese; means
over files), running heads left a page (lines that, digits aside, stand on over 30 % of the pages; not told
where an engine gives no pages), and CPU milliseconds a page, the better of two runs.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signals import CORPUS, INSTALL

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.quality.scoring import without_marks
from tests.quality.test_extraction_quality import character_grams, trigrams

from tamis.extract.payload import ExtractOptions, extract_payload
from tamis.extract.pdf_layout import body_size
from tamis.extract.pdf_margins import drop_running_lines
from tamis.extract.pdf_pdfium import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

MANUALS = CORPUS / "pdf" / "debian"
RUNS = 2
HYPHEN = re.compile("[\x02\ufffe]\n?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, help="only so many manuals")
    options = parser.parse_args()
    paths = sorted(MANUALS.glob("*.pdf"))[: options.files]
    for name, peer, read in ENGINES:
        try:
            print(json.dumps(figure(name, peer, read, paths)), flush=True)
        except ImportError as error:
            print(json.dumps({"figure": f"PDF, {name}", "skipped": f"{error}; {INSTALL}", "peer": peer}))


def figure(
    name: str, peer: str | None, read: Callable[[bytes], list[str]], paths: list[Path]
) -> dict[str, Any]:
    """Return quality and speed of one engine."""
    scores, seconds, pages = [], 0.0, 0
    for path in paths:
        payload = path.read_bytes()
        spent, texts = min((timed(read, payload) for _ in range(RUNS)), key=lambda run: run[0])
        count = len(read_pages(payload).pages)
        seconds, pages = seconds + spent, pages + count
        left = heads_left(own_pages(payload) if peer is None else texts, count)
        scores.append((*quality(path, "\n".join(texts)), left))
    recall, precision, left = (round(sum(values) / len(scores), 4) for values in zip(*scores, strict=True))
    return {
        "figure": f"PDF, {name}", "recall": recall, "precision": precision,
        "heads_left_a_page": left if name in WITH_PAGES else None,
        "cpu_ms_a_page": round(1000 * seconds / pages, 2),
        "files": len(paths), "pages": pages, "peer": peer and f"{peer} {importlib.metadata.version(peer)}",
    }  # fmt: skip


def timed(read: Callable[[bytes], list[str]], payload: bytes) -> tuple[float, list[str]]:
    begin = time.process_time()
    texts = read(payload)
    return time.process_time() - begin, texts


def quality(path: Path, text: str) -> tuple[float, float]:
    """Return recall and precision of a manual's n-grams."""
    grams = character_grams if ".ja" in path.name else trigrams
    found = grams(without_marks(text))
    wanted = grams((path.parent / "gold" / f"{path.stem}.txt").read_text())
    shared = (found & wanted).total()
    return shared / wanted.total(), shared / found.total()


def heads_left(texts: list[str], pages: int) -> float:
    """Return lines that stand on over 30 % of the pages, per page."""
    counts = [
        Counter(re.sub(r"\d+", "#", " ".join(line.split())) for line in text.splitlines()) for text in texts
    ]
    spread = Counter(line for lines in counts for line in lines if line)
    return sum(lines[line] for lines in counts for line in lines if spread[line] > 0.3 * pages) / pages


def own_pages(payload: bytes) -> list[str]:
    """Return each page's lines as tamis leaves them, before they become paragraphs."""
    pages = read_pages(payload).pages
    drop_running_lines(pages, body_size(pages))
    return ["\n".join(line.text for line in page.lines) for page in pages]


def by_tamis(payload: bytes) -> list[str]:
    return [extract_payload(payload).text]


def by_tamis_pypdf(payload: bytes) -> list[str]:
    return [extract_payload(payload, options=ExtractOptions(pdf_engine="pypdf")).text]


def by_pypdfium2(payload: bytes) -> list[str]:
    from pypdfium2 import PdfDocument

    texts = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in PdfDocument(payload)]
    return [HYPHEN.sub("", text) for text in texts]  # as the simplest use of it would


def by_pypdf(payload: bytes) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(io.BytesIO(payload)).pages]


def by_pdfplumber(payload: bytes) -> list[str]:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(payload)) as document:
        return [page.extract_text(x_tolerance_ratio=0.15) for page in document.pages]


def by_kreuzberg(payload: bytes) -> list[str]:
    from kreuzberg import ExtractionConfig, extract_bytes_sync

    config = ExtractionConfig(output_format="markdown", use_cache=False)
    return [extract_bytes_sync(payload, "application/pdf", config).content]


ENGINES: list[tuple[str, str | None, Callable[[bytes], list[str]]]] = [
    ("tamis, auto", None, by_tamis),
    ("tamis, pypdf", "pypdf", by_tamis_pypdf),
    ("pypdfium2, hyphens joined", "pypdfium2", by_pypdfium2),
    ("kreuzberg, Markdown", "kreuzberg", by_kreuzberg),
    ("pypdf", "pypdf", by_pypdf),
    ("pdfplumber, x_tolerance_ratio 0.15", "pdfplumber", by_pdfplumber),
]
WITH_PAGES = {"tamis, auto", "pypdfium2, hyphens joined", "pypdf", "pdfplumber, x_tolerance_ratio 0.15"}


if __name__ == "__main__":
    main()
