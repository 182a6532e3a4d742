"""Web archives made in a test: records, HTTP responses, ways to pack them."""

from __future__ import annotations

import gzip
import struct

import zstandard

HTML = b"<html><head><title>Sieve</title></head><body><p>Coarse stuff goes in.</p></body></html>"


def record(
    number: int, block: bytes, kind: str = "resource", *, length: str | None = None, **fields: str
) -> bytes:
    named = {
        "WARC-Type": kind, "WARC-Record-ID": f"<urn:uuid:{number}>", "WARC-Date": "2026-01-02T03:04:05Z",
        "WARC-Target-URI": f"https://example.org/{number}", "Content-Type": "text/plain",
        "Content-Length": str(len(block)) if length is None else length,
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def response(number: int, body: bytes = HTML, status: str = "200 OK", **fields: str) -> bytes:
    named = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    block = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
    return record(number, block, "response", Content_Type="application/http; msgtype=response")


def packed(records: list[bytes], how: str) -> bytes:
    """Return an archive: plain, gzip, gzip whole, zstd, or zstd with a dictionary."""
    if how == "plain":
        return b"".join(records)
    if how == "gzip":
        return b"".join(gzip.compress(one, mtime=0) for one in records)
    if how == "gzip whole":
        return gzip.compress(b"".join(records), mtime=0)
    if how == "zstd":
        return b"".join(zstandard.ZstdCompressor(write_checksum=True).compress(one) for one in records)
    dictionary = zstandard.train_dictionary(4096, [record(n, b"page %d" % n) for n in range(500)])
    raw = dictionary.as_bytes()
    if how == "zstd packed dictionary":
        raw = zstandard.ZstdCompressor().compress(raw)
    frame = struct.pack("<II", 0x184D2A5D, len(raw)) + raw
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    return frame + b"".join(packer.compress(one) for one in records)


PACKINGS = ("plain", "gzip", "gzip whole", "zstd", "zstd dictionary", "zstd packed dictionary")
