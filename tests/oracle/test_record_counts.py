"""The readers' counts of records against counters that share nothing with them: gzip, zstandard, pyarrow."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard

from tamis.io.readers import FileFacts, InputFile, read_input
from tamis.io.storage import list_files

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DUMPS = sorted(path for path in (EXAMPLES / "dump").iterdir() if not path.name.startswith("."))


def decompressed(path: Path) -> bytes:
    """Return all bytes that can be had of a file, also of one that is cut."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return zlib.decompressobj(wbits=31).decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return data


def counted(path: Path) -> int:
    """Return lines that are not blank, or rows; of a cut stream the last line is no record."""
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).metadata.num_rows
    lines = decompressed(path).split(b"\n")
    whole = lines[:-1] if "truncated" in path.name else lines
    return sum(bool(line.strip()) for line in whole)


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.name)
def test_readers_count_what_an_independent_counter_finds(path):
    form = "parquet" if path.suffix == ".parquet" else "jsonl"
    *items, facts = read_input(InputFile("s", str(path.parent), path.name, form, path.stat().st_size))
    assert isinstance(facts, FileFacts)
    assert facts.records == counted(path) == len(items) - len(facts.ranges) > 0
    assert len(facts.ranges) == ("truncated" in path.name)


def test_listing_finds_every_file_of_the_examples():
    walked = [
        Path(folder, name).relative_to(EXAMPLES / "files").as_posix()
        for folder, _, names in os.walk(EXAMPLES / "files")
        for name in names
    ]
    _, listed = list_files(str(EXAMPLES / "files"))
    assert sorted(file.path for file in listed) == sorted(walked)
    assert len(walked) > 250
