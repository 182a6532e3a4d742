"""What a host's robots.txt allows (RFC 9309), read once a host; parsed by protego."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from protego import Protego

from tamis.errors import DocumentError
from tamis.fetch.options import AGENT, MAX_CRAWL_DELAY
from tamis.fetch.urls import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.fetch.client import Answer

TOO_MANY_REQUESTS = 429


class Robots:
    """Asks before each request.

    Args:
        read: Fetches a robots.txt, redirects followed.
    """

    def __init__(self, read: Callable[[Target], Answer]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rules: dict[str, Protego | DocumentError] = {}

    def check(self, target: Target) -> float:
        """Return the seconds that must lie between two requests to the host.

        Raises:
            DocumentError: ``robots``, ``robots_unreachable``, ``crawl_delay``; or what kept robots.txt from
                being read, such as ``private_address``.
        """
        rules = self._of(target)
        if isinstance(rules, DocumentError):
            raise DocumentError(rules.code, rules.message)
        if not rules.can_fetch(target.url, AGENT):
            raise DocumentError("robots", f"{target.origin}/robots.txt forbids {target.path}")
        delay = float(rules.crawl_delay(AGENT) or 0.0)
        if delay > MAX_CRAWL_DELAY:
            raise DocumentError("crawl_delay", f"{target.origin} asks for {delay:g} s between requests")
        return delay

    def _of(self, target: Target) -> Protego | DocumentError:
        with self._lock:
            lock = self._locks.setdefault(target.origin, threading.Lock())
        with lock:  # one thread reads it, others that come by a redirect wait
            if target.origin not in self._rules:
                self._rules[target.origin] = self._fetched(target)
            return self._rules[target.origin]

    def _fetched(self, target: Target) -> Protego | DocumentError:
        place = target_of(f"{target.origin}/robots.txt")
        try:
            answer = self._read(place)
        except DocumentError as error:
            return DocumentError(error.code, f"robots.txt: {error.message}")
        return rules_of(answer, place.url)


def rules_of(answer: Answer, url: str) -> Protego | DocumentError:
    """Return the rules in an answer: 4xx allows everything, 5xx and 429 nothing (RFC 9309, section 2.3.1)."""
    if 200 <= answer.status < 300:
        return Protego.parse(answer.body.decode("utf-8-sig", "replace"))
    if 400 <= answer.status < 500 and answer.status != TOO_MANY_REQUESTS:
        return Protego.parse("")
    return DocumentError("robots_unreachable", f"{url} answers {answer.status}")
