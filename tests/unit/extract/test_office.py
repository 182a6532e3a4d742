from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from tests.robust import writers
from tests.unit.extract import packages

from tamis.errors import DocumentError
from tamis.extract import grid, media
from tamis.extract.office import check_package
from tamis.extract.payload import ExtractOptions, extract_payload
from tamis.extract.sheets import value_text

WORD_NAMES = {
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main": (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    ),
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/presentationml/2006/main": b"http://purl.oclc.org/ooxml/presentationml/main",
    b"http://schemas.openxmlformats.org/drawingml/2006/main": b"http://purl.oclc.org/ooxml/drawingml/main",
}

DOCX_TEXT = """# Sieves

A tamis is a drum sieve.

- first
- second
1. one
2. two

| mesh | size |
| --- | --- |
| fine | 0.1\\|mm |

## Grüße 漢字"""

XLSX_TEXT = """## Meshes

| mesh | size | day |
| --- | --- | --- |
| fine | 0.5 | 2024-02-29 |
| coarse | 3 |

| second | table |
| --- | --- |
| TRUE | 漢字 |"""

PPTX_TEXT = """## Kinds of sieve

- drum
- soil

inside two groups

| mesh | size |
| --- | --- |
| fine | 0.1 |

### Notes

Say it slowly."""


def failure_code(payload: bytes, **options: int) -> str:
    with pytest.raises(DocumentError) as caught:
        extract_payload(payload, options=ExtractOptions(**options))
    return caught.value.code


def test_docx_keeps_headings_lists_and_tables_in_order():
    extraction = extract_payload(packages.docx_bytes())
    assert extraction.text == DOCX_TEXT
    assert (extraction.title, extraction.author) == ("On sieves", "Ada Miller")
    assert extraction.media_type == media.DOCX
    assert extraction.extractor == "tamis-office-3"


def test_pptx_keeps_groups_tables_and_notes():
    assert extract_payload(packages.pptx_bytes()).text == PPTX_TEXT


def test_xlsx_gives_each_block_of_cells_a_table():
    assert extract_payload(packages.xlsx_bytes()).text == XLSX_TEXT


def test_xlsx_splits_tables_that_stand_side_by_side():
    from openpyxl import Workbook

    workbook = Workbook()
    for row in (["a", "b", None, "c", "d"], [1, 2, None, None, None], [None, None, None, 3, 4]):
        workbook.active.append(row)
    text = extract_payload(packages._saved(workbook)).text
    assert text.split("\n\n")[1:] == [
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
        "| c | d |\n| --- | --- |",
        "| 3 | 4 |\n| --- | --- |",
    ]


def test_xlsx_beyond_the_cell_limit_fails(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 8)
    assert failure_code(packages.xlsx_bytes()) == "too_large"


@pytest.mark.parametrize(
    ("make", "expected"),
    [(packages.docx_bytes, DOCX_TEXT), (packages.xlsx_bytes, XLSX_TEXT), (packages.pptx_bytes, PPTX_TEXT)],
)
def test_strict_packages_read_as_transitional_ones(make, expected):
    strict = packages.rewritten(make(), {}, WORD_NAMES)
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(strict)).read("_rels/.rels")
    assert extract_payload(strict).text == expected


def test_docx_with_macros_reads_as_a_document():
    macros = {
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": (
            b"application/vnd.ms-word.document.macroEnabled.main+xml"
        )
    }
    assert extract_payload(packages.rewritten(packages.docx_bytes(), {}, macros)).text == DOCX_TEXT


def test_docx_reads_what_stands_between_body_and_paragraph():
    """This test ensures that content controls, insertions and text boxes are not lost."""
    body = (
        b"<w:customXml><w:sdt><w:sdtContent><w:p><w:r><w:t>controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        b"</w:customXml>"
        b"<w:p><w:ins><w:r><w:t>inserted</w:t><w:tab/><w:t>tabbed</w:t></w:r></w:ins>"
        b"<w:del><w:r><w:tab/><w:delText>deleted</w:delText></w:r></w:del>"
        b"<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:t>.</w:t></w:r></w:p>"
        b"<w:p><w:r><w:t>host</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
        b"</w:pict></w:r></w:p><w:sectPr"
    )
    package = packages.docx_bytes()
    document = zipfile.ZipFile(io.BytesIO(package)).read("word/document.xml")
    changed = document.replace(b"<w:sectPr", body, 1)
    text = extract_payload(packages.rewritten(package, {"word/document.xml": changed})).text
    assert text.removeprefix(DOCX_TEXT).strip() == "controlled\n\ninserted\ttabbed.\n\nhost\n\nboxed"


def test_encrypted_docx_fails_as_encrypted():
    assert failure_code(packages.ole_bytes("EncryptionInfo", "EncryptedPackage")) == "encrypted"


def test_damaged_packages_fail_as_corrupt():
    package = packages.docx_bytes()
    assert failure_code(package[: len(package) // 2]) == "corrupt"
    assert failure_code(package[:400]) == "corrupt"  # before its first telling name
    assert failure_code(packages.rewritten(package, {"word/document.xml": b"<w:document"})) == "corrupt"
    assert failure_code(packages.rewritten(package, {"word/document.xml": None})) == "corrupt"


def bomb(expanded: int) -> bytes:
    return packages.rewritten(packages.docx_bytes(), {"word/document.xml": b" " * expanded})


def test_package_beyond_the_byte_limit_is_a_bomb_on_the_exact_byte():
    package = packages.docx_bytes()
    size = sum(member.file_size for member in zipfile.ZipFile(io.BytesIO(package)).infolist())
    check_package(package, size)
    assert failure_code(package, max_expanded_bytes=size - 1) == "zip_bomb"


def test_package_that_expands_two_hundredfold_is_a_bomb():
    assert failure_code(bomb(40_000_000)) == "zip_bomb"


def test_a_size_that_the_directory_overstates_costs_nothing():
    package = bytearray(writers.opendocument("odt"))
    entry = package.rindex(b"Pictures/1.png") - 46
    package[entry + 27] = 0x7F  # the uncompressed size becomes 2 GB (APPNOTE 4.3.12)
    assert extract_payload(bytes(package)).text == extract_payload(writers.opendocument("odt")).text


@pytest.mark.parametrize("at", ["directory", "local header"])
def test_a_zip_that_no_longer_tells_what_it_is_is_corrupt(at):
    package = bytearray(writers.opendocument("odt"))
    first = package.index(b"PK\1\2" if at == "directory" else b"PK\3\4")
    manifest = package.index(b"<manifest>")
    package[first + 1 if at == "directory" else 38] ^= 1
    package[manifest] ^= 1
    assert failure_code(bytes(package)) == "corrupt"


@pytest.mark.parametrize("inner", [packages.xlsx_bytes, packages.docx_bytes])
def test_a_cut_package_is_not_taken_for_the_one_inside_it(inner):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
        archive.writestr("word/embeddings/1.bin", inner())
        archive.writestr("word/last.xml", "<w/>")
    cut = target.getvalue()[: target.getvalue().index(b"word/last.xml")]
    assert extract_payload(inner()).text
    assert failure_code(cut) == "corrupt"


def test_a_zip_of_something_else_is_no_document():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    made = extract_payload(target.getvalue())
    assert (made.text, made.members, made.is_document) == ("", 1, False)


def test_package_that_understates_its_sizes_is_a_bomb():
    """This test ensures that the members are inflated and counted; what is declared is not trusted."""
    package = bytearray(bomb(40_000_000))
    declared = (40_000_000).to_bytes(4, "little")
    assert package.count(declared) == 2  # local header and directory
    lying = bytes(package).replace(declared, (1000).to_bytes(4, "little"))
    assert failure_code(lying) == "zip_bomb"


def test_package_with_a_password_on_a_member_is_encrypted():
    package = bytearray(packages.docx_bytes())
    at = package.rfind(b"PK\x01\x02")
    package[at + 8] |= 1
    with pytest.raises(DocumentError, match="encrypted"):
        check_package(bytes(package), 10**9)


def test_docx_title_is_not_invented_where_there_is_none():
    nothing = b'<p:coreProperties xmlns:p="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
    extraction = extract_payload(packages.rewritten(packages.docx_bytes(), {"docProps/core.xml": nothing}))
    assert (extraction.title, extraction.author, extraction.published_utc) == (None, None, None)


def workbook_text(fill) -> str:
    from openpyxl import Workbook

    workbook = Workbook()
    fill(workbook.active)
    return extract_payload(packages._saved(workbook)).text.removeprefix("## Sheet\n\n")


def test_xlsx_repeats_merged_cells():
    def fill(sheet):
        for row in (["size", "size", None], ["a", "b", "tall"], [1, 2, None]):
            sheet.append(row)
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("C2:C3")

    assert (
        workbook_text(fill) == "| size | size |  |\n| --- | --- | --- |\n| a | b | tall |\n| 1 | 2 | tall |"
    )


def test_xlsx_charts_and_comments_follow_the_cells():
    def fill(sheet):
        from openpyxl.chart import BarChart, Reference
        from openpyxl.comments import Comment

        for row in (["mesh", "count"], ["fine", 3]):
            sheet.append(row)
        sheet["A1"].comment = Comment("of silk", "Ada Miller")
        chart = BarChart()
        chart.title = "Meshes"
        chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2), titles_from_data=True)
        sheet.add_chart(chart)

    cells = "| mesh | count |\n| --- | --- |\n| fine | 3 |"
    assert workbook_text(fill) == f"{cells}\n\nMeshes\n\n### Comments\n\nof silk"


def test_xlsx_text_boxes_follow_the_cells_each_once():
    def paragraph(text: str) -> str:
        return f"<a:p><a:r><a:t>{text}</a:t></a:r><a:br/><a:r><a:t>more</a:t></a:r></a:p>"

    from openpyxl import Workbook
    from openpyxl.chart import BarChart

    workbook = Workbook()
    workbook.active.append(["mesh", "count"])
    workbook.active.add_chart(BarChart())
    shape = "<xdr:sp><xdr:txBody>{}</xdr:txBody></xdr:sp>"
    two = shape.format(paragraph("two"))
    choice = f"<mc:Choice>{two}</mc:Choice><mc:Fallback>{two}</mc:Fallback>"
    spaces = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    spaces += 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    spaces += 'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    group = f"<xdr:grpSp>{shape.format(paragraph('one'))}</xdr:grpSp>"
    drawing = f"<xdr:wsDr {spaces}>{group}<mc:AlternateContent>{choice}</mc:AlternateContent></xdr:wsDr>"
    changes = {"xl/drawings/drawing1.xml": drawing.encode()}
    made = extract_payload(packages.rewritten(packages._saved(workbook), changes))
    assert made.text == "## Sheet\n\n| mesh | count |\n| --- | --- |\n\none\nmore\n\ntwo\nmore"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, "0.3"),
        (1e15, "1e+15"),
        (999999999999999.0, "999999999999999"),
        (-2.0, "-2"),
        (True, "TRUE"),
    ],
)
def test_xlsx_numbers_have_the_fifteen_digits_of_the_format(value, expected):
    assert value_text(value) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-02-29T00:00:00", "2024-02-29"),
        ("2024-02-28T23:59:59.500000", "2024-02-29"),
        ("2024-02-28T23:59:59.499999", "2024-02-28 23:59:59"),
        ("2024-02-29T00:00:00.499999", "2024-02-29"),
        ("9999-12-31T23:59:59.999999", "9999-12-31 23:59:59"),
    ],
)  # fmt: skip
def test_moments_of_cells_are_told_to_the_nearest_second(moment, expected):
    assert value_text(dt.datetime.fromisoformat(moment)) == expected


def test_times_of_cells_are_told_to_the_nearest_second():
    moments = [dt.time(6, 15, 9, 500_000), dt.time(6, 15, 9, 499_999), dt.time()]
    assert [value_text(moment) for moment in moments] == ["06:15:10", "06:15:09", "00:00:00"]


def test_docx_and_pptx_of_broken_pictures_and_themes_are_read():
    """This test ensures that a part which holds no text can be no reason to lose the text."""
    changes = {"word/theme/theme1.xml": b"<", "docProps/thumbnail.jpeg": None, "docProps/core.xml": b"<"}
    assert extract_payload(packages.rewritten(packages.docx_bytes(), changes)).text == DOCX_TEXT
    changes = {"ppt/theme/theme1.xml": b"<", "ppt/slideMasters/slideMaster1.xml": None}
    assert extract_payload(packages.rewritten(packages.pptx_bytes(), changes)).text == PPTX_TEXT


def test_xlsx_percentages_are_shown_as_such():
    def fill(sheet):
        sheet.append(["share", 0.25, 1, 0.12345, 1e9, True])
        for cell, code in zip(sheet[1][1:], ("0%", "0.0%", "#,##0.00%", "0%", "0%"), strict=True):
            cell.number_format = code

    assert workbook_text(fill).split("\n")[0] == "| share | 25% | 100.0% | 12.35% | 1000000000 | TRUE |"


@pytest.mark.parametrize(
    ("make", "text"), [(packages.docx_bytes, DOCX_TEXT), (packages.pptx_bytes, PPTX_TEXT)]
)
def test_a_member_that_does_not_inflate_costs_only_itself(make, text):
    package = bytearray(make())
    theme = next(m for m in zipfile.ZipFile(io.BytesIO(package)).infolist() if "theme/theme1" in m.filename)
    start = theme.header_offset + 30 + len(theme.filename)
    package[start : start + theme.compress_size] = b"\xff" * theme.compress_size
    assert extract_payload(bytes(package)).text == text


def test_parts_that_a_text_can_do_without_are_named():
    styles = packages.rewritten(packages.docx_bytes(), {"word/styles.xml": b"<", "docProps/core.xml": b"<"})
    made = extract_payload(styles)
    assert made.text.startswith("Sieves\n\nA tamis is a drum sieve.")
    assert made.metadata == {"broken_parts": "docProps/core.xml, word/styles.xml"}
    assert extract_payload(packages.docx_bytes()).metadata == {}


def test_xlsx_with_a_damaged_theme_is_read():
    package = bytearray(packages.xlsx_bytes())
    theme = next(m for m in zipfile.ZipFile(io.BytesIO(package)).infolist() if "theme/theme1" in m.filename)
    start = theme.header_offset + 30 + len(theme.filename)
    package[start : start + theme.compress_size] = b"\xff" * theme.compress_size
    made = extract_payload(bytes(package))
    assert (made.text, made.metadata) == (XLSX_TEXT, {"broken_parts": "xl/theme/theme1.xml"})


@pytest.mark.parametrize("part", ["word/document.xml", "word/_rels/document.xml.rels"])
def test_parts_that_a_text_needs_fail_the_document(part):
    assert failure_code(packages.rewritten(packages.docx_bytes(), {part: b"<"})) == "corrupt"


def test_xlsx_threads_stand_in_place_of_what_older_versions_see():
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    workbook = Workbook()
    workbook.active["A1"] = "mesh"
    workbook.active["A1"].comment = Comment("[Threaded comment]\n\nYour version ... Comment: fine?", "tc={1}")
    workbook.active["A2"] = "size"
    workbook.active["A2"].comment = Comment("in mm", "Ada")
    package = packages._saved(workbook)
    part = "xl/worksheets/_rels/sheet1.xml.rels"
    links = zipfile.ZipFile(io.BytesIO(package)).read(part)
    thread = b'<Relationship Id="t" Type="x/threadedComment" Target="../t.xml"/></Relationships>'
    target = io.BytesIO(packages.rewritten(package, {part: links.replace(b"</Relationships>", thread)}))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/t.xml", '<T xmlns="y"><threadedComment><text>fine?</text></threadedComment></T>')
    assert extract_payload(target.getvalue()).text.endswith("### Comments\n\nin mm\n\nfine?")
    alone = "### Comments\n\n[Threaded comment]\n\nYour version ... Comment: fine?\n\nin mm"
    assert extract_payload(package).text.endswith(alone)  # as LibreOffice saves it, which knows no threads


def test_a_package_whose_own_relationships_are_broken_has_its_usual_main_part():
    made = extract_payload(packages.rewritten(packages.docx_bytes(), {"_rels/.rels": b"<"}))
    assert (made.text, made.metadata) == (DOCX_TEXT, {"broken_parts": "_rels/.rels"})
