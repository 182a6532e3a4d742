"""How pages are fetched, every code under which a URL can fail, and the bounds that nobody needs to set."""

from __future__ import annotations

from dataclasses import dataclass

import tamis
from tamis.errors import ConfigError, Problem

AGENT = "tamis"  # the product token that a robots.txt names
MAX_REDIRECTS = 5  # RFC 9309 section 2.3.1.2 asks for five at least
MAX_CRAWL_DELAY = 60.0  # seconds; a host that asks for more is left alone rather than visited for days
MAX_RETRY_WAIT = 120.0  # seconds; a host that asks for more is busy now: fetch again later
ROBOTS_BYTES = 512_000  # RFC 9309 section 2.5: at least 500 KiB are to be parsed

FETCH_CODES: dict[str, str] = {
    "bad_response": "what the server sent is no HTTP that can be stored; the message says why",
    "bad_url": "it is no absolute http or https URL, or it holds a password",
    "crawl_delay": f"robots.txt asks for more than {MAX_CRAWL_DELAY:g} s between requests",
    "deadline": "the server took longer than --deadline, over all tries and redirects",
    "http_status.NNN": "the server answered with this status; 429 and 503 only after all tries",
    "private_address": "the host's address is private, loopback, link-local, multicast or reserved",
    "redirects": f"more than {MAX_REDIRECTS} redirects, a loop of them, or one that leads nowhere",
    "robots": "robots.txt forbids it",
    "robots_unreachable": "robots.txt answers with a server error, which forbids all for now (RFC 9309)",
    "tls": "the secure connection failed: the certificate is not valid for the host, or no common version",
    "too_large": "the body is longer than --max-record-bytes",
    "unreachable": "no connection, or one that broke, at every try; the message quotes the last error",
    "unresolved": "the host's name has no address",
}

BOUNDS = {"rate": 1000, "hosts": 1000, "tries": 20, "deadline": 3600, "max_record_bytes": 2**31}


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What a caller can set.

    Attributes:
        contact: A URL or mail address of whoever fetches; part of the User-Agent.
        allow_private: Also fetch from private and loopback addresses.
        rate: Requests a second to one host, at most; robots.txt may ask for fewer.
        hosts: Hosts that are asked at the same time; each holds a body of up to ``max_record_bytes``.
        tries: Requests for one URL until it is given up.
        deadline: Seconds that the server may use for one URL; waiting for the host's turn is not counted.
        max_record_bytes: The longest body, as it is sent.
    """

    contact: str = ""
    allow_private: bool = False
    rate: float = 1.0
    hosts: int = 8
    tries: int = 4
    deadline: float = 60.0
    max_record_bytes: int = 64_000_000

    def __post_init__(self) -> None:
        """Refuse what would fail at every URL.

        Raises:
            ConfigError: an option is out of its bounds.
        """
        problems = [
            Problem(f"--{name.replace('_', '-')}", f"must be above 0 and at most {most:,}")
            for name, most in BOUNDS.items()
            if not 0 < getattr(self, name) <= most
        ]
        if not (self.contact.isascii() and self.contact.isprintable()):
            problems.append(Problem("--contact", "is a URL or mail address in ASCII"))
        if problems:
            raise ConfigError(problems)

    @property
    def user_agent(self) -> str:
        """The User-Agent field, such as ``tamis/0.1.0 (+mailto:me@example.org)``."""
        product = f"{AGENT}/{tamis.__version__}"
        return f"{product} (+{self.contact})" if self.contact else product
