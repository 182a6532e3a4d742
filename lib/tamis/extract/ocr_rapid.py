"""OCR by RapidOCR: PaddleOCR's small models for some fifty languages, run by onnxruntime on one thread.

The wheel holds the models; nothing is fetched. A page of 200 dpi takes 2 to 9 s of CPU by its
lines, 1.6 GB of address space and 0.6 to 0.9 GB of memory.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.errors import DocumentError
from tamis.extract.ocr import OcrLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTINGS = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # a thread pool would not fit the address space
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.log_level": "critical",
}
# The engine remembers the last call's steps.
ALL_STEPS = {"use_det": True, "use_cls": True, "use_rec": True}
ONLY_WAY_UP = {"use_det": False, "use_cls": True, "use_rec": False}
MAX_SAMPLES = 5  # longest lines, by which a page's way up is told
TALL_RATIO = 1.5  # RapidOCR turns boxes so much taller than wide before it reads them


class RapidEngine:
    """RapidOCR with its models in memory."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self.name = f"rapidocr-{version('rapidocr')}"
        self._engine: Any = RapidOCR(params=SETTINGS)

    def read(self, image: NDArray[np.uint8]) -> list[OcrLine]:
        """Return the lines of a picture in the order of its rows; a page lying or upside down is turned."""
        try:
            found = self._engine(np.ascontiguousarray(image[:, :, ::-1]), **ALL_STEPS)  # BGR, as OpenCV's
        except MemoryError:
            raise
        except Exception as error:  # RapidOCR raises what OpenCV and onnxruntime do
            raise DocumentError("ocr_failed", f"RapidOCR: {type(error).__name__}: {error}") from error
        if found.boxes is None:
            return []
        boxes = np.asarray(found.boxes, dtype=np.float64)
        edges = np.concatenate([boxes.min(axis=1), boxes.max(axis=1)], axis=1)
        height, width = image.shape[:2]
        upright = turned(edges / [width, height, width, height], self._quarters(image, edges))
        return [OcrLine(text, *map(float, box)) for text, box in zip(found.txts, upright, strict=True)]

    def _quarters(self, image: NDArray[np.uint8], edges: NDArray[np.float64]) -> int:
        """Return by how many quarters, counter-clockwise, a page must be turned to stand upright."""
        sides = edges[:, 2:] - edges[:, :2]
        longest = np.argsort(-sides.max(axis=1), kind="stable")[:MAX_SAMPLES]
        lying = int(np.median(sides[longest, 1] >= TALL_RATIO * sides[longest, 0]))
        crops = [self._crop(image, edges[at], lying) for at in longest]
        told = [self._is_upside_down(crop) for crop in crops if crop.size]
        return lying + 2 * (2 * sum(told) > len(told))

    @staticmethod
    def _crop(image: NDArray[np.uint8], box: NDArray[np.float64], lying: int) -> NDArray[np.uint8]:
        left, top, right, bottom = np.maximum(box, 0).astype(int)
        return np.rot90(image[top:bottom, left:right, ::-1], lying)

    def _is_upside_down(self, crop: Any) -> bool:
        told = self._engine(np.ascontiguousarray(crop), **ONLY_WAY_UP)
        return bool(told.cls_res) and told.cls_res[0][0] == "180"


def turned(boxes: NDArray[np.float64], quarters: int) -> NDArray[np.float64]:
    """Return boxes as they lie once the page is turned counter-clockwise by quarters.

    Args:
        boxes: Shape (n, 4): left, top, right, bottom as fractions of width and height.
        quarters: 0 to 3.
    """
    for _ in range(quarters):
        left, top, right, bottom = boxes.T
        boxes = np.stack([top, 1 - right, bottom, 1 - left], axis=1)
    return boxes
