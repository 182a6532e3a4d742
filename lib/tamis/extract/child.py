"""A child process that answers requests over pipes, with a deadline on every wait.

Nothing here blocks for good: the parent's ends are non-blocking, and a child that hangs, stops reading or
closes its streams is killed with all that it started.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tamis.errors import StageFailedError
from tamis.extract.worker import FRAME

if TYPE_CHECKING:
    from typing import IO

Answer = tuple[dict[str, Any], bytearray]

START_SECONDS = 300.0  # imports take 1 s; on a machine that swaps, minutes
EXIT_SECONDS = 1.0
# The hash seed fixes the order of sets, which parsers let show in their texts; one thread a process keeps the
# address space small (each thread of a BLAS reserves 64 MB).
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ChildLostError(Exception):
    """The child is gone.

    Attributes:
        exit_status: As `subprocess` gives it: below zero, minus the signal.
        is_overdue: It was killed for passing the deadline.
        cpu_seconds: What it spent in all.
    """

    def __init__(self, exit_status: int, *, is_overdue: bool, cpu_seconds: float) -> None:
        self.exit_status = exit_status
        self.is_overdue = is_overdue
        self.cpu_seconds = cpu_seconds
        super().__init__(f"exit status {exit_status}")


class ChildProcess:
    """One running `tamis.extract.worker`.

    The kernel kills it when the thread that made it ends, so it serves that thread only.

    Args:
        target: ``module:function`` that it is to call.
        options: Passed to each call; must pickle.
        memory_bytes: Limit on its address space.

    Attributes:
        documents: Requests answered.
        cpu_seconds: Spent until its last answer.
        resident_bytes: Memory in use at its last answer.

    Raises:
        StageFailedError: It does not start; the message ends with the last line that it wrote.
    """

    def __init__(self, target: str, options: Any, *, memory_bytes: int) -> None:
        self.documents = -1  # the set-up is answered too
        self.cpu_seconds = 0.0
        self.resident_bytes = 0
        self._spent = 0.0
        self._max_frame_bytes = memory_bytes  # a child cannot hold more
        setup = {"sys_path": _sys_path(), "target": target, "memory_bytes": memory_bytes}
        with tempfile.TemporaryFile() as messages:
            self._process = _start(messages.fileno())
            self._inbox, self._outbox = _own_end(self._process.stdin), _own_end(self._process.stdout)
            try:
                self.ask(setup, pickle.dumps(options), seconds=START_SECONDS)
            except ChildLostError as lost:
                messages.seek(0)
                told = messages.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise StageFailedError(f"the extraction worker does not start: {told or lost}") from lost

    def ask(self, head: dict[str, Any], body: bytes, *, seconds: float) -> Answer:
        """Send a request and return the answer.

        Raises:
            ChildLostError: It died, or was killed for not answering within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        try:
            answer, answer_body = self._exchange(head, body, deadline)
        except TimeoutError:
            raise self._lost(is_overdue=True) from None
        except (OSError, EOFError, ValueError):
            raise self._lost(is_overdue=False) from None
        except BaseException:  # an interrupt: the answer would be taken for that to the next request
            self.kill()
            raise
        self.documents += 1
        self.cpu_seconds, self.resident_bytes = answer["cpu_seconds"], answer["resident_bytes"]
        return answer, answer_body

    def close(self) -> None:
        """End it, by its own will if it has one."""
        if self._process.returncode is None:
            self._inbox.close()
            self._await_exit(EXIT_SECONDS)
            self.kill()

    def kill(self) -> None:
        """End it and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._await_exit(None)
        self._inbox.close()
        self._outbox.close()

    def _exchange(self, head: dict[str, Any], body: bytes, deadline: float) -> Answer:
        data = json.dumps(head).encode()
        self._write(FRAME.pack(len(data), len(body)) + data, deadline)
        self._write(body, deadline)
        head_bytes, body_bytes = FRAME.unpack(self._read(FRAME.size, deadline))
        answer = json.loads(self._read(head_bytes, deadline))
        return answer, self._read(body_bytes, deadline)

    def _write(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _wait(self._inbox.fileno(), select.POLLOUT, deadline)
            view = view[os.write(self._inbox.fileno(), view) :]

    def _read(self, size: int, deadline: float) -> bytearray:
        if size > self._max_frame_bytes:
            raise ValueError(f"a frame of {size} bytes")
        data = bytearray(size)
        view = memoryview(data)
        while view:
            _wait(self._outbox.fileno(), select.POLLIN, deadline)
            count = os.readv(self._outbox.fileno(), [view])
            if not count:
                raise EOFError
            view = view[count:]
        return data

    def _lost(self, *, is_overdue: bool) -> ChildLostError:
        if not is_overdue:  # its streams are closed: let it end, so that its status tells why
            self._await_exit(EXIT_SECONDS)
        self.kill()
        return ChildLostError(self._process.returncode, is_overdue=is_overdue, cpu_seconds=self._spent)

    def _await_exit(self, seconds: float | None) -> None:
        """Reap it when it ends, within ``seconds``; by wait4, which tells the CPU that it spent."""
        deadline = time.monotonic() + (seconds or 0)
        while self._process.returncode is None:
            pid, status, usage = os.wait4(self._process.pid, 0 if seconds is None else os.WNOHANG)
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self._spent = usage.ru_utime + usage.ru_stime
            elif time.monotonic() > deadline:
                return
            else:
                time.sleep(0.002)


def _start(messages: int) -> subprocess.Popen[bytes]:
    # -P: the working directory is no place to import from. In a session of its own it and all it starts can
    # be killed together, and an interrupt from the terminal reaches the parent alone.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tamis.extract.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=messages,
        bufsize=0,
        env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(_sys_path())},
        start_new_session=True,
    )


def _sys_path() -> list[str]:
    return [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109


def _own_end(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe's end made non-blocking."""
    if pipe is None:
        raise ValueError("the process was started without a pipe")
    os.set_blocking(pipe.fileno(), False)
    return pipe


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError
