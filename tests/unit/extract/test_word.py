"""What Word documents hold beside plain paragraphs; each body is written by hand into a real package."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.unit.extract import packages

from tamis.extract.numbering import number_text
from tamis.extract.payload import extract_payload

NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{name}"'
    for prefix, name in {
        "w": "wordprocessingml/2006/main",
        "m": "officeDocument/2006/math",
        "r": "officeDocument/2006/relationships",
        "mc": "markup-compatibility/2006",
        "c": "drawingml/2006/chart",
        "a": "drawingml/2006/main",
    }.items()
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text)}</w:p>"


def item(text: str, level: int, number: int = 1) -> str:
    numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, numbering)


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def word_bytes(body: str, **parts: str) -> bytes:
    """A package with that body; ``parts`` become related parts named by their kind."""
    links = "".join(
        f'<Relationship Id="{kind}" Type="{KINDS}/{kind}" Target="{kind}.xml"/>' for kind in parts
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr(
            "word/document.xml", f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>',
        )
        for kind, content in parts.items():
            archive.writestr(f"word/{kind}.xml", content.replace(" NS", f" {NAMESPACES}"))
    return target.getvalue()


def text_of(body: str, **parts: str) -> str:
    return extract_payload(word_bytes(body, **parts)).text


WIDE, TALL = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'


def level(at: int, kind: str, text: str, start: int = 1) -> str:
    stated = f'<w:start w:val="{start}"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{at}">{stated}</w:lvl>'


def numbering(*levels: str, overrides: str = "") -> str:
    return (
        f'<w:numbering NS><w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        f'<w:num w:numId="2"><w:abstractNumId w:val="7"/>{overrides}</w:num></w:numbering>'
    )


OUTLINE = numbering(
    level(0, "decimal", "%1."), level(1, "lowerLetter", "%2)"), level(2, "upperRoman", "%1.%2.%3", start=4)
)


def test_numbers_count_by_level_and_start_again_below_a_new_parent():
    body = (
        item("one", 0)
        + item("first", 1)
        + item("second", 1)
        + item("deep", 2)
        + item("two", 0)
        + item("again", 1)
    )
    assert text_of(body, numbering=OUTLINE).split("\n") == [
        "1. one",
        "   - a) first",
        "   - b) second",
        "      - 1.b.IV deep",
        "2. two",
        "   - a) again",
    ]


def test_a_level_without_a_start_begins_with_zero():
    """ECMA-376 part 1, 17.9.25."""
    unstated = numbering(level(0, "decimal", "%1.").replace('<w:start w:val="1"/>', ""))
    assert text_of(item("one", 0) + item("two", 0), numbering=unstated) == "0. one\n1. two"


def test_numbers_are_what_word_shows():
    """The texts are the numbers in Word's own view of testWORD_override_list_numbering.docx."""
    levels = [
        level(0, "ordinal", "%1"), level(1, "lowerLetter", "%1.%2"),
        level(2, "upperRoman", "%1.%2.%3").replace("</w:lvl>", '<w:lvlRestart w:val="1"/></w:lvl>'),
        level(3, "decimal", "%2.%4").replace("</w:lvl>", "<w:isLgl/></w:lvl>"), level(4, "none", ""),
        level(5, "decimal", "%4.%5.%6"),
    ]  # fmt: skip
    depths = [0, 1, 2, 2, 1, 2, 3, 5, 0, 2, 1, *[0] * 2]
    body = "".join(
        item("", 1) + item("x", depth) if at == 10 else item("x", depth) for at, depth in enumerate(depths)
    )
    shown = text_of(body, numbering=numbering(*levels)).replace("-", "").replace("x", "").split()
    assert shown == [
        "1st", "1st.a", "1st.a.I", "1st.a.II", "1st.b", "1st.b.III", "2.1", "1..1", "2nd", "2nd.a.I", "2nd.c",
        "3rd",
        "4th",
    ]  # fmt: skip
    assert [number_text(at, "ordinal") for at in (11, 12, 13, 101, 111)] == [
        "11th",
        "12th",
        "13th",
        "101st",
        "111th",
    ]


def test_private_characters_are_what_their_symbol_font_shows():
    run = '<w:r><w:rPr><w:rFonts w:ascii="{}"/></w:rPr><w:t>\uf0e0</w:t></w:r>'
    runs = run.format("Symbol") + run.format("Wingdings") + run.format("Arial")
    assert text_of(f"<w:p>{runs}<w:r><w:t>\uf0e0</w:t></w:r></w:p>") == "◊→\uf0e0\uf0e0"


def test_a_bullet_lets_the_numbers_below_it_begin_anew():
    levels = numbering(level(0, "bullet", "\uf0b7"), level(1, "decimal", "%2."))
    body = item("a", 0) + item("b", 1) + item("c", 1) + item("d", 0) + item("e", 1)
    assert text_of(body, numbering=levels) == "- a\n   1. b\n   2. c\n- d\n   1. e"


def test_a_list_of_the_same_definition_goes_on_unless_its_start_is_overridden():
    goes_on = item("a", 0) + item("b", 0, number=2)
    assert text_of(goes_on, numbering=OUTLINE) == "1. a\n2. b"
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    again = numbering(level(0, "decimal", "%1."), overrides=restart)
    assert text_of(goes_on + item("c", 0, number=2), numbering=again) == "1. a\n5. b\n6. c"


def test_headings_carry_their_number_and_number_zero_takes_it_off():
    styles = (
        '<w:styles NS><w:style w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/>'
        '</w:numPr></w:pPr></w:style><w:style w:styleId="Part"><w:basedOn w:val="H1"/></w:style></w:styles>'
    )
    bare = '<w:pStyle w:val="H1"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    body = paragraph("Sieves", '<w:pStyle w:val="H1"/>') + paragraph("Drums", '<w:pStyle w:val="Part"/>')
    body += paragraph("Index", bare)
    assert text_of(body, styles=styles, numbering=OUTLINE) == "# 1. Sieves\n\n# 2. Drums\n\n# Index"


def test_notes_follow_in_the_order_of_their_marks():
    body = (
        f'<w:p>{run("Mesh")}<w:r><w:endnoteReference w:id="2"/></w:r>{run(" and drum")}'
        '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    note = '<w:footnote w:id="{}">{}</w:footnote>'
    notes = f"<w:footnotes NS>{note.format(2, '{}')}{note.format(9, '{}')}</w:footnotes>"
    ends = f'<w:endnotes NS><w:endnote w:id="2">{paragraph("of wire")}</w:endnote></w:endnotes>'
    feet = notes.format(paragraph("of wood"), paragraph("that nothing points to"))
    assert (
        text_of(body, footnotes=feet, endnotes=ends)
        == "Mesh[^1] and drum[^2]\n\n[^1]: of wire\n\n[^2]: of wood"
    )


def test_merged_cells_are_repeated_on_the_grid():
    rows = (
        f"<w:tr>{cell('a')}{cell('wide', WIDE)}</w:tr>"
        f"<w:tr>{cell('tall', TALL)}{cell('x')}{cell('y')}</w:tr>"
        f'<w:tr><w:trPr><w:del w:id="1"/></w:trPr>{cell("deleted")}</w:tr>'
        f"<w:tr>{cell('', '<w:vMerge/>')}{cell('z')}</w:tr>"
        '<w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr>' + cell("late") + "</w:tr>"
    )
    assert text_of(f"<w:tbl>{rows}</w:tbl>") == (
        "| a | wide | wide |\n| --- | --- | --- |\n| tall | x | y |\n| tall | z |\n|  |  | late |"
    )


def test_a_cell_as_wide_as_its_table_stands_once_and_a_long_one_too():
    rows = (
        f"<w:tr>{cell('Meshes', WIDE.replace('2', '3'))}</w:tr><w:tr>{cell('a')}{cell('b')}{cell('c')}</w:tr>"
    )
    for length in (200, 201):
        rows += f"<w:tr>{cell('d')}{cell('m' * length, WIDE)}</w:tr>"
    lines = text_of(f"<w:tbl>{rows}</w:tbl>").split("\n")
    assert lines[0] == "| Meshes |  |  |"
    assert lines[3:] == [f"| d | {'m' * 200} | {'m' * 200} |", f"| d | {'m' * 201} |  |"]


def test_a_text_box_in_a_text_box_stands_once():
    inner = f"<w:p>{run('inner')}</w:p>"
    outer = f"<w:p>{run('outer')}<w:r><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r></w:p>"
    choice = f"<mc:Choice><w:txbxContent>{outer}</w:txbxContent></mc:Choice>"
    fallback = f"<mc:Fallback><w:pict><w:txbxContent>{outer}</w:txbxContent></w:pict></mc:Fallback>"
    body = f"<w:p>{run('host')}<w:r><mc:AlternateContent>{choice}{fallback}</mc:AlternateContent></w:r></w:p>"
    assert text_of(body) == "host\n\nouter\n\ninner"


def test_a_paragraph_whose_mark_is_deleted_goes_on_in_the_next():
    gone = '<w:rPr><w:del w:id="1"/></w:rPr>'
    assert (
        text_of(paragraph("fine ", gone) + paragraph("mesh") + paragraph("last", gone)) == "fine mesh\n\nlast"
    )


def test_charts_are_tables_and_a_missing_part_costs_nothing():
    series = (
        "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>{}</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        "<c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>fine</c:v></c:pt>"
        "<c:pt idx='1'><c:v>coarse</c:v></c:pt>"
        "</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache>{}</c:numCache></c:numRef></c:val></c:ser>"
    )
    values = "<c:pt idx='0'><c:v>1</c:v></c:pt><c:pt idx='1'><c:v>2.5</c:v></c:pt>"
    chart = (
        "<c:chartSpace NS><c:chart><c:title><c:tx><c:rich>"
        "<a:p><a:r><a:t>Meshes</a:t></a:r></a:p></c:rich></c:tx>"
        f"</c:title><c:plotArea><c:barChart>{series.format('wire', values)}"
        f"{series.format('silk', values[: values.index('</c:pt>') + 7])}"
        "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
    drawing = "<w:drawing><c:chart r:id='chart'/><c:chart r:id='gone'/></w:drawing>"
    body = f"<w:p>{run('See')}<w:r>{drawing}</w:r></w:p>"
    assert text_of(body, chart=chart) == (
        "See\n\nMeshes\n\n|  | wire | silk |\n| --- | --- | --- |\n| fine | 1 | 1 |\n| coarse | 2.5 |  |"
    )


def math(inner: str) -> str:
    return f"<m:oMath>{inner}</m:oMath>"


def letter(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def part(name: str, inner: str) -> str:
    return f"<m:{name}>{inner}</m:{name}>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (part("f", part("num", letter("a+b")) + part("den", letter("2"))), r"\frac{a+b}{2}"),
        (part("sSup", part("e", letter("x")) + part("sup", letter("n"))), "x^{n}"),
        (
            part(
                "sSup",
                part("e", part("f", part("num", letter("a")) + part("den", letter("b"))))
                + part("sup", letter("2")),
            ),
            r"{\frac{a}{b}}^{2}",
        ),
        (part("rad", part("deg", letter("3")) + part("e", letter("x"))), r"\sqrt[3]{x}"),
        (
            (
                '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
                + part("sub", letter("k"))
                + "<m:sup/>"
                + part("e", letter("a"))
                + "</m:nary>"
            ),
            r"\sum_{k}a",
        ),
        (part("nary", part("e", letter("dx"))), r"\int dx"),
        (
            part("d", '<m:dPr><m:begChr m:val="{"/><m:endChr m:val=""/></m:dPr>' + part("e", letter("x"))),
            r"\left\{x\right.",
        ),
        (part("func", part("fName", letter("sin")) + part("e", letter("θ"))), r"\sin\theta"),
        (
            part("m", part("mr", part("e", letter("a")) + part("e", letter("b")))),
            r"\begin{matrix}a & b\end{matrix}",
        ),
        (letter("πr≤𝑥") + "<w:del><m:r><m:t>gone</m:t></m:r></w:del>", r"\pi r\leq x"),
        (letter("50% ×"), r"50\% \times"),
        (
            '<m:acc><m:accPr><m:chr m:val="&#x20d7;"/></m:accPr><m:e><m:r><m:t>v</m:t></m:r></m:e></m:acc>',
            r"\vec{v}",
        ),
    ],
    ids=[
        "fraction",
        "power",
        "power-of-fraction",
        "root",
        "sum",
        "integral",
        "brace",
        "function",
        "matrix",
        "symbols",
        "escapes",
        "accent",
    ],
)
def test_equations_become_latex(inner, expected):
    assert text_of(f"<w:p>{run('so ')}{math(inner)}</w:p>") == f"so ${expected}$"


def symbol(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [
        ("Symbol", "F0B0", "°"),  # Adobe's symbol.txt: 0xB0 is DEGREE SIGN
        ("Symbol", "00B0", "°"),
        ("Wingdings", "F0E0", "→"),  # what Word's AutoCorrect makes of "-->"
        ("Wingdings", "f0fe", "☑"),
        ("Wingdings", "F024", ""),  # a pair of spectacles
        ("MS Gothic", "2610", "☐"),
        ("Marlett", "F061", ""),
        ("Arial", "D800", ""),
        ("Arial", "12345", ""),
        ("Arial", "nothing", ""),
    ],
)
def test_symbols_are_shown(font, code, expected):
    assert text_of(f"<w:p>{run('25')}{symbol(font, code)}{run('C')}</w:p>") == f"25{expected}C"


def test_an_equation_of_its_own_stands_between_double_dollars():
    assert text_of(f"<w:p><m:oMathPara>{math(letter('a=b'))}</m:oMathPara></w:p>") == "$$a=b$$"


def test_a_document_that_points_to_a_missing_picture_is_read():
    body = "<w:p>" + run("text") + '<w:r><w:drawing><a:blip r:embed="image"/></w:drawing></w:r></w:p>'
    package = packages.rewritten(word_bytes(body, image=""), {"word/image.xml": None})
    assert extract_payload(package).text == "text"


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        ("<html><body><h1>Page</h1><p>said</p></body></html>", "before\n\n# Page\n\nsaid"),
        (
            "MIME-Version: 1.0\nDate: x\nContent-Type: text/html\nFrom: y\n\n<html><p>mailed</p></html>",
            "before\n\nmailed",
        ),
        ("%PDF-1.4", "before"),
    ],
    ids=["page", "mail", "other"],
)
def test_imported_pages_are_read(chunk, expected):
    assert text_of(paragraph("before") + '<w:altChunk r:id="aFChunk"/>', aFChunk=chunk) == expected
