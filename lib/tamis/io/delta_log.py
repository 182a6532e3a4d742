"""What a Delta table's own log says of its last commits, read without a JVM.

The log is a folder of numbered JSON files (Delta protocol, "Delta Log Entries"): listing it takes
milliseconds where a Spark job takes 0.4 s, and it holds what we need after a crash: who wrote the last
version, with which settings, and how many rows.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tamis.io.sinks import filesystem_of

_COMMIT = re.compile(r"(?:^|/)(\d{20})\.json$")
LOOK_BACK = 20  # commits searched for an application's last write: `inputs` has two writers


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a table, as tamis wrote it.

    Attributes:
        version: Delta's version number.
        app: Who wrote it: ``<stage>/<table>``.
        txn: ``epoch * 2**32 + batch``.
        meta: What the writer said of itself: run_id, config_digest, versions_read.
        rows: Rows written.
    """

    version: int
    app: str
    txn: int
    meta: dict[str, Any]
    rows: int


def table_uri(output: str, table: str) -> str:
    """Return where a table lies under an output."""
    return f"{output.rstrip('/')}/{table}"


def last_commit(uri: str, app: str) -> Commit | None:
    """Return the last version that ``app`` wrote to a table; None if it never did."""
    from pyarrow import fs

    filesystem, path = filesystem_of(uri)
    selector = fs.FileSelector(f"{path}/_delta_log", allow_not_found=True)
    names = (info.path for info in filesystem.get_file_info(selector))
    commits = sorted((match.group(1), name) for name in names if (match := _COMMIT.search(name)))
    for version, name in reversed(commits[-LOOK_BACK:]):
        with filesystem.open_input_stream(name) as stream:
            commit = _parse(int(version), stream.read())
        if commit is not None and commit.app == app:
            return commit
    return None


def _parse(version: int, payload: bytes) -> Commit | None:
    """Return one log entry; None when tamis did not write it (an OPTIMIZE, say)."""
    entries = [json.loads(line) for line in payload.splitlines() if line.strip()]
    info = next((entry["commitInfo"] for entry in entries if "commitInfo" in entry), {})
    txn = next((entry["txn"] for entry in entries if "txn" in entry), None)
    if txn is None or "userMetadata" not in info:
        return None
    rows = int(info.get("operationMetrics", {}).get("numOutputRows", 0))
    return Commit(version, txn["appId"], int(txn["version"]), json.loads(info["userMetadata"]), rows)
