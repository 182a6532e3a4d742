"""What tamis and four peers remove of the same documents, and the cause of every difference.

    python benchmarks/compare.py [--peers NAME ...] [--python PEER=INTERPRETER ...] [--threshold 0.8]

Prints a JSON line a comparison; docs/compare.md tells what the causes mean. Each peer runs in an environment
of its own (`--python datatrove=peers/datatrove/bin/python`), since they exclude one another; a peer that is
not installed is skipped with the line that installs it. The similarity that decides on a cause is exact: of
the sets of word 5-grams as tamis takes words, and of the sets that the peer compares.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from compare_causes import Difference, Documents, Peer, jaccard, only_by_peer, only_by_tamis
from signals import CORPUS

from tamis.dedup.shingles import shingle_sets
from tamis.dedup.steps.standalone import near_dedup
from tamis.io.session import build_session

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
LABELLED = ("minhash_articles", "debian_licences")
NAMES = {  # of the comparison: peer's environment, module, what pip installs
    "datatrove": ("datatrove", "datatrove", "datatrove spacy regex 'xxhash<4'"),
    "nemo-curator": ("nemo-curator", "numpy", "numpy"),
    "data-juicer": ("data-juicer", "data_juicer", "py-data-juicer aiohttp"),
    "text-dedup": ("text-dedup", "text_dedup", "text-dedup  # Python 3.12 or later"),
    "text-dedup-checked": ("text-dedup", "text_dedup", "text-dedup  # Python 3.12 or later"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=INTERPRETER")
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--docs", type=int, default=3_000, help="first documents of bulk/docs.jsonl.zst")
    options = parser.parse_args()
    pythons = dict(pair.split("=", 1) for pair in options.python)
    with tempfile.TemporaryDirectory() as scratch:
        write_documents(Path(scratch), options.docs)
        sets = deduplicated(Path(scratch), options.threshold)
        for name in options.peers:
            for line in compared(name, pythons, Path(scratch), sets, options.threshold):
                print(json.dumps(line, ensure_ascii=False), flush=True)


def write_documents(folder: Path, count: int) -> None:
    """Write id and text of each set as JSON Lines."""
    import zstandard

    bulk = CORPUS / "bulk" / "docs.jsonl.zst"
    with zstandard.open(bulk, "rt", encoding="utf-8") as lines:
        write_rows(folder / f"bulk_{count}.jsonl", itertools.islice(lines, count))
    for name in LABELLED:
        with (CORPUS / "neardup" / f"{name}.jsonl").open(encoding="utf-8") as lines:
            write_rows(folder / f"{name}.jsonl", lines)


def write_rows(path: Path, lines: Iterator[str]) -> None:
    rows = [json.loads(line) for line in lines]
    chosen = (json.dumps({"id": row["id"], "text": row["text"]}) for row in rows)
    path.write_text("\n".join(chosen), encoding="utf-8")


def deduplicated(folder: Path, threshold: float) -> list[Documents]:
    """Run `near_dedup` over each set, by both ways to choose who leaves."""
    spark = build_session("compare")
    sets = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [row["text"] for row in rows]
        frame = spark.createDataFrame(list(enumerate(texts)), "id INT, text STRING")
        direct = near_dedup(frame, threshold=threshold)
        connected = near_dedup(frame, threshold=threshold, clusters="connected")
        sets.append(
            Documents(
                name=path.stem,
                ids=[row["id"] for row in rows],
                shingles=[
                    np.array(values or [], np.uint32) for values in shingle_sets(pa.array(texts)).to_pylist()
                ],
                kept={row.id: row.kept_id for row in direct.removals.collect()},
                connected=connected.removals.count(),
            )
        )
    spark.stop()
    return sets


def compared(
    name: str, pythons: dict[str, str], folder: Path, sets: list[Documents], threshold: float
) -> Iterator[dict[str, Any]]:
    """Yield a line a set of documents, or why there is none."""
    environment, module, packages = NAMES[name]
    python = pythons.get(environment, sys.executable)
    if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        made = (
            f"uv venv peers/{environment}; uv pip install --python peers/{environment}/bin/python {packages}"
        )
        yield {"peer": name, "skipped": f"{python} has no module {module}", "install": made}
        return
    command = [python, str(HERE / "compare_peers.py"), name, str(threshold), str(folder)]
    subprocess.run(command, stdout=sys.stderr, check=True)
    for documents in sets:
        yield line_of(name, documents, folder, threshold)


def line_of(name: str, documents: Documents, folder: Path, threshold: float) -> dict[str, Any]:
    peer = peer_of(np.load(folder / f"{documents.name}.{name}.npz"))
    told = json.loads((folder / f"{documents.name}.{name}.json").read_text(encoding="utf-8"))
    removed = {row for row, stays in enumerate(peer.kept) if not stays}
    mine = set(documents.kept)
    only_peer = [only_by_peer(row, documents, peer, threshold) for row in sorted(removed - mine)]
    only_tamis = [only_by_tamis(row, documents, peer, threshold) for row in sorted(mine - removed)]
    return {
        "documents": documents.name,
        "rows": len(documents.ids),
        "peer": name,
        **told,
        "threshold": threshold,
        "removed_by_both": len(mine & removed),
        "only_by_peer": Counter(difference.cause for difference in only_peer),
        "only_by_tamis": Counter(difference.cause for difference in only_tamis),
        "removed_by_tamis_connected": documents.connected,
        "resemble_what_stays": resemblances(documents, peer, removed, threshold),
        "differences": [
            shown(side, difference, documents.ids)
            for side, found in (("peer", only_peer), ("tamis", only_tamis))
            for difference in found
        ],
    }


def peer_of(saved: Any) -> Peer:
    by_cluster = defaultdict(list)
    for row, cluster in enumerate(saved["cluster"].tolist()):
        by_cluster[cluster].append(row)
    members = [by_cluster[cluster] for cluster in saved["cluster"].tolist()]
    return Peer(members, saved["kept"].tolist(), np.split(saved["shingles"], saved["ends"][:-1]))


def resemblances(
    documents: Documents, peer: Peer, removed: set[int], threshold: float
) -> dict[str, list[int]]:
    """Return, for each side, how many of its removed documents resemble one of the cluster that stays."""
    own = sum(jaccard(documents.shingles, *pair) >= threshold for pair in documents.kept.items())
    theirs = sum(
        any(
            peer.kept[other] and jaccard(documents.shingles, row, other) >= threshold
            for other in peer.members[row]
        )
        for row in removed
    )
    return {"tamis": [own, len(documents.kept)], "peer": [theirs, len(removed)]}


def shown(side: str, difference: Difference, ids: list[str]) -> dict[str, Any]:
    beside = None if difference.beside is None else ids[difference.beside]
    return {
        "removed_only_by": side,
        "id": ids[difference.row],
        "cause": difference.cause,
        "beside": beside,
        "jaccard": round(difference.jaccard, 4),
        "peer_jaccard": round(difference.peer_jaccard, 4),
    }


if __name__ == "__main__":
    main()
