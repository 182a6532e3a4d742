"""A uniform sample of a recipe's records, as texts: read and extracted as a run does it, without Spark.

Files and records are chosen by hashes of their names, so a seed gives the same sample again. Records of
JSON Lines and Parquet are thinned while their file streams past; of other formats whole files are chosen.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from tamis.errors import SourceError
from tamis.extract.codes import NO_DOCUMENT
from tamis.extract.expand import found_in
from tamis.io.jsonl import read_jsonl
from tamis.io.readers import InputFile, Record, read_input
from tamis.io.storage import open_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from tamis.extract.expand import Extractor
    from tamis.io.ledger import LedgerRow
    from tamis.io.readers import FailedRange, FileFacts, Skipped

READ_TIMES = 32  # stored bytes read for one that is kept: JSON Lines stream past at some 100 MB/s
BATCH_BYTES = 8 << 20
UNIT = 1 << 64


@dataclass(slots=True)
class Stratum:
    """What was listed and sampled of one source and format; each is scaled by its own bytes.

    Attributes:
        listed_bytes: Of all its files, as stored.
        sampled_bytes: Stored bytes that the sampled records stand for.
        documents: Records sampled that gave a text.
        failed: Records sampled that gave none.
        text_bytes: UTF-8 of the sampled texts.
        payload_seconds: Taken by parsing, HTML, PDF and the like; nothing for records that are text.
    """

    listed_bytes: int = 0
    sampled_bytes: float = 0.0
    documents: int = 0
    failed: int = 0
    text_bytes: int = 0
    payload_seconds: float = 0.0

    @property
    def weight(self) -> float:
        """How many records one of the sample stands for."""
        return self.listed_bytes / self.sampled_bytes if self.sampled_bytes else 0.0


@dataclass(slots=True)
class Sample:
    """Texts of a share of the records, with what they stand for.

    Attributes:
        texts: Batches of `large_string`.
        strata: By (source, format).
        is_cut: The time was over before the share was reached.
    """

    texts: list[pa.Array] = field(default_factory=list)
    strata: dict[tuple[str, str], Stratum] = field(default_factory=dict)
    is_cut: bool = False

    def total(self, name: str) -> float:
        """Return a count of `Stratum`, scaled from the sample to all that is listed."""
        return sum(getattr(part, name) * part.weight for part in self.strata.values())

    @property
    def documents(self) -> int:
        """Documents in the sample."""
        return sum(part.documents for part in self.strata.values())

    @property
    def share(self) -> float:
        """Which part of the documents was sampled."""
        total = self.total("documents")
        return self.documents / total if total else 1.0


def draw_sample(
    rows: Sequence[LedgerRow], extractor: Extractor, *, share: float, seed: int,
    seconds: float, max_record_bytes: int,
) -> Sample:  # fmt: skip
    """Return a sample of the listed files' records.

    Args:
        rows: All files.
        extractor: Turns payloads into texts; raises DocumentError.
        share: Wanted part of the records, 0 < share <= 1.
        seed: Which sample.
        seconds: Wall time after which no further record is read; what was read so far is the sample, since
            files come in random order.
        max_record_bytes: Larger records fail.
    """
    sample = Sample()
    for row in rows:
        part = sample.strata.setdefault((row.source, row.format), Stratum())
        part.listed_bytes += row.bytes
    reader = _Reader(sample, extractor, seed, time.monotonic() + seconds, max_record_bytes)
    for row, thinning in chosen_files(rows, share, seed):
        if reader.is_late:
            sample.is_cut = True
            break
        reader.read(row, thinning)
    reader.flush()
    return sample


def chosen_files(rows: Sequence[LedgerRow], share: float, seed: int) -> Iterator[tuple[LedgerRow, float]]:
    """Yield the files to read, in random order, and which part of their records to keep.

    The first file of each source and format comes in any case, so that none stands for nothing.
    """
    order = sorted(rows, key=lambda row: _place(seed, row.source, row.path))
    seen: set[tuple[str, str]] = set()
    for row in order:
        thinning = 1.0 if row.format == "files" else min(1.0, max(share, 1 / READ_TIMES))
        is_first = (row.source, row.format) not in seen
        seen.add((row.source, row.format))
        if is_first or _place(seed, row.source, row.path) < share / thinning:
            yield row, thinning


def _place(seed: int, *names: str) -> float:
    """Return a number in [0, 1) that depends on the names and the seed alone."""
    text = "\x00".join((str(seed), *names)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") / UNIT


class _Reader:
    def __init__(
        self, sample: Sample, extractor: Extractor, seed: int, deadline: float,
        max_record_bytes: int,
    ) -> None:  # fmt: skip
        self._sample = sample
        self._extractor = extractor
        self._seed = seed
        self._deadline = deadline
        self._max_record_bytes = max_record_bytes
        self._waiting: list[str] = []
        self._waiting_bytes = 0

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def read(self, row: LedgerRow, thinning: float) -> None:
        """Add a file's records; one that is not read to its end in time stands for what was read of it."""
        part = self._sample.strata[row.source, row.format]
        stream = _Stream(row, self._max_record_bytes)
        for record in stream.records():
            if _place(self._seed, row.source, row.path, record.key) < thinning:
                self._add(part, record)
            if self.is_late:
                self._sample.is_cut = True
                break
        part.sampled_bytes += thinning * row.bytes * stream.fraction

    def _add(self, part: Stratum, record: Record) -> None:
        begin = time.monotonic()
        for found in found_in(record, self._extractor):
            if record.payload is not None:
                part.payload_seconds += time.monotonic() - begin
            if found.error is not None:
                part.failed += found.error.code != NO_DOCUMENT
            elif found.made is not None and found.made.is_document:
                self._add_text(part, found.made.text)
            begin = time.monotonic()

    def _add_text(self, part: Stratum, text: str) -> None:
        size = len(text.encode())
        part.documents += 1
        part.text_bytes += size
        self._waiting.append(text)
        self._waiting_bytes += size
        if self._waiting_bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._sample.texts.append(pa.array(self._waiting, pa.large_string()))
        self._waiting, self._waiting_bytes = [], 0


class _Stream:
    """The records of one file, and which part of it they were read from."""

    def __init__(self, row: LedgerRow, max_record_bytes: int) -> None:
        self._file = InputFile.from_ledger(asdict(row))
        self._max_record_bytes = max_record_bytes
        self._stored: _Counted | None = None
        self._is_read = False

    def records(self) -> Iterator[Record]:
        """Yield them; a caller may stop anywhere."""
        for item in self._items():
            if isinstance(item, Record):
                yield item
        self._is_read = True

    def _items(self) -> Iterator[Record | Skipped | FailedRange | FileFacts]:
        if self._file.format != "jsonl":
            return read_input(self._file, max_record_bytes=self._max_record_bytes)
        try:
            self._stored = _Counted(open_input(self._file.root, self._file.path))
        except SourceError:  # a failed range to `tamis run`, nothing to a sample
            return iter(())
        return read_jsonl(self._file, cast("BinaryIO", self._stored), max_record_bytes=self._max_record_bytes)

    @property
    def fraction(self) -> float:
        """Part of the stored bytes that was read; a Parquet file left half way counts as read to its end."""
        if self._is_read or self._stored is None:
            return 1.0
        return min(1.0, self._stored.position / max(1, self._file.bytes))


class _Counted:
    """Counts what is read of a file."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self.position = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stored.read(size)
        self.position += len(data)
        return data
