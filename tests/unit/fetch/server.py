"""A web server on 127.0.0.1 that answers from a table and keeps what it was asked."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tamis.fetch.fetcher import World


class Said(NamedTuple):
    """One answer; ``drip`` is sent again and again until the client goes away."""

    status: int = 200
    body: bytes = b""
    headers: tuple = ()
    drip: bytes = b""
    close_early: bool = False


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server.owner
        server.asked.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        answers = server.pages.get(self.path, [Said(404)])
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(said.status)
        for name, value in said.headers:
            self.send_header(name, value)
        framed = {name for name, _ in said.headers} & {"Content-Length", "Transfer-Encoding"}
        if not framed and not said.drip:
            self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if said.drip:
                while not server.ended.wait(0.02):
                    self.wfile.write(said.drip)
            elif not said.close_early:
                self.wfile.write(said.body)

    def log_message(self, *_):
        pass


class Server:
    """Runs for a block; ``pages`` maps a path to its answers, the last of which stays."""

    def __init__(self, certificate=None):
        self.pages = {}
        self.asked = []
        self.ended = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.scheme = "https" if certificate else "http"
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def says(self, path, *answers):
        self.pages[path] = list(answers)
        return self.url(path)

    def url(self, path, host="site.test"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def paths(self):
        return [path for path, _, _ in self.asked]


def certificate(file, name):
    """Write a certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2000, 1, 1))  # noqa: DTZ001 - the builder takes UTC without a zone
        .not_valid_after(dt.datetime(2999, 1, 1))  # noqa: DTZ001
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    return file


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.seconds = 1000.0
        self.naps = []

    def clock(self):
        return self.seconds

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.seconds += seconds


def world(time, addresses=None, public=("127.0.0.1",)):
    """Return a world whose names are those of the test; 127.0.0.1 is public in it, nothing else."""
    known = addresses or {}
    return World(
        resolve=lambda host, _: known.get(host, ["127.0.0.1"]),
        is_public=lambda address: address in public,
        clock=time.clock,
        sleep=time.sleep,
        now=lambda: 1_700_000_000.0 + time.seconds,
    )
