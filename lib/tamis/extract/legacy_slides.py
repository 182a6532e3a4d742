"""PPT (PowerPoint 97 to 2003) to Markdown, in the form of ``slides``: slides with their shapes and notes.

Reads MS-PPT. Masters, dates, footers and slide numbers are no part of the text. The numbers of numbered lists
lie in an extension that is not read: their items are bulleted.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple

from tamis.extract.legacy_container import Container
from tamis.extract.legacy_slides_file import SlidesFile
from tamis.extract.legacy_slides_text import LISTS, NOTES, TITLES, Text, texts
from tamis.extract.markdown import blocks, listed, merged_table, repeated
from tamis.extract.office import DocumentText
from tamis.extract.remarks import remarks_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.legacy_slides_file import Record

DOCUMENT, SLIDE, SPOKEN, LIST = 1000, 1006, 1008, 4080
PERSIST, SLIDE_ATOM, DRAWING = 1011, 1007, 1036
SLIDES, SLIDE_NOTES = 0, 2  # instances of LIST
PLACEHOLDER, LATER_PLACEHOLDER, OUTLINE_TEXT = 3011, 1056, 3998  # the second: PowerPoint 2007's furniture
TAG, BLOB, COMMENT, STRING = 5002, 5003, 12000, 4026
COMMENTS_TAG = "___PPT10"
GROUP, SHAPE, TEXT_BOX, CHILD_ANCHOR = 0xF003, 0xF004, 0xF00D, 0xF00F
OPTIONS = (0xF00B, 0xF121, 0xF122)
TABLE_OPTION = 0x039F  # MS-ODRAW 2.3.4.37
FURNITURE = range(7, 11)  # placeholders of date, slide number, footer and header (MS-PPT 2.13.24)
MAX_CELLS = 10_000


class _Slide(NamedTuple):
    """What the outline says of a slide: its object, its number, and its texts."""

    name: int
    number: int
    outline: list[Text]


class _Shape(NamedTuple):
    """A shape with text, and its place: left, top, right, bottom."""

    text: Text
    place: tuple[int, int, int, int] | None


def legacy_slides_text(payload: bytes) -> DocumentText:
    """Return the text of a PPT, slides in their order, hidden ones too.

    Raises:
        DocumentError: ``encrypted``; ``unsupported_format`` for PowerPoint 95; ``corrupt``.
        Whatever olefile and struct raise for a broken file; the caller maps it.
    """
    container = Container(payload)
    file = SlidesFile(container)
    document = file.object_at(file.document, DOCUMENT)
    notes = {slide.number: slide for slide in _listed(file, document, SLIDE_NOTES)}
    slides = _listed(file, document, SLIDES)
    return DocumentText(
        blocks(part for slide in slides for part in _slide(file, slide, notes)), *container.stated()
    )


def _listed(file: SlidesFile, document: Record, instance: int) -> Iterator[_Slide]:
    """Yield the slides or notes of the document, in their order."""
    for part in file.children(document):
        if part.kind != LIST or part.instance != instance:
            continue
        groups: list[list[Record]] = []
        for record in file.children(part):
            if record.kind == PERSIST:
                groups.append([record])
            elif groups:
                groups[-1].append(record)
        for head, *rest in groups:
            name, _, _, number = unpack_from("<IIiI", file.stream, head.start)
            yield _Slide(name, number, texts(file, rest))


def _slide(file: SlidesFile, slide: _Slide, notes: dict[int, _Slide]) -> Iterator[str]:
    """Yield each block of a slide."""
    found = file.object_at(slide.name, SLIDE)
    parts = list(_parts(file, found, slide.outline))
    title = next(
        (part for part in parts if isinstance(part, Text) and part.kind in TITLES and _said(part)), None
    )
    if title is not None:
        yield f"## {' '.join(_said(title))}"
    yield from (part if isinstance(part, str) else _frame_text(part) for part in parts if part is not title)
    atom = next(file.find(found, SLIDE_ATOM), None)
    number = unpack_from("<I", file.stream, atom.start + 16)[0] if atom else 0
    if number in notes:
        frames = _parts(file, file.object_at(notes[number].name, SPOKEN), notes[number].outline)
        said = blocks(
            line for part in frames if isinstance(part, Text) and part.kind == NOTES for line in _said(part)
        )
        yield f"### Notes\n\n{said}" if said else ""
    yield remarks_section(_comments(file, found))


def _comments(file: SlidesFile, slide: Record) -> Iterator[str]:
    """Yield the comments on a slide, without their authors (MS-PPT 2.23.4)."""
    for tag in file.find(slide, TAG):
        name, *values = file.children(tag)
        if _string(file, name) == COMMENTS_TAG:
            for comment in (found for blob in values for found in file.find(blob, COMMENT)):
                yield from (_string(file, text) for text in file.children(comment) if text[:2] == (STRING, 1))


def _string(file: SlidesFile, record: Record) -> str:
    return file.content(record).decode("utf-16-le", "replace").replace("\r", "\n").strip()


def _parts(file: SlidesFile, slide: Record, outline: list[Text]) -> Iterator[Text | str]:
    """Yield the texts of a slide's shapes in their order, tables as Markdown; first those without a shape."""
    used: set[int] = set()
    made = [part for drawing in file.find(slide, DRAWING) for part in _drawn(file, drawing, outline, used)]
    yield from (text for number, text in enumerate(outline) if number not in used)
    yield from made


def _drawn(file: SlidesFile, parent: Record, outline: list[Text], used: set[int]) -> Iterator[Text | str]:
    for record in file.find(parent, GROUP, SHAPE):
        if record.kind == SHAPE:
            yield from (shape.text for shape in _shape(file, record, outline, used))
        elif _is_table(file, record):
            shapes = [
                shape for child in file.find(record, SHAPE) for shape in _shape(file, child, outline, used)
            ]
            yield _table(shapes)
        else:
            yield from _drawn(file, record, outline, used)


def _shape(file: SlidesFile, shape: Record, outline: list[Text], used: set[int]) -> Iterator[_Shape]:
    """Yield a shape if it has text of its own; marks the texts of the outline that a shape shows."""
    for record in file.find(shape, PLACEHOLDER, LATER_PLACEHOLDER):
        if file.content(record)[4 if record.kind == PLACEHOLDER else 0] in FURNITURE:
            return
    anchor = next(file.find(shape, CHILD_ANCHOR), None)
    place = unpack_from("<4i", file.stream, anchor.start) if anchor else None
    for box in file.find(shape, TEXT_BOX):
        records = list(file.children(box))
        for record in records:
            number = unpack_from("<I", file.stream, record.start)[0] if record.kind == OUTLINE_TEXT else -1
            if 0 <= number < len(outline):
                used.add(number)
                yield _Shape(outline[number], place)
        yield from (_Shape(text, place) for text in texts(file, records))


def _is_table(file: SlidesFile, group: Record) -> bool:
    """Say whether a group of shapes is a table: its first shape states it."""
    head = next(file.find(group, SHAPE), None)
    for options in file.find(head, *OPTIONS) if head else ():
        for number in range(options.instance):
            name, value = unpack_from("<HI", file.stream, options.start + 6 * number)
            if name & 0x3FFF == TABLE_OPTION and value & 1:
                return True
    return False


def _table(shapes: list[_Shape]) -> str:
    """Return the shapes of a table on the grid of their places, merged cells repeated."""
    placed = [(shape.place, " ".join(_said(shape.text))) for shape in shapes if shape.place]
    lefts, tops = (sorted({place[side] for place, _ in placed}) for side in (0, 1))
    if len(lefts) * len(tops) > MAX_CELLS:
        return blocks(text for _, text in placed)
    rows = [[""] * len(lefts) for _ in tops]
    for (left, top, right, bottom), text in placed:
        for row in range(
            bisect_right(tops, top) - 1, max(bisect_right(tops, top), bisect_right(tops, bottom - 1))
        ):
            first = bisect_right(lefts, left) - 1
            for column in range(first, max(first + 1, bisect_right(lefts, right - 1))):
                is_first = tops[row] == top and lefts[column] == left
                rows[row][column] = text if is_first else repeated(text)
    return merged_table(rows)


def _said(text: Text) -> list[str]:
    return [line.text for line in text.lines if line.text]


def _frame_text(text: Text) -> str:
    """Return a text: list items where bullets are stated, or by the layout; else paragraphs."""
    lines = [line for line in text.lines if line.text]
    is_list = len(lines) > 1 and (text.kind in LISTS or any(line.level for line in lines))
    has_bullets = (is_list if line.has_bullet is None else line.has_bullet for line in lines)
    return listed(
        ("- " if has_bullet else "", line.level, line.text)
        for line, has_bullet in zip(lines, has_bullets, strict=True)
    )
