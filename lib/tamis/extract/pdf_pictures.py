"""The pictures of a PDF: found among what pdfium draws, hashed as stored, placed between the lines.

A picture's hash is of its stream as it lies in the file (decrypted, not decoded): a JPEG's is that of the
JPEG file; raw pixels have no media type. Nothing is decoded or rendered. A picture on most pages is part of
the running head; one that OCR read is text.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tamis.document import Picture
from tamis.extract.pdf_margins import MIN_PAGES
from tamis.extract.pictures import MAX_PICTURES, is_point, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tamis.extract.pdf_page import Line, Page
    from tamis.extract.pdf_tables import Box

MAX_READ = 10 * MAX_PICTURES  # of a document, running ones included; more are counted only
MAX_READ_BYTES = 1_000_000_000  # the same, 1 s to copy and hash
MIN_RUNNING_SHARE = 0.5  # of all pages
FILTER_BYTES = 32
FILES: dict[tuple[bytes, ...], str] = {(b"DCTDecode",): "image/jpeg", (b"JPXDecode",): "image/jp2"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture on a page, and the box that it covers there, in points as shown."""

    picture: Picture
    box: Box


class PictureReader:
    """Reads the pictures of one document; the bytes of one that comes back are compared, not hashed again.

    Attributes:
        unread: How many were left out beyond the bounds.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], tuple[bytes, str]] = {}
        self._count = self._bytes = self.unread = 0

    def read(self, images: Iterable[tuple[Any, Box]]) -> list[Drawn]:
        """Return the pictures among the image objects of a page, each with its box."""
        found = []
        for image, box in images:
            pixels = _pixels(image)
            if is_point(*pixels):
                continue
            if self._count == MAX_READ or self._bytes > MAX_READ_BYTES:
                self.unread += 1
                continue
            self._count += 1
            found.append(Drawn(self._picture(image, pixels), box))
        return found

    def _picture(self, image: Any, pixels: tuple[int, int]) -> Picture:
        from pypdfium2 import raw

        size = raw.FPDFImageObj_GetImageDataRaw(image, None, 0)
        if not size:
            return Picture(0)
        buffer = ctypes.create_string_buffer(size)
        raw.FPDFImageObj_GetImageDataRaw(image, buffer, size)
        self._bytes += size
        data, known = buffer.raw, self._known.get((*pixels, size))
        if known is None or known[0] != data:
            known = self._known[*pixels, size] = data, sha256_of(data)
        return Picture(0, known[1], FILES.get(_filters(image)))


def drop_running_pictures(pages: Sequence[Page]) -> int:
    """Take the pictures that are on most pages out of them, in place; return how many."""
    on_pages = Counter(
        sha256 for page in pages for sha256 in {one.picture.sha256 for one in page.pictures} if sha256
    )
    least = max(MIN_PAGES, MIN_RUNNING_SHARE * len(pages))
    running = {sha256 for sha256, count in on_pages.items() if count >= least}
    before = sum(len(page.pictures) for page in pages)
    for page in pages if running else ():
        page.pictures = [one for one in page.pictures if one.picture.sha256 not in running]
    return before - sum(len(page.pictures) for page in pages)


def line_above(lines: Sequence[Line], box: Box) -> int:
    """Return behind how many lines of a page, as they are read, a picture stands.

    That is behind the line next above it in its column, else before the first below it there; beside no
    column's lines, behind the last line that stands above it.
    """
    left, bottom, right, top = box
    middle = (bottom + top) / 2
    beside = [at for at, line in enumerate(lines) if line.left < right and left < line.right]
    above = [at for at in beside or range(len(lines)) if lines[at].base >= middle]
    if above:
        return min(above, key=lambda at: (lines[at].base, -at)) + 1
    return beside[0] if beside else 0


def _pixels(image: Any) -> tuple[int, int]:
    from pypdfium2 import raw

    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(image, ctypes.byref(width), ctypes.byref(height))
    return width.value, height.value


def _filters(image: Any) -> tuple[bytes, ...]:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(FILTER_BYTES)
    found = []
    for at in range(raw.FPDFImageObj_GetImageFilterCount(image)):
        raw.FPDFImageObj_GetImageFilter(image, at, name, FILTER_BYTES)
        found.append(name.value)
    return tuple(found)
