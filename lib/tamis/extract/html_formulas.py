"""Formulas of pages as TeX: MathML by itself, and as KaTeX, MathJax and MediaWiki put it into a page.

These programs draw a formula by elements of their own and leave the source beside it, hidden or in a script.
The source is read, the drawing is not. MathML without a source is written as TeX: MathML 3 (W3C, 2014),
chapter 3. What has no TeX of its own is written as its parts in order.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from tamis.extract.equations import COMMAND, SPECIAL
from tamis.extract.symbols import ACCENTS, FUNCTIONS, OPERATORS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element

SCRIPT = re.compile(r"math/tex\b")  # MathJax 2
PICTURE = re.compile(r"(?:^|\s)(?:tex|latex)(?:\s|$)")
DRAWN = re.compile(r"(?:^|\s)(?:katex-html|MathJax(?:_\w+)?)(?:\s|$)")
NOT_SHOWN = frozenset(["annotation", "annotation-xml", "mphantom", "mprescripts", "none", "mspace"])
TEX = "application/x-tex"
OVER = {"⏞": r"\overbrace", "‾": r"\overline", "\u02c6": r"\hat", "\u02dc": r"\tilde", "⃗": r"\vec"} | ACCENTS
UNDER = {"⏟": r"\underbrace", "_": r"\underline", "̲": r"\underline", "¯": r"\underline"}


def formula(element: _Element) -> str:
    r"""Return a ``math`` element as TeX between dollar signs: the source that it carries, else its own.

    Example:
        >>> from lxml import etree
        >>> formula(etree.fromstring("<math><mfrac><mn>1</mn><mi>n</mi></mfrac></math>"))
        '$\\frac{1}{n}$'
    """
    notes = (one.text for one in element.iter() if _name(one) == "annotation" and one.get("encoding") == TEX)
    return _dollars(next(filter(None, notes), None) or element.get("alttext") or _inside(element))


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


def _name(element: _Element) -> str:
    """Return the name of an element without its namespace or prefix; "" of a comment."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def _piece(element: _Element) -> str:
    name = _name(element)
    if not name or name in NOT_SHOWN:
        return ""
    make = MAKERS.get(name)
    return make(element) if make else _inside(element)


def _inside(element: _Element) -> str:
    tails = (text for child in element for text in (_piece(child), _token(child.tail)))
    return _joined((_token(element.text), *tails))


def _joined(pieces: Iterable[str]) -> str:
    """Join TeX, a space after a command that the next letter would lengthen."""
    made = [""]
    for piece in filter(None, pieces):
        made.append(" " + piece if COMMAND.search(made[-1]) and piece[0].isalnum() else piece)
    return "".join(made)


def _token(text: str | None) -> str:
    """Return the text of a token as TeX."""
    text = " ".join(text.split()) if text else ""
    if text in FUNCTIONS:
        return f"\\{text}"
    return _joined(OPERATORS.get(char) or SYMBOLS.get(char) or SPECIAL.get(char, char) for char in text)


def _words(element: _Element) -> str:
    text = "".join(element.itertext())
    return rf"\text{{{text}}}" if text.strip() else " "


def _parts(element: _Element, count: int) -> list[str]:
    """Return the TeX of the first children, filled up where a broken formula has fewer."""
    found = [_piece(child) for child in element if _name(child)]
    return (found + [""] * count)[:count]


def _grouped(text: str) -> str:
    return text if len(text) == 1 or COMMAND.fullmatch(text) else f"{{{text}}}"


def _fraction(element: _Element) -> str:
    above, below = _parts(element, 2)
    kind = r"\genfrac{}{}{0pt}{}" if element.get("linethickness", "").startswith("0") else r"\frac"
    return f"{kind}{{{above}}}{{{below}}}"


def _root(element: _Element) -> str:
    inside, degree = _parts(element, 2)
    return rf"\sqrt[{degree}]{{{inside}}}"


def _scripts(element: _Element, marks: str) -> str:
    base, *scripts = _parts(element, 1 + len(marks))
    return _grouped(base) + "".join(f"{mark}{{{text}}}" for mark, text in zip(marks, scripts, strict=True))


def _around(element: _Element, mark: str, commands: dict[str, str]) -> str:
    """Return what stands over or under a base: an accent or brace by its command, else a limit."""
    base, around = _parts(element, 2)
    signs = [child for child in element if _name(child)][1:2]
    command = commands.get("".join(signs[0].itertext()).strip()) if signs else None
    return f"{command}{{{base}}}" if command else f"{_grouped(base)}{mark}{{{around}}}"


def _fenced(element: _Element) -> str:
    comma = element.get("separators", ",").strip()[:1]
    inside = comma.join(_piece(child) for child in element if _name(child))
    ends = (element.get("open", "("), element.get("close", ")"))
    opening, closing = (SYMBOLS.get(end) or SPECIAL.get(end, end) for end in ends)
    return _joined((opening, inside, closing))


def _matrix(element: _Element) -> str:
    rows = (row for row in element if _name(row) in ("mtr", "mlabeledtr"))
    lines = (" & ".join(_inside(cell) for cell in row if _name(cell) == "mtd") for row in rows)
    return r"\begin{matrix}" + r" \\ ".join(lines) + r"\end{matrix}"


MAKERS: dict[str, Callable[[_Element], str]] = {
    "mfrac": _fraction,
    "msqrt": lambda element: rf"\sqrt{{{_inside(element)}}}",
    "mroot": _root,
    "msub": lambda element: _scripts(element, "_"),
    "msup": lambda element: _scripts(element, "^"),
    "msubsup": lambda element: _scripts(element, "_^"),
    "munderover": lambda element: _scripts(element, "_^"),
    "munder": lambda element: _around(element, "_", UNDER),
    "mover": lambda element: _around(element, "^", OVER),
    "mtable": _matrix,
    "mfenced": _fenced,
    "mtext": _words,
    "ms": _words,
}
