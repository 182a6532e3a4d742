from __future__ import annotations

import io
import zipfile

from tests.unit.extract import packages

from tamis.extract.payload import extract_payload

SLIDE = "ppt/slides/slide1.xml"
TABLE = (
    '<a:tbl><a:tr><a:tc gridSpan="2">{wide}</a:tc><a:tc hMerge="1">{none}</a:tc><a:tc>{c}</a:tc></a:tr>'
    '<a:tr><a:tc rowSpan="2">{tall}</a:tc><a:tc>{x}</a:tc><a:tc>{y}</a:tc></a:tr>'
    '<a:tr><a:tc vMerge="1">{none}</a:tc><a:tc>{z}</a:tc><a:tc>{none}</a:tc></a:tr></a:tbl>'
)


def words(text: str, properties: str = "") -> str:
    run = f"<a:r><a:t>{text}</a:t></a:r>" if text else ""
    return f"<a:p>{properties}{run}</a:p>"


def shape(paragraphs: str, placeholder: str = "") -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def with_shapes(shapes: str) -> bytes:
    package = packages.pptx_bytes()
    slide = zipfile.ZipFile(io.BytesIO(package)).read(SLIDE)
    start, end = slide.index(b"<p:grpSpPr/>") + len(b"<p:grpSpPr/>"), slide.index(b"</p:spTree>")
    return packages.rewritten(package, {SLIDE: slide[:start] + shapes.encode() + slide[end:]})


def text_of(shapes: str) -> str:
    return extract_payload(with_shapes(shapes)).text.removesuffix("### Notes\n\nSay it slowly.").strip()


def test_merged_cells_are_repeated():
    texts = {name: words(name) for name in ("wide", "c", "tall", "x", "y", "z")}
    graphic = TABLE.format(none=words(""), **texts)
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData>{graphic}</a:graphicData></a:graphic></p:graphicFrame>"
    )
    assert text_of(frame) == "| wide | wide | c |\n| --- | --- | --- |\n| tall | x | y |\n| tall | z |  |"


def test_a_picture_that_is_missing_costs_no_text():
    picture = '<p:pic><p:blipFill><a:blip r:embed="rId77"/></p:blipFill></p:pic>'
    package = packages.rewritten(
        with_shapes(picture + shape(words("text"))),
        {},
        {
            b'<Relationship Id="rId1"': b'<Relationship Id="rId77" Type="x/image" Target="gone.png"/>'
            b'<Relationship Id="rId1"'
        },
    )
    assert extract_payload(package).text.startswith("text")


def test_dates_footers_and_slide_numbers_are_left_out():
    furniture = "".join(shape(words(kind), f'<p:ph type="{kind}"/>') for kind in ("dt", "ftr", "sldNum"))
    assert text_of(furniture + shape(words("body"), '<p:ph idx="1"/>')) == "body"


def test_numbers_count_by_level():
    numbered = '<a:pPr lvl="{}"><a:buAutoNum type="arabicPeriod"/></a:pPr>'
    paragraphs = "".join(
        words(text, numbered.format(level)) for text, level in (("a", 0), ("b", 1), ("c", 0), ("d", 1))
    )
    assert text_of(shape(paragraphs)) == "1. a\n  1. b\n2. c\n  1. d"


def test_stated_bullets_decide_over_the_layout():
    bullet, none = "<a:pPr><a:buChar char='x'/></a:pPr>", "<a:pPr><a:buNone/></a:pPr>"
    assert text_of(shape(words("a", bullet) + words("b"))) == "- a\n\nb"
    assert text_of(shape(words("a", none) + words("b"), '<p:ph idx="1"/>')) == "a\n\n- b"


def test_comments_follow_their_slide_without_authors():
    relation = (
        b'<Relationship Id="rId78" Type="x/comments" Target="../comments/c.xml"/><Relationship Id="rId1"'
    )
    package = packages.rewritten(
        with_shapes(shape(words("text"))), {}, {b'<Relationship Id="rId1"': relation}
    )
    target = io.BytesIO(package)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(
            "ppt/comments/c.xml",
            '<p:cmLst xmlns:p="x"><p:cm authorId="3"><p:text>Which mesh?</p:text></p:cm></p:cmLst>',
        )
    assert extract_payload(target.getvalue()).text.endswith("### Comments\n\nWhich mesh?")
