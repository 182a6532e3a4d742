"""The text boxes of an Excel 97 to 2003 file (MS-XLS 2.4.329), which xlrd passes over."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECT, TEXT_OBJECT, CONTINUE, BEGIN, END = 0x5D, 0x1B6, 0x3C, 0x809, 0x0A
NOTE = 0x19  # kind of an object (MS-XLS 2.5.143): a comment, which xlrd reads
HEADER_BYTES = 4


def text_boxes(stream: bytes, start: int) -> Iterator[str]:
    """Yield the texts of the objects on a sheet, but for comments; none from where the stream is cut off.

    Args:
        stream: The workbook.
        start: Where the sheet begins.
    """
    kind, depth = NOTE, 0
    records = _records(stream, start)
    for name, data in records:
        depth += (name == BEGIN) - (name == END)  # charts on the sheet are streams of their own in it
        if depth <= 0:
            return
        if name == OBJECT and len(data) >= 6:
            kind = unpack_from("<H", data, 4)[0]
        elif name == TEXT_OBJECT and len(data) >= 12 and kind != NOTE:
            yield _text(records, unpack_from("<H", data, 10)[0])


def _text(records: Iterator[tuple[int, bytes]], count: int) -> str:
    """Return that many characters, from the records that the object goes on in."""
    text = ""
    while len(text) < count:
        name, data = next(records, (END, b""))
        if name != CONTINUE or len(data) < 2:
            break
        text += data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")
    return text[:count].replace("\r", "\n").strip()


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + HEADER_BYTES <= len(stream):
        name, size = unpack_from("<HH", stream, at)
        at += HEADER_BYTES
        yield name, stream[at : at + size]
        at += size
