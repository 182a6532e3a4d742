from __future__ import annotations

import ast
import gzip
import inspect
import re
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from tests.unit.extract import packages
from tests.unit.extract.outcomes import failure, outcome

import tamis.extract
from tamis.errors import DocumentError
from tamis.extract import payload as payload_module
from tamis.extract.codes import FAILURE_CODES
from tamis.extract.payload import ExtractOptions, extract_payload


@pytest.mark.parametrize(
    ("data", "name", "media_type", "text"),
    [
        (b"", "", "text/plain", ""),
        (b" \r\n ", "a.txt", "text/plain", ""),
        (b"x", "", "text/plain", "x"),
        (b"# Title\r\n\r\nbody\0\n", "a.md", "text/markdown", "# Title\n\nbody"),
        (
            b"caf\xe9 und schwarzer Tee f\xfcr alle G\xe4ste",
            "",
            "text/plain",
            "café und schwarzer Tee für alle Gäste",
        ),
        (b"e\xcc\x81", "", "text/plain", "é"),
        (b'{"a": "\\ud83d"}', "", "application/json", "- a: \ufffd"),
        (b"a,b\n1,2", "a.csv", "text/csv", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (b"%PDF-1.4 as text", "a.txt", None, "corrupt"),
        (b"\xff\xd8\xff\xe0", "a.pdf", None, "unsupported_format"),
        (b"{\\rtf1 hi}", "", "application/rtf", "hi"),
        (b"WARC/1.0\r\n", "", None, "unsupported_format"),
        (b'{"a": ', "a.json", None, "invalid_json"),
    ],
)
def test_payload_is_dispatched_by_its_bytes_and_cleaned(data, name, media_type, text):
    if media_type is None:
        assert failure(data, name=name).code == text
    else:
        extraction = extract_payload(data, name=name)
        assert (extraction.media_type, extraction.text) == (media_type, text)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_payload_takes_one_layer_of_compression_off(compress):
    extraction = extract_payload(compress(b"# Title"), name="a.md.gz")
    assert (extraction.media_type, extraction.text) == ("text/markdown", "# Title")
    assert failure(compress(compress(b"x"))).code == "unsupported_format"


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_payload_that_expands_beyond_the_limit_is_a_bomb(compress):
    options = ExtractOptions(max_expanded_bytes=1000)
    assert extract_payload(compress(b"a" * 1000), options=options).text == "a" * 1000
    assert failure(compress(b"a" * 1001), options=options).code == "zip_bomb"


def test_gzip_that_ends_early_is_truncated():
    assert failure(gzip.compress(bytes(range(256)) * 99)[:-9]).code == "truncated"


def test_bomb_is_refused_without_being_held():
    bomb = gzip.compress(b"\0" * 100_000_000, compresslevel=1)
    tracemalloc.start()
    assert failure(bomb, options=ExtractOptions(max_expanded_bytes=1_000_000)).code == "zip_bomb"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RecursionError(), "too_deep"),
        (MemoryError(), "memory_limit"),
        (KeyError("/Root"), "corrupt"),
        (DocumentError("encrypted", "x"), "encrypted"),
    ],
)
def test_any_exception_of_a_parser_becomes_a_document_error(monkeypatch, error, code):
    def broken(_payload, _options):
        raise error

    monkeypatch.setitem(payload_module.EXTRACTORS, "text/plain", broken)
    assert failure(b"text").code == code


@pytest.mark.parametrize(
    "make", [packages.docx_bytes, packages.pptx_bytes, packages.xlsx_bytes, lambda: packages.pdf_bytes(["x"])]
)
def test_payload_damaged_anywhere_never_raises_anything_else(make):
    intact = make()
    for at in range(0, len(intact), max(1, len(intact) // 24)):
        damaged = bytearray(intact)
        damaged[at : at + 40] = b"\x00\xff<&" * 10
        for data in (bytes(damaged), intact[:at]):
            assert outcome(data) in {"ok", *FAILURE_CODES}


def test_every_code_raised_is_in_the_list():
    """This test ensures that no module fails a document under a code that the list does not explain."""
    folder = Path(inspect.getfile(tamis.extract)).parent
    raised = set()
    for module in folder.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DocumentError":
                code = node.args[0]  # a literal, or one of two
                branches = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
                raised |= {branch.value for branch in branches if isinstance(branch, ast.Constant)}
    assert raised
    assert raised <= set(FAILURE_CODES)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in FAILURE_CODES)


def test_counts_of_what_was_cleaned_are_metadata():
    made = extract_payload("of\ufb01ce\u200b hy\xadphen\xad".encode())
    assert made.text == "office hyphen"
    assert made.metadata == {"cleaned_ligatures": "1", "cleaned_soft_hyphens": "2", "cleaned_zero_width": "1"}
    assert extract_payload(b"plain").metadata == {}
