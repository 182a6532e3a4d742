"""A small corpus of some twenty records of several types, with one of everything that can happen to them."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [
    "the",
    "river",
    "runs",
    "past",
    "an",
    "old",
    "mill",
    "and",
    "that",
    "was",
    "where",
    "people",
    "have",
    "met",
    "with",
    "friends",
    "to",
    "be",
    "heard",
    "of",
    "late",
    "when",
    "summer",
    "came",
    "over",
    "quiet",
    "hills",
    "carrying",
    "smell",
    "of",
    "hay",
    "while",
    "children",
    "played",
    "near",
    "water",
    "until",
    "evening",
    "bells",
]


def prose(seed: int, words: int = 120) -> str:
    """Return English-looking paragraphs, the same for the same seed."""
    rng = random.Random(seed)
    sentences = []
    while words > 0:
        length = rng.randint(8, 14)
        sentences.append(" ".join(rng.choice(WORDS) for _ in range(length)).capitalize() + ".")
        words -= length
    return "\n\n".join(" ".join(sentences[n : n + 3]) for n in range(0, len(sentences), 3))


def edited(text: str, every: int = 60) -> str:
    """Return the text with one word in ``every`` replaced."""
    return " ".join("changed" if n % every == every - 1 else word for n, word in enumerate(text.split(" ")))


def write_inputs(folder: Path) -> None:
    """Write the files: HTML, Markdown, text, JSON Lines plain and gzipped, and broken ones."""
    files = folder / "files"
    (files / "sub").mkdir(parents=True)
    body = "".join(f"<p>{part}</p>" for part in prose(1).split("\n\n"))
    picture = '<p><img src="mill.png" alt="A mill by a river"></p>'
    article = f"<article><h1>The mill</h1>{body}{picture}</article>"
    page = f"<html><head><title>The mill</title></head><body>{article}</body></html>"
    (files / "mill.html").write_text(page)
    (files / "mill-copy.html").write_text(page)
    (files / "river.md").write_text(f"# The river\n\n{prose(2)}\n")
    (files / "sub" / "river-edited.md").write_text(f"# The river\n\n{edited(prose(2))}\n")
    (files / "latin1.txt").write_bytes(f"Café und Bäume. {prose(3)}".encode("latin-1"))
    (files / "tiny.txt").write_text("Too short to keep.")
    (files / "empty.txt").write_text("")
    (files / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is no PDF after all")
    (files / "blob.bin").write_bytes(bytes(range(256)) * 8)
    dump = folder / "dump"
    dump.mkdir()
    shared = (
        "This paragraph about the weather stands in many documents, word for word, and is kept once only."
    )
    rows: list[Any] = [{"id": f"d{n}", "text": f"{prose(10 + n)}\n\n{shared}"} for n in range(5)]
    rows += [
        {"id": "d1", "text": rows[1]["text"]},
        {"id": "d2", "text": prose(99)},
    ]  # equal bytes; other bytes
    rows += [{"id": "twin", "text": rows[3]["text"]}, ["no", "object"], {"id": "no-text"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (dump / "a.jsonl").write_text(lines)
    more = "".join(json.dumps({"id": f"z{n}", "text": prose(30 + n)}) + "\n" for n in range(3))
    (dump / "b.jsonl.gz").write_bytes(gzip.compress(more.encode(), mtime=0))


def recipe(folder: Path, output: Path | str, **parts: Any) -> dict[str, Any]:
    """Return the recipe over them, with every stage."""
    return {
        "name": "small",
        "output": str(output),
        "inputs": [
            {"path": str(folder / "files"), "format": "files", "source": "files"},
            {
                "path": str(folder / "dump" / "*.jsonl*"),
                "format": "jsonl",
                "source": "dump",
                "id_field": "id",
            },
        ],
        "extract": {"cpu_seconds": 20},
        "filter": {"languages": ["en"], "rules": [{"signal": "word_count", "min": 20}]},
        "exact_dedup": {"units": ["document", "paragraph"]},
        "near_dedup": {"threshold": 0.7},
        "tokens": {"tokenizer": {"train": {"vocab_size": 400}}, "sequence_length": 128,
                   "formats": ["parquet", "megatron"]},
        "report": {},
        **parts,
    }  # fmt: skip
