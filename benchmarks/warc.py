"""Speed of reading web archives, without extraction, beside fastwarc's bare loop in the same run.

    python benchmarks/warc.py [FILE.warc.gz ...] [--megabytes N]

Prints a JSON line a figure: stored MB (10^6 bytes) per CPU second of this one process. The files are repeated
until they make so many megabytes, in one gzip file with a member a record, as crawlers write them.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastwarc.warc import ArchiveIterator
from signals import CORPUS, cpu_seconds

from tamis.io.readers import InputFile, Record, read_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES = ("built/pages.warc.gz", "dolma/sample-0000.warc.gz", "resiliparse/warcfile.warc.gz")
RUNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, default=[CORPUS / "warc" / name for name in FILES])
    parser.add_argument("--megabytes", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawl.warc.gz"
        write_repeated(path, options.paths, int(options.megabytes * 1e6))
        for figure in figures(path):
            print(json.dumps(figure), flush=True)


def write_repeated(path: Path, sources: list[Path], size: int) -> None:
    """Write the sources one after the other, again and again, up to about a size."""
    parts = [source.read_bytes() for source in sources]
    with path.open("wb") as stream:
        for part in itertools.cycle(parts):
            stream.write(part)
            if stream.tell() >= size:
                return


def figures(path: Path) -> Iterator[dict[str, Any]]:
    """Yield tamis's figure, whole and in 8 parts, and fastwarc's with and without taking the bytes."""
    size = path.stat().st_size
    bounds = [size * place // 8 for place in range(9)]
    yield figure("warc read", size, lambda: read(path, [None]))
    yield figure("warc read in 8 parts", size, lambda: read(path, list(itertools.pairwise(bounds))))
    data = path.read_bytes()
    for name, options in (
        ("iterated", {"parse_http": False}), ("HTTP parsed, bytes taken", {}),
        ("HTTP decoded, digests verified, bytes taken", {"auto_decode": "all", "verify_digests": True}),
    ):  # fmt: skip
        yield figure(
            f"fastwarc, {name}", size,
            lambda given=options, takes=name != "iterated": iterate(data, given, takes=takes),
            peer=f"fastwarc {version('fastwarc')}",
        )  # fmt: skip


def read(path: Path, parts: list[tuple[int, int] | None]) -> int:
    """Read an archive as a run does, digests, hashes and conservation included; return its documents."""
    size = path.stat().st_size
    files = [InputFile("s", str(path.parent), path.name, "warc", size, part=part) for part in parts]
    return sum(isinstance(item, Record) for file in files for item in read_input(file))


def iterate(data: bytes, options: dict[str, Any], *, takes: bool) -> int:
    """Pass an archive by fastwarc; return its records."""
    records = 0
    for record in ArchiveIterator(io.BytesIO(data), **options):
        records += 1
        if takes:
            record.reader.read()
    return records


def figure(name: str, size: int, work: Callable[[], int], peer: str | None = None) -> dict[str, Any]:
    """Return the best of some runs after one that warms up."""
    records = work()
    best = min(cpu_seconds(work) for _ in range(RUNS))
    return {
        "figure": name, "value": round(size / 1e6 / best, 1), "unit": "stored MB/s a core", "peer": peer,
        "records": records, "mb": round(size / 1e6, 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
