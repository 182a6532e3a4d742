"""Recall and precision of near-deduplication: pairs of known similarity among real documents.

    python benchmarks/near_quality.py [FILE.jsonl.zst] [--pairs 2000] [--background 100000]

Prints a JSON line a figure. Pairs are planted in five languages, so many of each in each step of 0.02 of the
exact Jaccard similarity (`planted`), and go through `tamis.near_dedup` in one job with the file's documents.
A pair counts as found where it is in `edges` or of one signature, and at least one of the two is removed;
below the threshold this is the share that is found against the rule. ``lower_95`` is the lower end of
Wilson's 95 % interval. The similarity of each removed document and its keeper is computed from their texts.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import tempfile
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from planted import FIRST, LANGUAGES, PER_UNIT, STEPS, overlap, planters, step_of
from signals import CORPUS, read_texts

from tamis.dedup.steps.standalone import near_dedup
from tamis.io.session import build_session

if TYPE_CHECKING:
    from collections.abc import Iterator

Z = 1.959964  # normal quantile of 0.975
ROW_GROUP = 5_000  # planted documents are of 1 kB
SCHEMA = pa.schema({"id": pa.int64(), "text": pa.string()})


class Findings(NamedTuple):
    """What the job found, by id.

    Attributes:
        edges: (larger, smaller) of each edge.
        group: Representatives of the documents with an equal shingle set.
        kept: The keeper of each document that leaves.
        seconds: Wall seconds of the job, the session's start included.
    """

    edges: set[tuple[int, int]]
    group: dict[int, int]
    kept: dict[int, int]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS / "bulk" / "docs.jsonl.zst")
    parser.add_argument("--pairs", type=int, default=2_000, help="planted in each step of each language")
    parser.add_argument("--background", type=int, default=100_000, help="documents of the file")
    parser.add_argument("--threshold", type=float, default=0.8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        documents = Path(scratch) / "documents.parquet"
        begin = time.monotonic()
        with pq.ParquetWriter(documents, SCHEMA, compression="zstd") as writer:
            steps = write_planted(writer, options.pairs)
            texts = itertools.islice(read_texts(options.path), options.background)
            write(writer, enumerate(texts, start=2 * len(steps)))
        written = time.monotonic() - begin
        found = deduplicated(documents, Path(scratch), options.threshold)
        lines = itertools.chain(
            recalls(steps, options.pairs, found),
            precisions(documents, 2 * len(steps), found, options.threshold),
        )
        for line in lines:
            print(json.dumps({**line, "threshold": options.threshold}), flush=True)
    documents_seen = 2 * len(steps) + options.background
    print(json.dumps(run_time(documents_seen, written, found.seconds)), flush=True)


def write_planted(writer: pq.ParquetWriter, count: int) -> array[int]:
    """Write pair p as the documents 2p and 2p + 1; return the step of each pair, language after language."""
    steps = array("b")
    for planter in planters(CORPUS).values():
        pairs = [pair for step in range(STEPS) for pair in planter.pairs(step, count)]
        write(writer, enumerate((text for pair in pairs for text in pair[:2]), start=2 * len(steps)))
        steps.extend(pair.step for pair in pairs)
    return steps


def write(writer: pq.ParquetWriter, rows: Iterator[tuple[int, str]]) -> None:
    """Write ids and texts, some thousand at a time."""
    while group := list(itertools.islice(rows, ROW_GROUP)):
        ids, texts = zip(*group, strict=True)
        writer.write_batch(pa.record_batch([ids, texts], schema=SCHEMA))


def deduplicated(documents: Path, scratch: Path, threshold: float) -> Findings:
    """Run the job over a Parquet file; return what it found."""
    begin = time.monotonic()
    spark = build_session("near-dedup quality")
    result = near_dedup(spark.read.parquet(str(documents)), threshold=threshold)
    for name in ("edges", "removals"):
        getattr(result, name).write.parquet(str(scratch / name))
    seconds = time.monotonic() - begin
    spark.stop()
    edges, removals = (pq.read_table(scratch / name) for name in ("edges", "removals"))
    is_equal = pc.and_(pc.equal(edges["verified_by"], "shingles"), pc.equal(edges["jaccard"], 1.0))
    return Findings(
        edges=set(columns(edges.filter(pc.invert(is_equal)), "src", "dst")),
        group=dict(columns(edges.filter(is_equal), "src", "dst")),
        kept=dict(columns(removals, "id", "kept_id")),
        seconds=seconds,
    )


def columns(table: pa.Table, *names: str) -> Iterator[tuple[int, int]]:
    """Yield pairs of ids."""
    return zip(*(table[name].to_pylist() for name in names), strict=True)


def recalls(steps: array[int], per_language: int, found: Findings) -> Iterator[dict[str, Any]]:
    """Yield the share of found pairs a step, over all languages and in each."""
    hits: Counter[tuple[int, str]] = Counter()
    for pair, step in enumerate(steps):
        language = LANGUAGES[pair // (STEPS * per_language)]
        hits[step, language] += is_found(2 * pair, 2 * pair + 1, found)
    for step in range(STEPS):
        count = sum(hits[step, language] for language in LANGUAGES)
        pairs = per_language * len(LANGUAGES)
        yield {
            "figure": "near-dedup, planted pairs found and resolved",
            "value": round(count / pairs, 5),
            "unit": "share",
            "peer": None,
            "jaccard": [round(FIRST + end / PER_UNIT, 2) for end in (step, step + 1)],
            "pairs": pairs,
            "lower_95": round(wilson(count, pairs)[0], 5),
            "upper_95": round(wilson(count, pairs)[1], 5),
            "languages": {
                language: [
                    round(share, 4)
                    for share in (
                        hits[step, language] / per_language,
                        *wilson(hits[step, language], per_language),
                    )
                ]
                for language in LANGUAGES
            },
        }


def is_found(a: int, b: int, found: Findings) -> bool:
    """Tell whether two documents are joined, and one of them leaves at least."""
    ends = {found.group.get(a, a), found.group.get(b, b)}
    joined = len(ends) == 1 or (max(ends), min(ends)) in found.edges
    return joined and (a in found.kept or b in found.kept)


def precisions(documents: Path, planted: int, found: Findings, threshold: float) -> Iterator[dict[str, Any]]:
    """Yield the share of removals whose keeper is as similar as wanted, computed from the two texts."""
    ends = sorted({*found.kept, *found.kept.values()})
    wanted = pq.read_table(documents, filters=pc.field("id").isin(ends))
    text_of = dict(zip(wanted["id"].to_pylist(), wanted["text"].to_pylist(), strict=True))
    pairs = [(doc, overlap(text_of[doc], text_of[kept])) for doc, kept in found.kept.items()]
    parts = {
        "all": pairs,
        "planted": [pair for pair in pairs if pair[0] < planted],
        "background": [pair for pair in pairs if pair[0] >= planted],
    }
    for name, part in parts.items():
        right = sum(shared >= threshold * union for _, (shared, union) in part)
        below = Counter(step_of(*both) for _, both in part if both[0] < threshold * both[1])
        yield {
            "figure": f"near-dedup, removals with exact jaccard(removed, keeper) >= threshold, {name}",
            "value": round(right / len(part), 5) if part else None,
            "unit": "share",
            "peer": None,
            "removals": len(part),
            "lower_95": round(wilson(right, len(part))[0], 5) if part else None,
            "below_by_jaccard": {
                f"{FIRST + step / PER_UNIT:.2f}": count for step, count in sorted(below.items())
            },
        }


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (JASA 22, 1927)."""
    share, square = hits / trials, Z * Z / trials
    middle = share + square / 2
    half = Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


def run_time(documents: int, written: float, seconds: float) -> dict[str, Any]:
    """Return how long the job took; planting is told beside."""
    return {
        "figure": "near-dedup quality, wall time of the job",
        "value": round(seconds, 1),
        "unit": "s",
        "peer": None,
        "documents": documents,
        "planting_seconds": round(written, 1),
    }


if __name__ == "__main__":
    main()
