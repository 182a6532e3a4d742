"""What symbol fonts show for their codes, whose characters Office files store in the private use area."""

from __future__ import annotations

import re

# Symbol: Adobe's symbol.txt for Unicode, 0x20 to 0x7E and 0xA0 to 0xFE.
FIRST_HALF = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"  # noqa: RUF001
SECOND_HALF = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"  # noqa: RUF001
)
# Wingdings: what AutoCorrect writes (arrows, faces), what lists and forms use; the rest is ornament.
WINGDINGS = {
    0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x75: "◆",
    0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "◻", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓",
    0xE7: "←", 0xE8: "➔", 0xF0: "⇨", 0xF3: "⇔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
PRIVATE = range(0xF000, 0xF100)
IN_PRIVATE = re.compile("[\uf000-\uf0ff]")
SHOWN = {
    "Symbol": {
        start + number: letter
        for start, letters in ((0x20, FIRST_HALF), (0xA0, SECOND_HALF))
        for number, letter in enumerate(letters)
        if letter != "\0"
    },
    "Wingdings": WINGDINGS,
}


def symbol(font: str, code: int) -> str:
    """Return what a font shows for a code; "" where it shows nothing, or what we do not know.

    Args:
        font: Its name.
        code: 0x20 to 0xFF, also with 0xF000 added; in a font that is no symbol font, a character.

    Example:
        >>> symbol("Symbol", 0x44), symbol("Wingdings", 0xF0FE), symbol("Arial", 0x2022)
        ('Δ', '☑', '•')
    """
    own = code - PRIVATE.start if code in PRIVATE else code
    if own < len(PRIVATE) and font in SHOWN:
        return SHOWN[font].get(own, "")
    return "" if code in PRIVATE or code in range(0xD800, 0xE000) or code > 0x10FFFF else chr(code)


def shown_text(font: str, text: str) -> str:
    r"""Return a run of text with what its font shows for characters of the private use area.

    Those of fonts that are not known here stay.

    Example:
        >>> shown_text("Wingdings", "a \uf0e0 b"), shown_text("Arial", "\uf0e0") == "\uf0e0"
        ('a → b', True)
    """
    if font not in SHOWN or not IN_PRIVATE.search(text):
        return text
    return IN_PRIVATE.sub(lambda found: symbol(font, ord(found[0])), text)
