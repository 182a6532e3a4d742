"""Quality of extraction against gold answers, on small samples of the real files.

Floors lie a little below what is measured (a bootstrap deviation of F1 is 0.01); lowering one is a decision.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.quality.html_gold import GoldPage, articles, docs, f1, main_region, snippets
from tests.quality.html_structure import structure_kept
from tests.quality.scoring import without_marks

from tamis.extract.clean import decode_text
from tamis.extract.html_tree import parse_html
from tamis.extract.payload import extract_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.corpus

FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())
WORD = re.compile(r"\w+")
MANUAL = "maint-guide.en"


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
        scores.setdefault(path.suffix[1:], []).append(token_f1(plain(path), gold))
    means = {suffix: sum(values) / len(values) for suffix, values in scores.items()}
    assert {suffix: mean for suffix, mean in means.items() if mean < FLOORS[f"{suffix}_f1"]} == {}
    assert set(means) == {"docx", "pptx", "xlsx"}


def office_cases(corpus: Path) -> Iterator[tuple[Path, str]]:
    """Yield documents of docling's with its own Markdown, comments taken out."""
    for line in (corpus / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        answers = [entry["gold"]] if isinstance(entry.get("gold"), str) else entry.get("gold") or []
        markdown = next((answer for answer in answers if answer.endswith(".md")), None)
        if markdown and re.match(r"office/docling/.*\.(docx|pptx|xlsx)$", entry["path"]):
            gold = re.sub(r"<!--.*?-->", "", (corpus / markdown).read_text())
            yield corpus / entry["path"], without_marks(gold)


def token_f1(found: str, wanted: str) -> float:
    ours, theirs = Counter(WORD.findall(found)), Counter(WORD.findall(wanted))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def trigrams(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    return Counter(zip(words, words[1:], words[2:], strict=False))
