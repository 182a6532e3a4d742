from __future__ import annotations

import pytest
from tests.unit.extract import packages

from tamis.errors import DocumentError
from tamis.extract.hyphens import join_hyphens
from tamis.extract.payload import extract_payload
from tamis.extract.pdf import iso_date


def test_pdf_gives_text_title_author_and_date():
    extraction = extract_payload(packages.pdf_bytes(["A drum sieve", "made of wood"], title="Sieves"))
    assert extraction.text == "A drum sieve\nmade of wood"
    assert (extraction.title, extraction.author) == ("Sieves", "Ada Miller")
    assert extraction.published_utc == "2024-02-29T12:00:00Z"
    assert extraction.media_type == "application/pdf"
    assert extraction.metadata == {"page_count": "1"}


def test_pdf_keeps_words_apart_in_fonts_without_a_space():
    """This test ensures that a subset font with a wide glyph at code 32 does not glue the words of a book."""
    assert extract_payload(packages.glued_pdf_bytes()).text == "the finest sieves"


def test_pdf_without_text_is_empty_and_no_failure():
    assert extract_payload(packages.pdf_bytes([])).text == ""


def test_pdf_with_a_password_fails_as_encrypted():
    with pytest.raises(DocumentError) as caught:
        extract_payload(packages.pdf_bytes(["secret"], password="tamis"))
    assert caught.value.code == "encrypted"


def test_pdf_with_an_empty_password_opens():
    from pypdf import PdfReader, PdfWriter

    plain = packages.pdf_bytes(["for all to read"])
    writer = PdfWriter(clone_from=PdfReader(packages.io.BytesIO(plain)))
    writer.encrypt("", "owner", algorithm="RC4-128")
    assert extract_payload(packages._saved_by(writer.write)).text == "for all to read"


@pytest.mark.parametrize("payload", [b"%PDF-1.4\n", b"%PDF-1.4\n" + b"\x00\xff" * 5000])
def test_pdf_without_structure_fails_as_corrupt(payload):
    with pytest.raises(DocumentError) as caught:
        extract_payload(payload)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("an exam-\nple here", "an example here"),
        ("Größen-\nordnung", "Größenordnung"),
        ("the well-known and the well-\nknown", "the well-known and the well-known"),
        ("Marie-\nCurie", "Marie-Curie"),
        ("soft\u00ad\nhyphen and pdf\x02\nium", "softhyphen and pdfium"),
        ("pages 10-\n12", "pages 10-\n12"),
        ("a list:\n- item", "a list:\n- item"),
    ],
)
def test_hyphens_join_at_line_ends(text, expected):
    assert join_hyphens(text) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (None, None),
        ("yesterday", None),
        ("D:2024", "2024-01-01"),
        ("D:20240229", "2024-02-29"),
        ("D:20240229235958+05'30'", "2024-02-29T23:59:58+05:30"),
        ("20240229235958Z", "2024-02-29T23:59:58Z"),
        ("D:2024022923", "2024-02-29T23:00:00"),
    ],
)
def test_pdf_dates_become_iso(stated, expected):
    assert iso_date(stated) == expected
