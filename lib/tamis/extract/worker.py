"""The child process that extracts documents, one after another, where it can be killed.

Started by `child.ChildProcess` as ``python -m tamis.extract.worker``. Frames go over the standard streams
as they were at the start; then both lead to nowhere, so that what a library prints cannot get among the
frames.

A frame is two lengths (little-endian, 64 bits), a JSON head and raw bytes. First comes the set-up; after
it each request (name, CPU seconds, what was declared, the first member wanted; the payload) has one reply
(the extraction's fields, or an error; the text. Where members are wanted: what they are; their bytes). JSON,
since the parent must not trust a process that parses hostile bytes as it would have to trust a pickle.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import pickle
import resource
import signal
import struct
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from tamis.document import Declared
from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.document import Extraction

FRAME = struct.Struct("<QQ")  # bytes of the head, bytes of the body
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Frame = tuple[dict[str, Any], bytes]


def main() -> None:
    """Serve until the parent closes its end."""
    _die_with(int(sys.argv[1]))
    inbox, outbox = _take_streams()
    setup = receive(inbox)
    if setup is None:
        return
    head, pickled_options = setup
    sys.path[:] = head["sys_path"]
    _limit(head["memory_bytes"])
    module, _, function = head["target"].partition(":")
    extract = getattr(importlib.import_module(module), function)
    options = pickle.loads(pickled_options)  # noqa: S301  (from the parent, who started us)
    send(outbox, _usage(), b"")
    _point_to_nowhere(sys.stderr.fileno())  # until here it told the parent why a start failed
    while request := receive(inbox):
        send(outbox, *_answer(extract, request, options))
    os._exit(0)  # freeing a large heap piece by piece would take longer than the parent waits


def receive(stream: BinaryIO) -> Frame | None:
    """Return the next frame; None at the end."""
    lengths = stream.read(FRAME.size)
    if len(lengths) < FRAME.size:
        return None
    head_bytes, body_bytes = FRAME.unpack(lengths)
    return json.loads(stream.read(head_bytes)), stream.read(body_bytes)


def send(stream: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    """Write one frame."""
    data = json.dumps(head).encode()
    stream.write(FRAME.pack(len(data), len(body)) + data)
    stream.write(body)
    stream.flush()


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends, even by SIGKILL.

    Where there is no such call, the end of the inbox still ends a process that waits.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the call
        sys.exit(1)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _point_to_nowhere(0)
    _point_to_nowhere(1)
    return inbox, outbox


def _point_to_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core of 2 GB a crash would fill the disk


def _answer(extract: Callable[..., Extraction], request: Frame, options: Any) -> Frame:
    """Return the reply to one request. What the extractor raises beside these ends the process, by intent."""
    head, payload = request
    try:
        given = {"name": head["name"], "options": options}
        if head["declared"]:
            given["declared"] = Declared.of(head["declared"])
        with _cpu_limit(head["cpu_seconds"]):
            reply, body = _reply(extract, payload, given, head["start"])
    except DocumentError as error:
        return {"error": [error.code, error.message], **_usage()}, b""
    except MemoryError:
        return {"error": ["memory_limit", "the extractor ran out of memory"], **_usage()}, b""
    return {**reply, **_usage()}, body


def _reply(
    extract: Callable[..., Extraction], payload: bytes, given: dict[str, Any], start: int | None
) -> Frame:
    if start is not None:
        from tamis.extract.members import payload_members

        return payload_members(payload, start=start, **given).packed()
    fields = asdict(extract(payload, **given))
    return {"fields": fields}, fields.pop("text").encode("utf-8", "surrogatepass")


@contextlib.contextmanager
def _cpu_limit(seconds: float) -> Any:
    """Have the kernel kill this process (SIGPROF) once it has spent this much CPU from now on.

    By ITIMER_PROF, since RLIMIT_CPU counts whole seconds since the start of the process: what a document
    may spend would depend on the fraction that those before it left.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _usage() -> dict[str, float]:
    """Return CPU seconds spent so far and bytes of memory in use now."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123
            pages = int(statm.read().split()[1])
    except FileNotFoundError:
        pages = 0
    return {"cpu_seconds": time.process_time(), "resident_bytes": pages * resource.getpagesize()}


if __name__ == "__main__":
    main()
