"""Text of strangers -> text that is safe and honest to show: what cannot be seen is made visible."""

from __future__ import annotations

import re

# Bidirectional marks and overrides reorder what stands around them; controls and lone surrogates break files.
# Zero-width joiners stay: Persian, Hindi and emoji need them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t\u00a0]{4,}")
_BLANK_LINES = re.compile(r"\n{3,}")


def visible(text: str) -> str:
    r"""Return the text with control, bidirectional and lone surrogate characters spelt out.

    Example:
        >>> visible("a\x00b\u202ec")
        'a␀b[U+202E]c'
    """
    return _UNSEEN.sub(_spelt, text)


def _spelt(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else f"[U+{code:04X}]"


def shorten(text: str, limit: int) -> str:
    """Return the beginning of a text, cut between words where one ends in the last fifth.

    Runs of blanks and blank lines are closed up: they are layout, and a report has its own.

    Args:
        text: Any text.
        limit: Code points at most, the ellipsis apart.
    """
    # What is closed up can only get shorter, so a few times the limit is enough to look at.
    text = _BLANK_LINES.sub("\n\n", _SPACES.sub("   ", text[: 8 * limit].strip()))
    if len(text) <= limit:
        return text
    head = text[:limit]
    space = max(head.rfind(" "), head.rfind("\n"))
    return (head[:space] if space > limit * 4 // 5 else head).rstrip() + " …"
