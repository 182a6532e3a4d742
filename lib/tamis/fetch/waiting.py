"""How long to wait: between requests to one host, and before another try."""

from __future__ import annotations

import threading
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_BACKOFF = 2.0  # seconds, doubled at each try
MAX_BACKOFF = 60.0


def backoff(failures: int) -> float:
    """Return the seconds to wait after so many failures: 2, 4, 8 and so on, 60 at most."""
    return min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** min(failures - 1, 10))


def retry_after(value: str, now: float) -> float | None:
    """Return the seconds that a Retry-After field asks for (RFC 9110, section 10.2.3); None: it says nothing.

    Args:
        value: Seconds or a date.
        now: Seconds since 1970.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None


class Pace:
    """Keeps requests to one host apart, whichever thread makes them.

    Args:
        rate: Requests a second, at most.
        clock: Seconds that never go back.
        sleep: Waits so many seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._interval = 1.0 / rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}  # when the last request begins
        self._held: dict[str, float] = {}  # no request before

    def wait(self, host: str, delay: float = 0.0) -> None:
        """Wait for the next turn at a host.

        Args:
            host: Its name.
            delay: Least seconds after the last request, as robots.txt asks for.
        """
        with self._lock:
            now = self._clock()
            turn = max(now, self._held.get(host, now))
            if host in self._last:
                turn = max(turn, self._last[host] + max(self._interval, delay))
            self._last[host] = turn
        if turn > now:
            self._sleep(turn - now)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long: it said that it is busy."""
        with self._lock:
            self._held[host] = max(self._held.get(host, 0.0), self._clock() + seconds)
