"""Training a byte-level BPE: the same texts, the same tokenizer."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

from tamis.tokens.encode import document_ids, load_encoder
from tamis.tokens.train import train_bpe

SEED = 7
WORDS = ["strainer", "sieve", "drum", "coarse", "fine", "größe", "日本", "stays", "leaves", "1024", "(x)"]


def texts(count=60):
    chooser = random.Random(SEED)
    return [" ".join(chooser.choices(WORDS, k=chooser.randint(1, 30))) for _ in range(count)]


def test_train_bpe_does_not_depend_on_the_order_of_texts():
    given = texts()
    shuffled = random.Random(SEED + 1).sample(given, len(given))
    assert given != shuffled
    assert train_bpe(given, 500) == train_bpe(shuffled, 500)


def test_train_bpe_does_not_depend_on_threads_or_the_process():
    """This test ensures that ties are not broken by hash seeds or by which thread is first."""
    load = "import json, sys\nfrom tamis.tokens.train import train_bpe\n"
    code = f"{load}print(train_bpe(json.load(sys.stdin), 500))"
    made = set()
    for parallel in ("true", "false"):
        env = {**os.environ, "TOKENIZERS_PARALLELISM": parallel, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(texts()),
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        made.add(run.stdout.strip())
    assert made == {train_bpe(texts(), 500)}


def test_train_bpe_holds_all_bytes_and_the_end_of_text():
    vocabulary = json.loads(train_bpe([], 4096))["model"]["vocab"]
    assert len(vocabulary) == 257
    assert vocabulary["<|endoftext|>"] == 0


def test_train_bpe_makes_frequent_words_short():
    encoder = load_encoder(train_bpe(texts(), 500))
    assert len(document_ids(encoder, "strainer sieve drum")) == 3 + 1


def test_train_bpe_keeps_to_the_size():
    assert len(json.loads(train_bpe(texts(), 300))["model"]["vocab"]) == 300
