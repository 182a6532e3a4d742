"""Scanned pages: rendered, read by an OCR engine, and given back as lines with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.extract.pdf_columns import in_columns
from tamis.extract.pdf_page import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tamis.extract.ocr import OcrEngine, OcrLine
    from tamis.extract.pdf_page import Page

DPI = 200
MAX_SIDE = 3000  # pixels: a poster at 200 dpi would take gigabytes
SIZE_SHARE = 0.75  # of a line's box that the font size takes
ROW_SHARE = 0.5  # of the size: boxes so near stand in one row


def read_scan(page: Page, picture: Any, engine: OcrEngine) -> None:
    """Fill in the lines of a scanned page.

    Args:
        page: Its lines are replaced: OCR reads a stamp set as text, too.
        picture: pdfium's page.
        engine: Reads it.
    """
    image = rendered(picture)
    found = engine.read(image)
    page.lines = scan_lines(found, page.bottom, page.top, width=image.shape[1] / image.shape[0])


def rendered(page: Any) -> NDArray[np.uint8]:
    """Return a picture of pdfium's page, shape (height, width, 3), RGB, no side over ``MAX_SIDE``."""
    scale = min(DPI / 72, MAX_SIDE / max(page.get_size()))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    image: NDArray[np.uint8] = bitmap.to_numpy()
    return np.ascontiguousarray(np.broadcast_to(image[:, :, :3], (*image.shape[:2], 3)))


def scan_lines(found: Sequence[OcrLine], bottom: float, top: float, *, width: float) -> list[Line]:
    """Return OCR's lines in reading order, measured in points.

    Args:
        found: Boxes in fractions.
        bottom: Of the page, in points.
        top: Of the page, in points.
        width: Of the page, as a share of its height.

    All lines of a page get one size, the median: boxes grow with ascenders and descenders.
    """
    height = top - bottom
    size = SIZE_SHARE * height * float(np.median([line.bottom - line.top for line in found] or [0.0]))
    across = width * height
    lines = [
        Line(
            line.text,
            line.left * across,
            line.right * across,
            base=top - line.bottom * height,
            size=size,
            is_guessed=True,
        )
        for line in found
        if line.text.strip()
    ]
    rows = in_rows(lines)
    return in_columns(rows) or rows


def in_rows(lines: Sequence[Line]) -> list[Line]:
    """Return lines from top to bottom, those of one row from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-line.base, line.left)):
        if rows and rows[-1][0].base - line.base < ROW_SHARE * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]
