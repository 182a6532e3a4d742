"""Extraction under limits: whatever a document does to its parser costs that document and one worker process.

Limits are CPU seconds and address space, which load does not change; a wall-clock limit of ten times the
CPU catches sleepers. Whether a document fails must not depend on those before it: a worker that ran out
of memory or crashed may have been spoiled by them, so unless it was fresh the document gets one more try
in a fresh one. So does a document that slept or whose worker was killed from outside, fresh or not: that
may have been the machine.
"""

from __future__ import annotations

import atexit
import os
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from tamis.document import Declared, Extraction, Picture
from tamis.errors import DocumentError
from tamis.extract.child import Answer, ChildLostError, ChildProcess
from tamis.extract.members import Batch

if TYPE_CHECKING:
    from types import TracebackType

    from tamis.extract.payload import ExtractOptions

EXTRACT_PAYLOAD = "tamis.extract.payload:extract_payload"
WALL_PER_CPU = 10
MAX_DOCUMENTS = 2000  # bounds what parsers leak
MIN_CPU_SECONDS = 60.0  # before that no worker is worn: a start takes 1 s, and 2,000 small files take as long
_MAYBE_SPOILED = frozenset({"memory_limit", "crashed"})
_MAYBE_THE_MACHINE = frozenset({"wall_limit", "killed"})


class IsolatedExtractor:
    """Extracts payloads in a worker process that is kept while it behaves; for one thread.

    Args:
        options: What the target is called with.
        cpu_seconds: CPU that a document may use, system time included.
        memory_bytes: Address space of the worker, its libraries (90 MB after the first HTML page) included.
        target: ``module:function``, called as ``function(payload, name=..., options=...)``, returning an
            `Extraction`; with ``declared=...`` where something was declared.
        max_documents: After so many, a new worker takes over,
        min_cpu_seconds: but not before this one spent so much.
    """

    def __init__(
        self,
        options: ExtractOptions | None,
        *,
        cpu_seconds: float = 60,
        memory_bytes: int = 2_000_000_000,
        target: str = EXTRACT_PAYLOAD,
        max_documents: int = MAX_DOCUMENTS,
        min_cpu_seconds: float = MIN_CPU_SECONDS,
    ) -> None:
        self._options = options
        self._cpu_seconds = cpu_seconds
        self._memory_bytes = memory_bytes
        self._target = target
        self._max_documents = max_documents
        self._min_cpu_seconds = min_cpu_seconds
        self._child: ChildProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; the next document starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def extract(self, payload: bytes, name: str, declared: Declared | None = None) -> Extraction:
        """Return what the target makes of one payload.

        Args:
            payload: Its bytes.
            name: What it is called, such as its path.
            declared: What an archive says of it.

        Raises:
            DocumentError: The target's own, or ``cpu_limit``, ``memory_limit``, ``wall_limit``,
                ``crashed`` (the worker died in native code, or was made to exit), ``killed`` (by another
                process: most likely the kernel, short of memory).
            StageFailedError: No worker starts.
        """
        answer, text = self._answered(payload, name, declared, None)
        fields = answer["fields"]
        fields["pictures"] = tuple(Picture(**picture) for picture in fields["pictures"])
        return Extraction(text=text.decode("utf-8", "surrogatepass"), **fields)

    def members(self, payload: bytes, name: str, declared: Declared | None, start: int) -> Batch:
        """Return some members of a container, each with its bytes; the limits hold for each call.

        Args:
            payload: The container's bytes.
            name: What it is called.
            declared: What was declared of it.
            start: The first member wanted.

        Raises:
            DocumentError: As `extract`.
            StageFailedError: No worker starts.
        """
        return Batch.of(*self._answered(payload, name, declared, start))

    def _answered(self, payload: bytes, name: str, declared: Declared | None, start: int | None) -> Answer:
        is_fresh = self._child is None or self._child.documents == 0
        try:
            return self._answer(payload, name, declared, start)
        except DocumentError as error:
            is_final = error.code not in _MAYBE_THE_MACHINE and (is_fresh or error.code not in _MAYBE_SPOILED)
            if is_final:
                raise
        self.close()
        return self._answer(payload, name, declared, start)

    def _answer(self, payload: bytes, name: str, declared: Declared | None, start: int | None) -> Answer:
        if self._child is None:
            self._child = ChildProcess(self._target, self._options, memory_bytes=self._memory_bytes)
        child = self._child
        spent_before = child.cpu_seconds
        told = asdict(declared) if declared is not None else None
        request = {"name": name, "cpu_seconds": self._cpu_seconds, "declared": told, "start": start}
        try:
            answer, body = child.ask(request, payload, seconds=self._cpu_seconds * WALL_PER_CPU)
        except ChildLostError as lost:
            self._child = None
            raise self._verdict(lost, lost.cpu_seconds - spent_before) from lost
        code, message = answer.get("error", ("", ""))
        if code == "memory_limit" or self._is_worn(child):
            self.close()
        if code:
            raise DocumentError(code, message)
        return answer, body

    def _is_worn(self, child: ChildProcess) -> bool:
        is_old = child.documents >= self._max_documents and child.cpu_seconds >= self._min_cpu_seconds
        return is_old or child.resident_bytes > self._memory_bytes / 2

    def _verdict(self, lost: ChildLostError, spent: float) -> DocumentError:
        status = lost.exit_status
        if status in (-signal.SIGPROF, -signal.SIGXCPU) or (lost.is_overdue and spent >= self._cpu_seconds):
            return DocumentError("cpu_limit", f"it used more than {self._cpu_seconds:g} CPU seconds")
        if lost.is_overdue:
            wall = self._cpu_seconds * WALL_PER_CPU
            return DocumentError("wall_limit", f"it took more than {wall:g} s, of them {spent:.1f} s of CPU")
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return DocumentError("killed", f"another process ended the worker ({_describe(status)})")
        return DocumentError("crashed", f"the worker ended with {_describe(status)}")


def _describe(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


_shared: dict[tuple[Any, ...], IsolatedExtractor] = {}


def shared_extractor(
    options: ExtractOptions | None, *, cpu_seconds: float, memory_bytes: int, target: str = EXTRACT_PAYLOAD
) -> IsolatedExtractor:
    """Return this process's extractor for these settings: one worker serves all tasks of the process.

    A call with other settings ends the worker of the former ones.
    """
    # After a fork the worker is the parent's.
    settings = (os.getpid(), options, cpu_seconds, memory_bytes, target)
    if settings not in _shared:
        close_shared()
        _shared[settings] = IsolatedExtractor(
            options, cpu_seconds=cpu_seconds, memory_bytes=memory_bytes, target=target
        )
    return _shared[settings]


@atexit.register
def close_shared() -> None:
    """End the worker of this process's shared extractor."""
    for (pid, *_), extractor in _shared.items():
        if pid == os.getpid():
            extractor.close()
    _shared.clear()
