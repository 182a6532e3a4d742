"""Every file of a corpus that gives no text, by code and type: prints a Markdown table, without Spark.

    python benchmarks/corpus_failures.py [CORPUS] [--lines P]

CORPUS holds `manifest.jsonl`, a line a file with its `path`. What fails has a code; what holds no text is
`empty`. `--lines` keeps all that `tamis extract` says of each file.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from pathlib import Path

from process_tree import tree_cpu_seconds
from signals import CORPUS

from tamis.extract.files import extract_files

NAMES = 3  # of files, in a row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--lines", type=Path)
    options = parser.parse_args()
    listed = (options.corpus / "manifest.jsonl").read_text().splitlines()
    names = [str(options.corpus / json.loads(line)["path"]) for line in listed]
    begin, cpu = time.monotonic(), tree_cpu_seconds()
    lines = list(extract_files(names))
    if options.lines:
        options.lines.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = {
        "figure": "extraction of a corpus", "files": len(names), "documents": len(lines),
        **Counter(line["status"] for line in lines),
        "seconds": round(time.monotonic() - begin, 1), "cpu_seconds": round(tree_cpu_seconds() - cpu, 1),
    }  # fmt: skip
    print(json.dumps(told))
    print(table(lines, options.corpus))


def table(lines: list[dict], corpus: Path) -> str:
    """Return a row for each code and media type."""
    groups = defaultdict(list)
    for line in lines:
        if line["status"] != "ok":
            code = (line["error"] or {"code": "empty"})["code"]
            groups[code, line["media_type"]].append(Path(line["uri"].partition("!")[0]).relative_to(corpus))
    rows = ["| code | type | files | such as |", "| --- | --- | --- | --- |"]
    for (code, media_type), paths in sorted(groups.items(), key=str):
        rows.append(f"| `{code}` | {media_type} | {len(paths)} | {', '.join(map(str, paths[:NAMES]))} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
