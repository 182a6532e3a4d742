"""The main job over all real files that a manifest lists, broken ones too: prints the funnel and the time.

    python benchmarks/real_files.py [CORPUS] [--output P]

CORPUS holds `manifest.jsonl`, a line a file with its `path`. The files are linked into a folder of their own,
so that the gold answers beside them are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from process_tree import tree_cpu_seconds
from signals import CORPUS

import tamis.api

RECORDS = (".jsonl", ".ndjson")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--output", type=Path, help="default: a folder that is thrown away")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = linked(options.corpus, Path(scratch) / "files")
        begin, cpu = time.monotonic(), tree_cpu_seconds()
        result = tamis.api.run(
            recipe(Path(scratch) / "files", options.output or Path(scratch) / "out"), progress=sys.stderr
        )
        print(json.dumps({
            "figure": "the main job over real files", "files": files,
            **{name: result[name] for name in ("records", "kept", "removed", "failed", "ranges_failed")},
            "seconds": round(time.monotonic() - begin, 1),
            "cpu_seconds": round(tree_cpu_seconds() - cpu, 1),
            "removed_by_reason": result["removed_by_reason"],
            "seconds_of_stages": {stage["stage"]: stage["seconds"] for stage in result["stages"]},
        }))  # fmt: skip


def linked(corpus: Path, folder: Path) -> int:
    """Link the files that the manifest lists into a folder; return how many."""
    names = [json.loads(line)["path"] for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to((corpus / name).resolve())
    return len(names)


def recipe(files: Path, output: Path) -> dict[str, Any]:
    """Return a recipe with every stage; many of the files are broken or of types that are not read yet."""
    return {
        "name": "real-files", "output": str(output),
        "inputs": [{"path": str(files), "format": "files", "source": "real"}],
        "shards": {"target_bytes": "8MB"},
        "extract": {"cpu_seconds": 30, "max_failed_fraction": 0.5},
        "filter": {"rules": [{"preset": "gopher_quality"}, {"preset": "gopher_repetition"}]},
        "exact_dedup": {"units": ["document", "paragraph"]},
        "near_dedup": {"threshold": 0.8},
        "assemble": {"min_chars": 100},
        "tokens": {"tokenizer": {"train": {"vocab_size": 8000, "sample_bytes": "20MB"}},
                   "sequence_length": 2048, "formats": ["parquet", "megatron"]},
        "report": {},
    }  # fmt: skip


if __name__ == "__main__":
    main()
