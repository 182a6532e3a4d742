"""A list of URLs to a folder of web archives: several hosts at once, one request after another to each."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, defaultdict
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tamis.errors import ConfigError, DocumentError, Problem
from tamis.fetch.fetcher import Fetcher, World
from tamis.fetch.options import FetchOptions
from tamis.fetch.store import ARCHIVES, Store
from tamis.fetch.urls import Target, read_urls, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LINE_SECONDS = 10.0  # between lines in a log
DRAW_SECONDS = 0.5  # between pictures on a terminal


class StoppedError(Exception):
    """The call ends: no thread begins another request."""


def fetch_urls(
    urls: str | Path, output: str | Path, options: FetchOptions | None = None, *, retry_failed: bool = False,
    progress: TextIO | None = None, world: World | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Fetch what a list of URLs names and the folder does not hold yet.

    Args:
        urls: A file: a URL a line, or JSON Lines with a field ``url``.
        output: A local folder: ``warc/`` gets the archives, ``fetched.jsonl`` a line a URL.
        options: Politeness and bounds.
        retry_failed: URLs that failed before are fetched again.
        progress: Stream for the progress line; None: quiet.
        world: Clock and name service; tests bring their own.

    Returns:
        What `tamis fetch --json` prints: output, warc, urls, fetched, failed, bytes (all of this list, now or
        before), requested (URLs of this call), failed_by_code.

    Raises:
        ConfigError: the list or the folder cannot be used; nothing is fetched then.
        SourceError: the disk refuses; what was fetched stays.
    """
    if "://" in str(output):
        raise ConfigError([Problem("--output", f"{output}: a local folder is needed; copy it from there")])
    options, world = options or FetchOptions(), world or World()
    wanted = list(dict.fromkeys(_normal(url) for url in read_urls(urls)))
    store = Store(Path(output), options.user_agent, world.now)
    done = {url for url, row in store.rows.items() if not (retry_failed and row["status"] == "failed")}
    missing = [url for url in wanted if url not in done]
    with contextlib.closing(store):
        _Crawl(store, options, world, _Progress(len(missing), progress, world.clock)).run(missing)
    return {**_summary(Path(output), store, wanted), "requested": len(missing)}


def _normal(url: str) -> str:
    try:
        return target_of(url).url
    except DocumentError:
        return url


def _summary(output: Path, store: Store, wanted: Sequence[str]) -> dict[str, Any]:
    rows = [store.rows[url] for url in wanted]
    codes = Counter(row["code"] for row in rows if row["status"] == "failed")
    return {
        "output": str(output), "warc": str(output / ARCHIVES), "urls": len(rows),
        "fetched": len(rows) - codes.total(), "failed": codes.total(),
        "bytes": sum(row["bytes"] for row in rows if row["status"] == "fetched"),
        "failed_by_code": dict(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
    }  # fmt: skip


class _Crawl:
    """One call's threads: each takes a host and asks for its URLs in the list's order."""

    def __init__(self, store: Store, options: FetchOptions, world: World, progress: _Progress) -> None:
        self._store = store
        self._hosts = options.hosts
        self._stop = threading.Event()
        self._sleep = world.sleep
        self._fetcher = Fetcher(options, replace(world, sleep=self._wait))
        self._progress = progress

    def run(self, urls: Sequence[str]) -> None:
        queues: dict[str, list[Target]] = defaultdict(list)
        for url in urls:
            try:
                target = target_of(url)
                queues[target.host].append(target)
            except DocumentError as error:
                self._progress.tell(self._store.fail(url, error.code, error.message, []))
        pool = ThreadPoolExecutor(self._hosts, thread_name_prefix="tamis-fetch")
        try:
            tasks = [pool.submit(self._host, targets) for targets in queues.values()]
            for task in wait(tasks, return_when=FIRST_EXCEPTION).done:
                task.result()
        finally:  # also when the user stops it
            self._stop.set()
            pool.shutdown(cancel_futures=True)
            self._progress.clear()

    def _host(self, targets: list[Target]) -> None:
        for target in targets:
            self._progress.tell(self._one(target))

    def _one(self, target: Target) -> dict[str, Any]:
        trail = self._fetcher.trail(target)
        try:
            self._wait(0.0)
            return self._store.keep(target.url, trail, self._fetcher.fetch(trail))
        except DocumentError as error:
            return self._store.fail(target.url, error.code, error.message, trail.redirects)

    def _wait(self, seconds: float) -> None:
        """Sleep, by steps of a second, so that a call that is stopped ends soon."""
        while not self._stop.is_set() and seconds > 0:
            self._sleep(min(seconds, 1.0))
            seconds -= 1.0
        if self._stop.is_set():
            raise StoppedError


class _Progress:
    """One line on a terminal, a line now and then in a log."""

    def __init__(self, total: int, stream: TextIO | None, clock: Callable[[], float]) -> None:
        self._total = total
        self._stream = stream
        self._is_terminal = stream is not None and stream.isatty()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._clock = clock
        self._told = clock()

    def tell(self, row: dict[str, Any]) -> None:
        """Count one URL."""
        with self._lock:
            self._counts[row["status"]] += 1
            self._counts["bytes"] += row.get("bytes", 0)
            pause = DRAW_SECONDS if self._is_terminal else LINE_SECONDS
            if self._stream is None or self._clock() - self._told < pause:
                return
            self._told = self._clock()
            head, tail = ("\r\x1b[K", "") if self._is_terminal else ("", "\n")
            self._stream.write(head + self._text() + tail)
            self._stream.flush()

    def _text(self) -> str:
        fetched, failed = self._counts["fetched"], self._counts["failed"]
        size = self._counts["bytes"] / 1e6
        return (
            f"[{fetched + failed:,}/{self._total:,}] fetched {fetched:,}, failed {failed:,}; {size:,.1f} MB"
        )

    def clear(self) -> None:
        """Take the line off a terminal."""
        if self._stream is not None and self._is_terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
