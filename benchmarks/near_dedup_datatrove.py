"""One size of datatrove's MinHash deduplication, for near_dedup.py: DOCUMENTS.parquet WARM_UP.parquet PASSES.

The four stages one after another in this process, without its executor: nothing is counted but their work.
Words are split by spaCy's blank English, which needs no download. 14 bands of 8 rows, its own default.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from process_tree import fastest, tree_cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKETS = 14
CONFIG = MinhashConfig(n_grams=5, num_buckets=BUCKETS, hashes_per_bucket=8)
WARM_UP_DOCS = 100  # imports and the tokenizer; nothing is compiled


def main() -> None:
    documents, warm, passes = sys.argv[1:]
    minhash_dedup(warm, WARM_UP_DOCS)
    start_up = tree_cpu_seconds()
    count = pq.ParquetFile(documents).metadata.num_rows
    runs = []
    for _ in range(int(passes)):
        cpu, begin = tree_cpu_seconds(), time.monotonic()
        kept = minhash_dedup(documents, count)
        spent = {"cpu_seconds": tree_cpu_seconds() - cpu, "seconds": time.monotonic() - begin}
        runs.append({"removed": count - kept, **spent})
    print(json.dumps(fastest(runs, start_up)))


def minhash_dedup(path: str, count: int) -> int:
    """Return how many of the first documents stay."""
    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, removed = (f"{folder}/{name}" for name in ("signatures", "buckets", "removed"))
        MinhashDedupSignature(signatures, config=CONFIG).run(read_documents(path, count))
        for bucket in range(BUCKETS):
            MinhashDedupBuckets(signatures, buckets, config=CONFIG).run(rank=bucket, world_size=BUCKETS)
        MinhashDedupCluster(buckets, removed, config=CONFIG).run()
        return sum(1 for _ in MinhashDedupFilter(removed).run(read_documents(path, count)))


def read_documents(path: str, count: int) -> Iterator[Document]:
    """Yield the first documents of the file."""
    read = 0
    for batch in pq.ParquetFile(path).iter_batches(columns=["text"]):
        for text in batch.column(0)[: count - read].to_pylist():
            yield Document(text=text, id=str(read))
            read += 1


if __name__ == "__main__":
    main()
