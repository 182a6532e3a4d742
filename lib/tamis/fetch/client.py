"""One HTTP request to an address that was checked, bounded in bytes and in time, by urllib3.

The connection goes to the address, not to the name: a name that resolves to something else a moment later
(DNS rebinding) changes nothing. Proxies of the environment are not used: they would resolve the name again.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import time
from http.client import HTTPException, IncompleteRead
from typing import TYPE_CHECKING, NamedTuple

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.exceptions import SSLError as TlsError

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from urllib3.response import BaseHTTPResponse

    from tamis.fetch.urls import Target

CHUNK_BYTES = 1 << 16
MAX_ADDRESSES = 3  # that are tried of one host
BROKEN = (HTTPError, HTTPException, OSError, ValueError)  # urllib3 lets errors of what it stands on through

logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # it warns of each odd header field


class Answer(NamedTuple):
    """A response.

    Attributes:
        headers: As they came, repeated ones too.
        body: Without the transfer coding, with the content coding; empty unless the status is 200.
        address: Who answered.
    """

    status: int
    reason: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes
    address: str

    def field(self, name: str) -> str:
        """Return a header field, empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Wanted(NamedTuple):
    """What a request asks for.

    Attributes:
        max_bytes: Of the body.
        cut: A longer body is cut there; else it fails.
        decode: The content coding is undone.
    """

    headers: Mapping[str, str]
    max_bytes: int
    cut: bool = False
    decode: bool = False


def ask(target: Target, addresses: Sequence[str], wanted: Wanted, seconds: float) -> Answer:
    """Make one request.

    Args:
        target: What is asked for.
        addresses: Of the host; the first that takes a connection is asked.
        wanted: Header fields and bounds.
        seconds: For all of it.

    Raises:
        DocumentError: ``bad_response``, ``deadline``, ``tls``, ``too_large`` or ``unreachable``.
    """
    until = time.monotonic() + seconds
    late = DocumentError("deadline", f"{target.host}: no complete answer in time")
    connection = _connected(target, addresses, until, late)
    with contextlib.closing(connection), _cut_off(connection.sock, until) as is_over:
        try:
            answer = _exchange(connection, target, wanted)
        except BROKEN as error:
            raise late if is_over.is_set() else _told(error, target, late) from error
    if is_over.is_set():  # without Content-Length, a connection that was cut looks like the end
        raise late
    return answer


def _connected(target: Target, addresses: Sequence[str], until: float, late: DocumentError) -> HTTPConnection:
    failure = late
    for address in addresses[:MAX_ADDRESSES]:
        left = until - time.monotonic()
        if left <= 0:
            raise late
        connection = _connection(target, address, left)
        try:
            connection.connect()
        except (ssl.SSLError, TlsError) as error:
            connection.close()
            failure = DocumentError("tls", f"{target.host}: {error}")
        except BROKEN as error:
            connection.close()
            failure = _told(error, target, late)
        else:
            return connection
    raise failure


def _connection(target: Target, address: str, seconds: float) -> HTTPConnection:
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=seconds)
    name = target.host.strip("[]")  # the certificate must be for it
    return HTTPSConnection(
        address, target.port, timeout=seconds, cert_reqs="CERT_REQUIRED", server_hostname=name
    )


@contextlib.contextmanager
def _cut_off(sock: socket.socket, until: float) -> Iterator[threading.Event]:
    """Break a connection at a time; a socket's own limit is for each read: one byte a second passes it."""
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # an SSLSocket's own is not for other threads

    timer = threading.Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()


def _exchange(connection: HTTPConnection, target: Target, wanted: Wanted) -> Answer:
    connection.request(
        "GET", target.path, headers={"Host": target.authority, **wanted.headers, "Connection": "close"},
        preload_content=False, decode_content=False,
    )  # fmt: skip
    response = connection.getresponse()
    with contextlib.closing(response):
        body = _body(response, wanted) if response.status == 200 else b""
        return Answer(
            response.status, response.reason or "", response.version_string,
            list(response.headers.iteritems()), body, connection.host,
        )  # fmt: skip


def _body(response: BaseHTTPResponse, wanted: Wanted) -> bytes:
    """Return the body; one that is too long is not read to its end."""
    told = response.headers.get("Content-Length", "")
    parts, size = [], 0
    is_long = told.isdecimal() and int(told[:18]) > wanted.max_bytes
    chunks = response.stream(CHUNK_BYTES, decode_content=wanted.decode)
    while (wanted.cut or not is_long) and size <= wanted.max_bytes and (chunk := next(chunks, b"")):
        parts.append(chunk)
        size += len(chunk)
    if not wanted.cut and (is_long or size > wanted.max_bytes):
        raise DocumentError("too_large", f"{told or 'more'} bytes, the limit is {wanted.max_bytes:,}")
    return b"".join(parts)[: wanted.max_bytes]


def _told(error: Exception, target: Target, late: DocumentError) -> DocumentError:
    is_refused = isinstance(error, NewConnectionError)  # a ConnectTimeoutError by descent
    if isinstance(error, TimeoutError | ConnectTimeoutError | ReadTimeoutError) and not is_refused:
        return late
    is_odd = isinstance(error, HTTPException) and not isinstance(error, OSError | IncompleteRead)
    code = "bad_response" if is_odd else "unreachable"
    return DocumentError(code, f"{target.host}: {error or type(error).__name__}")
