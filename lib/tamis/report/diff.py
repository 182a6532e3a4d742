"""Two texts -> what is the same and what differs, word by word, in bounded time.

Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), figure 2, over words, after
the common beginning and end are taken off. Time and memory are O(edits^2 + words), so edits are limited:
two texts that differ more are shown as differing throughout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_EDITS = 700  # 0.6 s and 4 MB at most (2 shared cores); near-duplicates of 3,000 words differ in some 200
CONTEXT_WORDS = 14  # about a line and a half beside each difference

# Scripts written without spaces (Thai, Lao, Myanmar, Khmer, Kana, Han): one character is a unit.
_SOLID = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"(?:[{_SOLID}]|[^\s{_SOLID}]+)\s*")


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of two texts: the same in both, or only ``left`` against only ``right``.

    The whitespace behind each word belongs to it but is not compared.
    """

    same: bool
    left: tuple[str, ...]
    right: tuple[str, ...]


def word_diff(left: str, right: str, max_edits: int = MAX_EDITS) -> list[Hunk]:
    """Return the hunks of two texts, in order; joined, their sides give the texts but for leading whitespace.

    Args:
        left: A text.
        right: The other.
        max_edits: Words removed plus words added, at most; above, all but the common ends differs.

    Example:
        >>> [(hunk.same, "".join(hunk.left), "".join(hunk.right)) for hunk in word_diff("a b c", "a x c")]
        [(True, 'a ', 'a '), (False, 'b ', 'x '), (True, 'c', 'c')]
    """
    a, b = tuple(_WORD.findall(left)), tuple(_WORD.findall(right))
    x, y = [word.rstrip() for word in a], [word.rstrip() for word in b]
    head = _common(x, y)
    tail = _common(x[head:][::-1], y[head:][::-1])
    path = _matches(x[head : len(x) - tail], y[head : len(y) - tail], max_edits)
    runs = [
        (0, 0, head),
        *((i + head, j + head, n) for i, j, n in path),
        (len(x) - tail, len(y) - tail, tail),
    ]
    return _hunks(a, b, runs)


def _common(a: list[str], b: list[str]) -> int:
    """Return how many words two lists begin with in common."""
    for index, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return index
    return min(len(a), len(b))


def _hunks(a: tuple[str, ...], b: tuple[str, ...], runs: list[tuple[int, int, int]]) -> list[Hunk]:
    """Return the hunks between and in the equal runs (start in a, start in b, length)."""
    hunks: list[Hunk] = []
    i = j = 0
    for start, other, length in runs:
        if start > i or other > j:
            hunks.append(Hunk(same=False, left=a[i:start], right=b[j:other]))
        i, j = start + length, other + length
        if length:
            hunks.append(Hunk(same=True, left=a[start:i], right=b[other:j]))
    return hunks


def _matches(a: list[str], b: list[str], max_edits: int) -> list[tuple[int, int, int]]:
    """Return the equal runs of a shortest edit script, in order; none where it needs too many edits."""
    furthest = {1: 0}  # diagonal k = i - j -> the furthest i reached on it
    trace: list[dict[int, int]] = []
    for edits in range(min(len(a) + len(b), max_edits) + 1):
        reached: dict[int, int] = {}
        for k in range(-edits, edits + 1, 2):
            i = _step(furthest, k, edits)
            j = i - k
            while i < len(a) and j < len(b) and a[i] == b[j]:
                i, j = i + 1, j + 1
            reached[k] = i
            if i >= len(a) and j >= len(b):
                trace.append(reached)
                return _walk_back(trace, k)
        trace.append(reached)
        furthest = reached
    return []


def _step(furthest: dict[int, int], k: int, edits: int) -> int:
    """Return where diagonal k is entered: one word down from k + 1, or one to the right from k - 1."""
    if edits == 0:
        return 0
    down, across = furthest.get(k + 1, -1), furthest.get(k - 1, -2) + 1
    return max(down, across)


def _walk_back(trace: list[dict[int, int]], k: int) -> list[tuple[int, int, int]]:
    """Return the equal runs along the path that ends on diagonal k of the last step."""
    runs = []
    for edits in range(len(trace) - 1, -1, -1):
        end = trace[edits][k]
        before = trace[edits - 1] if edits else {}
        start = _step(before, k, edits)
        if end > start:
            runs.append((start, start - k, end - start))
        k = k + 1 if edits and before.get(k + 1, -1) == start else k - 1
    return runs[::-1]


@dataclass(frozen=True, slots=True)
class Place:
    """One place where two texts differ, with some words around it.

    Attributes:
        skipped: Equal words left out before it.
        hunks: What is there, in order.
    """

    skipped: int
    hunks: tuple[Hunk, ...]


def places(hunks: list[Hunk], context: int = CONTEXT_WORDS) -> list[Place]:
    """Return the places where texts differ; differences with few equal words between them share one.

    Args:
        hunks: Of `word_diff`.
        context: Equal words shown on either side.
    """
    found: list[Place] = []
    here: list[Hunk] = []
    skipped = 0
    for piece in _pieces(hunks, context):
        if isinstance(piece, Hunk):
            here.append(piece)
            continue
        if here:
            found.append(Place(skipped, tuple(here)))
        here, skipped = [], piece
    if any(not hunk.same for hunk in here):
        found.append(Place(skipped, tuple(here)))
    return found


def _pieces(hunks: list[Hunk], context: int) -> Iterator[Hunk | int]:
    """Yield the hunks, the middle of each long equal run replaced by its number of words."""
    for index, hunk in enumerate(hunks):
        before = context if index else 0
        after = context if index < len(hunks) - 1 else 0
        gap = len(hunk.left) - before - after
        if not hunk.same or gap <= context:
            yield hunk
            continue
        if before:
            yield Hunk(same=True, left=hunk.left[:before], right=hunk.right[:before])
        yield gap
        if after:
            yield Hunk(same=True, left=hunk.left[-after:], right=hunk.right[-after:])
