"""Which stored bytes a task reads: inputs of one shard together, a large web archive cut into parts.

A part owns the records that begin in its bytes; who reads it finds the first by itself. Parts fit together
where each begins at the record at which the one before it stopped, and then they give what one pass would.
They may not: an archive inside an archive, stored unpacked, looks like records of its own. Such a file is
read again, whole.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tamis.errors import StageFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tamis.io.ledger import LedgerRow

TASK_BYTES = 128_000_000  # stored bytes a task: minutes of work, so a lost executor costs minutes
MIN_PART_BYTES = 16_000_000  # of a web archive: a part's task reads up to a megabyte to find its first record


@dataclass(frozen=True, slots=True)
class Piece:
    """An input, or the stored bytes [start, end) of it."""

    row: LedgerRow
    part: tuple[int, int] | None = None

    @property
    def bytes(self) -> int:
        """How many stored bytes are to be read."""
        return self.part[1] - self.part[0] if self.part else self.row.bytes


def tasks(ledger: list[LedgerRow], parallelism: int, *, whole: bool = False) -> list[list[Piece]]:
    """Return the inputs cut into tasks: of one shard each, some 128 MB, at least two a core; large first.

    Args:
        ledger: The inputs.
        parallelism: Cores.
        whole: No input is cut.
    """
    target = min(TASK_BYTES, 1 + sum(row.bytes for row in ledger) // max(1, 2 * parallelism))
    groups: list[list[Piece]] = []
    filled = 0
    for row in ledger:
        for piece in [Piece(row)] if whole else pieces(row, target):
            if not groups or filled + piece.bytes > target or groups[-1][-1].row.shard != row.shard:
                groups.append([])
                filled = 0
            groups[-1].append(piece)
            filled += piece.bytes
    return sorted(groups, key=lambda group: -sum(piece.bytes for piece in group))


def pieces(row: LedgerRow, target: int) -> list[Piece]:
    """Return an input as it is to be read: a large web archive in parts of equal size, others whole."""
    count = row.bytes // max(target, MIN_PART_BYTES)
    if row.format != "warc" or count < 2:
        return [Piece(row)]
    bounds = [row.bytes * place // count for place in range(count + 1)]
    return [Piece(row, part) for part in pairwise(bounds)]


def misfits(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ordinals of inputs whose parts do not fit together.

    Args:
        rows: Of the kind input: ordinal; offset and length, the stored bytes that were read for it.
    """
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        spans[row["ordinal"]].append((row["offset"], row["offset"] + row["length"]))
    return sorted(ordinal for ordinal, parts in spans.items() if not _fit(parts))


def _fit(parts: list[tuple[int, int]]) -> bool:
    read = sorted(part for part in parts if part[1] > part[0])
    return all(left[1] == right[0] for left, right in pairwise(read))


def filled_in(ledger: list[LedgerRow], rows: Iterable[Mapping[str, Any]]) -> list[LedgerRow]:
    """Return the ledger with what was counted of each input, its parts added up.

    Args:
        ledger: The pending inputs.
        rows: Of the kind input: ordinal, offset, sha256, records, skipped, bytes_consumed, status.

    Raises:
        StageFailedError: an input gave no count.
    """
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["ordinal"]].append(row)
    missing = [row.path for row in ledger if row.ordinal not in found]
    if missing:
        raise StageFailedError(f"extract: {len(missing)} input(s) gave no count, for example {missing[:3]}")
    return [_filled(row, found[row.ordinal]) for row in ledger]


def _filled(row: LedgerRow, parts: list[Mapping[str, Any]]) -> LedgerRow:
    skipped = sum((Counter(json.loads(part["skipped"])) for part in parts), Counter[str]())
    records = sum(part["records"] for part in parts)
    statuses = {part["status"] for part in parts}
    gave_some = records or skipped or "damaged" in statuses
    return replace(
        row, records=records, skipped=json.dumps(skipped, sort_keys=True),
        sha256="".join(part["sha256"] for part in parts),  # only the first part has one
        bytes_consumed=sum(part["bytes_consumed"] for part in parts),
        status=statuses.pop() if len(statuses) == 1 else "damaged" if gave_some else "unreadable",
    )  # fmt: skip
