"""Office documents: token F1 and tables found against docling's snapshots, beside kreuzberg and markitdown.

    python benchmarks/extraction_office.py [CORPUS]

Peers that are not installed are left out (`pip install 'tamis[bench]'`). CPU milliseconds a document, each
read once before to warm up; one process, no isolation.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

from signals import CORPUS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.quality.scoring import office_cases, tables_found, token_f1, without_marks

KINDS = ("docx", "pptx", "xlsx", "odt", "ods", "odp", "xls")


def tamis(path: Path) -> str:
    from tamis.extract.payload import extract_payload

    return extract_payload(path.read_bytes(), name=path.name).text


def kreuzberg(path: Path) -> str:
    from kreuzberg import ExtractionConfig, OutputFormat, extract_file_sync

    return extract_file_sync(path, config=ExtractionConfig(output_format=OutputFormat.MARKDOWN)).content


def markitdown(path: Path) -> str:
    from markitdown import MarkItDown

    return MarkItDown(enable_plugins=False).convert_local(path).text_content


def measure(engine, cases: list[tuple[Path, str]]) -> None:
    scores: dict[str, list[float]] = {kind: [] for kind in KINDS}
    tables = {kind: [0, 0] for kind in KINDS}
    failed, spent = 0, 0.0
    for path, _ in cases:
        with contextlib.suppress(Exception):
            engine(path)
    for path, gold in cases:
        began = time.process_time()
        try:
            text = engine(path)
        except Exception:  # noqa: BLE001  # peers raise whatever broken bytes lead them to
            text, failed = "", failed + 1
        spent += time.process_time() - began
        kind = path.suffix[1:]
        scores[kind].append(token_f1(without_marks(text), without_marks(gold)))
        for at, count in enumerate(tables_found(text, gold)):
            tables[kind][at] += count
    cells = [
        f"{sum(scores[kind]) / len(scores[kind]):.3f}, {tables[kind][0]}/{tables[kind][1]}" for kind in KINDS
    ]
    print(f"| {engine.__name__} | {' | '.join(cells)} | {failed} | {1000 * spent / len(cases):.1f} |")


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    cases = list(office_cases(corpus))
    head = ("engine", *KINDS, "failed", "ms")
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for engine in (tamis, kreuzberg, markitdown):
        try:
            engine(cases[0][0])
        except ImportError as error:
            print(f"{engine.__name__} left out: {error}", file=sys.stderr)
            continue
        measure(engine, cases)


if __name__ == "__main__":
    main()
