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
from tests.quality.scoring import article_score, snippet_score, without_marks

from tamis.extract.payload import extract_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

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
