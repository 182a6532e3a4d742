"""What an archive declares of a payload: codings undone, charset applied, media told from documents."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract import declared as module
from tamis.extract.declared import unpacked
from tamis.extract.payload import ExtractOptions, extract_payload

PAGE = (
    b"<!doctype html><html><body><article><p>"
    + b"Coarse stuff goes in, fine stuff stays. " * 20
    + b"</p></article>"
)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def chunked(data: bytes, size: int = 100, extension: bytes = b"") -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return (
        b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
        + b"0\r\nX: trailer\r\n\r\n"
    )


PACKED = {
    ("gzip",): gzip.compress(PAGE),
    ("x-gzip",): gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]) + b"trailing garbage",
    ("deflate",): zlib.compress(PAGE),
    ("deflate", "compress"): raw_deflate(PAGE),
    ("br",): brotli.compress(PAGE),
    ("zstd",): zstandard.ZstdCompressor().compress(PAGE),
    ("chunked",): chunked(PAGE),
    ("chunked", "gzip"): chunked(gzip.compress(PAGE), 7, b";name=value"),
    (): PAGE,
    ("invented",): PAGE,
}


def code_of(payload: bytes, *codings: str, limit: int = 10**6) -> str:
    with pytest.raises(DocumentError) as caught:
        unpacked(payload, Declared(codings=codings), limit)
    return caught.value.code


@pytest.mark.parametrize("codings", list(PACKED), ids="+".join)
def test_codings_are_undone_in_their_order(codings):
    assert unpacked(PACKED[codings], Declared(codings=codings), 10**6) == PAGE


@pytest.mark.parametrize("coding", list(module.CODINGS))
def test_body_that_was_stored_unpacked_stays_as_it_is(coding):
    assert unpacked(PAGE, Declared(codings=(coding,)), 10**6) == PAGE
    assert unpacked(b"", Declared(codings=(coding,)), 10**6) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "chunked"])
def test_packed_body_that_is_cut_is_truncated(coding):
    noise = bytes(range(256)) * 8
    whole = PACKED[coding,] if coding != "chunked" else chunked(noise)
    assert code_of(whole[: len(whole) // 2], coding) == "truncated"


def test_damaged_packed_body_is_corrupt():
    body = bytearray(gzip.compress(bytes(range(256)) * 40))
    body[40] ^= 0xFF
    assert code_of(bytes(body), "gzip") == "corrupt"
    assert code_of(b"5\r\n\x00\x01\x02\x03\x04\r\n\x05\x06\x07\r\n" * 20, "chunked") == "corrupt"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_bomb_is_refused_just_above_the_bound(coding):
    packers = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress,
               "zstd": zstandard.ZstdCompressor().compress}  # fmt: skip
    bomb = packers[coding](b" " * 3_000_000)
    assert len(unpacked(bomb, Declared(codings=(coding,)), 3_000_000)) == 3_000_000
    assert code_of(bomb, coding, limit=2_999_999) == "zip_bomb"


def test_bound_of_the_recipe_holds_for_http_content():
    options = ExtractOptions(max_expanded_bytes=1000)
    with pytest.raises(DocumentError, match="zip_bomb"):
        extract_payload(gzip.compress(b"a" * 1001), options=options, declared=Declared(codings=("gzip",)))


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "text/csv", "application/json"])
def test_declared_charset_reaches_every_kind_of_text(media_type):
    text = (
        '["Příliš žluťoučký"]'
        if media_type == "application/json"
        else "Příliš žluťoučký kůň, úpěl ďábelské ódy"
    )
    page = (
        f"<html><body><article><p>{text}. {text}.</p></article></body></html>"
        if "html" in media_type
        else text
    )
    made = extract_payload(page.encode("iso8859-2"), declared=Declared(media_type, "iso-8859-2"))
    assert "Příliš žluťoučký" in made.text


def test_charset_that_the_bytes_contradict_is_passed_over():
    page = "<html><head><meta charset=iso-8859-1></head><body><p>Größe und Maß. Größe.</p></body></html>"
    made = extract_payload(page.encode("latin-1"), declared=Declared("text/html", "utf-8"))
    assert "Größe und Maß" in made.text


@pytest.mark.parametrize(
    ("payload", "declared", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(90), "text/html", "media.image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "media.image"),
        (bytes(range(256)), "video/mp4", "media.video"),
        (bytes(range(256)), "font/woff2", "media.font"),
        (b"not found", "audio/mpeg", "media.audio"),
        (b"body { color: red }", "text/css", "media.css"),
        (b"var a = 1;", "application/javascript", "media.javascript"),
        (b"var a = 1;", "text/javascript", "media.javascript"),
    ],
)
def test_media_of_an_archive_are_no_documents(payload, declared, reason):
    with pytest.raises(DocumentError) as caught:
        extract_payload(payload, declared=Declared(declared))
    assert (caught.value.code, caught.value.message) == ("no_document", reason)


def test_picture_outside_an_archive_stays_a_failure():
    with pytest.raises(DocumentError, match="unsupported_format"):
        extract_payload(b"\x89PNG\r\n\x1a\n" + bytes(90))


@pytest.mark.parametrize("declared", ["image/png", "text/css", "application/octet-stream", None])
def test_page_is_a_document_whatever_was_declared(declared):
    made = extract_payload(PAGE, declared=Declared(declared))
    assert (made.media_type, made.text[:13]) == ("text/html", "Coarse stuff ")


def test_declared_kind_of_text_stands_for_the_suffix():
    fragment = b"Hello <b>world</b>, this is a piece of a page."
    assert extract_payload(fragment, name="a.php").media_type == "text/plain"
    assert extract_payload(fragment, name="a.php", declared=Declared("text/html")).media_type == "text/html"
    assert (
        extract_payload(b"a,b\n1,2\n", name="export", declared=Declared("text/csv")).media_type == "text/csv"
    )
