"""One URL to a page: robots.txt, the host's turn, tries and redirects, each hop checked anew."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.fetch.addresses import is_public, resolve
from tamis.fetch.client import Answer, Wanted, ask
from tamis.fetch.options import MAX_REDIRECTS, MAX_RETRY_WAIT, ROBOTS_BYTES, FetchOptions
from tamis.fetch.robots import Robots
from tamis.fetch.urls import Target, redirected
from tamis.fetch.waiting import Pace, backoff, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class World:
    """What a fetcher takes from outside; tests bring their own."""

    resolve: Callable[[str, int], list[str]] = resolve
    is_public: Callable[[str], bool] = is_public
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


@dataclass(slots=True)
class Trail:
    """How one URL is followed.

    Attributes:
        target: Where it leads so far.
        left: Seconds that servers may still use.
        redirects: The URLs that it was sent on to.
    """

    target: Target
    left: float
    redirects: list[str] = field(default_factory=list)


class Fetcher:
    """Fetches pages; several threads may share one."""

    def __init__(self, options: FetchOptions, world: World) -> None:
        self._options = options
        self._world = world
        self._pace = Pace(options.rate, world.clock, world.sleep)
        self._robots = Robots(self._robots_txt)
        agent = {"User-Agent": options.user_agent, "Accept": "*/*"}
        self._page = Wanted({**agent, "Accept-Encoding": "gzip, br"}, options.max_record_bytes)
        self._rules = Wanted({**agent, "Accept-Encoding": "gzip"}, ROBOTS_BYTES, cut=True, decode=True)

    def trail(self, target: Target) -> Trail:
        """Return where to begin."""
        return Trail(target, self._options.deadline)

    def fetch(self, trail: Trail) -> Answer:
        """Return the answer with status 200 at the end of a trail, which tells how far it came.

        Raises:
            DocumentError: with a code of `FETCH_CODES`.
        """
        answer = self._follow(trail, self._page, self._robots.check)
        if answer.status != 200:
            raise DocumentError(f"http_status.{answer.status}", f"{trail.target.url}: {answer.reason}")
        return answer

    def _robots_txt(self, target: Target) -> Answer:
        return self._follow(self.trail(target), self._rules, lambda _: 0.0)

    def _follow(self, trail: Trail, wanted: Wanted, check: Callable[[Target], float]) -> Answer:
        seen = {trail.target.url}
        while True:
            answer = self._with_tries(trail, wanted, check(trail.target))
            if answer.status not in REDIRECTS:
                return answer
            target = redirected(trail.target, answer.field("Location"))
            trail.redirects.append(target.url)
            if target.url in seen or len(trail.redirects) > MAX_REDIRECTS:
                told = "goes round in a loop" if target.url in seen else f"is redirect {MAX_REDIRECTS + 1}"
                raise DocumentError("redirects", f"{target.url} {told}")
            seen.add(target.url)
            trail.target = target

    def _with_tries(self, trail: Trail, wanted: Wanted, delay: float) -> Answer:
        """Ask until there is an answer that stays, or no try is left."""
        host = trail.target.host
        for tried in range(1, self._options.tries):
            self._pace.wait(host, delay)
            try:
                answer = self._once(trail, wanted)
            except DocumentError as error:
                if error.code != "unreachable":
                    raise
                pause = backoff(tried)
            else:
                pause = max(backoff(tried), self._asked_for(answer))
                if answer.status not in BUSY or pause > MAX_RETRY_WAIT:
                    return answer
            self._pace.hold(host, pause)
        self._pace.wait(host, delay)
        return self._once(trail, wanted)

    def _asked_for(self, answer: Answer) -> float:
        return retry_after(answer.field("Retry-After"), self._world.now()) or 0.0

    def _once(self, trail: Trail, wanted: Wanted) -> Answer:
        began = self._world.clock()
        try:
            return ask(trail.target, self._addresses(trail.target), wanted, trail.left)
        finally:
            trail.left -= self._world.clock() - began

    def _addresses(self, target: Target) -> list[str]:
        """Return the addresses that may be asked; the connection goes to one of these and no other.

        Raises:
            DocumentError: ``unresolved`` or ``private_address``.
        """
        found = self._world.resolve(target.host, target.port)
        allowed = [ip for ip in found if self._options.allow_private or self._world.is_public(ip)]
        if not allowed:
            told = f"{target.host} is {', '.join(found[:3])}: --allow-private fetches from there"
            raise DocumentError("private_address", told)
        return allowed
