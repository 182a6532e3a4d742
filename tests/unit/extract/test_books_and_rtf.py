from __future__ import annotations

import io
import struct
import zipfile

from tests.unit.extract.legacy_files import ole_file
from tests.unit.extract.outcomes import failure

from tamis.extract import media
from tamis.extract.legacy_sheets import legacy_sheets_text
from tamis.extract.payload import extract_payload

XHTML = 'media-type="application/xhtml+xml"'
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>On sieves</dc:title><dc:creator>Ada Miller</dc:creator>"
    "<dc:language>en</dc:language></metadata>"
    f'<manifest><item id="n" href="nav.xhtml" {XHTML} properties="nav"/>'
    f'<item id="b" href="two%20b.xhtml" {XHTML}/>'
    f'<item id="a" href="one.xhtml" {XHTML}/><item id="c" href="gone.xhtml" {XHTML}/></manifest>'
    '<spine><itemref idref="n"/><itemref idref="b"/><itemref idref="c"/><itemref idref="a"/></spine>'
    "</package>"
)
CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'


def book(**more: str) -> bytes:
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": OPF,
        "OEBPS/nav.xhtml": "<html><body><p>contents</p></body></html>",
        "OEBPS/one.xhtml": "<html><head><title>t</title></head><body><p>last &amp; least</p></body></html>",
        "OEBPS/two b.xhtml": "<h1>Drums</h1><table><tr><th>a</th></tr><tr><td>b</td></tr></table>",
        **more,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_chapters_come_in_the_order_of_the_spine():
    made = extract_payload(book())
    assert (made.media_type, made.title, made.author) == (media.EPUB, "On sieves", "Ada Miller")
    assert made.text == "# Drums\n\n| a |\n| --- |\n| b |\n\nlast & least"
    assert made.metadata == {"language": "en", "broken_parts": "OEBPS/gone.xhtml"}


def test_a_blank_chapter_costs_only_itself():
    assert extract_payload(book(**{"OEBPS/two b.xhtml": "<!-- blank -->"})).text == "last & least"


def test_notes_are_marked_where_their_links_say_so():
    def link(name: str, text: str, kind: str = ' epub:type="noteref"') -> str:
        return f'<a href="#{name}"{kind}>{text}</a>'

    back = link("r", "<b>1</b>", "")
    one = f"<p>here<sup>{link('n', '[1]')}</sup>, {link('m', '*')}, {link('n', '1')}, {link('gone', '3')}</p>"
    one += f"<p>{link('n', 'plain', '')}</p><aside id='n'><p>{back} said</p><p>more</p></aside>"
    one += "<ol><li><p><a id='m' href='#r'>*</a> starred 1</p></li></ol>"
    two = f"<!-- c --><?pi x?><p>b{link('n', '1')}</p><p id='n'> other</p>"
    made = extract_payload(book(**{"OEBPS/two b.xhtml": one, "OEBPS/one.xhtml": two}))
    assert made.text == (
        "here[^1], [^2], [^1], 3\n\nplain\n\n[^1]: said\n\nmore\n\n1. [^2]: starred 1\n\nb[^3]\n\n[^3]: other"
    )


def test_encrypted_chapters_are_told_from_obfuscated_fonts():
    entry = '<encryption><CipherReference URI="OEBPS/{}"/></encryption>'
    assert failure(book(**{"META-INF/encryption.xml": entry.format("one.xhtml")})).code == "encrypted"
    assert extract_payload(book(**{"META-INF/encryption.xml": entry.format("font.otf")})).text


def test_a_book_without_chapters_is_corrupt():
    assert (
        failure(book(**{"OEBPS/book.opf": OPF.replace("one.", "1.").replace("two", "2")})).code == "corrupt"
    )
    assert failure(book(**{"META-INF/container.xml": "<container", "OEBPS/book.opf": "<"})).code == "corrupt"


def test_a_book_whose_container_is_broken_is_found_by_its_package_document():
    made = extract_payload(book(**{"META-INF/container.xml": "<container"}))
    assert made.text == extract_payload(book()).text
    assert made.metadata["broken_parts"] == "META-INF/container.xml, OEBPS/gone.xhtml"


def test_rtf_gives_paragraphs_lists_and_tables():
    source = (
        rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 Times;}}"
        rb"{\info{\title Sieves \'9a}{\author Ada}{\creatim\yr2024\mo2\dy9}}"
        rb"{\header left out\par}Meshes \u28450?\par \'95\tab fine\par \'95\tab coarse\par 1.\tab one\par"
        rb"\trowd\cellx1\cellx2 a\cell b\cell\row\trowd c\cell d\cell\row after\par {\*\unknown secret}}"
    )
    made = extract_payload(source)
    assert made.text == (
        "Meshes 漢\n\n- fine\n- coarse\n1. one\n\n| a | b |\n| --- | --- |\n| c | d |\n\nafter"
    )
    assert (made.title, made.author, made.published_utc) == ("Sieves š", "Ada", "2024-02-09")


def test_rtf_text_behind_a_stray_destination_mark_is_kept():
    source = rb"{\rtf1 a {\b0\*\cs7 quick fox}{\*\unknown gone} 1\\*\par}"
    assert extract_payload(source).text == "a quick fox 1\\*"


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def label(row: int, column: int, text: bytes) -> bytes:
    return record(0x0204, struct.pack("<HHHH", row, column, 0, len(text)) + text)


def number(row: int, column: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def old_sheet(*records: bytes) -> bytes:
    """A sheet of Excel 4 as its records stand in the file."""
    begin, end = record(0x0409, struct.pack("<HHH", 0, 0x10, 0)), record(0x000A, b"")
    font, style = record(0x0231, struct.pack("<HHHB", 200, 0, 0, 1) + b"A"), record(0x0443, bytes(12))
    return b"".join([begin, font, style, *records, end])


def test_an_excel_4_sheet_is_read():
    payload = old_sheet(
        label(0, 0, b"mesh"), label(0, 1, b"size"), label(1, 0, b"fin\xe9"), number(1, 1, 0.1 + 0.2)
    )
    made = extract_payload(payload)
    assert made.media_type == media.XLS
    assert made.text.split("\n\n")[1] == "| mesh | size |\n| --- | --- |\n| finé | 0.3 |"
    assert made.extractor.startswith("xlrd-2")


def test_comments_of_an_excel_sheet_follow_its_cells():
    notes = [record(0x001C, struct.pack("<HHH", *place, len(text)) + text)
             for place, text in (((1, 0), b"below"), ((0, 1), b" above\n"), ((0, 0), b""))]  # fmt: skip
    made = extract_payload(old_sheet(label(0, 0, b"mesh"), number(1, 0, 2.0), *notes))
    assert made.text.endswith("mesh\n\n2\n\n### Comments\n\nabove\n\nbelow")


def excel_97(*records: bytes, extra: bytes = b"") -> bytes:
    """An Excel 97 workbook of one sheet."""
    begin = [record(0x809, struct.pack("<4H2I", 0x600, kind, 0, 1997, 0, 0)) for kind in (5, 0x10)]
    end, font = (
        record(0x0A, b""),
        record(0x31, struct.pack("<5H4B", 200, 0, 0, 400, 0, 0, 0, 0, 0) + b"\1\0A"),
    )
    head = begin[0] + font + record(0xE0, bytes(20))
    place = struct.pack("<I2B", len(head) + 4 + 6 + 3 + len(end), 0, 0)
    sheet = begin[1] + b"".join(records) + end + extra
    return head + record(0x85, place + b"\1\0S") + end + sheet


def test_text_boxes_of_an_excel_97_sheet_follow_its_cells():
    def box(text: str, kind: int, *pieces: bytes) -> bytes:
        head = record(0x5D, struct.pack("<5H12x2H", 0x15, 0x12, kind, 1, 0, 0, 0))
        said = record(0x1B6, struct.pack("<5H2H4x", 0, 0, 0, 0, 0, len(text), 16 if text else 0))
        more = [*pieces, bytes(16)] if text else []
        return head + said + b"".join(record(0x3C, piece) for piece in more)

    shown = record(0x204, struct.pack("<3HHB", 0, 0, 0, 4, 0) + b"mesh")
    two = box("one\rfiné漢", 6, b"\0one\rfin\xe9", b"\1" + "漢".encode("utf-16-le"))
    chart = record(0x809, struct.pack("<4H2I", 0x600, 0x20, 0, 1997, 0, 0)) + record(0x0A, b"")
    more = [chart, box("rect", 2, b"\0rect"), box("", 6), box("note", 0x19, b"\0note")]
    stream = excel_97(shown, two, *more, extra=box("beyond", 6, b"\0beyond"))
    whole = ole_file({"Workbook": stream})
    assert extract_payload(whole).text == "## S\n\nmesh\n\none\nfiné漢\n\nrect"
    assert legacy_sheets_text(stream).text == "## S\n\nmesh"  # no OLE around it: still read


def test_a_broken_excel_sheet_is_corrupt():
    assert failure(old_sheet()[:9]).code == "corrupt"


def test_what_no_library_reads_names_the_way_out():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "application/vnd.ms-excel.sheet.binary.macroEnabled.main")
    error = failure(target.getvalue())
    assert (error.code, "--convert-to xlsx" in error.message) == ("unsupported_format", True)


def test_an_ole_file_without_its_root_entry_is_corrupt():
    from tests.unit.extract import packages

    whole = packages.ole_bytes("Contents")
    assert failure(whole).code == failure(whole[:640]).code == "unsupported_format"
    assert failure(whole[: 512 + 66]).code == failure(whole[:100]).code == "corrupt"


def test_an_ole_file_without_its_allocation_table_is_corrupt():
    from tests.unit.extract import packages

    whole = bytearray(packages.ole_bytes("Contents"))
    whole[44], whole[76] = 1, 1  # one table, in the second of two sectors
    assert failure(bytes(whole[:1025])).code == "unsupported_format"
    assert failure(bytes(whole[:1024])).code == "corrupt"
