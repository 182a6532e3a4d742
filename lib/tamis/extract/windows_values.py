"""Values as Windows stores them in files: code pages by number, times in ticks."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# Windows code pages that Python knows by another name.
CODE_PAGES = {
    1200: "utf-16-le", 1201: "utf-16-be", 20127: "ascii", 20866: "koi8-r", 20932: "euc-jp", 20936: "gb2312",
    21866: "koi8-u", 50220: "iso2022_jp", 50221: "iso2022_jp", 50222: "iso2022_jp", 50225: "iso2022_kr",
    51932: "euc-jp", 51936: "gb2312", 51949: "euc-kr", 52936: "hz", 54936: "gb18030", 65000: "utf-7",
    65001: "utf-8", 10000: "mac-roman", 10007: "mac-cyrillic",
    **{28590 + part: f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15)},
}  # fmt: skip


def filetime(ticks: int) -> datetime | None:
    """Return the time of so many 100 ns since 1601 ([MS-DTYP] 2.3.3); None past the calendar's end.

    Example:
        >>> filetime(116_444_736_000_000_000)
        datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        return EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def code_page_name(number: int) -> str | None:
    """Return Python's name of a Windows code page; None where it knows none.

    Example:
        >>> code_page_name(950), code_page_name(28591), code_page_name(0)
        ('cp950', 'iso8859-1', None)
    """
    name = CODE_PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
