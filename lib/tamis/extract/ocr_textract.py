"""OCR by Amazon Textract, a service: pages leave the machine, and each costs money.

``DetectDocumentText`` (Amazon Textract Developer Guide, API version 2018-06-27): the response's ``Blocks``
of type LINE hold a text and a box in fractions of the page, in reading order. Region and account are boto3's.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tamis.errors import DocumentError
from tamis.extract.ocr import OcrLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

JPEG_QUALITY = 90  # a page of 200 dpi has 1 MB; the service takes 10 MB


class TextractEngine:
    """The service's client.

    Args:
        client: As ``boto3.client("textract")`` gives it, which is the default.
    """

    name = "textract-2018-06-27"

    def __init__(self, client: Any = None) -> None:
        if client is None:
            import boto3

            client = boto3.client("textract")
        self._client = client

    def read(self, image: NDArray[np.uint8]) -> list[OcrLine]:
        """Return the lines of a picture in the service's order."""
        try:
            response = self._client.detect_document_text(Document={"Bytes": _jpeg(image)})
        except Exception as error:  # botocore makes its exceptions at run time
            raise DocumentError("ocr_failed", f"Textract: {type(error).__name__}: {error}") from error
        return lines_of(response)


def lines_of(response: Mapping[str, Any]) -> list[OcrLine]:
    """Return the lines of a response.

    Raises:
        DocumentError: ``ocr_failed``: it is not what the service documents.
    """
    try:
        return [_line(block) for block in response["Blocks"] if block["BlockType"] == "LINE"]
    except (KeyError, TypeError) as error:
        raise DocumentError("ocr_failed", f"Textract: the response lacks {error}") from error


def _line(block: Mapping[str, Any]) -> OcrLine:
    box = block["Geometry"]["BoundingBox"]
    left, top = box["Left"], box["Top"]
    return OcrLine(block["Text"], left, top, left + box["Width"], top + box["Height"])


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(image).save(target, "JPEG", quality=JPEG_QUALITY)
    return target.getvalue()
