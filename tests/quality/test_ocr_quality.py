"""Quality of OCR: the character error rate against gold texts and against the text layers of printed pages.

The rate is the edit distance to the gold (Levenshtein, 1966) over the characters of the gold, without spaces.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tamis.extract.ocr import missing_packages
from tamis.extract.payload import ExtractOptions, extract_payload

if TYPE_CHECKING:
    from tamis.extract.ocr_rapid import RapidEngine

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(missing_packages("rapidocr") is not None, reason="the extra ocr is not installed"),
]

CEILINGS = json.loads(Path(__file__).with_name("floors.json").read_text())["ocr_error_rate"]
SCANS = {"nemotron_multipage": 4, "ocr_test_rotated_180": 1, "ocr_test_rotated_270": 1}  # with their pages
# What the pictures on the pages say, read by eye; the rest of each page is its text layer.
PICTURES = {
    "pdf_multipage": ["PAGE 1 IMAGE: Section A", "PAGE 2 IMAGE: Contact Info", "PAGE 3 IMAGE: Header Banner"],
    "pdf_multiple_images": ["Image 1: Serial Number SN-001 Image 2: Model Number M-2024"],
}
PRINTED = {"debian-faq.en": 10, "policy": 31, "install.ja": 20}  # with a page of each


@pytest.fixture(scope="module")
def engine() -> RapidEngine:
    from tamis.extract.ocr_rapid import RapidEngine

    return RapidEngine()


def error_rate(found: str, wanted: str) -> float:
    """Return edit distance over the length of what is wanted."""
    ours, gold = ("".join(text.split()) for text in (found, wanted))
    codes = np.array([ord(char) for char in ours])
    places = np.arange(len(ours) + 1)
    row = places.copy()
    for at, char in enumerate(gold, 1):
        changed = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(char)))
        # Deletions run along the row: the least of all that stand before, and the way from there.
        row = np.minimum.accumulate(np.concatenate([[at], changed]) - places) + places
    return float(row[-1]) / len(gold)


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ("mill", "mill", 0),
        ("", "mill", 1),
        ("mil", "mill", 0.25),
        ("smell", "mill", 0.5),
        ("m i ll x", "mill", 0.25),
    ],
)
def test_error_rate_counts_edits(found, wanted, expected):
    assert error_rate(found, wanted) == expected


def test_scans_are_read_whichever_way_they_lie(corpus: Path):
    folder = corpus / "pdf" / "docling"
    gold = (folder / "gold" / "ocr_test_rotated_180.tesseract.full_page.md").read_text()
    for name, pages in SCANS.items():
        options = ExtractOptions(pdf_ocr="rapidocr")
        made = extract_payload((folder / f"{name}.pdf").read_bytes(), options=options)
        assert error_rate(made.text, gold * pages) <= CEILINGS["scans"], name


def test_pictures_on_pages_are_read(corpus: Path, engine):
    for name, pictures in PICTURES.items():
        pages = read_pages(corpus / "office" / "markitdown-ocr" / f"{name}.pdf", engine, range(len(pictures)))
        for (found, layer), picture in zip(pages, pictures, strict=True):
            # Where a picture's words stand among the others is told by their letters alone.
            assert error_rate(letters(found), letters(layer + picture)) <= CEILINGS["pictures"], name


def test_printed_pages_are_read(corpus: Path, engine, record_property):
    begin = time.process_time()
    rates = {}
    for name, page in PRINTED.items():
        ((found, layer),) = read_pages(corpus / "pdf" / "debian" / f"{name}.pdf", engine, [page])
        rates[name] = error_rate(found, layer)
    record_property("error_rates", rates)
    record_property("cpu_seconds_a_page", (time.process_time() - begin) / len(PRINTED))
    assert {name: rate for name, rate in rates.items() if rate > CEILINGS["printed"][name]} == {}


def letters(text: str) -> str:
    return "".join(sorted("".join(text.split())))


def read_pages(path: Path, engine: RapidEngine, numbers) -> list[tuple[str, str]]:
    """Return of each page what OCR reads on its picture, and its text layer."""
    from pypdfium2 import PdfDocument

    from tamis.extract.pdf_scans import rendered

    with PdfDocument(path) as document:
        return [
            (
                " ".join(line.text for line in engine.read(rendered(document[number]))),
                document[number]
                .get_textpage()
                .get_text_bounded()
                .replace("\ufffe", "-")
                .replace("\x02", "-"),
            )
            for number in numbers
        ]
