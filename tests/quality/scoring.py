"""Scores of extracted text against gold answers.

Articles as article-extraction-benchmark does (scrapinghub, 2020): multisets of word 4-grams, true and false
positives and false negatives normalised per page, mean precision over pages with output, mean recall, F1 of
the two means. Snippets as trafilatura's evaluation: a substring found or not found. Office documents by the
multiset of words and by the tables found.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORD = re.compile(r"\w+", re.UNICODE)
LINE_MARKS = re.compile(
    r"^[ \t]*(?:`{3,}.*|~{3,}.*|\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t|:-]*)?)$"  # fences, rules of tables
    r"|^[ \t]*(?:#{1,6}[ \t]+|[-*+][ \t]+|\d+[.)][ \t]+|>[ \t]?)",
    re.MULTILINE,
)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|~~|`+)|(?<![\w\\])_{1,3}|(?<!\\)_{1,3}(?!\w)")
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~<>$])")
SPACE = re.compile(r"\s+")
TABLE = re.compile(r"(?:^\|.*\|[ ]*$\n?)+", re.MULTILINE)
BAR = re.compile(r"(?<!\\)\|")
RULE = re.compile(r":?-+:?")
SAME_TABLE_F1 = 0.9


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def without_marks(markdown: str) -> str:
    """Take Markdown's marks off: images dropped, links to their text, table bars to spaces."""
    text = LINK.sub(r"\1", IMAGE.sub("", markdown))
    text = EMPHASIS.sub("", LINE_MARKS.sub("", text))
    return ESCAPE.sub(r"\1", text.replace("|", " "))


def article_page(gold: str, extracted: str) -> tuple[float | None, float | None]:
    """Return precision and recall of one page, None where nothing was extracted or is to be."""
    expected, found = four_grams(gold), four_grams(extracted)
    shared = (expected & found).total()
    return shared / found.total() if found else None, shared / expected.total() if expected else None


def mean_score(pages: Iterable[tuple[float | None, float | None]]) -> Score:
    """Return the means over the pages of `article_page`; 0 where no page has a value."""
    columns = list(zip(*pages, strict=True)) or [(), ()]
    known = [[value for value in column if value is not None] for column in columns]
    precision, recall = (sum(values) / len(values) if values else 0.0 for values in known)
    return Score(precision, recall)


def four_grams(text: str) -> Counter[tuple[str, ...]]:
    """Multiset of word 4-grams; one short gram where the text has fewer than four words."""
    words = WORD.findall(text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


def snippet_score(cases: Iterable[tuple[str, Iterable[str], Iterable[str]]]) -> Score:
    """Score (extracted, snippets that must be there, snippets that must not)."""
    return counted_score(snippet_page(*case) for case in cases)


def snippet_page(extracted: str, wanted: Iterable[str], unwanted: Iterable[str]) -> tuple[int, int, int]:
    """Count the snippets of one page: found, missed, found though unwanted."""
    text = folded(extracted)
    hits = [folded(snippet) in text for snippet in wanted]
    return sum(hits), len(hits) - sum(hits), sum(folded(snippet) in text for snippet in unwanted)


def counted_score(pages: Iterable[tuple[int, int, int]]) -> Score:
    """Return the score of the counts of `snippet_page`; 0 where a few pages have no snippet at all."""
    found, missed, false = (sum(column) for column in zip(*pages, strict=True))
    return Score(found / max(1, found + false), found / max(1, found + missed))


def folded(text: str) -> str:
    """NFC, one space for each run of white space, no soft hyphens."""
    return SPACE.sub(" ", unicodedata.normalize("NFC", text).replace("\xad", "")).strip()


def token_f1(found: str, wanted: str) -> float:
    """F1 of the two multisets of words; 1 where both are empty."""
    ours, theirs = Counter(WORD.findall(found)), Counter(WORD.findall(wanted))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def tables(markdown: str) -> list[list[list[str]]]:
    """Each Markdown table as rows of cells, marks taken off; the rule under the head left out."""
    found = []
    for block in TABLE.findall(markdown):
        rows = [[cell.strip() for cell in BAR.split(line.strip())[1:-1]] for line in block.splitlines()]
        if len(rows) > 1 and all(RULE.fullmatch(cell) for cell in rows[1]):
            found.append([[folded(without_marks(cell)) for cell in row] for row in (rows[0], *rows[2:])])
    return found


def tables_found(markdown: str, gold: str) -> tuple[int, int]:
    """How many of the gold's tables are there, and how many it has.

    A table is there if one of ours, each counted once, has its words at an F1 of 0.9. A gold table whose rows
    say one thing each (one column, or one merged cell) may also be a run of paragraphs.
    """
    ours = [" ".join(cell for row in table for cell in row) for table in tables(markdown)]
    wanted, hits = tables(gold), 0
    paragraphs = f" {folded(without_marks(markdown))} "
    for table in wanted:
        words = " ".join(cell for row in table for cell in row)
        same = next((one for one in ours if token_f1(one, words) >= SAME_TABLE_F1), None)
        if same is not None:
            ours.remove(same)
        told = [list(dict.fromkeys(filter(None, row))) for row in table]
        is_text = max(map(len, told)) == 1 and f" {' '.join(row[0] for row in told if row)} " in paragraphs
        hits += same is not None or is_text
    return hits, len(wanted)


def office_cases(corpus: Path) -> Iterator[tuple[Path, str]]:
    """Yield docling's Office documents with its own Markdown, comments and HTML escapes taken out.

    What a picture shows, which docling writes behind its mark in tables of ODT, is no part of a text here.
    """
    for line in (corpus / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        answers = [entry["gold"]] if isinstance(entry.get("gold"), str) else entry.get("gold") or []
        markdown = next((answer for answer in answers if answer.endswith(".md")), None)
        if markdown and re.match(r"office/docling/.*\.(docx|pptx|xlsx|odt|ods|odp|xls)$", entry["path"]):
            gold = re.sub(r"<!-- image -->  [^|\n]*|<!--.*?-->", "", (corpus / markdown).read_text())
            yield corpus / entry["path"], html.unescape(gold)
