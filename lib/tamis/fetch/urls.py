"""Lists of URLs to targets: one form for each URL, so that none is fetched twice."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from tamis.errors import ConfigError, DocumentError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTS = {"http": 80, "https": 443}
MAX_URL_CHARS = 8_000  # longest that servers take is 8,190; a WARC header has 65,536 bytes for all fields


class Target(NamedTuple):
    """Where a request goes.

    Attributes:
        url: Normal form, without the fragment.
        path: Path and query, as the request line has them.
    """

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own; the Host field."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What one robots.txt speaks for."""
        return f"{self.scheme}://{self.authority}"


def target_of(text: str) -> Target:
    """Return the target of a URL: host in lower case and IDNA, other characters percent-encoded.

    Raises:
        DocumentError: ``bad_url``.

    Example:
        >>> target_of("HTTP://B\u00fccher.example:80/a b#top").url
        'http://xn--bcher-kva.example/a%20b'
    """
    try:
        parts = parse_url(text.strip())
    except (LocationParseError, ValueError) as error:
        raise DocumentError("bad_url", f"{text[:100]!r} is no URL") from error
    scheme, host = parts.scheme, parts.host
    if scheme not in PORTS or not host:
        raise DocumentError("bad_url", f"{text[:100]!r}: write http:// or https:// and a host")
    if parts.auth:
        raise DocumentError("bad_url", f"{host}: a name or password in a URL would be stored with the page")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query is not None else "")
    target = Target("", scheme, host, parts.port or PORTS[scheme], path)
    if len(target.origin + path) > MAX_URL_CHARS:
        raise DocumentError("bad_url", f"{host}: longer than {MAX_URL_CHARS:,} characters")
    return target._replace(url=target.origin + path)


def redirected(target: Target, location: str) -> Target:
    """Return where a Location field leads; its bytes are UTF-8 where they can be (RFC 9110 knows ASCII only).

    Raises:
        DocumentError: ``redirects``, nowhere.
    """
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return target_of(urljoin(target.url, location))
    except (DocumentError, ValueError) as error:
        raise DocumentError("redirects", f"{target.url} leads to {location[:100]!r}") from error


def read_urls(path: str | Path) -> list[str]:
    """Return the URLs of a file, one a line, or the field ``url`` of JSON Lines; in order, without repeats.

    Empty lines and those that begin with ``#`` are passed over; a line of JSON without a URL stays as it is,
    so that it fails by itself.

    Raises:
        ConfigError: the file cannot be read or names no URL.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    found = list(dict.fromkeys(_urls(lines)))
    if not found:
        raise ConfigError([Problem(str(path), 'names no URL: write one a line, or {"url": "https://..."}')])
    return found


def _urls(lines: list[str]) -> Iterator[str]:
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            yield _field(text) if text.startswith("{") else text


def _field(text: str) -> str:
    try:
        url = json.loads(text).get("url")
    except ValueError:
        return text
    return url if isinstance(url, str) else text
