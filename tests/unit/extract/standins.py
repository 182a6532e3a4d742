"""Extractors that misbehave, named by the payload; called in the worker."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.document import Extraction
from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable

served: list[bytes] = []
hoard: list[bytes | bytearray] = []


def extract(payload: bytes, *, name: str, options: Any) -> Extraction:
    verb, _, argument = payload.partition(b" ")
    served.append(verb)
    act = ACTIONS.get(verb.decode("ascii", "replace"))
    text = act(argument) if act else payload.decode("utf-8", "surrogateescape")
    facts = {"pid": str(os.getpid()), "served": str(len(served)), "options": repr(options), "name": name}
    return Extraction(text=text, media_type="text/plain", extractor="standin-1", title="Ünï", metadata=facts)


def extract_or_open(payload: bytes, *, name: str, options: Any) -> Extraction:
    from tamis.extract.payload import extract_payload

    return (
        extract_payload(payload)
        if payload.startswith(b"PK")
        else extract(payload, name=name, options=options)
    )


def spin(_: bytes) -> str:
    while True:
        pass


def spin_deaf(_: bytes) -> str:
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    return spin(b"")


def spend(argument: bytes) -> str:
    end = time.process_time() + float(argument)
    while time.process_time() < end:
        pass
    return "spent"


def limits(_: bytes) -> str:
    timer = signal.getitimer(signal.ITIMER_PROF)[0]
    return f"{0 < timer < 2.1} {resource.getrlimit(resource.RLIMIT_AS)[0]}"


def sleep(_: bytes) -> str:
    time.sleep(3600)
    return "awake"


def sleep_at_first(_: bytes) -> str:
    return sleep(b"") if len(served) > 1 else "awake"


def sleep_with_child(argument: bytes) -> str:
    Path(argument.decode()).write_text(str(subprocess.Popen(["sleep", "3600"]).pid))
    return sleep(b"")


def bomb(_: bytes) -> str:
    return str(len(bytearray(1 << 40)))


def bomb_slowly(_: bytes) -> str:
    while True:
        hoard.append(bytes(1 << 24))


def bomb_unless_fresh(_: bytes) -> str:
    return bomb(b"") if len(served) > 1 else "fresh"


def crash_unless_fresh(_: bytes) -> str:
    return die(signal.SIGSEGV) if len(served) > 1 else "fresh"


def refuse_for_memory(_: bytes) -> str:
    if len(served) > 1:
        raise DocumentError("memory_limit", "caught by the extractor")
    return "fresh"


def die(number: int) -> str:
    os.kill(os.getpid(), number)
    time.sleep(3600)
    return ""


def close_everything(_: bytes) -> str:
    os.closerange(0, 1000)
    return sleep(b"")


def chatter(_: bytes) -> str:
    print("x" * 100_000, flush=True)  # noqa: T201
    os.write(1, b"y" * 100_000)
    os.write(2, b"z" * 100_000)
    return f"stdin {sys.stdin.read()!r}"


def refuse(_: bytes) -> str:
    raise DocumentError("encrypted", "a password is needed")


def leave(argument: bytes) -> str:
    (sys.exit if argument == b"politely" else os._exit)(3)


def keep(argument: bytes) -> str:
    hoard.append(bytearray(int(argument)))
    return "kept"


def set_order(_: bytes) -> str:
    return " ".join({f"word{number}" for number in range(50)})


ACTIONS: dict[str, Callable[[Any], str]] = {
    "spin": spin, "spin-deaf": spin_deaf, "spend": spend, "limits": limits, "sleep": sleep,
    "sleep-at-first": sleep_at_first, "sleep-with-child": sleep_with_child,
    "bomb": bomb, "bomb-slowly": bomb_slowly,
    "bomb-unless-fresh": bomb_unless_fresh, "crash-unless-fresh": crash_unless_fresh,
    "refuse-for-memory": refuse_for_memory, "segfault": lambda _: die(signal.SIGSEGV),
    "read-null": lambda _: str(ctypes.string_at(0)), "abort": lambda _: os.abort(),
    "be-killed": lambda _: die(signal.SIGKILL), "close-everything": close_everything, "chatter": chatter,
    "refuse": refuse, "leave": leave, "keep": keep, "set-order": set_order,
    "raise": lambda _: str(1 / 0),
}  # fmt: skip
