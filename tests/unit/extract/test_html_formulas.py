from __future__ import annotations

import pytest
from lxml import etree
from tests.unit.extract.test_html_markdown import markdown

from tamis.extract.html_formulas import formula

DRAWN = "<span class=base>E=mc2</span>"
ANNOTATED = (
    "<math><mi>E</mi><semantics><annotation encoding=application/x-tex>E=mc^2</annotation></semantics></math>"
)


KATEX = f"<span class=katex-mathml>{ANNOTATED}</span><span class=katex-html>{DRAWN}</span>"
MEDIAWIKI = (
    f"<span class=mwe-math-mathml-inline style='display: none'>{ANNOTATED}</span><img alt=x src=a.svg>"
)


@pytest.mark.parametrize(
    "shown",
    [
        ANNOTATED,
        "<math alttext='E=mc^2'><mi>E</mi></math>",
        f"<span class=katex>{KATEX}</span>",
        f"<i class=MathJax_Preview>E</i><i class=MathJax>{DRAWN}</i><script type=math/tex>E=mc^2</script>",
        f"<div class=MathJax_Display>{DRAWN}</div><script type='math/tex; mode=display'>E=mc^2</script>",
        f"<span class=mwe-math-element>{MEDIAWIKI}</span>",
        "<img class=latex alt='E=mc^2' src=a.png>",
    ],
)
def test_the_source_of_a_formula_is_read_once(shown):
    assert markdown(f"<p>a</p>{shown}<p>z</p>") == "a\n\n$E=mc^2$\n\nz"


def test_other_scripts_and_pictures_are_no_formulas():
    shown = "<script type='text/javascript'>x</script><img class=photo alt=b src=c.png><i class=MathJax>d</i>"
    assert markdown(f"a{shown}") == "a*d*"


@pytest.mark.parametrize(
    ("inside", "tex"),
    [
        ("<mfrac><mn>1</mn><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{1}{n+1}"),
        ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", r"\genfrac{}{}{0pt}{}{n}{k}"),
        ("<msup><mi>x</mi><mn>2</mn></msup><msub><mi>a</mi><mi>i</mi></msub>", "x^{2}a_{i}"),
        ("<msubsup><mo>∫</mo><mn>0</mn><mi>∞</mi></msubsup><mi>f</mi>", r"\int_{0}^{\infty}f"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>", r"\sum_{i}^{n}"),
        ("<munder><mi>lim</mi><mi>n</mi></munder><mi>sin</mi><mi>x</mi>", r"\lim_{n}\sin x"),
        ("<mover><mi>x</mi><mo>^</mo></mover><mover><mi>x</mi><mo>*</mo></mover>", r"\hat{x}x^{*}"),
        ("<msqrt><mi>y</mi><mn>2</mn></msqrt><mroot><mi>z</mi><mn>3</mn></mroot>", r"\sqrt{y2}\sqrt[3]{z}"),
        ("<mfenced open='{'><mi>a</mi><mi>b</mi></mfenced>", r"\{a,b)"),
        (
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr><mtr><mtd><mi>α</mi></mtd></mtr></mtable>",
            r"\begin{matrix}1 & 0 \\ \alpha\end{matrix}",
        ),
        ("<mtext>if </mtext><mi>p</mi><mo>%</mo><mphantom><mi>q</mi></mphantom>", r"\text{if }p\%"),
        ("<semantics><mi>x</mi><annotation encoding='StarMath 5.0'>y</annotation></semantics>", "x"),
        ("<msup><mi>x</mi></msup>", "x^{}"),
        ("stray <unknown>parts</unknown> stay", "straypartsstay"),
    ],
)
def test_mathml_is_written_as_tex(inside, tex):
    assert formula(etree.fromstring(f"<math>{inside}</math>")) == f"${tex}$"
    assert formula(etree.fromstring(f"<m:math xmlns:m='x'>{inside}</m:math>")) == f"${tex}$"
