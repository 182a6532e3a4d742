"""The text signals in plain Python, after their definitions and without the kernels' shortcuts; and texts."""

import random
import re
from collections import Counter

NO_SPACE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u19e0-\u19ff\u3041-\u30ff\u31f0-\u31ff"
    "\uff66-\uff9f\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
BULLETS = tuple("•‣◦▪●■")


def is_lone(char):
    """A letter of a script that is written without spaces."""
    return bool(NO_SPACE.match(char)) and char.isalpha()


def words_of(text):
    words = []
    for run in text.split():
        word, lone = "", False
        for char in run:
            letter = char.isalnum() or char == "_"
            if word and letter and (lone or is_lone(char)):
                words.append(word)
                word = ""
            if not word or letter:
                lone = is_lone(char)
            word += char
        words.append(word)
    return words


def lines_of(text):
    return [line for line in text.split("\n") if line.strip()]


def paragraphs_of(text):
    return [part for part in re.split(r"\n(?:\s*\n)+", text.strip()) if part.strip()]


def ratio(part, whole):
    return part / whole if whole else None


def oracle(text):
    words, lines = words_of(text), lines_of(text)
    symbols = max(text.count("#"), text.count("...") + text.count("…"))
    stops = {re.sub(r"^\W+|\W+$", "", word).lower() for word in words} & STOP_WORDS
    return {
        "length_chars": len(text),
        "length_bytes": len(text.encode()),
        "word_count": len(words),
        "line_count": len(lines),
        "paragraph_count": len(paragraphs_of(text)),
        "mean_word_length": ratio(sum(map(len, words)), len(words)),
        "symbol_word_ratio": ratio(symbols, len(words)),
        "bullet_line_fraction": ratio(sum(map(begins_with_bullet, lines)), len(lines)),
        "ellipsis_line_fraction": ratio(
            sum(line.rstrip().endswith(("...", "…")) for line in lines), len(lines)
        ),
        "alpha_word_fraction": ratio(sum(any(map(str.isalpha, word)) for word in words), len(words)),
        "stop_word_count": len(stops),
        **repetition(text, words),
    }


def begins_with_bullet(line):
    first = words_of(line)[0]
    return first in {"-", "*", "+"} or first.startswith(BULLETS)


def repetition(text, words):
    total = sum(map(len, words))
    found = {}
    for kind, parts in (("line", lines_of(text)), ("paragraph", paragraphs_of(text))):
        seen, repeats = set(), []
        for part in map(words_of, parts):
            if tuple(part) in seen:
                repeats.append(sum(map(len, part)))
            seen.add(tuple(part))
        found[f"duplicate_{kind}_fraction"] = ratio(len(repeats), len(parts))
        found[f"duplicate_{kind}_char_fraction"] = ratio(sum(repeats), total)
    for n in (2, 3, 4):
        found[f"top_{n}gram_char_fraction"] = ratio(top_chars(words, n), total)
    for n in range(5, 11):
        found[f"duplicate_{n}gram_char_fraction"] = ratio(duplicate_chars(words, n), total)
    return found


def top_chars(words, n):
    grams = [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]
    counts = Counter(grams)
    most = max(counts.values(), default=0)
    if most < 2:
        return 0
    best = 0
    for gram in (gram for gram, count in counts.items() if count == most):
        covered = {start + step for start, other in enumerate(grams) if other == gram for step in range(n)}
        best = max(best, sum(len(words[place]) for place in covered))
    return best


def duplicate_chars(words, n):
    seen, covered = set(), set()
    for start in range(len(words) - n + 1):
        gram = tuple(words[start : start + n])
        if gram in seen:
            covered.update(range(start, start + n))
        seen.add(gram)
    return sum(len(words[place]) for place in covered)


ATOMS = (
    "the", "The", "be", "a", "a", "b", "word", "Wörter", "слово", "中", "文", "中文。", "「日本」", "ไทย",
    "กำ", "มี", "#", "##", "...", "....", "…", "-", "*", "+", "•", "• x", "-x", "1", "42", "that's", "(with)",
    "of,", "_x", "e\u0301", "\u00a0", "\u2028", "\u3000", " ", " ", " ", " ", " ", "\t", "\n", "\n", "\n\n",
    "\n \n", "\r\n", "\x1c", "\0", "😀", "ÿ", "한글", "עברית", "हिन्दी", ".", ",", "_",
)  # fmt: skip


def random_text(seed, atoms=200):
    """Return up to so many atoms, some of them in phrases that come again."""
    source = random.Random(seed)
    phrases = ["".join(source.choices(ATOMS, k=source.randint(1, 12))) for _ in range(8)]
    return "".join(
        source.choice(phrases if source.random() < 0.1 else ATOMS) for _ in range(source.randint(0, atoms))
    )
