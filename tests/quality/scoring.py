"""Scores of extracted text against gold answers.

Articles as article-extraction-benchmark does (scrapinghub, 2020): multisets of word 4-grams, true and false
positives and false negatives normalised per page, mean precision over pages with output, mean recall, F1 of
the two means. Snippets as trafilatura's evaluation: a substring found or not found.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def without_marks(markdown: str) -> str:
    """Take Markdown's marks off: images dropped, links to their text, table bars to spaces."""
    text = LINK.sub(r"\1", IMAGE.sub("", markdown))
    text = EMPHASIS.sub("", LINE_MARKS.sub("", text))
    return ESCAPE.sub(r"\1", text.replace("|", " "))


def article_score(pairs: Iterable[tuple[str, str]]) -> Score:
    """Score (gold, extracted) pairs of plain text."""
    precisions, recalls = [], []
    for gold, extracted in pairs:
        expected, found = four_grams(gold), four_grams(extracted)
        shared = sum((expected & found).values())
        if found:
            precisions.append(shared / sum(found.values()))
        if expected:
            recalls.append(shared / sum(expected.values()))
    return Score(sum(precisions) / len(precisions), sum(recalls) / len(recalls))


def four_grams(text: str) -> Counter[tuple[str, ...]]:
    """Multiset of word 4-grams; one short gram where the text has fewer than four words."""
    words = WORD.findall(text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


def snippet_score(cases: Iterable[tuple[str, list[str], list[str]]]) -> Score:
    """Score (extracted, snippets that must be there, snippets that must not)."""
    found = missed = false = 0
    for extracted, wanted, unwanted in cases:
        text = folded(extracted)
        hits = sum(folded(snippet) in text for snippet in wanted)
        found, missed = found + hits, missed + len(wanted) - hits
        false += sum(folded(snippet) in text for snippet in unwanted)
    return Score(found / (found + false), found / (found + missed))


def folded(text: str) -> str:
    """NFC, one space for each run of white space, no soft hyphens."""
    return SPACE.sub(" ", unicodedata.normalize("NFC", text).replace("\xad", "")).strip()
