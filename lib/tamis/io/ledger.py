"""The ledger of inputs: what is new, what changed, what vanished, and which shard each new input joins.

Pure: values in, values out; `ingest.py` reads and writes the table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tamis.errors import ConfigError, StaleInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tamis.config import Input, Shards
    from tamis.io.storage import StoredFile


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One input file; the columns of table ``inputs``."""

    source: str
    path: str
    root: str
    format: str
    bytes: int
    etag: str
    options: str
    ordinal: int = 0
    sha256: str | None = None
    records: int | None = None
    skipped: str | None = None
    bytes_consumed: int | None = None
    status: str = "listed"
    batch_id: int = 0
    shard: int = 0

    @property
    def name(self) -> tuple[str, str]:
        """What names an input wherever its root lies."""
        return (self.source, self.path)


@dataclass(frozen=True, slots=True)
class Delta:
    """How a listing differs from the ledger."""

    new: list[LedgerRow]
    vanished: list[str]


def input_options(part: Input) -> str:
    """Return how an input's records are read, as JSON."""
    if part.format in ("files", "warc"):
        return "{}"
    return json.dumps({"id_field": part.id_field, "text_field": part.text_field}, sort_keys=True)


def listed_rows(listings: Iterable[tuple[Input, str, list[StoredFile]]]) -> list[LedgerRow]:
    """Return the files of all inputs as ledger rows, sorted by (source, path).

    Sorting makes ids, shards and repeats independent of the order that inputs are listed in.

    Raises:
        ConfigError: two inputs of one source give the same path, so their records' ids would clash.
    """
    found: dict[tuple[str, str], LedgerRow] = {}
    for part, root, files in listings:
        for file in files:
            row = LedgerRow(
                part.source, file.path, root, part.format, file.bytes, file.etag, input_options(part)
            )
            other = found.setdefault(row.name, row)
            if other != row:
                raise ConfigError(
                    f"inputs: {row.path!r} of source {row.source!r} is found twice, under {other.root} and "
                    f"{row.root} (or with two formats): give the second input a source of its own"
                )
    return sorted(found.values(), key=lambda row: row.name)


def compare(
    listed: list[LedgerRow], ledger: list[LedgerRow], file_sha256: Callable[[LedgerRow], str]
) -> Delta:
    """Return what is new and what vanished.

    Args:
        listed: What lies in storage now.
        ledger: What earlier batches recorded.
        file_sha256: Reads a file; asked only where its time changed but not its size.

    Raises:
        StaleInputError: a file that was extracted has other bytes or is read in another way now.
    """
    known = {row.name: row for row in ledger}
    changed = [row for row in listed if row.name in known and _is_changed(row, known[row.name], file_sha256)]
    if changed:
        names = ", ".join(f"{row.source}:{row.path}" for row in changed[:3])
        raise StaleInputError(
            f"{len(changed)} input(s) changed since they were read: {names}. Their old rows cannot be taken "
            "out yet: restore them, or write the new ones under another path, or use another --output"
        )
    present = {row.name for row in listed}
    vanished = [f"{row.source}:{row.path}" for row in ledger if row.name not in present]
    return Delta([row for row in listed if row.name not in known], vanished)


def _is_changed(now: LedgerRow, then: LedgerRow, file_sha256: Callable[[LedgerRow], str]) -> bool:
    if (now.bytes, now.format, now.options) != (then.bytes, then.format, then.options):
        return True
    if now.etag == then.etag or then.sha256 is None:
        return False
    return file_sha256(now) != then.sha256


def with_shards(
    rows: list[LedgerRow], shards: Shards, *, batch: int, ordinal: int, shard: int
) -> list[LedgerRow]:
    """Return new rows with batch, ledger order and shard.

    Args:
        rows: Sorted.
        shards: Whole inputs are gathered up to ``target_bytes``, or into ``count`` parts of like size.
        batch: The batch they make.
        ordinal: First free place in the ledger.
        shard: First free shard.
    """
    target = shards.target_bytes or 0
    if shards.count is not None:
        target = -(-sum(row.bytes for row in rows) // shards.count)
    result = []
    filled = 0
    for place, row in enumerate(rows):
        if filled and filled + row.bytes > target:
            shard, filled = shard + 1, 0
        filled += row.bytes
        result.append(replace(row, batch_id=batch, ordinal=ordinal + place, shard=shard))
    return result
