"""The characters that the font Symbol shows for its codes (Adobe's symbol.txt for Unicode)."""

from __future__ import annotations

FIRST_HALF = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"  # noqa: RUF001
SECOND_HALF = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"  # noqa: RUF001
)
SHOWN = {
    start + number: letter
    for start, letters in ((0x20, FIRST_HALF), (0xA0, SECOND_HALF))
    for number, letter in enumerate(letters)
    if letter != "\0"
}


def symbol(code: int) -> str:
    """Return what the font shows for a code of 0x20 to 0xFE; "" where it has no glyph.

    Example:
        >>> symbol(0x44), symbol(0xB0), symbol(0x7F)
        ('Δ', '°', '')
    """
    return SHOWN.get(code, "")
