"""Writes OLE compound files of version 3 ([MS-CFB]), and Outlook messages ([MS-OXMSG]) into them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

Tree = dict[str, "bytes | Tree"]
SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


class _Chains:
    """Sectors of one size and which follows which."""

    def __init__(self, size: int) -> None:
        self.size, self.data, self.next = size, b"", []

    def add(self, data: bytes) -> int:
        """Append a chain; return its first sector."""
        count = -(-len(data) // self.size)
        start = len(self.next)
        self.data += data.ljust(count * self.size, b"\0")
        self.next += [start + at + 1 for at in range(count - 1)] + [END] * bool(count)
        return start if count else END


def compound(tree: Tree) -> bytes:
    """A compound file with these streams (bytes) and storages (dicts)."""
    big, small = _Chains(SECTOR), _Chains(MINI)
    entries: list[list[object]] = [["Root Entry", 5, NONE, NONE, NONE, 0, 0]]
    entries[0][4] = _siblings(sorted(tree.items(), key=_order), entries, big, small)
    mini_table = struct.pack(f"<{len(small.next)}I", *small.next)
    entries[0][5:] = big.add(small.data), len(small.data)
    first_mini = big.add(mini_table + b"\xff" * (-len(mini_table) % SECTOR))
    directory = b"".join(_entry(*entry) for entry in entries)  # type: ignore[arg-type]
    first_entry = big.add(directory + _entry("", 0, NONE, NONE, NONE, 0, 0) * (-len(entries) % 4))
    tables = 1
    while tables * SECTOR // 4 < len(big.next) + tables:
        tables += 1
    places = range(len(big.next), len(big.next) + tables)
    table = [*big.next, *[FAT] * tables]
    table += [FREE] * (tables * SECTOR // 4 - len(table))
    header = struct.pack(
        "<8s16s5H6s9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, tables, first_entry, 0, CUTOFF, first_mini, len(mini_table) // SECTOR + bool(mini_table), END, 0,
    ) + struct.pack("<109I", *places, *[FREE] * (109 - tables))  # fmt: skip
    return header + big.data + struct.pack(f"<{len(table)}I", *table)


def _order(item: tuple[str, object]) -> tuple[int, str]:
    return len(item[0]), item[0].upper()


def _siblings(
    items: list[tuple[str, bytes | Tree]], entries: list[list[object]], big: _Chains, small: _Chains
) -> int:
    """Append the entries of a storage as a balanced tree; return its root's number."""
    if not items:
        return NONE
    middle = len(items) // 2
    name, held = items[middle]
    number = len(entries)
    entries.append([name, 2 if isinstance(held, bytes) else 1, NONE, NONE, NONE, 0, 0])
    entries[number][2] = _siblings(items[:middle], entries, big, small)
    entries[number][3] = _siblings(items[middle + 1 :], entries, big, small)
    if isinstance(held, bytes):
        entries[number][5:] = (small if len(held) < CUTOFF else big).add(held), len(held)
    else:
        entries[number][4] = _siblings(sorted(held.items(), key=_order), entries, big, small)
    return number


def _entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    links = struct.pack("<3I", left, right, child)
    return (
        text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links + bytes(36)
        + struct.pack("<IQ", start, size)
    )  # fmt: skip


def storage(
    values: dict[int, str | bytes | Tree], fixed: dict[int, int | datetime] | None = None, *,
    header: bytes = bytes(8), page: str | None = None,
) -> Tree:  # fmt: skip
    """A message, recipient or attachment.

    Args:
        values: Properties by id: a string, bytes, or a storage.
        fixed: Properties of fixed length; a date is stored as FILETIME.
        header: What stands before the rows of the properties.
        page: Encoding of the strings; Unicode if None.
    """
    made: Tree = {}
    rows = header
    for number, value in (fixed or {}).items():
        rows += _row(number, *((0x40, _ticks(value)) if isinstance(value, datetime) else (3, value)))
    for number, value in values.items():
        kind, data = _stored(value, page)
        made[f"__substg1.0_{number:04X}{kind:04X}"] = data
        rows += _row(number, kind, len(data) + {0x1E: 1, 0x1F: 2}.get(kind, 0))
    return made | {"__properties_version1.0": rows}


def _row(number: int, kind: int, value: int) -> bytes:
    return struct.pack("<HHIQ", kind, number, 6, value)


def _ticks(time: datetime) -> int:
    return round((time - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7


def _stored(value: str | bytes | Tree, page: str | None) -> tuple[int, bytes | Tree]:
    if isinstance(value, str):
        return (0x1E, value.encode(page)) if page else (0x1F, value.encode("utf-16-le"))
    return 0x102 if isinstance(value, bytes) else 0x0D, value


def message(
    values: dict[int, str | bytes], fixed: dict[int, int | datetime] | None = None, *,
    to: tuple[Tree, ...] = (), attached: tuple[Tree, ...] = (), is_inside: bool = False,
    page: str | None = None,
) -> Tree:  # fmt: skip
    """A message with its recipients and attachments; one that is not inside another makes a file."""
    header = struct.pack("<8x4I", len(to), len(attached), len(to), len(attached))
    made = storage(dict(values), fixed, header=header if is_inside else header + bytes(8), page=page)
    made |= {f"__recip_version1.0_#{number:08X}": one for number, one in enumerate(to)}
    return made | {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attached)}
