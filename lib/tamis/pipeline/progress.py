"""What the user sees while Spark works: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

    from tamis.pipeline.runner import StageOutcome

POLL_SECONDS = 0.5
LINE_SECONDS = 10.0  # a log that grows by six lines a minute stays readable
BAR = 30


class Progress:
    """Shows each stage, and the tasks of the Spark jobs under it, on a stream.

    Args:
        stages: Names in order, for "3/9".
        stream: Standard error, so that standard output stays a machine's.
    """

    def __init__(self, stages: list[str], stream: TextIO = sys.stderr) -> None:
        self._stages = stages
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._stage: str | None = None
        self._begin = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="tamis-progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._clear()

    def on_stage(self, name: str, outcome: StageOutcome | None) -> None:
        """Tell that a stage begins (no outcome yet) or ended."""
        if outcome is None:
            self._stage, self._begin = name, time.monotonic()
            return
        self._stage = None
        self._clear()
        rows = ", ".join(f"{table} {count:,}" for table, count in outcome.rows.items())
        told = rows or outcome.status
        self._stream.write(f"{self._place(name)} {name:<12} {outcome.seconds:7.1f} s   {told}\n")
        self._stream.flush()

    def _place(self, name: str) -> str:
        return f"[{self._stages.index(name) + 1}/{len(self._stages)}]"

    def _watch(self) -> None:
        told = time.monotonic()
        while not self._stop.wait(POLL_SECONDS):
            stage = self._stage
            if stage is None:
                continue
            if self._is_terminal:
                self._draw(stage)
            elif time.monotonic() - told >= LINE_SECONDS:
                told = time.monotonic()
                self._stream.write(self._text(stage) + "\n")
                self._stream.flush()

    def _text(self, stage: str) -> str:
        done, total = self._tasks()
        seconds = time.monotonic() - self._begin
        return f"{self._place(stage)} {stage:<12} {seconds:7.1f} s   {done}/{total} tasks"

    def _draw(self, stage: str) -> None:
        done, total = self._tasks()
        filled = BAR * done // total if total else 0
        self._stream.write(f"\r\x1b[K{self._text(stage)} [{'#' * filled}{'.' * (BAR - filled)}]")
        self._stream.flush()

    def _clear(self) -> None:
        if self._is_terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _tasks(self) -> tuple[int, int]:
        """Return (done, all) tasks of the Spark stages that are running now."""
        from pyspark import SparkContext

        context = SparkContext._active_spark_context  # noqa: SLF001 - the public getter would start one
        if (
            context is None or getattr(context, "_jsc", None) is None
        ):  # none yet, or one that is just starting
            return 0, 0
        tracker = context.statusTracker()
        done = total = 0
        for identifier in tracker.getActiveStageIds():
            info = tracker.getStageInfo(identifier)
            if info is not None:
                done, total = done + info.numCompletedTasks, total + info.numTasks
        return done, total
