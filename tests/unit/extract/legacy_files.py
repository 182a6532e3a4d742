"""Small Word and PowerPoint files of 1997 to 2003, written after MS-CFB, MS-DOC and MS-PPT."""

from __future__ import annotations

import struct
from itertools import accumulate, pairwise

from tests.unit.extract.compound import CUTOFF, SECTOR, compound

TEXT_AT = 1024
STYLES, FOOTNOTE_MARKS, FOOTNOTES, CHARACTERS, PARAGRAPHS, FONTS, CLX = 1, 2, 3, 12, 13, 15, 33
BOX_ANCHORS, ENDNOTE_MARKS, ENDNOTES, BOXES, LISTS, LIST_USES = 40, 46, 47, 56, 73, 74
IN_TABLE, ROW_END = struct.pack("<HB", 0x2416, 1), struct.pack("<HB", 0x2417, 1)


def ole_file(streams: dict[str, bytes]) -> bytes:
    """An OLE file of some streams, each filled up with zeros."""
    return compound({name: data.ljust(CUTOFF, b"\0") for name, data in streams.items()})


def summary(*properties: tuple[int, bytes]) -> bytes:
    """A property set: numbers of properties and their values, typed (MS-OLEPS 2.21)."""
    at = 8 + 8 * len(properties)
    places = list(accumulate((len(value) for _, value in properties), initial=at))
    index = b"".join(
        struct.pack("<II", name, place) for (name, _), place in zip(properties, places, strict=False)
    )
    section = (
        struct.pack("<II", places[-1], len(properties)) + index + b"".join(value for _, value in properties)
    )
    return struct.pack("<HHI16xI16xI", 0xFFFE, 0, 2, 1, 48) + section


def prl(code: int, operand: int, size: int) -> bytes:
    """A property and its operand."""
    return struct.pack("<H", code) + operand.to_bytes(size, "little")


def plex(positions: list[int], items: list[bytes]) -> bytes:
    return struct.pack(f"<{len(positions)}I", *positions) + b"".join(items)


def clx(pieces: list[tuple[int, int, int]]) -> bytes:
    """A table of pieces: characters, offset, bytes a character."""
    positions = list(accumulate((count for count, _, _ in pieces), initial=0))
    stored = [
        struct.pack("<HIH", 0, offset * 2 | 1 << 30 if width == 1 else offset, 0)
        for _, offset, width in pieces
    ]
    part = plex(positions, stored)
    return b"\2" + struct.pack("<I", len(part)) + part


def word_streams(
    paragraphs: list[tuple[str, bytes]] | list[str],
    *,
    lengths: tuple[int, ...] = (),
    parts: dict[int, bytes] | None = None,
    characters: dict[tuple[int, int], bytes] | None = None,
    magic: tuple[int, int, int] = (0xA5EC, 0xC1, 0x200),
) -> dict[str, bytes]:
    """The streams of a Word file, its text in one piece of UTF-16.

    Args:
        paragraphs: Texts with their marks, each with its style (two bytes) and properties.
        lengths: Of the text, the notes and so on; all of it is the text where none are told.
        parts: Structures by their numbers.
        characters: Properties of ranges of positions.
        magic: The header's first field, version and flags.
    """
    said = [(one, b"\0\0") if isinstance(one, str) else one for one in paragraphs]
    stored = [text.encode("utf-16-le") for text, _ in said]
    offsets = list(accumulate(map(len, stored), initial=TEXT_AT))
    count = (offsets[-1] - TEXT_AT) // 2
    body = b"".join(stored)
    body += bytes(-len(body) % SECTOR)
    page = (TEXT_AT + len(body)) // SECTOR
    runs = {
        (TEXT_AT + 2 * first, TEXT_AT + 2 * end): group for (first, end), group in (characters or {}).items()
    }
    body += _paragraph_page(offsets, [group for _, group in said]) + _character_page(runs)
    bounds = [offsets[0], offsets[-1]]
    structures = {
        CLX: clx([(count, TEXT_AT, 2)]),
        PARAGRAPHS: plex(bounds, [struct.pack("<I", page)]),
        CHARACTERS: plex(bounds, [struct.pack("<I", page + 1)]),
        **(parts or {}),
    }
    table, pairs = b"", bytearray(8 * 93)
    for number, part in structures.items():
        struct.pack_into("<II", pairs, 8 * number, len(table), len(part))
        table += part
    head = bytearray(TEXT_AT)
    struct.pack_into("<HH6xH", head, 0, *magic)
    struct.pack_into("<7i", head, 76, *(*(lengths or (count,)), *[0] * 7)[:7])
    head[154 : 154 + len(pairs)] = pairs
    return {"WordDocument": bytes(head) + body, "1Table": table}


def word_file(*args, **more) -> bytes:
    return ole_file(word_streams(*args, **more))


def _paragraph_page(offsets: list[int], groups: list[bytes]) -> bytes:
    page, at, places = bytearray(SECTOR), SECTOR - 2, []
    for group in groups:
        size = bytes([(len(group) + 1) // 2]) if len(group) % 2 else bytes([0, len(group) // 2])
        at = (at - len(size + group)) // 2 * 2
        page[at : at + len(size + group)] = size + group
        places.append(bytes([at // 2]) + bytes(12))
    return _page(page, offsets, places)


def _character_page(runs: dict[tuple[int, int], bytes]) -> bytes:
    page, at, places = bytearray(SECTOR), SECTOR - 2, []
    bounds = sorted({0, TEXT_AT, *(bound for run in runs for bound in run), 1 << 20})
    for bound in pairwise(bounds):
        group = runs.get(bound, b"")
        at = (at - 1 - len(group)) // 2 * 2
        page[at : at + 1 + len(group)] = bytes([len(group)]) + group
        places.append(bytes([at // 2 if group else 0]))
    return _page(page, bounds, places)


def _page(page: bytearray, offsets: list[int], places: list[bytes]) -> bytes:
    head = struct.pack(f"<{len(offsets)}I", *offsets) + b"".join(places)
    page[: len(head)] = head
    page[-1] = len(places)
    return bytes(page)


def style(number: int, base: int = 0xFFF, group: bytes = b"") -> bytes:
    """A paragraph style of Word's own number, based on another of the file."""
    said = struct.pack("<H", 0) + group
    entry = struct.pack("<5H", number, 1 | base << 4, 1, 0, 0) + struct.pack("<HHH", 1, ord("n"), 0)
    entry += struct.pack("<H", len(said)) + said
    return struct.pack("<H", len(entry)) + entry + bytes(len(entry) % 2)


def style_sheet(*styles: bytes) -> bytes:
    return struct.pack("<HHH14x", 18, len(styles), 10) + b"".join(styles)


def record(kind: int, content: bytes, *, instance: int = 0, container: bool = False) -> bytes:
    """A record of PowerPoint or of its drawings."""
    return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(content)) + content


def holder(kind: int, *children: bytes, instance: int = 0) -> bytes:
    return record(kind, b"".join(children), instance=instance, container=True)


def text(kind: int, letters: str, *more: bytes) -> bytes:
    """A text: its header, its characters, and what is said of them."""
    return b"".join([record(3999, struct.pack("<I", kind)), record(4000, letters.encode("utf-16-le")), *more])


def shape(*inside: bytes, placeholder: int | None = None, place: tuple[int, ...] = ()) -> bytes:
    parts = []
    if place:
        parts.append(record(0xF00F, struct.pack("<4i", *place)))
    if placeholder is not None:
        parts.append(holder(0xF011, record(3011, struct.pack("<iBBH", 0, placeholder, 0, 0))))
    return holder(0xF004, *parts, record(0xF00D, b"".join(inside), container=True))


def slide(*shapes: bytes, notes: int = 0, more: bytes = b"", kind: int = 1006) -> bytes:
    drawing = holder(1036, holder(0xF002, holder(0xF003, *shapes)))
    return holder(kind, record(1007, struct.pack("<I8xIIHH", 0, 0, notes, 0, 0)), drawing, more)


def persist(name: int, number: int) -> bytes:
    return record(1011, struct.pack("<IIiII", name, 0, 0, number, 0))


def slides_streams(
    *saves: dict[int, bytes], token: int = 0xE391C05F, edit_bytes: int = 28
) -> dict[str, bytes]:
    """The streams of a PowerPoint file: the objects of each save by their numbers; 1 is the document."""
    stream, before = b"", 0
    for objects in saves:
        entries = b""
        for name, stored in objects.items():
            entries += struct.pack("<II", name | 1 << 20, len(stream))
            stream += stored
        directory, stream = len(stream), stream + record(6002, entries)
        edit = struct.pack("<IIIIIIHH", 0, 3, before, directory, 1, 9, 0, 0).ljust(edit_bytes, b"\1")
        before, stream = len(stream), stream + record(4085, edit)
    return {
        "PowerPoint Document": stream,
        "Current User": record(4086, struct.pack("<III", 20, token, before) + bytes(8)),
    }


def slides_file(
    *slides: bytes, outlines: tuple[bytes, ...] = (), masters: bytes = b"", notes: bytes = b""
) -> bytes:
    """A file of one save: slides numbered from 2 and 256, and the texts of each in the outline."""
    outline = b"".join(
        persist(number, 254 + number) + (outlines[number - 2] if number - 2 < len(outlines) else b"")
        for number in range(2, 2 + len(slides))
    )
    lists = [holder(4080, masters, instance=1), holder(4080, outline)]
    objects = dict(enumerate(slides, 2))
    if notes:
        lists.append(holder(4080, persist(90, 700), instance=2))
        objects[90] = notes
    return ole_file(slides_streams({1: holder(1000, *lists), **objects}))
