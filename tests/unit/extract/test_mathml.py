"""MathML: the elements of chapter 3, and what is broken."""

from __future__ import annotations

import pytest
from lxml import etree

from tamis.extract.mathml import mathml_latex

X, Y = "<mi>x</mi>", "<mi>y</mi>"


@pytest.mark.parametrize(
    ("inside", "latex"),
    [
        (f"<mfrac><mrow>{X}<mo>+</mo>{Y}</mrow><mn>2</mn></mfrac>", r"\frac{x+y}{2}"),
        (f"<msqrt>{X}{Y}</msqrt><mroot>{X}<mn>3</mn></mroot>", r"\sqrt{xy}\sqrt[3]{x}"),
        (f"<msub>{X}<mn>1</mn></msub><msup><mrow>{X}{Y}</mrow><mn>2</mn></msup>", "x_{1}{xy}^{2}"),
        (f"<msubsup>{X}{Y}<mn>2</mn></msubsup>", "x_{y}^{2}"),
        ("<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mi>n</mi>", r"\sum_{1}^{n}n"),
        (f"<mover>{X}<mo>→</mo></mover><mover>{X}{Y}</mover><munder>{X}{Y}</munder>", r"\vec{x}x^{y}x_{y}"),
        ("<mi>π</mi><mi>r</mi><mi>sin</mi><mo>{</mo>", r"\pi r\sin\{"),
        (f"<mtable><mtr><mtd>{X}</mtd><mtd>{Y}</mtd></mtr><mtr><mtd>{Y}</mtd></mtr></mtable>",
         r"\begin{matrix}x & y \\ y\end{matrix}"),
        (f"<mfenced>{X}{Y}</mfenced><mtext>so it</mtext><mphantom>{X}</mphantom>", r"(x,y)\text{so it}"),
        (f"<mfrac>{X}</mfrac><!-- -->{Y}<unknown>{X}</unknown><mo/>", "xyx"),
        ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", r"\genfrac{}{}{0pt}{}{n}{k}"),
        ("<msubsup><mo>∫</mo><mn>0</mn><mi>∞</mi></msubsup><mi>f</mi>", r"\int_{0}^{\infty}f"),
        (f"<munder><mi>lim</mi><mi>n</mi></munder><mi>sin</mi>{X}", r"\lim_{n}\sin x"),
        (f"<mover>{X}<mo>^</mo></mover><mover>{X}<mo>*</mo></mover>", r"\hat{x}x^{*}"),
        (f"<mfenced open='{{'>{X}{Y}</mfenced>", r"\{x,y)"),
        (f"<mtext>if </mtext>{X}<mo>%</mo>", r"\text{if }x\%"),
        (f"<semantics>{X}<annotation encoding='StarMath 5.0'>y</annotation></semantics>", "x"),
        ("stray <unknown>parts</unknown> stay", "straypartsstay"),
    ],
    ids=[
        "fraction", "roots", "scripts", "both-scripts", "sum", "over-under", "tokens", "matrix", "fenced",
        "broken", "no-line", "integral", "limit", "accent", "brace", "text", "source", "stray",
    ],
)  # fmt: skip
def test_each_element_has_its_latex(inside, latex):
    assert mathml_latex(etree.fromstring(f"<math>{inside}</math>")) == latex
