from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.unit.extract import packages

from tamis.errors import DocumentError
from tamis.extract import ocr, pdf_pdfium, pdf_scans
from tamis.extract.ocr import OcrLine
from tamis.extract.ocr_rapid import turned
from tamis.extract.ocr_textract import TextractEngine, lines_of
from tamis.extract.payload import ExtractOptions, extract_payload

GREY = bytes([200]) * 10_000


def block(kind: str, text: str, left: float, top: float, width: float, height: float) -> dict:
    """A block as the Textract Developer Guide documents it (API_Block)."""
    return {
        "BlockType": kind, "Confidence": 99.4, "Text": text, "TextType": "PRINTED", "Id": f"{kind}-{text}",
        "Geometry": {
            "BoundingBox": {"Width": width, "Height": height, "Left": left, "Top": top},
            "Polygon": [{"X": left, "Y": top}, {"X": left + width, "Y": top}],
        },
    }  # fmt: skip


RESPONSE = {
    "DocumentMetadata": {"Pages": 1},
    "Blocks": [
        {**block("PAGE", "", 0.0, 0.0, 1.0, 1.0), "Id": "page"},
        block("LINE", "The mill", 0.25, 0.125, 0.5, 0.0625),
        block("LINE", "by the river", 0.25, 0.25, 0.5, 0.0625),
        block("WORD", "The", 0.25, 0.125, 0.125, 0.0625),
        block("WORD", "mill", 0.5, 0.125, 0.25, 0.0625),
    ],
    "DetectDocumentTextModelVersion": "1.0",
    "ResponseMetadata": {"HTTPStatusCode": 200},
}  # fmt: skip


class RecordedClient:
    """Textract's client with a recorded answer; keeps the picture that it was sent."""

    def detect_document_text(self, *, Document: dict) -> dict:  # noqa: N803
        self.sent = Image.open(io.BytesIO(Document["Bytes"])).size
        return RESPONSE


class RefusingClient:
    def detect_document_text(self, **_: object) -> dict:
        raise ConnectionError("ProvisionedThroughputExceededException")


def test_textract_gives_lines_and_not_their_words():
    assert lines_of(RESPONSE) == [
        OcrLine("The mill", 0.25, 0.125, 0.75, 0.1875),
        OcrLine("by the river", 0.25, 0.25, 0.75, 0.3125),
    ]


@pytest.mark.parametrize("response", [{}, {"Blocks": [{"BlockType": "LINE", "Text": "x"}]}, {"Blocks": [{}]}])
def test_textract_answers_of_another_form_fail(response):
    with pytest.raises(DocumentError) as caught:
        lines_of(response)
    assert caught.value.code == "ocr_failed"


def test_textract_refusals_fail_the_document():
    with pytest.raises(DocumentError) as caught:
        TextractEngine(RefusingClient()).read(np.zeros((9, 9, 3), np.uint8))
    assert caught.value.code == "ocr_failed"
    assert "ProvisionedThroughput" in caught.value.message


def test_scanned_pages_are_sent_whole_and_read_into_the_text(monkeypatch):
    client = RecordedClient()
    monkeypatch.setattr(ocr, "ocr_engine", lambda _name: TextractEngine(client))
    payload = packages.placed_pdf_bytes([[], []], image=GREY)
    made = extract_payload(payload, options=ExtractOptions(pdf_ocr="textract"))
    assert made.text == "The mill by the river\n\nThe mill by the river"
    assert made.metadata == {"page_count": "2", "scanned_pages": "2"}
    assert made.extractor.split("+")[1] == "textract-2018-06-27"
    assert client.sent == (1700, 2200)  # 8.5 by 11 inches of 200 dpi


@pytest.mark.parametrize(("chars", "scanned"), [(40, "1"), (41, None)])
def test_pages_with_a_picture_and_hardly_any_text_count_as_scanned(chars, scanned):
    made = extract_payload(packages.placed_pdf_bytes([[(50, 50, 8, "x" * chars)]], image=GREY))
    assert made.metadata.get("scanned_pages") == scanned
    assert made.text == "x" * chars


def test_pages_without_a_picture_are_not_scanned():
    assert "scanned_pages" not in extract_payload(packages.placed_pdf_bytes([[]])).metadata


def test_an_engine_that_is_not_installed_fails_with_the_command(monkeypatch):
    monkeypatch.setattr(ocr, "find_spec", lambda _name: None)
    ocr.ocr_engine.cache_clear()
    with pytest.raises(DocumentError) as caught:
        extract_payload(
            packages.placed_pdf_bytes([[]], image=GREY), options=ExtractOptions(pdf_ocr="rapidocr")
        )
    assert (caught.value.code, caught.value.message) == (
        "ocr_unavailable",
        "rapidocr is not installed: pip install 'tamis[ocr]'",
    )


def test_ocr_does_not_touch_files_without_scans(monkeypatch):
    monkeypatch.setattr(ocr, "find_spec", lambda _name: None)
    made = extract_payload(packages.pdf_bytes(["A mill"]), options=ExtractOptions(pdf_ocr="rapidocr"))
    assert made.text == "A mill"


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_boxes_turn_as_pictures_do(quarters):
    """This test ensures that a box holds the same pixel before and after numpy's rot90."""
    picture = np.zeros((40, 80))
    picture[4, 56] = 1  # row 0.1 to 0.125 of the height, column 0.7 to 0.7125 of the width
    ((left, top, right, bottom),) = turned(np.array([[0.7, 0.1, 0.7125, 0.125]]), quarters)
    upright = np.rot90(picture, quarters)
    height, width = upright.shape
    ((row, column),) = np.argwhere(upright)
    assert (left * width, right * width) == pytest.approx((column, column + 1))
    assert (top * height, bottom * height) == pytest.approx((row, row + 1))


def test_posters_are_rendered_within_bounds():
    with pdf_pdfium.open_document(packages.placed_pdf_bytes([[]])) as document:
        page = document[0]
        page.set_mediabox(0, 0, 14_400, 7_200)
        assert pdf_scans.rendered(page).shape == (1500, 3000, 3)


def test_rows_of_a_scan_are_read_from_left_to_right():
    found = [OcrLine("right", 0.6, 0.1, 0.9, 0.12), OcrLine("left", 0.1, 0.102, 0.4, 0.122)]
    assert [line.text for line in pdf_scans.scan_lines(found, 0, 800, width=0.8)] == ["left", "right"]
    assert pdf_scans.scan_lines([], 0, 800, width=0.8) == []
