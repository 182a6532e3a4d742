"""Speed of the MinHash signature kernel and of span keys, with the peers' signatures in the same run.

    python benchmarks/signature.py [FILE.jsonl.zst ...] [--docs N]

Prints a JSON line a figure: MB (10^6 bytes of UTF-8) and documents per CPU second of this one process, all
its threads. Compilation and loading come first and are not counted. All peers make 112 hashes of 5-grams.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from signals import CORPUS, INSTALL, figure, read_texts

from tamis.dedup.minhash import MinHashParams, signatures
from tamis.dedup.spans import span_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUM_HASHES = 112
NGRAM = 5
SLOW_PEER_DOCS = 2_000  # 5 MB, at 0.7 to 6 MB/s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, default=[CORPUS / "bulk" / "docs.jsonl.zst"])
    parser.add_argument("--docs", type=int, default=30_000)
    options = parser.parse_args()
    texts = list(
        itertools.islice(itertools.chain.from_iterable(map(read_texts, options.paths)), options.docs)
    )
    for line in itertools.chain(own_figures(texts), peer_figures(texts)):
        print(json.dumps(line), flush=True)


def own_figures(texts: list[str]) -> Iterator[dict[str, Any]]:
    """Yield tamis's figures: signatures of 112 and 256 hashes, keys of documents and paragraphs."""
    array = pa.array(texts, pa.large_string())
    for num_hashes in (NUM_HASHES, 256):
        params = MinHashParams(num_hashes=num_hashes, ngram=NGRAM)
        yield figure(f"signature {num_hashes} hashes", texts, lambda chosen=params: signatures(array, chosen))
    for unit in ("document", "paragraph"):
        yield figure(f"span keys {unit}", texts, lambda chosen=unit: span_keys(array, chosen))


def peer_figures(texts: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the peers' figures, or why one is missing."""
    few = texts[:SLOW_PEER_DOCS]
    yield figure("datasketch signature", few, lambda: datasketch_signatures(few), runs=2, peer="datasketch")
    for name, sample, prepared in (
        ("daft minhash murmurhash3", texts, daft_minhash),
        ("datatrove MinhashDedupSignature", few, datatrove_signatures),
    ):
        try:
            work = prepared(sample)
        except ImportError as error:
            yield {"figure": name, "skipped": f"{error}; {INSTALL}"}
            continue
        yield figure(name, sample, work, runs=2, peer=name.partition(" ")[0])


def datasketch_signatures(texts: list[str]) -> list[Any]:
    """Return datasketch's signatures of word 5-grams, by its fastest call for one document."""
    from datasketch import MinHash

    made = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        shingles = {" ".join(words[place : place + NGRAM]) for place in range(len(words) - NGRAM + 1)}
        sketch = MinHash(num_perm=NUM_HASHES)
        sketch.update_batch([shingle.encode() for shingle in shingles])
        made.append(sketch)
    return made


def daft_minhash(texts: list[str]) -> Callable[[], Any]:
    """Return a call of Daft's kernel, which splits at spaces and does not change case."""
    import daft

    frame = daft.from_pydict({"text": texts}).collect()
    hashed = daft.col("text").minhash(num_hashes=NUM_HASHES, ngram_size=NGRAM, hash_function="murmurhash3")
    return lambda: frame.select(hashed).collect()


def datatrove_signatures(texts: list[str]) -> Callable[[], Any]:
    """Return a call of datatrove's first stage, which writes its signatures to files."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig

    config = MinhashConfig(n_grams=NGRAM, num_buckets=14, hashes_per_bucket=NUM_HASHES // 14)

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            documents = (Document(text=text, id=str(number)) for number, text in enumerate(texts))
            MinhashDedupSignature(folder, config=config).run(documents)

    return work


if __name__ == "__main__":
    main()
