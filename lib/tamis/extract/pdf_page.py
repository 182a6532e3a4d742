"""What every PDF engine gives: pages of lines with their places, and what the file says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tamis.extract.pdf_pictures import Drawn

LINE_END_HYPHEN = "\x02"  # pdfium's mark for a hyphen that a line end forced; other engines leave "-"


@dataclass(slots=True)
class Line:
    """One line of text as it is set.

    Attributes:
        text: Without white space around it; may end with ``LINE_END_HYPHEN``.
        left, right, base: Left edge, right edge and baseline in points; y grows upwards.
        size: Font size in points, as seen on the page; 0 if not known.
        is_bold, is_mono: All samples of the line are set in such a font.
        is_level: It runs from left to right, not turned.
        is_guessed: OCR read it: its size says little.
        is_table: The text is a whole table in Markdown.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    is_bold: bool = False
    is_mono: bool = False
    is_level: bool = True
    is_guessed: bool = False
    is_table: bool = False


@dataclass(slots=True)
class Page:
    """The lines of one page in the order of the file, and the page's edges in points.

    Attributes:
        is_scan: It has hardly any text, and an image covers most of it.
        is_broken: The engine cannot load it.
        pictures: Those that pdfium draws on it, but on a scan that OCR read.
    """

    lines: list[Line]
    bottom: float = 0.0
    top: float = 0.0
    is_scan: bool = False
    is_broken: bool = False
    pictures: list[Drawn] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PdfFile:
    """All pages of a PDF, its information dictionary, and how many pictures were left unread."""

    pages: Sequence[Page]
    information: dict[str, str] = field(default_factory=dict)
    unread_pictures: int = 0
