"""Mathematical characters and the LaTeX commands that draw them (AMS-LaTeX's names)."""

from __future__ import annotations

import unicodedata


def _greek() -> dict[str, str]:
    """Return the letters that LaTeX names; capitals that look Latin have no command."""
    commands = {}
    for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ":
        word = unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")
        commands[letter] = "\\" + (word.capitalize() if letter.isupper() else word)
    return commands


SYMBOLS: dict[str, str] = {
    **_greek(),
    "ϵ": r"\epsilon", "ϑ": r"\vartheta", "ϕ": r"\phi", "ϱ": r"\varrho", "ς": r"\varsigma", "ℓ": r"\ell",
    "−": "-", "–": "-", "∕": "/", "′": "'", "″": "''", "\u00a0": " ", "\u2009": " ", "\u2061": "",
    "\u2062": "",
    "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "∙": r"\cdot", "÷": r"\div", "±": r"\pm", "∓": r"\mp",
    "∗": r"\ast", "∘": r"\circ", "⊕": r"\oplus", "⊗": r"\otimes", "∞": r"\infty", "∂": r"\partial",
    "∇": r"\nabla", "ℏ": r"\hbar", "√": r"\surd", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx",
    "≅": r"\cong", "≡": r"\equiv", "∼": r"\sim", "≃": r"\simeq", "∝": r"\propto", "≪": r"\ll", "≫": r"\gg",
    "∈": r"\in", "∉": r"\notin", "∋": r"\ni", "⊂": r"\subset", "⊆": r"\subseteq", "⊃": r"\supset",
    "⊇": r"\supseteq", "∪": r"\cup", "∩": r"\cap", "∖": r"\setminus", "∅": r"\emptyset", "∀": r"\forall",
    "∃": r"\exists", "¬": r"\neg", "∧": r"\wedge", "∨": r"\vee", "⊥": r"\perp", "∥": r"\parallel",
    "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow", "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow", "↦": r"\mapsto", "∴": r"\therefore", "∵": r"\because", "…": r"\ldots",
    "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots", "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}",
    "ℤ": r"\mathbb{Z}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}", "°": r"^{\circ}",
}  # fmt: skip

OPERATORS: dict[str, str] = {
    "": r"\int", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint", "∯": r"\oiint", "∰": r"\oiiint",
    "∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "⋃": r"\bigcup", "⋂": r"\bigcap", "⋀": r"\bigwedge",
    "⋁": r"\bigvee", "⨁": r"\bigoplus", "⨂": r"\bigotimes",
}  # fmt: skip

ACCENTS: dict[str, str] = {
    "\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar",
    "\u0305": r"\overline", "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot", "\u030c": r"\check",
    "\u20d7": r"\vec", "\u20d6": r"\overleftarrow", "\u20db": r"\dddot", "¯": r"\bar", "^": r"\hat",
    "~": r"\tilde", "→": r"\vec", "˙": r"\dot", "¨": r"\ddot", "ˇ": r"\check", "˘": r"\breve",
}  # fmt: skip

FUNCTIONS = frozenset({
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim", "exp",
    "gcd", "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "sec", "sin",
    "sinh", "sup", "tan", "tanh",
})  # fmt: skip
