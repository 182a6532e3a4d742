"""Real small files of each format, made by the libraries that write them."""

from __future__ import annotations

import io
import zipfile


def docx_bytes() -> bytes:
    from docx import Document

    document = Document()
    document.core_properties.title = "On sieves"
    document.core_properties.author = "Ada Miller"
    document.add_heading("Sieves", level=1)
    document.add_paragraph("A tamis is a drum sieve.")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    document.add_paragraph("one", style="List Number")
    document.add_paragraph("two", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for row, values in zip(table.rows, (("mesh", "size"), ("fine", "0.1|mm")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    document.add_heading("Grüße 漢字", level=2)
    return _saved(document)


def pptx_bytes() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Kinds of sieve"
    slide.placeholders[1].text = "drum\nsoil"
    group = slide.shapes.add_group_shape().shapes.add_group_shape()
    box = group.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    box.text_frame.text = "inside two groups"
    table = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for at, value in enumerate(("mesh", "size", "fine", "0.1")):
        table.cell(at // 2, at % 2).text = value
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    return _saved(presentation)


def xlsx_bytes() -> bytes:
    import datetime as dt

    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Meshes"
    sheet.append(["mesh", "size", "day"])
    sheet.append(["fine", 0.5, dt.date(2024, 2, 29)])
    sheet.append(["coarse", 3.0, None])
    sheet["B8"] = "second"
    sheet["C8"] = "table"
    sheet["B9"] = True
    sheet["C9"] = "漢字"
    workbook.create_sheet("Empty")
    return _saved(workbook)


def pdf_bytes(lines: list[str], *, password: str | None = None, title: str | None = None) -> bytes:
    """A one-page PDF with Helvetica, a line of text each 14 points."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    content = DecodedStreamObject()
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    content.set_data(f"BT /F1 12 Tf 72 700 Td {shown} ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(content)
    if title:
        writer.add_metadata({"/Title": title, "/Author": "Ada Miller", "/CreationDate": "D:20240229120000Z"})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    return _saved_by(writer.write)


def form_pdf_bytes(label: str, value: str, *, flags: int = 0) -> bytes:
    """A PDF with a label on its page and a field that shows a value; flags as in ISO 32000-1, table 165."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes([label]))))
    page = writer.pages[0]
    look = DecodedStreamObject()
    look.set_data(f"/Tx BMC BT /F1 12 Tf 2 4 Td ({value}) Tj ET EMC".encode("latin-1"))
    look.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): ArrayObject(map(FloatObject, (0, 0, 200, 16))),
        NameObject("/Resources"): page["/Resources"],
    })  # fmt: skip
    field = writer._add_object(DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Widget"),
        NameObject("/FT"): NameObject("/Tx"), NameObject("/T"): TextStringObject("name"),
        NameObject("/V"): TextStringObject(value), NameObject("/F"): NumberObject(flags),
        NameObject("/Rect"): ArrayObject(map(FloatObject, (72, 600, 272, 616))),
        NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(look)}),
    }))  # fmt: skip
    page[NameObject("/Annots")] = ArrayObject([field])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([field])})
    writer._root_object[NameObject("/AcroForm")] = form
    return _saved_by(writer.write)


def placed_pdf_bytes(
    pages: list[list[tuple[float, float, float, str]]],
    *,
    drawn: str = "",
    image: bytes | None = None,
    font: str = "Helvetica",
    rotate: int = 0,
) -> bytes:
    """A PDF whose pages hold texts as (x, y, size, text), each page with what else is drawn.

    Args:
        pages: Texts in the order of the file; y grows upwards on a page of 612 by 792 points.
        drawn: Operators before the texts, such as ruling lines.
        image: Grey pixels, 100 by 100, that cover the page.
        font: One of the standard fonts.
        rotate: How the page is shown, degrees clockwise.
    """
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

    def named(**entries: object) -> DictionaryObject:
        return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})

    writer = PdfWriter()
    face = named(Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject(f"/{font}"))
    fonts = named(F1=writer._add_object(face))
    for texts in pages:
        page = writer.add_blank_page(612, 792)
        resources = named(Font=fonts)
        shown = " ".join(f"/F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj" for x, y, size, text in texts)
        if image is not None:
            picture = DecodedStreamObject()
            picture.update(
                named(
                    Type=NameObject("/XObject"), Subtype=NameObject("/Image"), Width=NumberObject(100),
                    Height=NumberObject(100), ColorSpace=NameObject("/DeviceGray"),
                    BitsPerComponent=NumberObject(8),
                )
            )  # fmt: skip
            picture.set_data(image)
            resources[NameObject("/XObject")] = named(I1=writer._add_object(picture))
            drawn = "q 600 0 0 780 6 6 cm /I1 Do Q"
        page[NameObject("/Resources")] = resources
        content = DecodedStreamObject()
        content.set_data(f"{drawn} BT {shown} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
        if rotate:
            page.rotate(rotate)
    return _saved_by(writer.write)


def glued_pdf_bytes() -> bytes:
    """Text as XeTeX sets it: a font without a space, gaps of 250 in a TJ array, a wide glyph at 32."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        NumberObject,
    )

    letters = {char: 0x40 + ord(char) for char in "thefinsv"}
    mapping = "".join(f"<{code:04X}> <{ord(char):04X}>\n" for char, code in letters.items())
    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    unicode_map = DecodedStreamObject()
    unicode_map.set_data(
        b"begincmap\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + f"{len(letters)} beginbfchar\n{mapping}endbfchar\nendcmap".encode()
    )
    widths = ArrayObject([NumberObject(32), ArrayObject([NumberObject(1000)])])
    for code in letters.values():
        widths.extend([NumberObject(code), ArrayObject([NumberObject(500)])])
    descendant = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/CIDFontType2"),
            NameObject("/BaseFont"): NameObject("/ABCDEF+Book"),
            NameObject("/DW"): NumberObject(500),
            NameObject("/W"): widths,
        }
    )
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type0"),
            NameObject("/BaseFont"): NameObject("/ABCDEF+Book"),
            NameObject("/Encoding"): NameObject("/Identity-H"),
            NameObject("/DescendantFonts"): ArrayObject([writer._add_object(descendant)]),
            NameObject("/ToUnicode"): writer._add_object(unicode_map),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    shown = "-250".join(
        f"<{''.join(f'{letters[c]:04X}' for c in word)}>" for word in ("the", "finest", "sieves")
    )
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 72 700 Td [{shown}] TJ ET".encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    return _saved_by(writer.write)


def rewritten(
    package: bytes, changes: dict[str, bytes | None], replacements: dict[bytes, bytes] | None = None
) -> bytes:
    """A package with members replaced (None: left out) and bytes replaced in all XML."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for member in source.infolist():
            data = changes.get(member.filename, source.read(member))
            if data is None:
                continue
            for old, new in (replacements or {}).items():
                data = data.replace(old, new)
            copy.writestr(member.filename, data)
    return target.getvalue()


def ole_bytes(*streams: str, class_id: str = "") -> bytes:
    """An OLE header and one directory sector with the streams' names."""
    names = ["Root Entry", *streams]
    entries = b"".join((name + "\0").encode("utf-16-le").ljust(80, b"\0") + bytes(48) for name in names)
    directory = bytearray(entries.ljust(1024, b"\0"))
    directory[66] = 5  # the root
    directory[80:96] = bytes.fromhex(class_id).ljust(16, b"\0")
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (0).to_bytes(4, "little")
    return bytes(header) + bytes(directory)


def _saved(thing: object) -> bytes:
    return _saved_by(thing.save)


def _saved_by(save: object) -> bytes:
    target = io.BytesIO()
    save(target)
    return target.getvalue()
