"""MathML to LaTeX, for Markdown's ``$...$`` (MathML 3, W3C 2014, chapter 3: presentation).

What has no LaTeX of its own, and what is broken, is written as its parts in order, so no symbol is lost;
formatting is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.equations import COMMAND, SPECIAL, symbols
from tamis.extract.symbols import ACCENTS, OPERATORS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element

NOT_SHOWN = frozenset(["annotation", "annotation-xml", "mphantom", "mprescripts", "none", "mspace"])
OVER = {"⏞": r"\overbrace", "‾": r"\overline", "\u02c6": r"\hat", "\u02dc": r"\tilde", "⃗": r"\vec"} | ACCENTS
UNDER = {"⏟": r"\underbrace", "_": r"\underline", "̲": r"\underline", "¯": r"\underline"}


def mathml_latex(element: _Element) -> str:
    r"""Return a ``math`` element as LaTeX without the dollar signs.

    Example:
        >>> from lxml import etree
        >>> mathml_latex(etree.fromstring("<math><mfrac><mn>1</mn><mi>π</mi></mfrac></math>"))
        '\\frac{1}{\\pi}'
    """
    return " ".join(_inside(element).split())


def local_name(element: _Element) -> str:
    """Return the name of an element without its namespace or prefix; "" of a comment."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def _piece(element: _Element) -> str:
    name = local_name(element)
    if not name or name in NOT_SHOWN:
        return ""
    make = MAKERS.get(name)
    is_whole = sum(1 for child in element if local_name(child)) >= ARGUMENTS.get(name, 0)
    return make(element) if make and is_whole else _inside(element)


def _inside(element: _Element) -> str:
    tails = (text for child in element for text in (_piece(child), _token(child.tail)))
    return _joined((_token(element.text), *tails))


def _joined(pieces: Iterable[str]) -> str:
    """Join LaTeX, a space after a command that the next letter would lengthen."""
    text = ""
    for piece in pieces:
        text += (" " if COMMAND.search(text) and piece[:1].isalnum() else "") + piece
    return text


def _token(text: str | None) -> str:
    text = " ".join(text.split()) if text else ""
    return OPERATORS.get(text, symbols(text)) if text else ""


def _words(element: _Element) -> str:
    text = "".join(element.itertext())
    return rf"\text{{{text}}}" if text.strip() else " "


def _parts(element: _Element) -> list[str]:
    return [_piece(child) for child in element if local_name(child)]


def _grouped(text: str) -> str:
    return text if len(text) < 2 or COMMAND.fullmatch(text) else f"{{{text}}}"


def _fraction(element: _Element) -> str:
    above, below, *_ = _parts(element)
    kind = r"\genfrac{}{}{0pt}{}" if element.get("linethickness", "").startswith("0") else r"\frac"
    return f"{kind}{{{above}}}{{{below}}}"


def _root(element: _Element) -> str:
    inside, degree, *_ = _parts(element)
    return rf"\sqrt[{degree}]{{{inside}}}"


def _scripts(element: _Element, marks: str) -> str:
    base, *scripts = _parts(element)
    return _grouped(base) + "".join(
        f"{mark}{{{text}}}" for mark, text in zip(marks, scripts, strict=False) if text
    )


def _around(element: _Element, mark: str, commands: dict[str, str]) -> str:
    """Return what stands over or under a base: an accent or brace by its command, else a limit."""
    base, sign = [child for child in element if local_name(child)][:2]
    command = commands.get("".join(sign.itertext()).strip())
    return f"{command}{{{_piece(base)}}}" if command else _scripts(element, mark)


def _fenced(element: _Element) -> str:
    comma = element.get("separators", ",").strip()[:1]
    ends = (element.get("open", "("), element.get("close", ")"))
    opening, closing = (SYMBOLS.get(end) or SPECIAL.get(end, end) for end in ends)
    return _joined((opening, comma.join(_parts(element)), closing))


def _matrix(element: _Element) -> str:
    rows = (row for row in element if local_name(row) in ("mtr", "mlabeledtr"))
    lines = (" & ".join(_inside(cell) for cell in row if local_name(cell) == "mtd") for row in rows)
    return r"\begin{matrix}" + r" \\ ".join(lines) + r"\end{matrix}"


ARGUMENTS = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
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
