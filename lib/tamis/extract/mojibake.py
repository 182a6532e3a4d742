"""Mojibake, read again by ftfy (Speer, 2019): the lines that hold what UTF-8 read as one-byte text leaves."""

from __future__ import annotations

import re

C1_CONTROLS = re.compile("[\x80-\x9f]")
# A UTF-8 lead byte and all its continuation bytes, each read as Latin-1 or windows-1252.
_CONTINUATION = (
    "[\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a"
    "\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
# Cyrillic read as windows-1251: pairs of ER or ES and what that has at 80 to BF. One may be meant, as ES and
# an ellipsis; three are not.
_CYRILLIC = (
    "\u0420\u0421",
    (
        "\u0402\u0403\u201a\u0453\u201e\u2026\u2020\u2021\u20ac\u2030\u0409\u2039\u040a\u040c\u040b\u040f\u0452\u2018"
        "\u2019\u201c\u201d\u2022\u2013\u2014\x98\u2122\u0459\u203a\u045a\u045c\u045b\u045f\xa0\u040e\u045e\u0408\xa4"
        "\u0490\xa6\xa7\u0401\xa9\u0404\xab\xac\xad\xae\u0407\xb0\xb1\u0406\u0456\u0491\xb5-\xb7\u0451\u2116\u0454"
        "\xbb\u0458\u0405\u0455\u0457"
    ),
)
MOJIBAKE = re.compile(
    f"[\xc2-\xdf]{_CONTINUATION}|[\xe0-\xef]{_CONTINUATION}{{2}}|[\xf0-\xf4]{_CONTINUATION}{{3}}"
    f"|(?:[{_CYRILLIC[0]}][{_CYRILLIC[1]}]){{3}}"
)
MOJIBAKE_START = re.compile(f"[\xc2-\xf4]{_CONTINUATION}|[{_CYRILLIC[0]}][{_CYRILLIC[1]}]")
SEGMENT_CHARS = 2000


def repair_mojibake(text: str) -> tuple[str, int]:
    """Return repaired text and the number of places that changed."""
    if not C1_CONTROLS.search(text) and not (MOJIBAKE_START.search(text) and MOJIBAKE.search(text)):
        return text, 0
    from ftfy import fix_encoding
    from ftfy.fixes import fix_c1_controls

    pieces: list[str] = []
    done = changed = 0
    for start, end in _suspect_segments(text):
        fixed = fix_encoding(text[start:end])
        changed += fixed != text[start:end]
        pieces += [text[done:start], fixed]
        done = end
    joined = "".join([*pieces, text[done:]])
    repaired = fix_c1_controls(joined)
    return repaired, changed + (repaired != joined)


def _suspect_segments(text: str) -> list[tuple[int, int]]:
    """Return disjoint spans [start, end): the lines of suspicious sequences, up to 2,000 characters each way.

    ftfy decides on a whole string, so a line in another encoding must not spoil its neighbours; a bound keeps
    one line of 30 MB cheap.
    """
    segments: list[tuple[int, int]] = []
    position = 0
    while found := MOJIBAKE.search(text, position):
        floor = max(position, found.start() - SEGMENT_CHARS)
        start = max(text.rfind("\n", floor, found.start()) + 1, floor)
        ceiling = min(len(text), found.end() + SEGMENT_CHARS)
        newline = text.find("\n", found.end(), ceiling)
        position = ceiling if newline < 0 else newline
        segments.append((start, position))
    return segments
