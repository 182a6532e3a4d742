"""The family ``gopher_repetition``: how much of a text does it say more than once?

Rae et al. 2021, arXiv 2112.11446, table A1 and appendix A.1.1, *Repetition removal*. Characters are those
of words (no whitespace), of the part as of the whole. Lines and paragraphs are equal when their words are.

- *Duplicate* line or paragraph: one that stood before; the first is none.
- *Top n-gram* characters: of all words that some occurrence of the most frequent n-gram covers; 0 where
  none occurs twice; of equally frequent ones that which covers most.
- *Duplicate n-gram* characters: of all words covered by an n-gram that stood before, each word once.

Where datatrove 0.10 differs: it divides by all characters, whitespace included; it takes lines as they are;
a top n-gram counts although it occurs once, and its overlapping occurrences count twice (shares above 1);
after a duplicate n-gram it goes on behind it, so duplicates that overlap it go unseen. RedPajama-V2 counts
as we do.

An n-gram is a pair of (n-1)-grams, and occurs twice only if both do. So each n looks at what was found
twice for n-1, about 40 % of the words at n = 2 and 10 % at n = 3: nine tables cost little more than the
first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tamis.kernels import kernel
from tamis.signals.gopher_quality import ratio
from tamis.signals.segment import HASH_SEED, LINES, PARAGRAPHS, WORD_CHARS, WORDS, hash_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamis.signals.segment import Segments

LONGEST = 10  # n of the longest n-gram
TOP_LONGEST = 4  # top n-grams are told for n = 2 .. 4, duplicate ones for 5 .. 10


class Scratch(NamedTuple):
    """Working arrays, made once per batch for its longest text.

    Attributes:
        table: Shape (a power of two, at least 4/3 of the words), int32: an open-addressing table of places;
            -1 free.
        place: Shape (words,): where each n-gram under study begins, ascending.
        label: Shape (words,): the same number for equal n-grams, another for others.
        first: Shape (words,): the first entry with an equal n-gram; the label to come.
        repeat: Shape (words,), uint8: whether an equal n-gram stands before.
        occurrences: Shape (words,): by label: its occurrences.
        covered: Shape (words,): by label: characters covered.
        covered_to: Shape (words,): by label: the word that the last occurrence ends before.
        run_hash: Shape (lines,): of each line's or paragraph's words.
    """

    table: NDArray[np.int32]
    place: NDArray[np.int32]
    label: NDArray[np.int32]
    first: NDArray[np.int32]
    repeat: NDArray[np.uint8]
    occurrences: NDArray[np.int32]
    covered: NDArray[np.int32]
    covered_to: NDArray[np.int32]
    run_hash: NDArray[np.uint64]


@kernel()
def table_size(entries: int) -> int:
    """Return the power of two that a table of so many entries needs, at most three quarters full."""
    size = 4
    while 3 * size < 4 * entries:
        size *= 2
    return size


@kernel()
def new_scratch(words: int, lines: int) -> Scratch:
    """Return working arrays for a text of at most so many words and lines."""
    return Scratch(
        np.empty(table_size(words), np.int32),
        np.empty(words, np.int32),
        np.empty(words, np.int32),
        np.empty(words, np.int32),
        np.empty(words, np.uint8),
        np.empty(words, np.int32),
        np.empty(words, np.int32),
        np.empty(words, np.int32),
        np.empty(lines, np.uint64),
    )


@kernel()
def slot_of(key: np.uint64, mask: int) -> int:
    """Return where in a table a 64-bit key is looked for first (Fibonacci hashing over the folded key)."""
    folded = (key ^ (key >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    return int(folded >> np.uint64(32)) & mask


@kernel()
def find_equal(hashes: NDArray[np.uint64], size: int, work: Scratch) -> None:
    """Set ``first`` and ``occurrences`` of the first ``size`` hashes."""
    mask = table_size(size) - 1
    table, first, count = work.table[: mask + 1], work.first, work.occurrences
    table[:] = -1
    for entry in range(size):
        slot = slot_of(hashes[entry], mask)
        while table[slot] >= 0 and hashes[table[slot]] != hashes[entry]:
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = entry
            count[entry] = 0
        first[entry] = table[slot]
        count[first[entry]] += 1


@kernel()
def find_equal_pairs(size: int, work: Scratch) -> None:
    """Set ``first`` and ``occurrences`` of the n-grams that the (n-1)-grams in ``place`` and ``label`` form.

    An entry whose successor does not begin at the next word forms none: its ``first`` is -1.
    """
    mask = table_size(size) - 1
    table, place, label, first, count = (
        work.table[: mask + 1],
        work.place,
        work.label,
        work.first,
        work.occurrences,
    )
    table[:] = -1
    for entry in range(size):
        if entry + 1 == size or place[entry + 1] != place[entry] + 1:
            first[entry] = -1
            continue
        left, right = label[entry], label[entry + 1]
        slot = slot_of(np.uint64(left) << np.uint64(32) | np.uint64(right), mask)
        while table[slot] >= 0 and (label[table[slot]] != left or label[table[slot] + 1] != right):
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = entry
            count[entry] = 0
        first[entry] = table[slot]
        count[first[entry]] += 1


@kernel()
def keep_repeated(size: int, work: Scratch) -> int:
    """Reduce ``place`` and ``label`` to the n-grams that occur twice or more; return how many remain."""
    kept = 0
    for entry in range(size):
        # No branch: what repeats cannot be foretold, and a wrong guess costs more than three writes.
        first = work.first[entry]
        work.place[kept] = work.place[entry]
        work.label[kept] = first
        work.repeat[kept] = first != entry
        kept += (first >= 0) & (work.occurrences[max(first, 0)] > 1)
    return kept


@kernel()
def most_frequent_chars(n: int, size: int, char_end: NDArray[np.int32], work: Scratch) -> int:
    """Return the characters covered by the most frequent of the repeated n-grams."""
    most, best = 0, 0
    for entry in range(size):
        most = max(most, work.occurrences[work.label[entry]])
    for entry in range(size):
        label = work.label[entry]
        if work.occurrences[label] < most:
            continue
        if not work.repeat[entry]:
            work.covered[label], work.covered_to[label] = 0, 0
        start, end = work.place[entry], work.place[entry] + n
        work.covered[label] += char_end[end] - char_end[max(start, work.covered_to[label])]
        work.covered_to[label] = end
        best = max(best, work.covered[label])
    return best


@kernel()
def duplicate_chars(n: int, size: int, char_end: NDArray[np.int32], work: Scratch) -> int:
    """Return the characters covered by n-grams that stood before, overlaps counted once."""
    chars, covered_to = 0, 0
    for entry in range(size):
        if work.repeat[entry]:
            start, end = work.place[entry], work.place[entry] + n
            chars += char_end[end] - char_end[max(start, covered_to)]
            covered_to = end
    return chars


@kernel()
def duplicate_runs(text: Segments, ends: NDArray[np.int32], size: int, work: Scratch) -> tuple[int, int]:
    """Return how many lines (or paragraphs) stood before, and their characters.

    Args:
        text: The segmented text.
        ends: Shape (at least ``size``,): the word that each line ends before.
        size: Lines.
        work: Overwritten.
    """
    start = 0
    for run in range(size):
        state = np.uint64(HASH_SEED)
        for word in range(start, ends[run]):
            state = hash_step(state, text.word_hash[word])
        work.run_hash[run] = state
        start = ends[run]
    find_equal(work.run_hash, size, work)
    runs, chars, start = 0, 0, 0
    for run in range(size):
        if work.first[run] != run:
            runs += 1
            chars += text.char_end[ends[run]] - text.char_end[start]
        start = ends[run]
    return runs, chars


@kernel()
def write_repetition(text: Segments, work: Scratch, row: NDArray[np.float64]) -> None:
    """Write the family's signals of one segmented text into ``row``, in the registry's order."""
    words, chars = text.totals[WORDS], text.totals[WORD_CHARS]
    lines, line_chars = duplicate_runs(text, text.line_end, text.totals[LINES], work)
    paragraphs, paragraph_chars = duplicate_runs(text, text.paragraph_end, text.totals[PARAGRAPHS], work)
    row[0] = ratio(lines, text.totals[LINES])
    row[1] = ratio(paragraphs, text.totals[PARAGRAPHS])
    row[2] = ratio(line_chars, chars)
    row[3] = ratio(paragraph_chars, chars)
    for word in range(words):
        work.place[word] = word
    find_equal(text.word_hash, words, work)
    size = keep_repeated(words, work)
    for n in range(2, LONGEST + 1):
        find_equal_pairs(size, work)
        size = keep_repeated(size, work)
        if n <= TOP_LONGEST:
            row[n + 2] = ratio(most_frequent_chars(n, size, text.char_end, work), chars)
        else:
            row[n + 2] = ratio(duplicate_chars(n, size, text.char_end, work), chars)
