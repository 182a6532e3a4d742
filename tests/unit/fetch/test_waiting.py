"""Backoff, Retry-After and the turns at a host, on a clock that only sleeping moves."""

from __future__ import annotations

import pytest
from tests.unit.fetch.server import FakeTime

from tamis.fetch.waiting import Pace, backoff, retry_after

NOW = 784_111_777.0  # RFC 9110's example date: Sun, 06 Nov 1994 08:49:37 GMT


def test_backoff_doubles_up_to_a_minute():
    assert [backoff(failures) for failures in (1, 2, 5, 6, 1000)] == [2, 4, 32, 60, 60]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0), ("120", 120.0), (" 7 ", 7.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("Sun, 06 Nov 1994 08:49:38 GMT", 1.0),
        ("Sun, 06 Nov 1994 08:49:36 GMT", 0.0), ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("", None), ("-1", None), ("1.5", None), ("soon", None), ("\u0663", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None), ("9" * 400, float("9" * 12)),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_turns_at_a_host_lie_a_second_apart():
    time = FakeTime()
    pace = Pace(1.0, time.clock, time.sleep)
    pace.wait("a")
    assert time.naps == []
    pace.wait("a")
    time.seconds += 0.25
    pace.wait("a")
    time.seconds += 1.0
    pace.wait("a")
    pace.wait("b")
    assert time.naps == [1.0, 0.75]


def test_crawl_delay_counts_from_the_last_request_and_never_shortens():
    time = FakeTime()
    pace = Pace(0.5, time.clock, time.sleep)
    pace.wait("a")
    pace.wait("a", 5.0)
    pace.wait("a", 1.0)
    assert time.naps == [5.0, 2.0]


def test_host_that_is_held_waits_and_others_do_not():
    time = FakeTime()
    pace = Pace(1.0, time.clock, time.sleep)
    pace.wait("a")
    pace.hold("a", 30.0)
    pace.hold("a", 3.0)
    pace.wait("b")
    pace.wait("a")
    assert time.naps == [30.0]


def test_two_threads_get_two_turns():
    time = FakeTime()
    pace = Pace(1.0, time.clock, time.naps.append)  # nobody's sleep ends
    for _ in range(3):
        pace.wait("a")
    assert time.naps == [1.0, 2.0]
