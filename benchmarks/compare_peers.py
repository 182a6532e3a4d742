"""One peer's near-deduplication of JSON Lines files, for compare.py: PEER THRESHOLD FOLDER.

Runs in the peer's own environment, of which it needs the peer and numpy. For each FOLDER/NAME.jsonl it writes
FOLDER/NAME.PEER.npz: `cluster`, a number a document, equal for those that the peer joins; `kept`, whether the
peer keeps it; `shingles` and `ends`, the 64-bit hashes of what it compares and where each document's end.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import pickle
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

NGRAM = 5
NUM_HASHES = 256
NEMO_CHARS, NEMO_BANDS, NEMO_ROWS = 24, 20, 13  # defaults of NeMo Curator 1.4.0's FuzzyDeduplicationWorkflow
MERSENNE = (1 << 61) - 1


class Found(NamedTuple):
    """What a peer did with the documents.

    Attributes:
        settings: What it was told, and the bands that followed.
        cluster: For each document the number of its cluster; its own where it is alone.
        kept: For each document whether it stays.
        shingles: For each document the distinct hashes of what the peer compares.
    """

    settings: str
    cluster: list[int]
    kept: list[bool]
    shingles: list[np.ndarray]


def main() -> None:
    peer, threshold, folder = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    package, run = PEERS[peer]
    for path in sorted(folder.glob("*.jsonl")):
        texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
        found = run(texts, threshold)
        np.savez(
            path.with_suffix(f".{peer}.npz"),
            cluster=np.array(found.cluster, np.int64),
            kept=np.array(found.kept, bool),
            shingles=np.concatenate(found.shingles).astype(np.uint64),
            ends=np.cumsum([len(values) for values in found.shingles]),
        )
        version = importlib.metadata.version(package) if package else None
        told = {"version": version, "settings": found.settings}
        path.with_suffix(f".{peer}.json").write_text(json.dumps(told), encoding="utf-8")


def datatrove(texts: list[str], _: float) -> Found:
    """Run the four MinHash stages with their default bands; the threshold is theirs."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig

    config = MinhashConfig(n_grams=NGRAM)

    def documents() -> Iterator[Any]:
        return (Document(text=text, id=str(row)) for row, text in enumerate(texts))

    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, removed = (f"{folder}/{name}" for name in ("signatures", "buckets", "removed"))
        signing = MinhashDedupSignature(signatures, config=config)
        signing.run(documents())
        for bucket in range(config.num_buckets):
            MinhashDedupBuckets(signatures, buckets, config=config).run(
                rank=bucket, world_size=config.num_buckets
            )
        MinhashDedupCluster(buckets, removed, config=config, save_cluster_id=True).run()
        staying = {int(document.id) for document in MinhashDedupFilter(removed).run(documents())}
        labels = np.fromfile(next(Path(removed).glob("*.clusters")), "<u4").reshape(-1, 2)
    told = f"MinhashConfig(n_grams={NGRAM}): {config.num_buckets} buckets of {config.hashes_per_bucket}"
    shingles = [np.unique(signing.get_shingles(text)) for text in texts]
    return found(told, len(texts), labels.tolist(), staying, shingles)


def data_juicer(texts: list[str], threshold: float) -> Found:
    """Run `document_minhash_deduplicator`, with what its tracer is told of clusters."""
    from data_juicer.ops.common.helper_func import split_on_whitespace
    from data_juicer.ops.deduplicator.document_minhash_deduplicator import DocumentMinhashDeduplicator
    from datasets import Dataset

    operator = DocumentMinhashDeduplicator(jaccard_threshold=threshold)
    rows = Dataset.from_dict({"text": texts, "row": range(len(texts))}).map(operator.compute_hash)
    kept, pairs = operator.process(rows, show_num=len(texts))
    labels = [(member["row"], keeper) for keeper, members in pairs.items() for member in members]

    def ngrams(text: str) -> set[bytes]:
        words = split_on_whitespace(text.lower())
        return {" ".join(words[at : at + NGRAM]).encode() for at in range(len(words) - NGRAM + 1)}

    bands = f"{operator.num_bands} bands of {operator.num_rows_per_band}"
    told = f"document_minhash_deduplicator(jaccard_threshold={threshold}): {bands}"
    return found(told, len(texts), labels, set(kept["row"]), hashed(texts, ngrams))


def text_dedup(texts: list[str], threshold: float, *, checked: bool = False) -> Found:
    """Run `text_dedup.minhash` by a TOML file, as its command line does."""
    from datasets import Dataset, load_from_disk
    from text_dedup import minhash
    from text_dedup.config.base import load_config_from_toml

    with tempfile.TemporaryDirectory() as folder:
        Dataset.from_dict({"text": texts}).save_to_disk(f"{folder}/in")
        toml = TEXT_DEDUP.format(folder=folder, threshold=threshold, checked=str(checked).lower())
        Path(folder, "config.toml").write_text(toml, encoding="utf-8")
        config = load_config_from_toml(Path(folder, "config.toml"))
        minhash.main(config)
        staying = set(load_from_disk(f"{folder}/out")["__INDEX__"])
        labels = pickle.loads(Path(folder, "out", "clusters.pickle").read_bytes())
    options = config.algorithm
    told = f"ngram_size={NGRAM}, num_perm={NUM_HASHES}, threshold={threshold}, check_false_positive={checked}"
    told += f": {options.bands} bands of {options.rows}"
    return found(told, len(texts), labels.items(), staying, hashed(texts, options.get_ngrams_func()))


def text_dedup_checked(texts: list[str], threshold: float) -> Found:
    """Run it with the check of false positives, which is off by default."""
    return text_dedup(texts, threshold, checked=True)


TEXT_DEDUP = f"""
[input]
input_type = "local_hf_dataset"
read_arguments = {{{{ dataset_path = "{{folder}}/in" }}}}
[algorithm]
algorithm_name = "minhash"
text_column = "text"
num_perm = {NUM_HASHES}
ngram_size = {NGRAM}
threshold = {{threshold}}
check_false_positive = {{checked}}
num_proc = 1
[output]
output_dir = "{{folder}}/out"
save_clusters = true
[debug]
"""


def nemo_curator(texts: list[str], _: float) -> Found:
    """Do on the CPU what NeMo Curator's fuzzy deduplication is documented to do, with its default sizes.

    Not its code, which needs a GPU, and not its hash functions: 260 MinHash values of the set of a text's
    24-grams of characters, 20 bands of 13; all members of a bucket are joined, of each connected component
    one document stays (the first here; theirs is whichever the shuffle brings first). A text shorter than 24
    characters is one 24-gram.
    """
    random = np.random.default_rng(42)
    size = NEMO_BANDS * NEMO_ROWS
    multipliers = random.integers(1, MERSENNE, size, np.uint64)
    summands = random.integers(0, MERSENNE, size, np.uint64)
    shingles = [character_shingles(text) for text in texts]
    buckets = defaultdict(list)
    for row, values in enumerate(shingles):
        signature = [
            ((values * a + b) % np.uint64(MERSENNE) & np.uint64(0xFFFFFFFF)).min()
            for a, b in zip(multipliers, summands, strict=True)
        ]
        for band in range(NEMO_BANDS):
            buckets[band, *signature[band * NEMO_ROWS : (band + 1) * NEMO_ROWS]].append(row)
    root = list(range(len(texts)))
    for bucket in buckets.values():
        for row in bucket[1:]:
            first, second = sorted((find(root, bucket[0]), find(root, row)))
            root[second] = first
    labels = [(row, find(root, row)) for row in range(len(texts))]
    told = f"re-enacted on the CPU; {NEMO_CHARS}-grams of characters: {NEMO_BANDS} bands of {NEMO_ROWS}"
    return found(told, len(texts), labels, {row for row, first in labels if row == first}, shingles)


def character_shingles(text: str) -> np.ndarray:
    """Return the distinct 32-bit hashes of a text's 24-grams of characters."""
    codes = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint64)
    codes = np.pad(codes, (0, max(0, NEMO_CHARS - len(codes))))
    windows = len(codes) - NEMO_CHARS + 1
    state = np.zeros(windows, np.uint64)
    for at in range(NEMO_CHARS):
        state = (state ^ codes[at : at + windows]) * np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(29)
    return np.unique(state >> np.uint64(32))


def find(root: list[int], row: int) -> int:
    while root[row] != row:
        root[row] = root[root[row]]
        row = root[row]
    return row


def found(
    settings: str,
    count: int,
    labels: Iterable[Iterable[int]],
    staying: set[int],
    shingles: list[np.ndarray],
) -> Found:
    """Return a peer's clusters and decisions; ``labels`` name the cluster of documents that have company."""
    cluster = [-1 - row for row in range(count)]
    for row, label in labels:
        cluster[row] = label
    return Found(settings, cluster, [row in staying for row in range(count)], shingles)


def hashed(texts: list[str], ngrams: Callable[[str], set[bytes]]) -> list[np.ndarray]:
    def key(ngram: bytes) -> int:
        return int.from_bytes(hashlib.blake2b(ngram, digest_size=8).digest(), "little")

    return [np.array(sorted(map(key, ngrams(text))), np.uint64) for text in texts]


PEERS = {
    "datatrove": ("datatrove", datatrove),
    "data-juicer": ("py-data-juicer", data_juicer),
    "text-dedup": ("text-dedup", text_dedup),
    "text-dedup-checked": ("text-dedup", text_dedup_checked),
    "nemo-curator": (None, nemo_curator),
}

if __name__ == "__main__":
    main()
