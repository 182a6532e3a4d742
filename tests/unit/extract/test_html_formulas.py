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


def test_mathml_without_a_source_is_written_as_tex_whatever_its_prefix():
    inside = "<mfrac><mn>1</mn><mi>n</mi></mfrac>"
    assert formula(etree.fromstring(f"<math>{inside}</math>")) == r"$\frac{1}{n}$"
    assert formula(etree.fromstring(f"<m:math xmlns:m='x'>{inside}</m:math>")) == r"$\frac{1}{n}$"
