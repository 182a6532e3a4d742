"""Numbers as people read them: 2,431; 12.3 M; 66 %; 4 min 10 s; 1.2 GB."""

from __future__ import annotations

import math

_SCALES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_BYTES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def count(value: int) -> str:
    """Return a whole number with thousands marked.

    Example:
        >>> count(10_000_000_000)
        '10,000,000,000'
    """
    return f"{value:,}"


def compact(value: float) -> str:
    """Return a number in at most five characters, for axes.

    Example:
        >>> compact(12_345), compact(10**10), compact(0.25), compact(7)
        ('12k', '10B', '0.25', '7')
    """
    for scale, suffix in _SCALES:
        if abs(value) >= scale:
            return f"{_three(value / scale)}{suffix}"
    return _three(value)


def _three(value: float) -> str:
    """Return two significant digits below 10, whole numbers above."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"


def percent(part: float, whole: float) -> str:
    """Return a share; never 0 % of something nor 100 % of less than all.

    Example:
        >>> percent(1604, 2431), percent(1, 10**6), percent(999_999, 10**6), percent(0, 0)
        ('66 %', '< 0.1 %', '> 99.9 %', '0 %')
    """
    if whole == 0 or part == 0:
        return "0 %"
    share = 100 * part / whole
    if share < 0.1:
        return "< 0.1 %"
    if 99.9 < share < 100:
        return "> 99.9 %"
    return f"{share:.1f} %" if share < 10 or 99 < share < 100 else f"{share:.0f} %"


def size(value: int) -> str:
    """Return bytes with a unit, decimal.

    Example:
        >>> size(999), size(1_250_000)
        ('999 bytes', '1.2 MB')
    """
    for scale, unit in _BYTES:
        if value >= scale:
            number = value / scale
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{value} bytes"


def duration(seconds: float) -> str:
    """Return a time span in its two largest units.

    Example:
        >>> duration(0.31), duration(250), duration(7325), duration(59.99)
        ('0.3 s', '4 min 10 s', '2 h 2 min', '1 min 0 s')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def plain(value: float) -> str:
    """Return a signal's value: whole numbers whole, others with four digits that matter.

    Example:
        >>> plain(12.0), plain(0.12345678), plain(1234567.0)
        ('12', '0.1235', '1,234,567')
    """
    if not math.isfinite(value):
        return f"{value:g}"
    return f"{int(value):,}" if value == int(value) else f"{value:.4g}"


def plural(number: int, noun: str) -> str:
    """Return the number with its noun.

    Example:
        >>> plural(1, "record"), plural(2431, "record")
        ('1 record', '2,431 records')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
