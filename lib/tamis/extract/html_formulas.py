"""Formulas of pages as TeX: MathML by itself, and as KaTeX, MathJax and MediaWiki put it into a page.

These programs draw a formula by elements of their own and leave the source beside it, hidden or in a script.
The source is read, the drawing is not. MathML without a source is written as TeX (`mathml`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from tamis.extract.mathml import local_name, mathml_latex

if TYPE_CHECKING:
    from lxml.etree import _Element

SCRIPT = re.compile(r"math/tex\b")  # MathJax 2
PICTURE = re.compile(r"(?:^|\s)(?:tex|latex)(?:\s|$)")
DRAWN = re.compile(r"(?:^|\s)(?:katex-html|MathJax(?:_\w+)?)(?:\s|$)")
TEX = "application/x-tex"


def formula(element: _Element) -> str:
    r"""Return a ``math`` element as TeX between dollar signs: the source that it carries, else its own.

    Example:
        >>> from lxml import etree
        >>> formula(etree.fromstring("<math><mfrac><mn>1</mn><mi>n</mi></mfrac></math>"))
        '$\\frac{1}{n}$'
    """
    notes = (
        one.text for one in element.iter() if local_name(one) == "annotation" and one.get("encoding") == TEX
    )
    return _dollars(next(filter(None, notes), None) or element.get("alttext") or mathml_latex(element))


def script_formula(element: _Element) -> str:
    """Return the TeX of a script that MathJax reads; "" where it is another."""
    return _dollars(element.text or "") if SCRIPT.match(element.get("type") or "") else ""


def picture_formula(element: _Element) -> str:
    """Return the TeX that MediaWiki and WordPress put into the alternative text of a formula's picture."""
    name = element.get("class")
    return _dollars(element.get("alt") or "") if name and PICTURE.search(name) else ""


def hidden_formula(element: _Element) -> str:
    """Return the formulas that MediaWiki hides beside their pictures; "" of anything else that is hidden."""
    if not (element.get("class") or "").startswith("mwe-math"):
        return ""
    return " ".join(formula(one) for one in element.iter("math"))


def is_drawing(element: _Element) -> bool:
    """Say whether an element only draws a formula whose source stands beside it."""
    name = element.get("class")
    if not name or not DRAWN.search(name):
        return False
    following = islice(element.itersiblings("*"), 2)  # the preview stands before the drawing
    return "katex-html" in name or any(one.tag == "script" and script_formula(one) for one in following)


def _dollars(tex: str) -> str:
    tex = " ".join(tex.split())
    return f"${tex}$" if tex else ""
