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
NAMESPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
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
