"""Pictures by reference: their places in a text that is still to be cleaned, and what every format shares.

A place is the end of a line, so that neither cleaning nor what a format does inside a line can move it: both
go line by line. The text itself is made as if there were no pictures.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from tamis.extract.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.document import Picture

MAX_PICTURES = 1000  # of a document; the rest is counted
MAX_CHARS = 2000  # of an alternative text, a caption or an address
MAX_POINT = 2  # pixels: a side so short counts visits, keeps a distance or draws a line

PNG, GIF = b"\x89PNG\r\n\x1a\n", b"GIF8"
HEADS = (
    (PNG, "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (GIF, "image/gif"), (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"\x01\0\x09\0", "image/wmf"), (b"\0\0\0\x0cjP  ", "image/jp2"),
)  # fmt: skip
HEAD_BYTES = 512
SVG = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^>]*>\s*)?<svg[\s>]", re.DOTALL)


def placed(raw: str, clean: str, pictures: Sequence[Picture]) -> tuple[tuple[Picture, ...], int]:
    """Return pictures with their places in a cleaned text, their words cleaned; and how many are left out.

    Args:
        raw: The text as an extractor made it.
        clean: ``cleaned(raw)``, not yet stripped.
        pictures: With places in ``raw``; each is moved to the end of its line.
    """
    kept = list(islice(pictures, MAX_PICTURES))
    ends = [_line_end(raw, picture.position) for picture in kept]
    moved = _moved(raw, clean, sorted({*ends}))
    lead = len(clean) - len(clean.lstrip())
    last = max(len(clean.strip()), 0)
    made = [
        replace(
            picture, position=min(max(moved[end] - lead, 0), last),
            alt=_words(picture.alt), caption=_words(picture.caption), url=_address(picture.url),
        )
        for picture, end in zip(kept, ends, strict=True)
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda picture: picture.position)), len(pictures) - len(kept)


def absolute(pictures: Iterable[Picture], base: str | None) -> tuple[Picture, ...]:
    """Return pictures whose addresses are resolved against a page's, where it is known."""
    return tuple(
        replace(picture, url=_joined(base, picture.url)) if base and picture.url else picture
        for picture in pictures
    )


def is_point(width: int, height: int) -> bool:
    """Say whether a picture of so many pixels shows nothing; 0 is an unknown side."""
    return 0 < width <= MAX_POINT or 0 < height <= MAX_POINT


def kind_of(head: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None where they tell none."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[40:44] == b" EMF":
        return "image/emf"
    if SVG.match(head):
        return "image/svg+xml"
    return next((kind for mark, kind in HEADS if head.startswith(mark)), None)


def pixels_of(head: bytes) -> tuple[int, int]:
    """Return width and height of a PNG or GIF by its first bytes; 0 where they are not told."""
    if head.startswith(PNG) and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head.startswith(GIF) and len(head) >= 10:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return 0, 0


def sha256_of(data: bytes) -> str:
    """Return SHA-256 as hex digits."""
    return hashlib.sha256(data).hexdigest()


def _line_end(text: str, position: int) -> int:
    if position == 0:
        return 0
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    return end - (text[end - 1 : end] == "\r" and end < len(text))


def _moved(raw: str, clean: str, places: Sequence[int]) -> dict[int, int]:
    """Return where line ends of a text lie after cleaning, which changes each line by itself."""
    if clean == raw:
        return {place: place for place in places}
    moved, length = {}, 0
    for start, end in pairwise([0, *places]):
        length += len(clean_text(raw[start:end]))
        moved[end] = length
    return moved


def _words(value: str | None) -> str | None:
    return " ".join(clean_text(value[: 2 * MAX_CHARS]).split())[:MAX_CHARS] or None if value else None


def _address(value: str | None) -> str | None:
    """Return an address without white space; None for one that is too long to be one."""
    address = "".join(clean_text(value).split()) if value and len(value) <= MAX_CHARS else ""
    return address or None


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # such as a bracket in its host
        return address
