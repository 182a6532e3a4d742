"""Pictures of pages to lines of text: one small interface, an engine each in a module of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tamis.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Ocr = Literal["off", "auto", "rapidocr", "textract"]
AUTO = "rapidocr"  # reads without a network or an account
NEEDS = {"rapidocr": (("rapidocr", "onnxruntime"), "ocr"), "textract": (("boto3",), "textract")}


@dataclass(frozen=True, slots=True)
class OcrLine:
    """One line of text on a picture that was turned upright.

    Attributes:
        left, top, right, bottom: Edges as fractions of the upright picture's width and height; y grows
            downwards.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float


class OcrEngine(Protocol):
    """Reads pictures of pages.

    Attributes:
        name: Library or service and its version, for the column `extractor`.
    """

    name: str

    def read(self, image: NDArray[np.uint8]) -> Sequence[OcrLine]:
        """Return the lines of a picture of shape (height, width, 3), RGB.

        Raises:
            DocumentError: ``ocr_failed``.
        """


def missing_packages(ocr: str) -> str | None:
    """Return what to type where an engine is not installed; None where it is, or none is asked for.

    Example:
        >>> missing_packages("off") is None
        True
    """
    modules, extra = NEEDS.get(AUTO if ocr == "auto" else ocr, ((), ""))
    missing = [module for module in modules if find_spec(module) is None]
    return f"{missing[0]} is not installed: pip install 'tamis[{extra}]'" if missing else None


@lru_cache(maxsize=1)
def ocr_engine(ocr: Ocr) -> Any:
    """Return the engine of a name, made once a process: loading its models takes 1.5 s.

    Raises:
        DocumentError: ``ocr_unavailable``; the message tells the command that installs it.
    """
    told = missing_packages(ocr)
    if told:
        raise DocumentError("ocr_unavailable", told)
    if ocr == "textract":
        from tamis.extract.ocr_textract import TextractEngine

        return TextractEngine()
    from tamis.extract.ocr_rapid import RapidEngine

    return RapidEngine()
