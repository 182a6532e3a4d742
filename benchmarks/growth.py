"""Does near-deduplication grow with its input? 1, 4 and 16 times the documents, even ones and skewed ones.

    python benchmarks/growth.py [FILE.jsonl.zst] [--docs 27371] [--kinds text dense skew] [--chunk 4096]
        [--master 'local-cluster[2,1,1024]'] [--passes 1]

Prints a JSON line a size and kind, each run in a process of its own:

- text: the first documents of a file, then copies of them with a third of the words replaced, the same word
  by the same word within a copy: the share of documents with a partner stays, and no copy is near another.
- dense: families of 20 texts with one word in a hundred replaced.
- skew: of 93,750 (at 16x 1.5 million) two thirds are identical, 1 in 16 are one template with two words
  changed, 1 in 16 share a paragraph that is half of their text.

`of_linear` is CPU at a size over that of 1x by the documents' ratio; `rate` the marginal MB per CPU second
from the size before. From the event log: `max_task_over_median` of the stages whose median task takes a
second or more, `longest_task` of all, `task_heap_mb` and `driver_heap_mb` of 1 GB each (one heap unless the
master has executors of their own), and `shuffle_bytes_per_document`. Of several passes the fastest counts
for the CPU: the JVM goes on compiling.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
from near_dedup import ROW_GROUP, SCHEMA, documents_batch
from signals import CORPUS, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Texts = Callable[[int], Iterator[str]]

HERE = Path(__file__).resolve().parent
SIZES = (1, 4, 16)
WORD = re.compile(r"\w+")
FAMILY = 20
SKEWED_DOCS = 93_750
TEMPLATE_WORDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS / "bulk" / "docs.jsonl.zst")
    parser.add_argument("--docs", type=int, default=27_371, help="documents at 1x")
    parser.add_argument("--kinds", nargs="+", default=["text", "dense", "skew"])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--chunk", type=int, default=4096, help="members of a chunk of a large bucket")
    parser.add_argument("--master", default="local[*]")
    parser.add_argument("--passes", type=int, default=1)
    options = parser.parse_args()
    kinds: dict[str, Texts] = {
        "text": lambda size: grown(options.path, options.docs, size),
        "dense": lambda size: dense(options.docs * size),
        "skew": lambda size: skewed(SKEWED_DOCS * size),
    }
    with tempfile.TemporaryDirectory() as scratch:
        warm = written(kinds["text"](1), Path(scratch, "warm.parquet"))
        for kind in options.kinds:
            before: list[dict[str, Any]] = []
            for size in options.sizes:
                texts = written(kinds[kind](size), Path(scratch, f"{kind}-{size}.parquet"))
                run = measured(texts, warm, Path(scratch, f"events-{kind}-{size}"), options)
                before.append({"figure": f"growth, {kind}", "times": size, **run})
                print(json.dumps({**before[-1], **compared(before)}), flush=True)
                texts.unlink()


def grown(path: Path, docs: int, size: int) -> Iterator[str]:
    """Yield the first documents of a file and, under other words, size - 1 copies of them."""
    for copy in range(size):
        words: dict[str, str] = {}
        for text in itertools.islice(read_texts(path), docs):
            yield WORD.sub(lambda found: renamed(found.group(), copy, words), text) if copy else text  # noqa: B023


def renamed(word: str, copy: int, words: dict[str, str]) -> str:
    """Return the word that stands for another one throughout a copy; two of three stay."""
    if word not in words:
        words[word] = (
            f"{word}{'xqzvwkyj'[copy % 8]}{copy}" if zlib.crc32(f"{word} {copy}".encode()) % 3 == 0 else word
        )
    return words[word]


def dense(docs: int) -> Iterator[str]:
    """Yield families of `FAMILY` texts that differ in one word of a hundred."""
    rng = np.random.default_rng(5)
    while docs > 0:
        first = rng.integers(0, 200_000, 400)
        for _ in range(min(FAMILY, docs)):
            yield text_of(replaced(first, 4, rng))
        docs -= FAMILY


def skewed(docs: int) -> Iterator[str]:
    """Yield documents of which most are one, or have much in common."""
    rng = np.random.default_rng(6)
    same, template, paragraph = (rng.integers(0, 200_000, TEMPLATE_WORDS) for _ in range(3))
    for number in range(docs):
        place = number % 48
        if place < 32:
            yield text_of(same)
        elif place < 35:
            yield text_of(replaced(template, 2, rng))
        else:
            own = rng.integers(0, 200_000, TEMPLATE_WORDS)
            yield text_of(np.concatenate([paragraph, own]) if place < 38 else own)


def replaced(words: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return words of which so many, at random places, are others."""
    found = words.copy()
    found[rng.integers(0, len(words), count)] = rng.integers(200_000, 400_000, count)
    return found


def text_of(words: np.ndarray) -> str:
    """Return numbers as words."""
    return " ".join(f"w{word:x}" for word in words.tolist())


def written(texts: Iterator[str], path: Path) -> Path:
    """Write texts as a table of documents; return its path."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for first in itertools.count(0, ROW_GROUP):
            group = list(itertools.islice(texts, ROW_GROUP))
            if not group:
                return path
            writer.write_batch(documents_batch(first, group))
    raise AssertionError("unreachable")


def measured(documents: Path, warm: Path, events: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run the job over a file in a process of its own; return what it and its event log tell."""
    events.mkdir()
    arguments = [str(HERE / "near_dedup_spark.py"), str(documents), str(warm), str(options.passes)]
    arguments += ["--events", str(events), "--chunk", str(options.chunk), "--master", options.master]
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    spent = json.loads(done.stdout.splitlines()[-1])
    table = pq.ParquetFile(documents).metadata
    size = sum(len(text) for text in texts_of(documents))
    told = {
        name: spent[name] for name in ("cpu_seconds", "cpu_seconds_of_passes", "seconds", "removed", "facts")
    }
    logged = from_log(next(events.iterdir()), spent["began"])
    logged["shuffle_bytes_per_document"] = round(
        logged.pop("shuffle_bytes") / options.passes / table.num_rows
    )
    return {"documents": table.num_rows, "mb": round(size / 1e6, 1), **told, **logged}


def texts_of(documents: Path) -> Iterator[bytes]:
    """Yield the texts of a table of documents as UTF-8."""
    for batch in pq.ParquetFile(documents).iter_batches(columns=["text"]):
        yield from (text.as_buffer() for text in batch.column("text"))


def from_log(log: Path, began: float, ended: float = math.inf) -> dict[str, Any]:
    """Return what the tasks of an event log tell that were launched between two times (seconds)."""
    tasks: dict[tuple[int, int], list[float]] = defaultdict(list)
    shuffled = heap = driver = 0
    with log.open() as lines:
        for event in map(json.loads, lines):
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                info = event["Task Info"]
                if not began <= info["Launch Time"] / 1000 <= ended:
                    continue
                stage = (event["Stage ID"], event["Stage Attempt ID"])
                tasks[stage].append((info["Finish Time"] - info["Launch Time"]) / 1000)
                shuffled += event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                heap = max(heap, event["Task Executor Metrics"].get("JVMHeapMemory", 0))
            elif event["Event"] == "SparkListenerStageExecutorMetrics":
                is_driver = event["Executor ID"] == "driver"
                if is_driver and (event["Stage ID"], event["Stage Attempt ID"]) in tasks:
                    driver = max(driver, event["Executor Metrics"].get("JVMHeapMemory", 0))
    medians = {stage: statistics.median(seconds) for stage, seconds in tasks.items()}
    ratios = [max(tasks[stage]) / median for stage, median in medians.items() if median >= 1]
    return {
        "max_task_over_median": round(max(ratios), 2) if ratios else None,
        "stages_of_a_second": len(ratios),
        "longest_task": round(max(map(max, tasks.values())), 2),
        "task_heap_mb": round(heap / 1e6),
        "driver_heap_mb": round(driver / 1e6),
        "shuffle_bytes": shuffled,
    }


def compared(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last run beside the first and the one before."""
    first, last = runs[0], runs[-1]
    linear = last["cpu_seconds"] / first["cpu_seconds"] / (last["documents"] / first["documents"])
    told = {
        "of_linear": round(linear, 3),
        "driver_heap_of_first": round(last["driver_heap_mb"] / first["driver_heap_mb"], 2),
    }
    if len(runs) > 1:
        spent = last["cpu_seconds"] - runs[-2]["cpu_seconds"]
        told["rate"] = round((last["mb"] - runs[-2]["mb"]) / spent, 2)
    return told


if __name__ == "__main__":
    main()
