"""What Spark and isolation add to extraction: documents per CPU second, three ways over the same real files.

    python benchmarks/extraction_spark.py [CORPUS] [--every N] [--rounds N] [--kinds html pdf office]

- bare: the library called in a loop in this process
- isolated: the same through the worker process with limits, as `tamis extract` does
- spark: the stage `extract`, from the ledger to the three tables' commits

CPU is that of the whole process tree. Each way is warmed up by one pass over the files, which is not counted.
Of Spark it is the marginal rate, many copies of the files against one: what an empty stage costs is
left out. The bare loop would take 30 s for the copies, since the JVM's own 7 to 14 s a stage vary by 3.
The two loops take turns, and the median of the rounds is told.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from math import ceil
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from process_tree import tree_cpu_seconds
from signals import CORPUS

import tamis.api
from tamis.errors import DocumentError
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions, extract_payload
from tamis.io.session import build_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    Extract = Callable[[bytes, str], object]

KINDS = {
    "html": ("html_docs", "html_gold"),
    "pdf": ("pdf",),
    "office": tuple(
        f"office:{suffix}" for suffix in ("docx", "pptx", "xlsx", "odt", "ods", "odp", "rtf", "xls")
    ),
}
SHARES = ("isolated", "spark")
ENOUGH_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--every", type=int, default=1, help="take one file in so many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--cores", type=int, default=1, help="of Spark; 0: without it")
    options = parser.parse_args()
    files = {kind: files_of(options.corpus, kind)[:: options.every] for kind in options.kinds}
    # Before Spark is there: its idle workers end after a minute, and what their children spent is then gone.
    seconds = {kind: loops(files[kind], options.rounds) for kind in files}
    if options.cores:
        spark = build_session("extraction benchmark", master=f"local[{options.cores}]")
        for kind, chosen in files.items():
            copies = ceil(ENOUGH_SECONDS / median(seconds[kind]["bare"]))
            seconds[kind]["spark"] = stages(spark, chosen, copies, options.rounds)
        spark.stop()
    for kind, chosen in files.items():
        print(json.dumps(figure(kind, chosen, seconds[kind])))


def files_of(corpus: Path, kind: str) -> list[Path]:
    """Return the files of a kind that the manifest lists."""
    listed = map(json.loads, (corpus / "manifest.jsonl").read_text().splitlines())
    return [corpus / entry["path"] for entry in listed if entry["kind"] in KINDS[kind]]


def loops(files: list[Path], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each pass of the two loops, which take turns."""
    with IsolatedExtractor(ExtractOptions()) as worker:
        ways: dict[str, Extract] = {"bare": bare, "isolated": worker.extract}
        for way in ways.values():
            loop(files, way)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                before = tree_cpu_seconds()
                loop(files, way)
                seconds[name].append(tree_cpu_seconds() - before)
    return seconds


def stages(spark: SparkSession, files: list[Path], copies: int, rounds: int) -> list[float]:
    """Return the CPU seconds that one more copy of the files takes, as often as there are rounds."""
    with tempfile.TemporaryDirectory() as scratch:
        for number in (1, copies):
            link(files, Path(scratch), number)
            stage(spark, Path(scratch), number)
        return [marginal(spark, Path(scratch), copies) for _ in range(rounds)]


def figure(kind: str, files: list[Path], seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Return documents a CPU second of the ways, and what they are of the bare loop's."""
    usual = {name: median(found) for name, found in seconds.items()}
    return {
        "figure": "extraction, documents a CPU second", "kind": kind, "documents": len(files),
        **{name: round(len(files) / found, 1) for name, found in usual.items()},
        **{f"{name}/bare": round(usual["bare"] / usual[name], 3) for name in SHARES if name in usual},
        "cpu_seconds": {name: [round(value, 2) for value in found] for name, found in seconds.items()},
    }  # fmt: skip


def link(files: list[Path], folder: Path, copies: int) -> None:
    """Link each file so many times below a folder of that number."""
    for copy in range(copies):
        for number, file in enumerate(files):
            place = folder / str(copies) / str(copy) / f"{number:05}{file.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file.resolve())


def bare(payload: bytes, name: str) -> object:
    return extract_payload(payload, name=name)


def loop(files: list[Path], extract: Extract) -> None:
    """Extract each file."""
    for file in files:
        with contextlib.suppress(DocumentError):
            extract(file.read_bytes(), file.name)


def marginal(spark: SparkSession, folder: Path, copies: int) -> float:
    """Return the CPU seconds that one more copy of the files takes."""
    return (stage(spark, folder, copies) - stage(spark, folder, 1)) / (copies - 1)


def stage(spark: SparkSession, folder: Path, copies: int) -> float:
    """Return the CPU seconds of the stage over so many copies; the list of inputs is made before it."""
    with tempfile.TemporaryDirectory() as output:
        recipe = {
            "name": "benchmark", "output": output, "extract": {"max_failed_fraction": 1.0},
            "inputs": [{"path": str(folder / str(copies)), "format": "files", "source": "real"}],
        }  # fmt: skip
        tamis.api.run(recipe, spark, until="ingest")
        before = tree_cpu_seconds()
        tamis.api.run(recipe, spark, until="extract")
        return tree_cpu_seconds() - before


if __name__ == "__main__":
    main()
