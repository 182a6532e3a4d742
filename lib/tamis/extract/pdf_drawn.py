"""What is drawn on a page of pdfium beside text: the boxes of lines and rectangles, and images."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tamis.extract.pdf_reader import turn

if TYPE_CHECKING:
    from tamis.extract.pdf_tables import Box

MAX_OBJECTS = 5000  # of a page, looked at
MAX_FORM_OBJECTS = 500  # of a page's forms: a drawing of thousands of strokes would cost as much as the page
MAX_DEPTH = 3  # of forms in forms

Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class DrawnObjects:
    """What is drawn on one page.

    Attributes:
        paths: Boxes of the lines and rectangles on the page itself, not in its forms.
        images: pdfium's image objects, in forms too, each with its box; valid while the page is open.
    """

    paths: list[Box] = field(default_factory=list)
    images: list[tuple[Any, Box]] = field(default_factory=list)


def drawn_on(page: Any, quarters: int) -> DrawnObjects:
    """Return what is drawn on a page that is shown turned clockwise by so many quarters."""
    from pypdfium2 import raw

    bounds = _Bounds(raw, quarters)
    found = DrawnObjects()
    get, kind_of, path = raw.FPDFPage_GetObject, raw.FPDFPageObj_GetType, raw.FPDF_PAGEOBJ_PATH
    box_of, add_path = bounds.of, found.paths.append
    forms: list[tuple[Any, int, tuple[Matrix, ...]]] = []
    for at in range(min(raw.FPDFPage_CountObjects(page), MAX_OBJECTS)):
        thing = get(page, at)
        kind = kind_of(thing)
        if kind == path:
            add_path(box_of(thing))
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            found.images.append((thing, box_of(thing)))
        elif kind == raw.FPDF_PAGEOBJ_FORM:
            forms.append((thing, 1, (bounds.matrix(thing),)))
    if forms:
        _add_images(forms, found, bounds)
    return found


def _add_images(
    forms: list[tuple[Any, int, tuple[Matrix, ...]]], found: DrawnObjects, bounds: _Bounds
) -> None:
    """Add the images in forms; what a form draws is measured in the form's own space."""
    raw = bounds.raw
    left = MAX_FORM_OBJECTS
    for form, depth, matrices in forms:  # grows while it is walked
        count = min(raw.FPDFFormObj_CountObjects(form), left)
        left -= max(count, 0)
        for at in range(count):
            thing = raw.FPDFFormObj_GetObject(form, at)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                found.images.append((thing, bounds.of(thing, matrices)))
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                forms.append((thing, depth + 1, (bounds.matrix(thing), *matrices)))


class _Bounds:
    """Asks pdfium for boxes, by buffers that all calls share."""

    def __init__(self, raw: Any, quarters: int) -> None:
        self.raw = raw
        self._quarters = quarters
        self._edges = [ctypes.c_float() for _ in range(4)]
        self._pointers = [ctypes.byref(edge) for edge in self._edges]
        self._matrix = raw.FS_MATRIX()

    def of(self, thing: Any, matrices: tuple[Matrix, ...] = ()) -> Box:
        """Return an object's box, as the page is shown; ``matrices`` lead out of forms, innermost first."""
        self.raw.FPDFPageObj_GetBounds(thing, *self._pointers)
        left, bottom, right, top = (edge.value for edge in self._edges)
        for matrix in matrices:
            left, bottom, right, top = _mapped(matrix, left, bottom, right, top)
        (x, y), (u, v) = turn(left, bottom, self._quarters), turn(right, top, self._quarters)
        return min(x, u), min(y, v), max(x, u), max(y, v)

    def matrix(self, form: Any) -> Matrix:
        """Return the matrix by which a form is drawn."""
        made = self._matrix
        self.raw.FPDFPageObj_GetMatrix(form, ctypes.byref(made))
        return made.a, made.b, made.c, made.d, made.e, made.f


def _mapped(matrix: Matrix, left: float, bottom: float, right: float, top: float) -> Box:
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
