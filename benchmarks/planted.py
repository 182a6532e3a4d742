"""Pairs of texts whose Jaccard similarity is known, drawn from the words of real sentences.

Shingles are written here once more in plain Python, so that what is measured does not judge itself. Pairs are
binned by the similarity that they have, in steps of 0.02 from 0.5 to 1 (which the last step includes).
"""

from __future__ import annotations

import functools
import random
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NGRAM = 5
FIRST, STEPS = 0.5, 25
PER_UNIT = 50  # steps from J = 0 to 1
TOKENS = (60, 200)  # of the longer text; its shingles are four fewer

# Two alphabets, one of them with case in Cyrillic, one written from right to left, one without spaces.
LANGUAGES = ("en", "de", "ru", "ar", "ja")
UNSPACED_LANGUAGES = ("ja",)
UNSPACED = ("CJK UNIFIED", "CJK COMPAT", "HIRAGANA", "KATAKANA", "THAI", "LAO", "MYANMAR", "KHMER")


class Planted(NamedTuple):
    """Two texts, how many shingles they share, and how many both together have."""

    left: str
    right: str
    shared: int
    union: int

    @property
    def step(self) -> int:
        """The step of the similarity, 0 .. 24; negative below 0.5."""
        return step_of(self.shared, self.union)


def step_of(shared: int, union: int) -> int:
    """Return the step that shared / union lies in, computed in integers: 0.8 itself begins a step."""
    return min(PER_UNIT * shared // union - round(FIRST * PER_UNIT), STEPS - 1)


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the 5-grams of words, or of characters where most are of a script written without spaces."""
    lowered = unicodedata.normalize("NFC", text).lower()
    tokens = re.findall(r"\w+", lowered)
    if not lowered.isascii():
        chars = "".join(tokens)
        if 2 * sum(map(is_unspaced, chars)) > len(chars):
            tokens = list(chars)
    return set(zip(*(tokens[place:] for place in range(NGRAM)), strict=False))


@functools.cache
def is_unspaced(char: str) -> bool:
    """Tell whether a character is of a script written without spaces between words."""
    return unicodedata.name(char, "").startswith(UNSPACED)


def overlap(left: str, right: str) -> tuple[int, int]:
    """Return the shingles that two texts share, and those of both together."""
    first, second = shingles(left), shingles(right)
    shared = len(first & second)
    return shared, len(first) + len(second) - shared


def sentence_tokens(corpus: Path, language: str) -> list[str]:
    """Return the words (characters in Japanese) of a language's sentences, as often as they occur."""
    path = corpus / "langid" / "lingua" / "sentences" / f"{language}.txt"
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
    return re.findall(r"\w" if language in UNSPACED_LANGUAGES else r"\w+", text)


class Planter:
    """Draws pairs of one language.

    Args:
        tokens: What texts are drawn from.
        separator: Between tokens.
        seed: Of all draws.
    """

    def __init__(self, tokens: list[str], separator: str, seed: int) -> None:
        self._tokens = tokens
        self._separator = separator
        self._draw = random.Random(seed)

    def pairs(self, step: int, count: int) -> Iterator[Planted]:
        """Yield so many pairs of one step: half of them with words replaced, half with an end cut off."""
        made = 0
        while made < count:
            similarity = FIRST + (step + self._draw.random()) / PER_UNIT
            pair = self._pair(similarity, self._replaced if made % 2 else self._cut)
            if pair.step == step:
                made += 1
                yield pair

    def _pair(self, similarity: float, change: Callable[[list[str], float], list[str]]) -> Planted:
        original = self._draw.choices(self._tokens, k=self._draw.randint(*TOKENS))
        left, right = map(self._separator.join, (original, change(original, similarity)))
        return Planted(left, right, *overlap(left, right))

    def _cut(self, original: list[str], similarity: float) -> list[str]:
        kept = round((len(original) - NGRAM + 1) * similarity)
        return original[: kept + NGRAM - 1]

    def _replaced(self, original: list[str], similarity: float) -> list[str]:
        """Replace words of which each costs five shingles, and one near the start that costs what is left."""
        count = len(original) - NGRAM + 1
        lost = round(count * (1 - similarity) / (1 + similarity))
        whole, rest = divmod(lost, NGRAM)
        first = rest + NGRAM - 1
        room = len(original) - NGRAM + 1 - first - (NGRAM - 1) * (whole - 1)
        inner = sorted(self._draw.sample(range(room), whole)) if whole else []
        places = [first + place + (NGRAM - 1) * number for number, place in enumerate(inner)]
        changed = list(original)
        for place in [*places, *([rest - 1] if rest else [])]:
            changed[place] = self._draw.choice(self._tokens)
        return changed


def planters(corpus: Path, languages: tuple[str, ...] = LANGUAGES) -> dict[str, Planter]:
    """Return a planter a language."""
    return {
        language: Planter(
            sentence_tokens(corpus, language), "" if language in UNSPACED_LANGUAGES else " ", seed
        )
        for seed, language in enumerate(languages)
    }
