"""Header fields of WARC records and HTTP messages, parsed by fastwarc."""

from __future__ import annotations

import io
import re

from fastwarc.warc import HeaderMap

MAX_HEADER_BYTES = 1 << 16
HEADER_END = re.compile(rb"\r?\n\r?\n")
LISTS = frozenset({"content-encoding", "transfer-encoding"})


class Headers:
    """The fields of a header by name, in any case; a missing one is empty.

    Of a repeated field the first counts; of codings, which are lists, all do (RFC 9110, section 5.3). Made
    once a record: ``HeaderMap.get`` takes 5 us a field.

    Attributes:
        status_line: The line before the fields.
    """

    def __init__(self, parsed: HeaderMap) -> None:
        self.status_line = parsed.status_line or ""
        self._fields: dict[str, str] = {}
        for name, value in parsed.to_tuples():
            key = name.lower()
            if key in LISTS and key in self._fields:
                self._fields[key] += "," + value
            else:
                self._fields.setdefault(key, value.strip())

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name.lower(), "")


def parse_headers(header: bytes) -> Headers:
    """Return the version or status line and the fields of a header, with any line ends; never fails."""
    if b"\r\n" not in header:
        header = header.replace(b"\n", b"\r\n")
    parsed = HeaderMap()
    parsed.parse(io.BytesIO(header))
    return Headers(parsed)
