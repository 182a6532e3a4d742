"""The texts of a PowerPoint 97 to 2003 file: paragraphs, levels, bullets (MS-PPT 2.9)."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tamis.extract.legacy_slides_file import Record, SlidesFile

HEADER, CHARACTERS, STYLES, BYTES = 3999, 4000, 4001, 4008
METACHARACTERS = frozenset({4056, 4087, 4088, 4089, 4090, 4117})  # slide numbers, dates, headers, footers
TITLE, BODY, NOTES, CENTER_BODY, CENTER_TITLE, HALF_BODY, QUARTER_BODY = 0, 1, 2, 5, 6, 7, 8
TITLES = frozenset({TITLE, CENTER_TITLE})
LISTS = frozenset({BODY, CENTER_BODY, HALF_BODY, QUARTER_BODY})
BULLET_MASK = 0xF
# What follows the flags of bullets, in order: the bit that says it is there, its bytes (MS-PPT 2.9.20).
SIZES = (
    (7, 2), (4, 2), (6, 2), (5, 4), (11, 2), (12, 2), (13, 2), (14, 2), (8, 2), (10, 2), (15, 2),
)  # fmt: skip
TABS, REST = 20, ((1 << 16, 2), (7 << 17, 2), (1 << 21, 2))
MAX_LEVEL = 4


class Line(NamedTuple):
    """A paragraph: its level from 0, and whether it has a bullet (None: as the layout has it)."""

    text: str
    level: int = 0
    has_bullet: bool | None = None


class Text(NamedTuple):
    """A text: its kind (MS-PPT 2.13.33) and its paragraphs."""

    kind: int
    lines: list[Line]


def texts(file: SlidesFile, records: Iterable[Record]) -> list[Text]:
    """Return the texts of a sequence of records, each begun by a header that tells its kind.

    Raises:
        struct.error: The styles of a text are cut off.
    """
    made: list[list[Record]] = []
    for record in records:
        if record.kind == HEADER:
            made.append([record])
        elif made:
            made[-1].append(record)
    return [_text(file, group) for group in made]


def _text(file: SlidesFile, group: list[Record]) -> Text:
    kind = unpack_from("<I", file.stream, group[0].start)[0]
    stored, styles, left_out = "", b"", set()
    for record in group[1:]:
        if record.kind == CHARACTERS:
            stored = file.content(record).decode("utf-16-le", "replace")
        elif record.kind == BYTES:
            stored = file.content(record).decode("latin-1")
        elif record.kind == STYLES:
            styles = file.content(record)
        elif record.kind in METACHARACTERS:
            left_out.add(unpack_from("<I", file.stream, record.start)[0])
    return Text(kind, list(_lines(stored, styles, left_out)))


def _lines(stored: str, styles: bytes, left_out: set[int]) -> Iterator[Line]:
    runs = _runs(styles, len(stored) + 1) if styles else iter(())
    run_end, level, has_bullet = next(runs, (len(stored) + 1, 0, None))
    at = 0
    for paragraph in stored.split("\r"):
        while at >= run_end:
            run_end, level, has_bullet = next(runs, (len(stored) + 2, 0, None))
        shown = "".join(letter for place, letter in enumerate(paragraph, at) if place not in left_out)
        yield Line(" ".join(shown.replace("\x0b", " ").split()), level, has_bullet)
        at += len(paragraph) + 1


def _runs(styles: bytes, length: int) -> Iterator[tuple[int, int, bool | None]]:
    """Yield the end of each run of paragraphs, their level and if they have bullets (MS-PPT 2.9.44)."""
    at = end = 0
    while end < length:
        count, level, mask = unpack_from("<IHI", styles, at)
        at += 10
        if not count:
            raise DocumentError("corrupt", "PPT: a run of its styles is empty")
        end += count
        has_bullet = bool(unpack_from("<H", styles, at)[0] & 1) if mask & BULLET_MASK else None
        at += 2 * bool(mask & BULLET_MASK) + sum(size for bit, size in SIZES if mask >> bit & 1)
        if mask >> TABS & 1:
            at += 2 + 4 * unpack_from("<H", styles, at)[0]
        at += sum(size for bits, size in REST if mask & bits)
        yield end, min(level, MAX_LEVEL), has_bullet if mask & 1 else None
