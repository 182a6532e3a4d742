"""The pictures of a page's main content: which they are, where they lie, and behind which block they stand.

A picture belongs to the main content if the nearest block does: of those before and after it, the one that
shares the innermost element with it. So a logo in an empty link goes with the menu beside it, and one in an
article's body stays; so do figures between the headline and the first paragraph, among bylines and tools that
go. What counts visits or keeps a distance goes.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tamis.document import Picture
from tamis.extract.html_features import lineage
from tamis.extract.html_hints import HIDDEN, is_hidden
from tamis.extract.html_markdown import MarkdownWriter, marked_places
from tamis.extract.pictures import HEAD_BYTES, absolute, is_point, kind_of, pixels_of, sha256_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lxml.html import HtmlElement

    from tamis.extract.html_blocks import Block, Group, Outline, Shown

# Where scripts look for the address of a picture that they load when it comes into sight.
LATE = ("data-src", "data-original", "data-lazy-src", "data-lazy")
ADDRESS = re.compile(r"[^\s<>{}\"]+")
SPACER = re.compile(
    r"(?:^|/)(?:spacer|blank|pixel|clear|transparent|1x1)\d*\.(?:gif|png)(?:\?|$)", re.IGNORECASE
)
SIDE = re.compile(r"\s*(\d{1,5})\s*(?:px)?\s*")
DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[^,;]*)*),", re.IGNORECASE)


def written_page(
    outline: Outline, kept: Collection[Block], *, is_whole: bool, links: bool
) -> tuple[str, list[Picture]]:
    """Return the Markdown of some blocks of a page and the pictures among them.

    Args:
        outline: The page.
        kept: The blocks to write.
        is_whole: All of the page is wanted; else pictures must belong to what is kept, and be seen.
        links: Whether links keep their targets.
    """
    kept = frozenset(kept)
    shown = [] if not outline.pictures else list(_references(outline, None if is_whole else kept))
    last = _last_kept(outline.blocks, kept) if shown else []
    numbers = [last[one.after] for one, _ in shown]
    marks = {outline.blocks[at]: f"\x04{at}\x05" for at in numbers if at >= 0}
    text = MarkdownWriter(kept, links=links, marks=marks).write(outline.root)
    if not shown:
        return text, []
    text, places = marked_places(text)
    pictures, position = [], 0
    for number, (_, picture) in zip(numbers, shown, strict=True):
        position = places.get(number, position)  # what stands in a table but in no cell is not written
        pictures.append(replace(picture, position=position))
    return text, list(absolute(pictures, _stated_base(outline)))


def _references(outline: Outline, kept: Collection[Block] | None) -> Iterator[tuple[Shown, Picture]]:
    """Yield the pictures that stay; one that is there again, for readers without scripts, once."""
    before = None
    lead = range(0) if kept is None else _lead(outline.blocks, kept)
    for shown in outline.pictures:
        if kept is not None and not _belongs(shown, outline.blocks, kept, lead):
            continue
        picture = _reference(shown.element, shown.group)
        if picture is not None and (picture.url, picture.sha256) != before:
            before = picture.url, picture.sha256
            yield shown, picture


def _lead(blocks: Sequence[Block], kept: Collection[Block]) -> range:
    """Return the places from behind the headline to the first block that is kept; none without a headline."""
    first = next((at for at, block in enumerate(blocks) if block in kept), 0)
    headline = next((at for at in range(first, -1, -1) if blocks and blocks[at].tag == "h1"), first)
    return range(headline + 1, first + 1)


def _belongs(shown: Shown, blocks: Sequence[Block], kept: Collection[Block], lead: range) -> bool:
    """Say whether the nearest block is kept; those in a picture's own figure are asked first."""
    if shown.hints & HIDDEN or is_hidden(shown.element):
        return False
    steps = {group: step for step, group in enumerate(lineage(shown.group))}
    figure = _figure(shown.group)
    before, after = shown.after - 1, shown.after
    while figure is not None and before >= 0 and figure in lineage(blocks[before].group):
        before -= 1
    while figure is not None and after < len(blocks) and figure in lineage(blocks[after].group):
        after += 1
    if any(block in kept for block in blocks[before + 1 : after]):
        return True
    if figure is not None and shown.after in lead:
        return True
    around = [blocks[at] for at in (before, after) if 0 <= at < len(blocks)]
    near = [min(steps.get(group, len(steps)) for group in lineage(block.group)) for block in around]
    return any(block in kept for block, step in zip(around, near, strict=True) if step == min(near))


def _last_kept(blocks: Sequence[Block], kept: Collection[Block]) -> list[int]:
    """Return for each number of blocks the place of the last of them that is kept; -1 without one."""
    last = [-1]
    for at, block in enumerate(blocks):
        last.append(at if block in kept else last[-1])
    return last


def _reference(element: HtmlElement, group: Group) -> Picture | None:
    """Return a picture at no place yet; None for one that shows nothing or has no address."""
    get = element.get
    address = (get("src") or "").strip()
    late = next((value.strip() for name in LATE if (value := get(name))), "")
    if ADDRESS.fullmatch(late):
        address = late
    if not address and (sizes := get("srcset")):
        address = sizes.split()[0].rstrip(",")
    if not address or is_point(_side(get("width")), _side(get("height"))) or SPACER.search(address):
        return None
    alt, caption = get("alt"), _caption(group)
    if address[:5].lower() != "data:":
        return Picture(0, alt=alt, caption=caption, url=address)
    found = _stored(address)
    if found is None or is_point(*pixels_of(found[1][:HEAD_BYTES])):
        return None
    kind, data = found
    return Picture(0, sha256_of(data), kind_of(data[:HEAD_BYTES]) or kind, alt, caption)


def _stored(address: str) -> tuple[str | None, bytes] | None:
    """Return the media type and the bytes of a data URI (RFC 2397); None for a broken one."""
    head = DATA.match(address)
    if head is None:
        return None
    data = unquote_to_bytes(address[head.end() :])
    kind = head[1].lower() if head[1] else None
    if not head[2].lower().endswith(";base64"):
        return kind, data
    try:
        return kind, binascii.a2b_base64(data)
    except binascii.Error:
        return None


def _side(value: str | None) -> int:
    """Return a side in pixels; 0 where none is stated."""
    found = SIDE.fullmatch(value or "")
    return max(int(found[1]), 1) if found else 0


def _caption(group: Group) -> str | None:
    figure = _figure(group)
    captions = [] if figure is None else [one for one in figure.groups() if one.tag == "figcaption"]
    return " ".join(block.plain for one in captions for block in one.leaves()) or None


def _figure(group: Group) -> Group | None:
    return next((one for one in lineage(group) if one.tag == "figure"), None)


def _stated_base(outline: Outline) -> str | None:
    base = outline.root.element.getroottree().find(".//base[@href]")
    return None if base is None else base.get("href")
