"""Pages of lines to Markdown: headings by font size, paragraphs put together again, lists, code.

A line end is the typesetter's where the next word would not have fitted; else the author's. So paragraphs
become one line each, across columns and pages where the sentence goes on, and lists, verses and rows of
tables keep their lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from tamis.extract.hyphens import SOFT_WRAP, join_hyphens, join_wraps
from tamis.extract.pdf_layout import Item, items_of, usual_leading
from tamis.extract.pdf_page import LINE_END_HYPHEN
from tamis.extract.pdf_pictures import line_above

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tamis.document import Picture
    from tamis.extract.pdf_page import Page

FLOW, LINE, BLOCK = SOFT_WRAP, "\n", "\n\n"  # what stands between two lines

BLOCK_RATIO = 1.3  # of the usual leading
CODE_BLOCK_RATIO = 1.6
JUMP_EM = 4.0  # further down, or up: another column
USUAL_LEADING_EM = 1.2  # where a size has no two lines
INDENT_EM = 0.8
SAME_SIZE = 0.12
MIN_FULL_EM = 8.0  # no line of a paragraph is narrower
FIRST_MARK, LAST_MARK = 0xF0000, 0xFFFFD  # a plane for private use: no text has all of it
FIRST_WIDE = "\u2e80"  # from here on scripts that are written without spaces (CJK, kana), and Hangul

BULLET = re.compile("[\u2022\u25e6\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u2023\u2043\u2219\uf0b7\uf0a7]"
                    "(?:[ \t\xa0]+|$)")  # fmt: skip
ITEM = re.compile("[-\u2013\u2014*][ \xa0]|\\(?(?:\\d{1,3}|[a-z])[.)][ \xa0]")
SENTENCE_END = re.compile(
    "[.!?:;\u3002\uff01\uff1f\uff1a\uff1b\u061f\u06d4\u0964][\"'\u201d\u2019\u00bb)\\]\u300d]*$"
)


def pages_markdown(pages: Sequence[Page]) -> tuple[str, tuple[Picture, ...]]:
    """Return the text of pages as Markdown, a blank line between paragraphs; and the pictures in it."""
    items = items_of(pages)
    leading = usual_leading(items)
    parts: list[str] = []
    heads = [0]  # the items that begin blocks
    for at, (before, item, after) in enumerate(zip([None, *items], items, [*items[1:], None], strict=False)):
        between = "" if before is None else _between(before, item, after, leading)
        if between == BLOCK and before is not None and not (before.is_code and item.is_code):
            heads.append(at)
        parts.append(_marked(before, item, between))
    if items and items[-1].is_code:
        parts.append("\n```")
    return _with_pictures(parts, heads, pages)


def _with_pictures(
    parts: list[str], heads: list[int], pages: Sequence[Page]
) -> tuple[str, tuple[Picture, ...]]:
    """Join parts, and tell where the pictures stand: each behind the block that holds the line above it.

    A mark stands before the block that follows, while words are joined; hyphens and wraps are never there.
    """
    found: list[tuple[int, Picture]] = []
    start = 0
    for page in pages:
        found += [(start + line_above(page.lines, one.box), one.picture) for one in page.pictures]
        start += len(page.lines)
    if not found:
        return join_wraps(join_hyphens("".join(parts))), ()
    at_heads = [bisect_left(heads, behind) for behind, _ in found]
    text, places = _joined(parts, [heads[at] if at < len(heads) else len(parts) for at in at_heads])
    return text, tuple(
        replace(picture, position=place) for place, (_, picture) in zip(places, found, strict=True)
    )


def _joined(parts: Sequence[str], wanted: Sequence[int]) -> tuple[str, list[int]]:
    """Return the parts joined, and where the text before some of them, which begin blocks, ends in that."""
    marked = "".join(parts)
    mark = next(char for char in map(chr, range(FIRST_MARK, LAST_MARK)) if char not in marked)
    pieces = list(parts)
    for at in {*wanted} - {0, len(parts)}:
        pieces[at] = pieces[at].replace(BLOCK, mark + BLOCK, 1)
    ended = join_wraps(join_hyphens("".join(pieces))).split(mark)
    ends = [0, *accumulate(map(len, ended))]  # the parts that are marked, in their order, begin at 1
    numbers = {at: number for number, at in enumerate(sorted({0, *wanted}))}
    return "".join(ended), [ends[numbers[at]] for at in wanted]


def _marked(before: Item | None, item: Item, between: str) -> str:
    """Return a line's text with its Markdown marks, after what stands before it."""
    was_code = before is not None and before.is_code
    if was_code and not item.is_code:
        between = "\n```" + between
    if item.is_code:
        code = " " * item.indent + item.line.text.replace(LINE_END_HYPHEN, "-")
        return between + ("" if was_code else "```\n") + code
    if item.level and between != FLOW:
        return f"{between}{'#' * item.level} {item.text}"
    return between + (item.text if between == FLOW else BULLET.sub("- ", item.text, count=1))


def _between(above: Item, below: Item, after: Item | None, leading: Mapping[int, float]) -> str:
    """Return what stands between two lines: FLOW, LINE or BLOCK."""
    if (above.level, above.is_code) != (below.level, below.is_code):
        return BLOCK
    if above.line.is_table or below.line.is_table:
        return BLOCK
    size = max(below.line.size, 1.0)
    usual = max(leading.get(round(size), 0.0), USUAL_LEADING_EM * size)
    step = above.line.base - below.line.base
    is_jump = above.page != below.page or step < -0.5 * size or step > JUMP_EM * size
    if below.is_code:
        return BLOCK if not is_jump and step > CODE_BLOCK_RATIO * usual else LINE
    if is_jump:
        return FLOW if _runs_on(above, below) else BLOCK
    if above.line.text.endswith(LINE_END_HYPHEN):
        return FLOW
    if step > BLOCK_RATIO * usual or not _is_same_size(above, below):
        return BLOCK
    return FLOW if below.level else _between_near(above, below, after)


def _between_near(above: Item, below: Item, after: Item | None) -> str:
    """Decide between two lines of text of one size set close to each other."""
    a, b = above.line, below.line
    em = b.size
    if abs(a.base - b.base) < 0.3 * em:
        return FLOW
    if BULLET.match(b.text):
        return LINE
    ends = SENTENCE_END.search(a.text) is not None
    if above.is_whole or not _is_full(above, below):
        return BLOCK if ends and not ITEM.match(b.text) else LINE
    if ends and ITEM.match(b.text):
        return LINE
    # An indented line begins a paragraph if the next one goes back; else it hangs, as those of a list item.
    is_item = BULLET.match(a.text) or ITEM.match(a.text)
    is_indented = not is_item and b.left - a.left > INDENT_EM * em
    goes_back = after is not None and b.left - after.line.left > INDENT_EM * em
    return BLOCK if is_indented and goes_back else FLOW


def _is_full(above: Item, below: Item) -> bool:
    """Tell whether the next line's first word would not have fitted at the end of a line."""
    line = above.line
    width = line.right - line.left
    if width < MIN_FULL_EM * line.size or not above.text:
        return False
    first = 1 if below.text[:1] >= FIRST_WIDE else len(below.text.split(" ", 1)[0])
    word = (first + 1) * width / len(above.text)
    return line.right + word > above.margin - 0.5 * line.size


def _runs_on(above: Item, below: Item) -> bool:
    """Tell whether a sentence goes on over the end of a column or page."""
    text = above.line.text
    if text.endswith(LINE_END_HYPHEN):
        return True
    if above.is_whole or SENTENCE_END.search(text) or not _is_full(above, below):
        return False
    begins = below.text[:1]
    is_wide = begins >= FIRST_WIDE and text[-1:] >= FIRST_WIDE
    return (begins.islower() or is_wide) and _is_same_size(above, below)


def _is_same_size(above: Item, below: Item) -> bool:
    return abs(above.line.size - below.line.size) <= SAME_SIZE * below.line.size
