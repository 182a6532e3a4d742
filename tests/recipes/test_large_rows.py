"""Rows of 30 MB of text through every stage, no process above 2 GB.

What counts is resident memory, by the kernel's own high-water mark (`VmHWM`): what a machine must have.
Address space would not do: a JVM reserves gigabytes that it never touches, and numba, Arrow and each thread's
stack map far more than they use. Resident memory counts pages that forked workers share once for each of
them, so it errs on the safe side. Sampling every 0.2 s misses only what a process adds in its last moments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
from tests.small import WORDS, prose

from tamis.schemas import DOCUMENTS

pytestmark = pytest.mark.spark

ROW_BYTES = 30_000_000
LIMIT = 2 << 30
SMALL = 6
SENTENCE, PARAGRAPH = 12, 60  # words
KINDS = {"tamis.extract.worker": "extractor", "pyspark": "worker"}
# A JVM of 2 GB: its heap, what Arrow and NIO hold outside (256 MB each), and some 400 MB of classes, code,
# stacks and zstd's buffers. After 200 rows it has 1,963,828 kB, and with a heap of 1200 MB 2,122,548.
# By the environment, since it also reaches the verbs that take no Spark settings.
JVM = "-Xmx1050m -XX:MaxDirectMemorySize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
CYRILLIC = {
    ord(a): b for a, b in zip("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопярстувщхыз", strict=True)
}


def vocabulary() -> list[str]:
    """Return English words, each many times, and 3,000 made-up ones: 5-grams hardly ever repeat."""
    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, (3000, 9), dtype=np.uint8)
    return [*WORDS * 75, *(bytes(row[: 3 + row[0] % 7]).decode() for row in letters)]


def spelt(words: list[str]) -> np.ndarray:
    """Return what follows in a text: words, words that end a sentence, words that end a paragraph."""
    return np.array([word + end for end in (" ", ". ", ".\n\n") for word in words], dtype=object)


def large_paragraphs(seed: int, pieces: np.ndarray) -> np.ndarray:
    """Return ids of pieces, shape (paragraphs, words): some 30 MB of text."""
    size = len(pieces) // 3
    mean = sum(len(piece.encode()) for piece in pieces[:size]) / size
    shape = (int(ROW_BYTES / mean / PARAGRAPH) + 1, PARAGRAPH)
    ids = np.random.default_rng(seed).integers(0, size, shape)
    ids[:, SENTENCE - 1 :: SENTENCE] += size
    ids[:, -1] += size
    return ids


def large_texts(rows: int):
    """Yield texts in fours: one; it with every 500th word changed; one in Cyrillic; one that shares with it.

    The first two are near-duplicates; every tenth paragraph of the fourth stands in the third.
    """
    words = vocabulary()
    latin, cyrillic = spelt(words), spelt([word.translate(CYRILLIC) for word in words])
    for seed in range(0, rows, 4):
        first = large_paragraphs(seed, latin)
        yield "".join(latin[first.ravel()])
        second = first.copy()
        second.ravel()[::500] = 0
        yield "".join(latin[second.ravel()])
        third, fourth = large_paragraphs(seed + 2, cyrillic), large_paragraphs(seed + 3, latin)
        yield "".join(cyrillic[third.ravel()])
        shared = len(fourth) // 10 - 1
        parts = [latin[fourth[0::10][:shared].ravel()], cyrillic[third[:shared].ravel()]]
        both = [*(part.reshape(shared, PARAGRAPH) for part in parts)]
        mixed = np.concatenate(
            [
                both[1],
                both[0],
                *(latin[fourth[n::10][:shared].ravel()].reshape(shared, -1) for n in range(1, 9)),
            ],
            axis=1,
        )
        yield "".join(mixed.ravel())


def write_inputs(folder: Path, rows: int) -> None:
    """Write two large rows a file, and some small ones."""
    folder.mkdir()
    for number, text in enumerate(large_texts(rows)):
        with (folder / f"large-{number // 2:03}.jsonl").open("ab") as out:
            out.write(orjson.dumps({"id": f"large-{number}", "text": text}) + b"\n")
    small = [{"id": f"small-{n}", "text": prose(n)} for n in range(SMALL)]
    (folder / "small.jsonl").write_text("".join(json.dumps(row) + "\n" for row in small))


def recipe(folder: Path) -> dict:
    """Return a recipe with every stage and every family of signals."""
    inputs = {"path": f"{folder}/in", "format": "jsonl", "source": "dump", "id_field": "id"}
    rules = [
        {"signal": "word_count", "min": 20}, {"signal": "stop_word_count", "min": 0},
        {"signal": "duplicate_10gram_char_fraction", "max": 1}, {"signal": "language_score", "min": 0},
    ]  # fmt: skip
    return {
        "name": "large", "output": f"{folder}/out", "inputs": [inputs],
        "extract": {"memory": "2GB"},
        "filter": {"rules": rules},
        "exact_dedup": {"units": ["document", "paragraph"]},
        "near_dedup": {"threshold": 0.7},
        "tokens": {"tokenizer": {"train": {"vocab_size": 2000, "sample_bytes": "5MB"}},
                   "sequence_length": 2048, "formats": ["parquet", "megatron"]},
        "report": {},
    }  # fmt: skip


class PeakSampler(threading.Thread):
    """Notes the peak resident bytes of a process and all that descend from it, by kind of process."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.peaks: dict[str, int] = {}
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.2):
            pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
            parents = {pid: status(pid, "PPid") for pid in pids}
            family = {self.root}
            while more := {pid for pid, parent in parents.items() if parent in family} - family:
                family |= more
            for pid in family:
                kind = kind_of(pid)
                self.peaks[kind] = max(self.peaks.get(kind, 0), 1024 * status(pid, "VmHWM"))


def status(pid: int, name: str) -> int:
    """Return a number of /proc/PID/status; 0 where the process or the number is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def kind_of(pid: int) -> str:
    """Return what a process is to Spark."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    if Path(words[0] if words else "").name == "java":
        return "jvm"
    return next((kind for part, kind in KINDS.items() if any(part in word for word in words)), "driver")


def run_verb(*arguments: str) -> dict:
    """Return the JSON object that a verb prints; none of its processes may pass the limit."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tamis.cli", *arguments, "--json"],
        env={**os.environ, "_JAVA_OPTIONS": JVM}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Two tasks at a time, also for the verbs that take no --master. No thread of ours runs at the fork.
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2]),  # noqa: PLW1509
    )  # fmt: skip
    sampler = PeakSampler(process.pid)
    sampler.start()
    out, told = process.communicate()
    sampler.ended.set()
    sampler.join()
    if process.returncode:
        sys.stdout.write(told)  # whole: an assertion's message is cut
    assert process.returncode == 0, sampler.peaks
    assert {"jvm", "driver"} <= set(sampler.peaks)
    assert {kind: peak for kind, peak in sampler.peaks.items() if peak > LIMIT} == {}
    return json.loads(out.splitlines()[-1])


def text_chunks(folder: Path) -> list[tuple[int, pq.ColumnChunkMetaData]]:
    """Return the rows and the column ``text`` of each row group of a table."""
    footers = [pq.ParquetFile(path).metadata for path in folder.rglob("batch_id=*/*.parquet")]
    groups = [footer.row_group(n) for footer in footers for n in range(footer.num_row_groups)]
    column = DOCUMENTS.names.index("text")
    return [(group.num_rows, group.column(column)) for group in groups]


def check_rows(folder: Path, rows: int) -> None:
    write_inputs(folder / "in", rows)
    (folder / "recipe.yaml").write_text(json.dumps(recipe(folder)))
    result = run_verb("run", f"{folder}/recipe.yaml")
    assert result["records"] == result["kept"] + result["removed"] + result["failed"] == rows + SMALL
    assert result["removed_by_reason"] == {"near_duplicate": rows // 4}
    assert result["failed"] == result["ranges_failed"] == 0
    chunks = text_chunks(folder / "out" / "documents")
    assert sum(count for count, _ in chunks) == rows + SMALL
    assert all(text.path_in_schema == "text" and not text.is_stats_set for _, text in chunks)
    assert max(text.total_uncompressed_size for _, text in chunks) < 4 * ROW_BYTES
    assert len(run_verb("digest", "--output", f"{folder}/out")["digest"]) == 64


@pytest.mark.timeout(1200)
def test_four_rows_of_thirty_megabytes_stay_within_two_gigabytes(tmp_path):
    check_rows(tmp_path, 4)


@pytest.mark.long
@pytest.mark.timeout(10800)
def test_two_hundred_rows_of_thirty_megabytes_stay_within_two_gigabytes(tmp_path):
    check_rows(tmp_path, 200)
