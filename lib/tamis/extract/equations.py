"""Office equations to LaTeX, for Markdown's ``$...$``.

ECMA-376 part 1, section 22.1 (OMML). What has no LaTeX of its own is written as its parts in order, so no
symbol is lost; formatting (bold, colours, sizes) is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from tamis.extract.symbols import ACCENTS, FUNCTIONS, OPERATORS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
EQUATIONS = frozenset({f"{MATH}oMath", f"{MATH}oMathPara"})
DELETED = frozenset({f"{WORD}del", f"{WORD}moveFrom"})

COMMAND = re.compile(r"\\[a-zA-Z]+$")
SPECIAL = {
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "$": r"\$",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "\\": r"\backslash",
}
BRACES = {"{": r"\{", "}": r"\}", "": ".", "|": "|", "‖": r"\|", "⟨": r"\langle", "⟩": r"\rangle"}


def latex(equation: Any) -> str:
    r"""Return an ``m:oMath`` or ``m:oMathPara`` as LaTeX without the dollar signs.

    Example:
        >>> from lxml import etree
        >>> xml = '<m:oMath xmlns:m="%s"><m:r><m:t>2π</m:t></m:r></m:oMath>' % MATH[1:-1]
        >>> latex(etree.fromstring(xml))
        '2\\pi'
    """
    return re.sub(r" {2,}", " ", _inside(equation)).strip()


def _inside(element: Any) -> str:
    """Return the children's LaTeX, a space after a command that the next letter would lengthen."""
    text = ""
    for child in element if element is not None else ():
        piece = _piece(child)
        glued = COMMAND.search(text) and piece[:1].isalnum()
        text += (" " if glued else "") + piece
    return text


def _piece(element: Any) -> str:
    if element.tag in DELETED or not isinstance(element.tag, str):
        return ""
    if element.tag == f"{MATH}t":
        return symbols(element.text or "")
    make = MAKERS.get(element.tag.removeprefix(MATH))
    if make:
        return make(element)
    return "" if element.tag.endswith("Pr") else _inside(element)


def symbols(text: str) -> str:
    """Return characters as LaTeX; letters set in a mathematical alphabet as plain ones."""
    if text in FUNCTIONS:
        return f"\\{text}"
    made = ""
    for char in text:
        plain = char if ord(char) < 0x1D400 else unicodedata.normalize("NFKC", char)
        command = SYMBOLS.get(plain) or SPECIAL.get(plain, plain)
        made += (" " if COMMAND.search(made) and command[:1].isalnum() else "") + command
    return made


def _part(element: Any, name: str) -> str:
    return _inside(element.find(f"{MATH}{name}"))


def _property(element: Any, name: str, default: str) -> str:
    """Return the value of a property; ``default`` where it is not stated, "" where its value is empty."""
    found = element.find(f"{MATH}{element.tag.removeprefix(MATH)}Pr/{MATH}{name}")
    return default if found is None else found.get(f"{MATH}val", "")


def _is_on(element: Any, name: str) -> bool:
    return _property(element, name, "0") not in {"0", "off", "false"}


def _base(element: Any) -> str:
    text = _part(element, "e")
    return f"{{{text}}}" if len(text) > 1 and not COMMAND.fullmatch(text) else text


def _fraction(element: Any) -> str:
    kind = {"noBar": r"\genfrac{}{}{0pt}{}", "lin": ""}.get(_property(element, "type", "bar"), r"\frac")
    above, below = _part(element, "num"), _part(element, "den")
    return f"{kind}{{{above}}}{{{below}}}" if kind else f"{{{above}}}/{{{below}}}"


def _radical(element: Any) -> str:
    degree = "" if _is_on(element, "degHide") else _part(element, "deg")
    return rf"\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _scripts(element: Any) -> str:
    text = _base(element)
    for name, mark in (("sub", "_"), ("sup", "^")):
        if element.find(f"{MATH}{name}") is not None:
            text += f"{mark}{{{_part(element, name)}}}"
    return text


def _before_scripts(element: Any) -> str:
    return f"{{}}_{{{_part(element, 'sub')}}}^{{{_part(element, 'sup')}}}{_base(element)}"


def _large_operator(element: Any) -> str:
    sign = _property(element, "chr", "∫")
    text = OPERATORS.get(sign, sign)
    for name, mark in (("sub", "_"), ("sup", "^")):
        if script := _part(element, name):
            text += f"{mark}{{{script}}}"
    body = _part(element, "e")
    return text + (" " if COMMAND.search(text) and body[:1].isalnum() else "") + body


def _delimited(element: Any) -> str:
    opening, closing = _property(element, "begChr", "("), _property(element, "endChr", ")")
    between = symbols(_property(element, "sepChr", "|"))
    inside = between.join(_inside(part) for part in element.findall(f"{MATH}e"))
    left, right = BRACES.get(opening, opening), BRACES.get(closing, closing)
    gap = " " if COMMAND.search(left) and inside[:1].isalnum() else ""
    return rf"\left{left}{gap}{inside}\right{right}"


def _function(element: Any) -> str:
    name, argument = _part(element, "fName"), _part(element, "e")
    return name + (" " if argument[:1].isalnum() else "") + argument


def _limit(element: Any, mark: str) -> str:
    text, limit = _part(element, "e"), _part(element, "lim")
    return f"{text}{mark}{{{limit}}}"


def _matrix(element: Any) -> str:
    rows = [
        " & ".join(_inside(cell) for cell in row.findall(f"{MATH}e")) for row in element.findall(f"{MATH}mr")
    ]
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _equation_array(element: Any) -> str:
    rows = [_inside(row) for row in element.findall(f"{MATH}e")]
    if len(rows) == 1:
        return rows[0]
    return r"\begin{array}{c}" + r" \\ ".join(rows) + r"\end{array}"


def _accent(element: Any) -> str:
    return f"{ACCENTS.get(_property(element, 'chr', chr(0x302)), chr(92) + 'hat')}{{{_part(element, 'e')}}}"


def _bar(element: Any) -> str:
    is_above = _property(element, "pos", "bot") == "top"
    return rf"\{'overline' if is_above else 'underline'}{{{_part(element, 'e')}}}"


def _group_character(element: Any) -> str:
    is_above = _property(element, "pos", "bot") == "top"
    return rf"\{'overbrace' if is_above else 'underbrace'}{{{_part(element, 'e')}}}"


MAKERS: dict[str, Callable[[Any], str]] = {
    "f": _fraction,
    "rad": _radical,
    "sSub": _scripts,
    "sSup": _scripts,
    "sSubSup": _scripts,
    "sPre": _before_scripts,
    "nary": _large_operator,
    "d": _delimited,
    "func": _function,
    "limLow": lambda element: _limit(element, "_"),
    "limUpp": lambda element: _limit(element, "^"),
    "m": _matrix,
    "eqArr": _equation_array,
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group_character,
}
