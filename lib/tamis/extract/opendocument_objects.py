"""Objects in OpenDocument: charts as a title and a table, formulas as LaTeX (part 3, 10.4.6 and 11)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from tamis.extract.charts import MAX_CELLS
from tamis.extract.markdown import blocks, table
from tamis.extract.mathml import mathml_latex
from tamis.extract.opendocument_lists import OFFICE, TEXT
from tamis.extract.opendocument_tables import DRAW, TABLE, shown_value, table_rows

if TYPE_CHECKING:
    from tamis.extract.package import Package

CHART = "{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}"
LINK = "{http://www.w3.org/1999/xlink}href"
MATH = "{http://www.w3.org/1998/Math/MathML}math"
OBJECT = f"{DRAW}object"
NO_NUMBER = "nan"  # what LibreOffice stores for a point without a value


def formula(package: Package, frame: Any) -> str:
    """Return the formula of a ``draw:frame`` between dollar signs; "" where it holds none."""
    root = _root(package, frame.find(OBJECT))
    text = mathml_latex(root) if root is not None and root.tag == MATH else ""
    return f"${text}$" if text else ""


def chart(package: Package, drawn: Any) -> str:
    """Return the text of a ``draw:object`` that is a chart; "" of any other."""
    root = _root(package, drawn)
    found = root.find(f"{OFFICE}body/{OFFICE}chart/{CHART}chart") if root is not None else None
    if found is None:
        return ""
    title = found.find(f"{CHART}title")
    rows, cells = [], 0
    for row in table_rows(found.find(f"{TABLE}table"), _value):
        cells += len(row)
        if cells > MAX_CELLS:
            break
        rows.append(row)
    return blocks([_text(title) if title is not None else "", table(rows)])


def _root(package: Package, drawn: Any) -> Any:
    """Return the root of an object's content, which is a part of its own or stands in the element."""
    if drawn is None:
        return None
    if len(drawn) and drawn[0].tag == MATH:
        return drawn[0]
    folder = posixpath.normpath(drawn.get(LINK, ""))
    return package.extra_root(f"{folder}/content.xml")


def _value(cell: Any) -> str:
    text = shown_value(cell, _text)
    return "" if text == NO_NUMBER else text


def _text(element: Any) -> str:
    """Return the paragraphs of a cell or title on one line."""
    said = ("".join(paragraph.itertext()) for paragraph in element.iterchildren(f"{TEXT}p"))
    return " ".join(" ".join(said).split())
