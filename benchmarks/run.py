"""All benchmarks, each in a process of its own, a JSON line a figure or a table of engines; some two hours.

    TAMIS_CORPUS=... python benchmarks/run.py [--docs N]

`peer` names the library whose figure it is; null: tamis's own. A figure whose peer is not installed is told
as `skipped`. The first line names the machine; after each script a line tells its wall time.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from signals import CORPUS

# What `--docs N` makes of each script's options.
SCRIPTS = {
    "signature.py": lambda docs: ["--docs", docs],
    "signals.py": lambda docs: ["--docs", docs],
    "warc.py": lambda _docs: ["--megabytes", "3"],
    "near_dedup.py": lambda docs: ["--docs", docs],
    "near_quality.py": lambda docs: ["--pairs", docs, "--background", docs],
    "batch.py": lambda docs: ["--docs", docs, "--share", "0.1"],
    "growth.py": lambda docs: ["--docs", docs, "--kinds", "text", "--sizes", "1", "2"],
    "plan.py": lambda _docs: ["--samples", "1"],
    "pdf_engines.py": lambda _docs: ["--files", "2"],
    "html_engines.py": lambda _docs: [str(CORPUS), "32"],
    "extraction_office.py": lambda _docs: [str(CORPUS)],
    "extraction_spark.py": lambda _docs: ["--every", "32", "--rounds", "1"],
    "corpus_failures.py": lambda _docs: [],
    "real_files.py": lambda _docs: [],
}
HERE = Path(__file__).resolve().parent
# datatrove reports each bucket; and no peer may go to a model hub.
QUIET = {"LOGURU_LEVEL": "ERROR", "HF_HUB_OFFLINE": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", type=int, help="fewer documents, to see that all of it works")
    options = parser.parse_args()
    if not (CORPUS / "bulk" / "docs.jsonl.zst").exists():
        sys.exit(f"no bulk/docs.jsonl.zst in {CORPUS}: set TAMIS_CORPUS")
    print(json.dumps({"machine": machine()}), flush=True)
    failed = [script for script in SCRIPTS if not run(script, options.docs)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def run(script: str, docs: int | None) -> bool:
    """Run one script, its lines to our standard output; tell whether it ended well."""
    begin = time.monotonic()
    chosen = SCRIPTS[script](str(docs)) if docs else []
    done = subprocess.run(
        [sys.executable, str(HERE / script), *chosen], env={**os.environ, **QUIET}, check=False
    )
    print(json.dumps({"script": script, "seconds": round(time.monotonic() - begin)}), flush=True)
    return done.returncode == 0


def machine() -> dict[str, str | int | None]:
    """Return what the figures depend on."""
    versions = {name: importlib.metadata.version(name) for name in ("pyspark", "numba", "pyarrow")}
    return {"cores": os.cpu_count(), "cpu": cpu_model(), "python": platform.python_version(), **versions}


def cpu_model() -> str:
    """Return the processor's name as Linux gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
