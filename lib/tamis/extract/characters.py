"""Characters that no reader sees, and ligatures: which go, which stay, and how many went.

Joiners stay where they shape what is read (Unicode 16, section 23.2): in Arabic and Indic scripts and in
emoji; zero-width spaces where they part words, in the scripts of South-East Asia. Controls of direction order
the display only, the text is stored as it is read; they also hide what a text says (Boucher and Anderson,
"Trojan Source", 2021), as do the tag characters, which are kept in flags of regions.
"""

from __future__ import annotations

import re

LINE_ENDS = ("\r\n", "\r", "\x0b", "\x0c", "\u2028", "\u2029")
LIGATURES = dict(
    zip(
        "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
        ("ff", "fi", "fl", "ffi", "ffl", "st", "st"),
        strict=True,
    )
)


def _characters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


# What is dropped wherever it stands, by the name under which it is counted.
DROPPED: dict[str, str] = {
    # with byte order marks inside text and the noncharacters of the first plane
    "controls": _characters(
        (0, 8), (0x0E, 0x1F), (0x7F, 0x9F), (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFFE, 0xFFFF)
    ),
    "soft_hyphens": "\xad",
    "bidi": _characters((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)),
    # word joiner, invisible operators, deprecated shaping controls, marks of interlinear notes
    "zero_width": _characters((0x2060, 0x2064), (0x206A, 0x206F), (0xFFF9, 0xFFFB)),
}
SHAPED = (
    "\u0600-\u0dff\u1000-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff"
    "\u20e3\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e007f"  # emoji and their ends
)
SPACELESS = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf\u1b00-\u1bff\ua980-\uaa7f"
JOINERS, SPACE = "\u200c\u200d", "\u200b"
IDLE_JOINER = re.compile(f"(?<![{SHAPED}])[{JOINERS}](?![{SHAPED}])")
IDLE_SPACE = re.compile(f"(?<![{SPACELESS}]){SPACE}(?![{SPACELESS}])")
TAGS = re.compile("[\U000e0000-\U000e007f]")
# UTS 51, ED-14a: a black flag, tags, and the tag that ends them.
TAGS_BUT_FLAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]")

_RARE = "".join([*LINE_ENDS[1:], *LIGATURES, *DROPPED.values(), JOINERS, SPACE])
# One search for all that is rare: 0.2 s for 30 MB, where a substitution takes over 1 s.
UNCLEAN = re.compile(f"[{re.escape(_RARE)}]")


def without_rare(text: str) -> tuple[str, dict[str, int]]:
    r"""Return text with one kind of line end and none of the characters above, and the counts by kind.

    Example:
        >>> without_rare("of\ufb01ce\r\nhy\xadphen")
        ('office\nhyphen', {'ligatures': 1, 'soft_hyphens': 1})
    """
    counts: dict[str, int] = {}
    if UNCLEAN.search(text):
        for end in LINE_ENDS:
            text = text.replace(end, "\n")
        text = _replaced(text, LIGATURES, "ligatures", counts)
        for kind, characters in DROPPED.items():
            text = _replaced(text, dict.fromkeys(characters, ""), kind, counts)
        for marks, idle in ((SPACE, IDLE_SPACE), (JOINERS, IDLE_JOINER)):
            if any(mark in text for mark in marks):
                text, count = idle.subn("", text)
                _add(counts, "zero_width", count)
    return text, counts


def without_tags(text: str) -> tuple[str, int]:
    """Return text without tag characters that are in no flag, and their number."""
    if not TAGS.search(text):
        return text, 0
    kept = TAGS_BUT_FLAGS.sub(r"\1", text)
    return kept, len(text) - len(kept)


def _replaced(text: str, replacements: dict[str, str], kind: str, counts: dict[str, int]) -> str:
    for character, replacement in replacements.items():
        if character in text:  # 100 of these take 3 us on a page
            _add(counts, kind, text.count(character))
            text = text.replace(character, replacement)
    return text


def _add(counts: dict[str, int], kind: str, count: int) -> None:
    if count:
        counts[kind] = counts.get(kind, 0) + count
