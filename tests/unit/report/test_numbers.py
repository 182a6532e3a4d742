from __future__ import annotations

import pytest

from tamis.report import numbers


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0 %"), (10, 10, "100 %"), (1, 1000, "0.1 %"), (1, 1001, "< 0.1 %"), (999, 1000, "99.9 %"),
        (9999, 10_000, "> 99.9 %"), (1, 10, "10 %"), (99, 1000, "9.9 %"), (5, 0, "0 %"),
    ],
)  # fmt: skip
def test_percent_is_never_none_of_something_nor_all_of_less(part, whole, shown):
    assert numbers.percent(part, whole) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.05, "0.05"), (999, "999"), (1000, "1k"), (1_500_000, "1.5M"), (10**10, "10B")],
)
def test_compact_fits_an_axis(value, shown):
    assert numbers.compact(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (3599.6, "1 h 0 min"), (90000, "25 h 0 min")],
)
def test_duration_carries_over(seconds, shown):
    assert numbers.duration(seconds) == shown


def test_size_is_decimal():
    assert [numbers.size(n) for n in (0, 1000, 5 * 10**9, 31 * 10**12)] == [
        "0 bytes",
        "1.0 kB",
        "5.0 GB",
        "31 TB",
    ]


def test_plain_keeps_what_tells_values_apart():
    assert [numbers.plain(v) for v in (0.0, 0.1, 1 / 3, 2.0, float("inf"))] == [
        "0",
        "0.1",
        "0.3333",
        "2",
        "inf",
    ]
