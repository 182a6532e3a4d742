"""OpenDocument: content is written by hand into the smallest package."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.unit.extract.outcomes import failure

from tamis.extract import media
from tamis.extract.payload import extract_payload

PREFIXES = ("office", "text", "table", "style", "presentation")
NAMESPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in PREFIXES)
NAMESPACES += ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
NAMESPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
NAMESPACES += ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:loext="urn:loext"'
NAMESPACES += ' xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"'
NUMBERED = (
    '<office:automatic-styles><text:list-style style:name="L1">'
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"'
    ' text:start-value="3"/>'
    "</text:list-style></office:automatic-styles>"
)


def package(kind: str, body: str, styles: str = "", **members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMESPACES}>{styles}<office:body>{body}</office:body>"
            "</office:document-content>",
        )
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


def text_of(body: str, styles: str = "") -> str:
    return extract_payload(package("text", f"<office:text>{body}</office:text>", styles)).text


def p(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}>{p(text)}</table:table-cell>'


def value(kind: str, shown: str, stated: str) -> str:
    return f'<table:table-cell office:value-type="{kind}" {stated}>{p(shown)}</table:table-cell>'


def entry(inside: str) -> str:
    return f"<text:list-item>{inside}</text:list-item>"


def test_text_keeps_headings_white_space_and_notes():
    body = '<text:h text:outline-level="2">On <text:span>sieves</text:span></text:h>'
    body += p('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d')
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"
    )
    body += p(f"Mesh{note.format(p('of wire'))} and drum.")
    assert text_of(body) == "## On sieves\n\na   b\tc\nd\n\nMesh[^1] and drum.\n\n[^1]: of wire"


def test_deleted_text_and_comments_are_left_out():
    deleted = (
        f"<text:tracked-changes><text:changed-region>{p('gone')}</text:changed-region></text:tracked-changes>"
    )
    assert text_of(deleted + p(f"kept<office:annotation>{p('remark')}</office:annotation>")) == "kept"


def test_lists_nest_and_count_as_their_style_says():
    inner = f"<text:list>{entry(p('x'))}{entry(p('y'))}</text:list>"
    items = entry(p("one") + p("more") + inner) + entry(p("two"))
    listed = f'<text:list text:style-name="L1">{items}</text:list>'
    assert text_of(listed, NUMBERED).split("\n") == [
        "1. one", "", "  more", "", "   - c) x", "   - d) y", "2. two",
    ]  # fmt: skip
    assert text_of(f"<text:list>{items}</text:list>").split("\n")[-3:] == ["   - x", "   - y", "- two"]


def numbered(*levels: str, name: str = "L1", tag: str = "list-level-style-number") -> str:
    stated = "".join(f'<text:{tag} text:level="{at}" {more}/>' for at, more in enumerate(levels, 1))
    return f'<text:list-style style:name="{name}">{stated}</text:list-style>'


def styled(*styles: str) -> str:
    return f"<office:automatic-styles>{''.join(styles)}</office:automatic-styles>"


def listed(inside: str, more: str = ' text:style-name="L1"') -> str:
    return f"<text:list{more}>{inside}</text:list>"


def test_lists_go_on_where_they_say_so_and_show_the_numbers_of_several_levels():
    """As LibreOffice writes the list of testWORD_override_list_numbering.docx, and counts it."""
    styles = styled(
        numbered(
            'style:num-format="1st" text:start-value="0"', 'style:num-format="1" text:display-levels="2"',
            'style:num-format="a" loext:num-list-format="%1%-%3%)" style:num-suffix="!"',
        ),
        numbered('style:num-format=""', 'style:num-format="i" style:num-prefix="("', name="L2"),
    )  # fmt: skip
    deep = entry(listed(entry(listed(entry(p("1st-b)")), "")), ""))
    inner = listed(entry(p("1st.1") + listed(entry(p("1st-a)")), "")), "")
    body = listed(entry(p("0th")) + entry(p("1st") + inner), ' text:style-name="L1" xml:id="a"')
    body += listed(entry(p("other")), ' text:style-name="L2"')
    second = entry(p("2nd") + listed(entry(p("(i")), ' text:style-name="L2"'))
    body += listed(deep + second, ' text:continue-list="a" text:style-name="L1" xml:id="b"')
    body += listed(entry(p("3rd")), ' text:continue-numbering="true" text:style-name="L1"')
    body += listed(
        entry(p("0th")) + entry(p("")) + entry(p("2nd")) + entry(p("no")).replace("list-item", "list-header")
    )
    lines = text_of(body, styles).split("\n")
    assert [line.strip(" -").split(" ") for line in lines[:-1] if line] == [
        ["0th", "0th"], ["1st", "1st"], ["1st.1", "1st.1"], ["1st-a)", "1st-a)"], ["other"],
        ["1st-b)", "1st-b)"],
        ["2nd", "2nd"], ["(i", "(i"], ["3rd", "3rd"], ["0th", "0th"], ["2nd", "2nd"],
    ]  # fmt: skip
    assert lines[-1] == "  no"


def test_headings_have_the_numbers_of_the_outline_or_of_the_list_that_they_are_in():
    levels = ('style:num-format="1"', 'style:num-format="A" text:display-levels="2" style:num-suffix=":"')
    outline = numbered(*levels, name="Outline", tag="outline-level-style").replace(
        "list-style", "outline-style"
    )
    styles = styled(outline, numbered('style:num-format="I"'))

    def heading(text: str, level: int, more: str = "") -> str:
        return f'<text:h text:outline-level="{level}"{more}>{text}</text:h>'

    body = (
        heading("a", 1) + heading("b", 2) + heading("c", 2) + heading("d", 1, ' text:is-list-header="true"')
    )
    body += heading("e", 1) + heading("f", 3) + listed(entry(heading("g", 2))) + heading("h", 7)
    body += listed(entry(heading("i", 1)), ' text:style-name="L9"')
    assert text_of(body, styles).split("\n\n") == [
        "# 1 a", "## 1.A: b", "## 1.B: c", "# d", "# 2 e", "### f", "## I g", "h", "# i",
    ]  # fmt: skip


def test_a_title_is_a_heading_whatever_its_style_is_based_on():
    styles = styled(
        '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>',
        '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="P1"/>',
        '<style:style style:name="P3" style:family="paragraph" style:parent-style-name="P3"/>',
    )
    body = "".join(
        f'<text:p text:style-name="{name}">{name}</text:p>' for name in ("Title", "P1", "P2", "P3")
    )
    assert text_of(body, styles) == "# Title\n\n# P1\n\n# P2\n\nP3"


def test_shapes_in_a_paragraph_are_blocks_behind_it_without_their_descriptions():
    told = "<svg:title>name</svg:title><svg:desc>what a picture shows</svg:desc>"
    shape = f"<draw:g>{told}<draw:custom-shape>{told}{p('drawn')}{p('twice')}</draw:custom-shape></draw:g>"
    picture = f"<draw:a><draw:frame>{told}<draw:image/></draw:frame></draw:a>"
    assert text_of(p(f"ho{shape}st{picture}") + p("after")) == "host\n\ndrawn\n\ntwice\n\nafter"


def framed(number: int) -> str:
    return f'<draw:frame><draw:object xlink:href="./Object {number}"/><draw:image/></draw:frame>'


CHART = f"""<office:document-content {NAMESPACES}><office:body><office:chart><chart:chart>
<chart:title>{p("Mesh")}</chart:title><table:table><table:table-header-rows><table:table-row><table:table-cell/>
{cell("fine")}</table:table-row></table:table-header-rows><table:table-rows><table:table-row><table:table-cell
office:value-type="string">{p("2023")}<draw:g><svg:desc>$A$1</svg:desc></draw:g></table:table-cell>
{value("float", "0,1", 'office:value="0.1"')}</table:table-row><table:table-row>{cell("2024")}
{value("float", "NaN", 'office:value="NaN"')}</table:table-row></table:table-rows></table:table></chart:chart>
</office:chart></office:body></office:document-content>"""
FORMULA = (
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>A</mi><mo>=</mo><mi>π</mi><msup>'
    '<mi>r</mi><mn>2</mn></msup></mrow><annotation encoding="StarMath">r^2</annotation></semantics></math>'
)
PARTS = {"Object 1__content_xml": CHART, "Object 2__content_xml": FORMULA}
CHART_TEXT = "Mesh\n\n|  | fine |\n| --- | --- |\n| 2023 | 0.1 |\n| 2024 |"


def test_charts_and_formulas_are_read_where_they_stand():
    body = p(f"with {framed(2)}, {framed(1)} and {framed(3)}") + p(
        f"a<draw:frame><draw:object>{FORMULA}</draw:object></draw:frame>"
    )
    made = extract_payload(package("text", f"<office:text>{body}</office:text>", **PARTS))
    assert made.text == f"with $A=\\pi r^{{2}}$,  and\n\n{CHART_TEXT}\n\na$A=\\pi r^{{2}}$"
    slide = f"<office:presentation><draw:page>{framed(2)}{framed(1)}</draw:page></office:presentation>"
    assert (
        extract_payload(package("presentation", slide, **PARTS)).text == f"$A=\\pi r^{{2}}$\n\n{CHART_TEXT}"
    )


def test_a_broken_object_is_noted_and_costs_no_text():
    made = extract_payload(
        package("text", f"<office:text>{p('a' + framed(1))}</office:text>", **{"Object 1__content_xml": "<"})
    )
    assert (made.text, made.metadata) == ("a", {"broken_parts": "Object 1/content.xml"})


def test_charts_shapes_and_comments_follow_the_tables_of_their_sheet():
    remark = f"<office:annotation><dc:creator>Ada</dc:creator>{p('why?')}</office:annotation>"
    noted = f"<table:table-cell>{remark}{p('1')}{framed(1)}</table:table-cell>"
    box = f"<table:shapes><draw:custom-shape>{p('boxed')}</draw:custom-shape></table:shapes>"
    row = f"<table:table-row>{cell('a')}{noted}</table:table-row>"
    body = f'<table:table table:name="S">{box}{row}</table:table>'
    made = extract_payload(
        package("spreadsheet", f"<office:spreadsheet>{body}</office:spreadsheet>", **PARTS)
    )
    assert made.text == f"## S\n\n| a | 1 |\n| --- | --- |\n\nboxed\n\n{CHART_TEXT}\n\n### Comments\n\nwhy?"


def test_comments_of_a_slide_stand_behind_its_notes():
    remark = f"<office:annotation><dc:date>2024</dc:date>{p('why?')}</office:annotation>"
    page = f"{remark}<draw:g>{p('drawn')}</draw:g>"
    body = f"<office:presentation><draw:page>{page}</draw:page></office:presentation>"
    assert extract_payload(package("presentation", body)).text == "drawn\n\n### Comments\n\nwhy?"


def test_symbol_fonts_show_what_they_show():
    face = "<style:font-face style:name='F' svg:font-family=\"'Symbol'\"/>"
    said = '<style:text-properties style:font-name="{}"/>'
    style = f'<style:style style:name="{{}}" style:family="text">{said}</style:style>'
    stated = [style.format("T1", "F"), style.format("T2", "Wingdings"), style.format("T3", "Arial")]
    styles = f"<office:font-face-decls>{face}</office:font-face-decls>{styled(*stated)}"
    spans = "".join(f'<text:span text:style-name="T{at}">\uf0e0</text:span>' for at in (1, 2, 3))
    assert text_of(p(f"a{spans}\uf0e0"), styles) == "a◊→\uf0e0\uf0e0"


def test_paragraphs_of_slides_that_are_headers_of_lists_are_no_items():
    header = entry(p("said")).replace("list-item", "list-header")
    hidden = p("<text:page-number>&lt;number&gt;</text:page-number>")
    notes = f"<presentation:notes>{hidden}</presentation:notes>"
    remark = f'<o:annotation xmlns:o="http://openoffice.org/2009/office">{p("why?")}</o:annotation>'
    box = listed(header + header, "") + p("<text:page-number>7</text:page-number>")
    page = f"<draw:frame><draw:text-box>{box}</draw:text-box></draw:frame>{remark}{notes}"
    body = f"<office:presentation><draw:page>{page}</draw:page></office:presentation>"
    made = extract_payload(package("presentation", body))
    assert made.text == "said\n\nsaid\n\n7\n\n### Comments\n\nwhy?"


def test_dates_and_times_are_those_of_the_day_and_the_clock_to_the_second():
    cells = [
        value("date", "1.1.", 'office:date-value="1960-01-01T00:00:09.99648"'),
        value("date", "1.1.", 'office:date-value="2009-10-03T20:21:00.4"'),
        value("date", "1.1.", 'office:date-value="soon"'),
        value("time", "6:15 AM", 'office:time-value="PT06H15M00.5S"'),
        value("time", "24:00", 'office:time-value="PT24H0M0S"'),
        value("time", "odd", 'office:time-value="P1D"'),
    ]
    assert sheet(f"<table:table-row>{''.join(cells)}</table:table-row>").split("\n")[2] == (
        "| 1960-01-01 00:00:10 | 2009-10-03 20:21:00 | soon | 06:15:00 | 24:00 | odd |"
    )


def test_a_table_of_one_cell_is_a_frame_around_text():
    only = f"<table:table-cell>{p('a')}{p('b')}</table:table-cell>"
    frame = f"<table:table><table:table-row>{only}</table:table-row></table:table>"
    assert text_of(frame) == "a\nb"


def test_text_boxes_stand_once_behind_their_paragraph():
    box = f"<draw:frame><draw:text-box>{p('boxed')}</draw:text-box></draw:frame>"
    assert text_of(p(f"host{box}") + p("after")) == "host\n\nboxed\n\nafter"


def test_tables_repeat_merged_cells_and_flatten_those_inside():
    covered = "<table:covered-table-cell/>"
    wide = cell("wide", ' table:number-columns-spanned="2"') + covered
    tall = cell("tall", ' table:number-rows-spanned="2"')
    nested = f"<table:table><table:table-row>{cell('in')}{cell('side')}</table:table-row></table:table>"
    rows = (
        f"<table:table-header-rows><table:table-row>{cell('a')}{wide}</table:table-row></table:table-header-rows>"
        f"<table:table-row>{tall}{cell('x')}{cell('y')}</table:table-row>"
        f"<table:table-row>{covered}<table:table-cell>{nested}</table:table-cell>{cell('z')}</table:table-row>"
    )
    assert text_of(f"<table:table>{rows}</table:table>") == (
        "| a | wide | wide |\n| --- | --- | --- |\n| tall | x | y |\n| tall | in side | z |"
    )


def sheet(rows: str) -> str:
    body = f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    return extract_payload(package("spreadsheet", body)).text


def test_sheets_give_exact_values_and_split_at_blank_rows():
    cells = '<table:table-cell table:number-columns-repeated="16384"/>'
    blank = f'<table:table-row table:number-rows-repeated="1048000">{cells}</table:table-row>'
    values = (
        value("float", "0,3", 'office:value="0.30000000000000004"')
        + value("date", "29.2.", 'office:date-value="2024-02-29T00:00:00"')
        + value("percentage", "25%", 'office:value="0.25"')
    )
    head = f"<table:table-row>{cell('a')}{cell('b')}{cell('c')}</table:table-row>"
    first = f"{head}<table:table-row>{values}</table:table-row>"
    repeated = f'<table:table-row table:number-rows-repeated="2">{cell("d")}{cell("e")}</table:table-row>'
    assert sheet(first + blank + repeated + blank) == (
        "## S\n\n| a | b | c |\n| --- | --- | --- |\n| 0.3 | 2024-02-29 | 25% |"
        "\n\n| d | e |\n| --- | --- |\n| d | e |"
    )


def test_a_sheet_that_unfolds_beyond_the_bound_fails():
    wide = cell("a", ' table:number-columns-repeated="6"')
    row = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'
    body = f'<office:spreadsheet><table:table table:name="S">{row}</table:table></office:spreadsheet>'
    assert failure(package("spreadsheet", body)).code == "too_large"


def test_slides_have_titles_and_notes_and_no_footers():
    def frame(text: str, kind: str = "") -> str:
        stated = f' presentation:class="{kind}"' if kind else ""
        return f"<draw:frame{stated}><draw:text-box>{p(text)}</draw:text-box></draw:frame>"

    shape = f"<draw:g><draw:custom-shape>{p('drawn')}</draw:custom-shape></draw:g>"
    notes = f"<presentation:notes>{frame('say it', 'notes')}</presentation:notes>"
    page = frame("7", "page-number") + shape + frame("Sieves", "title") + frame("body") + notes
    made = extract_payload(
        package("presentation", f"<office:presentation><draw:page>{page}</draw:page></office:presentation>")
    )
    assert (made.media_type, made.text) == (media.ODP, "## Sieves\n\ndrawn\n\nbody\n\n### Notes\n\nsay it")


def test_metadata_is_what_the_file_states():
    stated = "<dc:title>On sieves</dc:title><dc:creator>Ada</dc:creator>"
    meta = f"<office:document-meta {NAMESPACES}><office:meta>{stated}</office:meta></office:document-meta>"
    made = extract_payload(package("text", f"<office:text>{p('x')}</office:text>", meta_xml=meta))
    assert (made.title, made.author, made.published_utc, made.extractor) == (
        "On sieves",
        "Ada",
        None,
        "tamis-office-3",
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (package("text", "", **{"META-INF__manifest_xml": "<m><encryption-data/></m>"}), "encrypted"),
        (package("text", "<office:text>")[:-1] + b"\0", "corrupt"),
        (package("text", "<unclosed>"), "corrupt"),
    ],
    ids=["encrypted", "damaged-end", "not-well-formed"],
)
def test_what_cannot_be_read_has_a_code(payload, code):
    assert failure(payload).code == code
