from __future__ import annotations

import pytest
from tests.unit.extract import packages

from tamis.errors import DocumentError
from tamis.extract import pdf_pdfium
from tamis.extract.payload import ExtractOptions, extract_payload
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


@pytest.mark.parametrize(
    ("flags", "expected"), [(4, "Name:\n\nAda Miller"), (2, "Name:")], ids=["shown", "hidden"]
)
def test_pdf_form_gives_what_its_fields_show(flags, expected):
    assert extract_payload(packages.form_pdf_bytes("Name:", "Ada Miller", flags=flags)).text == expected


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


@pytest.mark.parametrize("engine", ["pypdfium2", "pypdf", "pdfplumber"])
def test_engines_are_named_by_the_recipe(engine):
    options = ExtractOptions(pdf_engine=engine)
    made = extract_payload(packages.pdf_bytes(["A drum sieve"], title="Sieves"), options=options)
    assert made.extractor.startswith(f"{engine}-")
    assert (made.text, made.title, made.published_utc) == ("A drum sieve", "Sieves", "2024-02-29T12:00:00Z")
    with pytest.raises(DocumentError) as caught:
        extract_payload(packages.pdf_bytes(["secret"], password="tamis"), options=options)
    assert caught.value.code == "encrypted"


@pytest.mark.parametrize("engine", ["pypdfium2", "pdfplumber"])
def test_running_heads_go_and_sentences_cross_pages(engine):
    words = [
        "so the {} of the town goes on to lift the sieve and",
        "lets the {} flour fall into the trough below it and",
    ]
    pages = [
        [
            (70, 750, 9, f"The Mill {at + 1}"),
            *(
                (70, 700 - 12 * row, 10, words[row % 2].format("miller"[at:] + "dab"[:row]))
                for row in range(4)
            ),
        ]
        for at in range(3)
    ]
    made = extract_payload(packages.placed_pdf_bytes(pages), options=ExtractOptions(pdf_engine=engine))
    assert "Mill" not in made.text
    assert "\n" not in made.text
    assert made.metadata == {"page_count": "3", "running_lines": "3"}


def test_pages_shown_turned_are_read_as_shown():
    """This test ensures that turning moves lines and loses none."""
    turned = [[(70, 60 + 12 * at, 10, f"line {at} of it")] for at in range(3)]
    made = extract_payload(packages.placed_pdf_bytes(turned, rotate=90))
    assert made.text.count("of it") == 3


def test_a_file_of_too_many_pages_fails(monkeypatch):
    monkeypatch.setattr(pdf_pdfium, "MAX_PAGES", 2)
    assert extract_payload(packages.placed_pdf_bytes([[], []])).text == ""
    with pytest.raises(DocumentError) as caught:
        extract_payload(packages.placed_pdf_bytes([[], [], []]))
    assert caught.value.code == "too_large"
