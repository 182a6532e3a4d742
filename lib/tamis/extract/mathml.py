"""MathML to LaTeX, for Markdown's ``$...$`` (MathML 3, chapter 3: presentation).

What has no LaTeX of its own is written as its parts in order, so no symbol is lost; formatting is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tamis.extract.equations import COMMAND, symbols
from tamis.extract.symbols import ACCENTS, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
ACCENT_OF = {symbols(sign): command for sign, command in ACCENTS.items()}
SILENT = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})


def mathml_latex(element: Any) -> str:
    r"""Return a ``math`` element as LaTeX without the dollar signs.

    Example:
        >>> from lxml import etree
        >>> mathml_latex(etree.fromstring("<math><mfrac><mn>1</mn><mi>π</mi></mfrac></math>"))
        '\\frac{1}{\\pi}'
    """
    return re.sub(r" {2,}", " ", _piece(element)).strip()


def _piece(element: Any) -> str:
    if not isinstance(element.tag, str):
        return ""
    name = element.tag.rpartition("}")[2]
    if name in TOKENS:
        return _token(name, "".join(element.itertext()).strip())
    if name in SILENT:
        return ""
    make = MAKERS.get(name)
    return (
        make(_parts(element)) if make and len(element) >= ARGUMENTS.get(name, 1) else _joined(_parts(element))
    )


def _token(name: str, text: str) -> str:
    if name == "mtext":
        return rf"\text{{{text}}}" if text else ""
    return OPERATORS.get(text, symbols(text)) if text else ""


def _parts(element: Any) -> list[str]:
    return [_piece(child) for child in element if isinstance(child.tag, str)]


def _joined(parts: list[str]) -> str:
    """Return parts side by side, a space after a command that the next letter would lengthen."""
    text = ""
    for part in parts:
        text += (" " if COMMAND.search(text) and part[:1].isalnum() else "") + part
    return text


def _base(text: str) -> str:
    return text if len(text) < 2 or COMMAND.fullmatch(text) else f"{{{text}}}"


def _scripted(base: str, *scripts: tuple[str, str]) -> str:
    return _base(base) + "".join(f"{mark}{{{script}}}" for mark, script in scripts if script)


def _over(parts: list[str]) -> str:
    accent = ACCENT_OF.get(parts[1])
    return f"{accent}{{{parts[0]}}}" if accent else _scripted(parts[0], ("^", parts[1]))


def _table(rows: list[str]) -> str:
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


ARGUMENTS = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
MAKERS: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda parts: rf"\frac{{{parts[0]}}}{{{parts[1]}}}",
    "msqrt": lambda parts: rf"\sqrt{{{_joined(parts)}}}",
    "mroot": lambda parts: rf"\sqrt[{parts[1]}]{{{parts[0]}}}",
    "msub": lambda parts: _scripted(parts[0], ("_", parts[1])),
    "msup": lambda parts: _scripted(parts[0], ("^", parts[1])),
    "msubsup": lambda parts: _scripted(parts[0], ("_", parts[1]), ("^", parts[2])),
    "munder": lambda parts: _scripted(parts[0], ("_", parts[1])),
    "mover": _over,
    "munderover": lambda parts: _scripted(parts[0], ("_", parts[1]), ("^", parts[2])),
    "mfenced": lambda parts: rf"\left({','.join(parts)}\right)",
    "mtable": _table,
    "mtr": " & ".join,
}
