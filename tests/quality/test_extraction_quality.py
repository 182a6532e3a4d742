"""Quality of extraction against gold answers, on small samples of the real files.

Floors lie a little below what is measured (a bootstrap deviation of F1 is 0.01); lowering one is a decision.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from tests.quality.html_gold import GoldPage, articles, docs, f1, main_region, snippets
from tests.quality.html_structure import structure_kept
from tests.quality.scoring import Score, office_cases, tables_found, token_f1, without_marks

from tamis.extract.clean import decode_text
from tamis.extract.html_tree import parse_html
from tamis.extract.payload import extract_payload
from tamis.extract.pdf_layout import body_size
from tamis.extract.pdf_margins import drop_running_lines
from tamis.extract.pdf_pdfium import read_pages

pytestmark = pytest.mark.corpus

FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())
WORD = re.compile(r"\w+")


def plain(path: Path) -> str:
    return without_marks(extract_payload(path.read_bytes(), name=path.name).text)


def markdown(page: GoldPage) -> str:
    return extract_payload(page.payload, name=page.name).text


def test_articles_reach_the_floor(corpus: Path):
    """This test ensures the quality on the half that no weight was fitted on."""
    score = f1("article", [page for page in articles(corpus) if not page.fitted], markdown)
    assert score >= FLOORS["articles_f1"], score


def test_snippets_reach_the_floor(corpus: Path):
    score = f1("snippet", [page for page in snippets(corpus) if not page.fitted], markdown)
    assert score >= FLOORS["snippets_f1"], score


def test_documentation_keeps_its_structure(corpus: Path):
    counts: Counter[str] = Counter()
    for page in [page for page in docs(corpus) if not page.fitted]:
        region = main_region(page, parse_html(decode_text(page.payload, None)[0]))
        if region is not None:
            counts += structure_kept(*region, markdown(page))
    shares = {kind: counts[f"{kind}_kept"] / counts[kind] for kind in ("table", "item", "code")}
    assert {kind: share for kind, share in shares.items() if share < FLOORS[f"docs_{kind}"]} == {}


def test_manuals_as_pdf_reach_the_floors(corpus: Path):
    """This test ensures that words stay apart, broken ones are joined and running heads are gone."""
    scores = [manual_score(path) for path in sorted((corpus / "pdf" / "debian").glob("*.pdf"))]
    assert sum(score.recall for score in scores) >= FLOORS["pdf_recall"] * len(scores), scores
    assert sum(score.precision for score in scores) >= FLOORS["pdf_precision"] * len(scores), scores


def manual_score(path: Path) -> Score:
    gold = (path.parent / "gold" / f"{path.stem}.txt").read_text()
    grams = character_grams if ".ja" in path.name else trigrams
    found, wanted = grams(plain(path)), grams(gold)
    shared = (found & wanted).total()
    return Score(shared / found.total(), shared / wanted.total())


def test_manuals_as_pdf_keep_no_running_heads(corpus: Path):
    """This test ensures that few lines, their numbers aside, stand on over 30 % of a manual's pages."""
    for path in sorted((corpus / "pdf" / "debian").glob("*.pdf")):
        pages = read_pages(path.read_bytes()).pages
        drop_running_lines(pages, body_size(pages))
        texts = [Counter(re.sub(r"\d+", "#", line.text) for line in page.lines) for page in pages]
        spread = Counter(line for text in texts for line in text)
        left = sum(text[line] for text in texts for line in text if spread[line] > 0.3 * len(pages))
        assert left <= FLOORS["pdf_heads_left"] * len(pages), path.name


def test_ruled_tables_hold_the_cells_that_pdfplumber_finds(corpus: Path):
    import pdfplumber

    path = corpus / "pdf" / "pdfplumber" / "ca-warn-report.pdf"
    rows = [line for line in extract_payload(path.read_bytes()).text.split("\n") if line.startswith("| ")]
    found = Counter(squeezed(cell) for row in rows for cell in re.split(r"(?<!\\)\|", row))
    with pdfplumber.open(path) as document:
        tables = [table for page in document.pages[:3] for table in page.extract_tables()]
    wanted = Counter(squeezed(cell or "") for table in tables for row in table for cell in row)
    del wanted[""]
    assert (wanted & found).total() >= FLOORS["pdf_table_cells"] * wanted.total() > 0


def squeezed(cell: str) -> str:
    return re.sub(r"[\s\\]+", "", cell)


def character_grams(text: str) -> Counter[str]:
    """Multiset of 5-grams of word characters, for scripts without spaces."""
    chars = "".join(WORD.findall(text))
    return Counter(chars[at : at + 5] for at in range(len(chars) - 4))


def test_office_documents_reach_the_floors(corpus: Path):
    scores: dict[str, list[float]] = {}
    for path, gold in office_cases(corpus):
        scores.setdefault(path.suffix[1:], []).append(token_f1(plain(path), without_marks(gold)))
    means = {suffix: sum(values) / len(values) for suffix, values in scores.items()}
    assert {suffix: mean for suffix, mean in means.items() if mean < FLOORS[f"{suffix}_f1"]} == {}
    assert set(means) == {"docx", "pptx", "xlsx", "odt", "ods", "odp", "xls"}


def test_office_tables_are_found(corpus: Path):
    hits: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for path, gold in office_cases(corpus):
        found, total = tables_found(extract_payload(path.read_bytes()).text, gold)
        hits[path.suffix[1:]] += found
        wanted[path.suffix[1:]] += total
    assert wanted == {"docx": 7, "pptx": 1, "xlsx": 33, "odt": 7, "ods": 2, "odp": 1, "xls": 2}
    assert {kind: count for kind, count in hits.items() if count < FLOORS["office_tables"][kind]} == {}


def trigrams(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    return Counter(zip(words, words[1:], words[2:], strict=False))
