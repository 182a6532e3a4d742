"""Quality of extraction against gold answers, on small samples of the real files.

Floors lie a little below what is measured (a bootstrap deviation of F1 is 0.01); lowering one is a decision.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from tests.quality.scoring import (
    article_score,
    office_cases,
    snippet_score,
    tables_found,
    token_f1,
    without_marks,
)

from tamis.extract.payload import extract_payload

pytestmark = pytest.mark.corpus

FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())
SAMPLE_STEP = 2  # every other page: 6 s instead of 12
WORD = re.compile(r"\w+")
MANUAL = "maint-guide.en"


def plain(path: Path) -> str:
    return without_marks(extract_payload(path.read_bytes(), name=path.name).text)


def test_articles_reach_the_floor(corpus: Path):
    folder = corpus / "html_gold" / "aeb"
    truth = sorted(json.loads((folder / "ground-truth.json").read_text()).items())[::SAMPLE_STEP]
    score = article_score(
        (answer["articleBody"], plain(folder / "html" / f"{page}.html.gz")) for page, answer in truth
    )
    assert score.f1 >= FLOORS["articles_f1"], score


def test_snippets_reach_the_floor(corpus: Path):
    folder = corpus / "html_gold" / "trafilatura"
    cases = [json.loads(line) for line in (folder / "gold.jsonl").read_text().splitlines()][::SAMPLE_STEP]
    score = snippet_score((plain(folder / case["file"]), case["with"], case["without"]) for case in cases)
    assert score.f1 >= FLOORS["snippets_f1"], score


def test_manual_as_pdf_reaches_the_floors(corpus: Path):
    """This test ensures that words of XeTeX's books stay apart: glued together, recall is .36."""
    folder = corpus / "pdf" / "debian"
    found = trigrams(extract_payload((folder / f"{MANUAL}.pdf").read_bytes()).text)
    wanted = trigrams((folder / "gold" / f"{MANUAL}.txt").read_text())
    shared = (found & wanted).total()
    assert shared / wanted.total() >= FLOORS["pdf_recall"]
    assert shared / found.total() >= FLOORS["pdf_precision"]


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
