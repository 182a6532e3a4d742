"""The extractor of a run, with libraries that some payloads make hang or crash; called in the worker."""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tamis.extract import payload as real

if TYPE_CHECKING:
    from tamis.document import Extraction

SEGFAULT, SLEEP, SPIN, HOARD = b"read address 0", b"sleep", b"compute for ever", b"take all memory"


def extract_payload(payload: bytes, **arguments: Any) -> Extraction:
    """Extract; the metadata tells the process."""
    if payload in ACTIONS:
        ACTIONS[payload]()
    made = real.extract_payload(payload, **arguments)
    return replace(made, metadata={**made.metadata, "pid": str(os.getpid())})


def spin() -> None:
    while True:
        pass


def hoard() -> None:
    taken = []
    while True:
        taken.append(bytes(1 << 24))


ACTIONS = {
    SEGFAULT: lambda: ctypes.string_at(0), SLEEP: lambda: time.sleep(3600), SPIN: spin, HOARD: hoard,
}  # fmt: skip
