"""Words broken at line ends, joined again."""

from __future__ import annotations

import re

SOFT_WRAP = "\x1f"  # stands where a line ended inside a paragraph, until `join_wraps`
_LINE_END = r"[ \t]*[\n\x1f][ \t]*"
BROKEN_WORD = re.compile(rf"([^\W\d_]+)([-\u2010\u00ad\x02]){_LINE_END}([^\W\d_]+)")
COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
# Scripts written without spaces: CJK, kana and their punctuation, wide forms; not Hangul.
_UNSPACED = "\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uffef"
UNSPACED_WRAP = re.compile(f"(?<=[{_UNSPACED}])\x1f(?=[{_UNSPACED}])")


def join_hyphens(text: str) -> str:
    r"""Return text with words joined that were broken at a line's end.

    A hyphen stays where the document writes the same compound elsewhere inside a line, where the second half
    is capitalised, and behind another (state-of-the-art: typesetters break compounds at their hyphens, TeX
    nowhere else); soft hyphens never stay. U+0002 is pdfium's mark for any hyphen that ends a line.

    Example:
        >>> join_hyphens("a well-known exam-\nple of well-\nknown words")
        'a well-known example of well-known words'
    """
    compounds = {found.lower() for found in COMPOUND.findall(text)}

    def joined(found: re.Match[str]) -> str:
        head, hyphen, tail = found.groups()
        before = text[max(0, found.start() - 2) : found.start()]
        is_longer = before[:1].isalpha() and before[1:] == "-"
        if hyphen != "\u00ad" and (
            is_longer or not tail[0].islower() or f"{head}-{tail}".lower() in compounds
        ):
            return f"{head}-{tail}"
        return head + tail

    return BROKEN_WORD.sub(joined, text).replace("\x02", "-")


def join_wraps(text: str) -> str:
    """Return text with the line ends inside paragraphs as spaces; as nothing in scripts without spaces."""
    return UNSPACED_WRAP.sub("", text).replace(SOFT_WRAP, " ")
