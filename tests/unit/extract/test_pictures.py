"""Pictures by reference: what each format gives, where they stand, and that no text knows of them."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.extract import packages

from tamis.document import Extraction, Picture
from tamis.errors import DocumentError
from tamis.extract.clean import clean_text, cleaned
from tamis.extract.expand import extraction_of
from tamis.extract.files import extract_files
from tamis.extract.html_blocks import Outline
from tamis.extract.html_markdown import marked_places
from tamis.extract.html_pictures import written_page
from tamis.extract.html_tree import parse_html
from tamis.extract.markdown import block_ends, blocks, joined_lists
from tamis.extract.payload import ExtractOptions, extract_payload
from tamis.extract.pictures import absolute, kind_of, pixels_of, placed
from tamis.io.readers import Record

if TYPE_CHECKING:
    from pathlib import Path


def png_bytes(width: int = 8, height: int = 8, shade: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def before(made: Extraction, picture: Picture) -> str:
    """The line that a picture stands behind; checks that it stands at a line's end."""
    assert picture.position == 0 or made.text[picture.position : picture.position + 1] in ("", "\n")
    return made.text[: picture.position].rpartition("\n")[2]


# --- places ---------------------------------------------------------------------------------------

LINES = st.lists(
    st.text(
        st.sampled_from(
            "ab \t\r\x00\x0b\u200b\u200d\xad\ufb01\xc3\xa9\u0301\u2028\U000e0041\ue000\ud800\x04\x05\x85"
        ),
        max_size=12,
    ),
    max_size=6,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(LINES, st.data())
def test_place_behind_a_line_is_behind_the_cleaned_line(lines, data):
    at = data.draw(st.integers(0, len(lines)))
    raw = "\n".join(lines)
    position = len("\n".join(lines[:at]))
    clean = cleaned(raw)[0]
    ((picture,), _) = placed(raw, clean, [Picture(position)])
    head = clean_text("\n".join(lines[:at]).removesuffix("\r"))
    lead = len(clean) - len(clean.lstrip())
    assert picture.position == min(max(len(head) - lead, 0), len(clean.strip()))


def test_place_inside_a_line_moves_to_its_end():
    raw = "\ufb01rst\x00 line\r\nsecond"
    clean = cleaned(raw)[0]
    found, _ = placed(raw, clean, [Picture(0), Picture(3), Picture(14), Picture(len(raw))])
    assert [clean[: one.position] for one in found] == [
        "",
        "first line",
        "first line\nsecond",
        "first line\nsecond",
    ]


@pytest.mark.parametrize(("count", "left"), [(1000, 0), (1001, 1)])
def test_only_a_thousand_pictures_are_kept_and_the_rest_counted(count, left):
    page = "<p>A sentence about flour.</p>" + "".join(f"<img src={at}.png>" for at in range(count))
    made = extract_payload(f"<html><body>{page}".encode(), options=ExtractOptions(html_content="all"))
    assert len(made.pictures) == 1000
    assert made.metadata.get("pictures_left_out") == (str(left) if left else None)


def test_words_of_a_picture_are_clean_and_bounded():
    alt = "\ufb01ne\x00 \u202e " + "x" * 5000
    ((picture,), _) = placed("", "", [Picture(0, alt=alt, caption=" ", url="a b\n.png")])
    assert (picture.alt, picture.caption, picture.url) == ("fine " + "x" * 1995, None, "ab.png")


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("http://a.org/b/c", "d.png", "http://a.org/b/d.png"),
        ("http://a.org/b/c", "//x.org/d", "http://x.org/d"),
        ("http://a.org/b/c", "http://[x/d", "http://[x/d"),
        (None, "d.png", "d.png"),
    ],
)
def test_address_is_resolved_against_the_page(base, url, expected):
    assert absolute([Picture(0, url=url)], base)[0].url == expected


def test_address_of_the_record_stands_above_the_canonical_one():
    page = b'<link rel=canonical href="http://c.org/x/"><p>Some text.</p><p><img src="i.png"></p>'
    options = ExtractOptions(html_content="all")

    def extract(payload: bytes, name: str, _declared: object) -> Extraction:
        return extract_payload(payload, name=name, options=options)

    record = Record(
        key="k", offset=0, length=len(page), payload=page, record_sha256="", url="http://r.org/y/z"
    )
    assert extraction_of(record, extract).pictures[0].url == "http://r.org/y/i.png"
    assert extraction_of(replace(record, url=None), extract).pictures[0].url == "http://c.org/x/i.png"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (png_bytes(), "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"), (b"\1\0\0\0" + bytes(36) + b" EMF", "image/emf"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x">', "image/svg+xml"), (b"<svgs>", None), (b"", None),
    ],
)  # fmt: skip
def test_kind_is_told_by_the_bytes(head, kind):
    assert kind_of(head) == kind


def test_pixels_are_read_from_png_and_gif():
    assert pixels_of(png_bytes(3, 700)) == (3, 700)
    assert pixels_of(b"GIF89a\x02\x00\x01\x01") == (2, 257)
    assert pixels_of(b"\xff\xd8\xff") == pixels_of(b"") == (0, 0)


PARTS = st.lists(
    st.sampled_from(["", "\n", " \n", "- a", "  - b", "1. c", "d", "e\n- f", "\n- g\n", "h\n\ni"])
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(PARTS, st.sampled_from([blocks, joined_lists]))
def test_block_ends_are_those_of_the_text_up_to_each_block(parts, join):
    assert block_ends(parts, join=join) == [len(join(parts[: at + 1])) for at in range(len(parts))]


# --- HTML -----------------------------------------------------------------------------------------

SENTENCE = "A tamis is a drum sieve that cooks have used for purees since the middle ages"
PAGE = f"""<html><head><title>On sieves</title><base href="http://e.org/a/"></head><body>
<nav><a href="/"><img src="logo.png"></a> <a href="/h">Home</a> <a href="/b">About us</a></nav>
<article><h1>On sieves and other kitchen tools</h1>
<figure><img src="hero.jpg" alt="A &#xFB01;ne sieve"></figure>
<p>{SENTENCE}, first.</p>
<figure><img src="f.png" alt="Tamis"><figcaption>A <b>drum</b> sieve</figcaption></figure>
<p>{SENTENCE}, <img src="in.png"> second.</p>
<ul><li>{SENTENCE}, item one<img src="item.png"></li><li>{SENTENCE}, item two</li></ul>
<blockquote><p>{SENTENCE}, quoted.</p>
<p><img data-src="late.png" src="data:image/gif;base64,R0lGODlhAQABAA==">
<noscript><img src="late.png"></noscript></p></blockquote>
<table><tr><th>mesh</th><th>size</th></tr><tr><td>fine<img src="cell.png"></td><td>0.1</td></tr></table>
<pre>sieve --fine</pre><img src="code.png">
<p>{SENTENCE}, last. <img src="px.gif" width="1" height="1"><img src="/img/spacer.gif">
<img alt="no address"></p>
<p hidden><img src="hidden.png"></p></article>
<footer><p>Copyright and imprint</p><img src="foot.png"></footer></body></html>"""


def named(made: Extraction) -> dict[str, str]:
    """The line before each picture, by the end of its address."""
    return {(one.url or "").rpartition("/")[2]: before(made, one) for one in made.pictures}


def test_html_pictures_of_the_main_content_stand_behind_their_lines():
    made = extract_payload(PAGE.encode())
    assert SENTENCE in made.text
    lines = named(made)
    assert len(made.pictures) == len(lines)  # one that is there again for readers without scripts, once
    assert list(lines) == ["hero.jpg", "f.png", "in.png", "item.png", "late.png", "cell.png", "code.png"]
    assert lines["hero.jpg"] in ("", "# On sieves and other kitchen tools")
    assert lines["f.png"] in (f"{SENTENCE}, first.", "A **drum** sieve")
    assert lines["in.png"] == f"{SENTENCE}, second."
    assert lines["item.png"] == f"- {SENTENCE}, item one"
    assert lines["late.png"] == f"> {SENTENCE}, quoted."
    assert lines["cell.png"] == "| fine | 0.1 |"
    assert lines["code.png"] == "```"
    figure = made.pictures[1]
    assert (figure.alt, figure.caption, figure.url) == ("Tamis", "A **drum** sieve", "http://e.org/a/f.png")
    assert made.pictures[0].alt == "A fine sieve"


def test_html_figure_below_the_headline_stays_among_blocks_that_go():
    page = (
        "<figure><img src=above.png></figure><p>menu</p><h1>Headline</h1><p>by someone</p>"
        "<div><figure><img src=lead.png></figure><img src=tool.png><p>share this</p></div><p>Text.</p>"
    )
    outline = Outline(parse_html(f"<html><body>{page}"))
    kept = [block for block in outline.blocks if block.text == "Text."]
    text, pictures = written_page(outline, kept, is_whole=False, links=False)
    assert (text, [(one.url, one.position) for one in pictures]) == ("Text.", [("lead.png", 0)])


def test_html_whole_page_gives_all_pictures_but_those_that_show_nothing():
    made = extract_payload(PAGE.encode(), options=ExtractOptions(html_content="all"))
    names = set(named(made))
    assert {"logo.png", "foot.png", "hero.jpg"} <= names
    assert not names & {"px.gif", "spacer.gif"}


@pytest.mark.parametrize("content", ["main", "all"])
def test_html_text_is_the_same_without_its_pictures(content):
    options = ExtractOptions(html_content=content)
    bare = re.sub(r"<img[^>]*>", "<img>", PAGE)
    assert (
        extract_payload(PAGE.encode(), options=options).text
        == extract_payload(bare.encode(), options=options).text
    )


def test_html_bold_heading_with_a_picture_behind_it_stays_a_heading():
    page = "<h2><b>Sieves</b> <img src=a.png></h2><p>Text that follows.</p>"
    made = extract_payload(f"<html><body>{page}".encode(), options=ExtractOptions(html_content="all"))
    assert made.text == "## Sieves\n\nText that follows."
    assert before(made, made.pictures[0]) == "## Sieves"


def test_html_data_uri_is_hashed_and_points_are_left_out():
    stored = png_bytes(8, 8)
    point = png_bytes(1, 9)
    page = "<p>Text.</p>" + "".join(
        f'<p><img src="data:image/x;base64,{base64.b64encode(data).decode()}"></p>'
        for data in (stored, point)
    )
    page += '<p><img src="data:image/svg+xml,%3Csvg%20/%3E"></p>'
    page += '<img src="data:image/png;base64,@"><img src="data:x">'
    made = extract_payload(f"<html><body>{page}".encode(), options=ExtractOptions(html_content="all"))
    assert [(one.sha256, one.media_type, one.url) for one in made.pictures] == [
        (sha(stored), "image/png", None), (sha(b"<svg />"), "image/svg+xml", None),
        (sha(b""), "image/png", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("side", "kept"), [("2", False), ("3", True), ("2px", False), ("100%", True), ("0", False)]
)
def test_html_point_is_told_by_its_stated_sides(side, kept):
    page = f'<html><body><p>Text.</p><img src="a.png" width="{side}" height="40">'
    made = extract_payload(page.encode(), options=ExtractOptions(html_content="all"))
    assert bool(made.pictures) is kept


def test_marks_come_back_with_their_places():
    assert marked_places("a\x047\x05 b\x043\x05") == ("a b", {7: 1, 3: 3})


# --- Word -----------------------------------------------------------------------------------------


def docx_with_pictures() -> tuple[bytes, list[bytes]]:
    from docx import Document

    images = [png_bytes(9, 9, shade) for shade in range(4)]
    document = Document()
    document.add_paragraph("Before it.")
    document.add_paragraph().add_run().add_picture(io.BytesIO(images[0]))
    document.add_paragraph("Figure 1. A sieve", style="Caption")
    document.add_paragraph("item", style="List Bullet")
    document.add_paragraph("other", style="List Bullet").add_run().add_picture(io.BytesIO(images[1]))
    document.add_paragraph("Table of all", style="Caption")
    cell = document.add_table(rows=1, cols=2).cell(0, 0)
    cell.text = "in a cell"
    cell.paragraphs[0].add_run().add_picture(io.BytesIO(images[2]))
    document.add_paragraph("Figure 2. Above", style="Caption")
    document.add_paragraph("Both in one.").add_run().add_picture(io.BytesIO(images[3]))
    document.add_paragraph("No caption of a picture", style="Caption")
    document.add_paragraph().add_run().add_picture(io.BytesIO(images[0]))
    words = (("Alternative", "x"), ("", "Own"), ("", r"C:\a.png"))
    for shape, (alt, own) in zip(document.inline_shapes, words, strict=False):
        shape._inline.docPr.set("descr", alt)
        shape._inline.graphic.graphicData.pic.nvPicPr.cNvPr.set("descr", own)
    return packages._saved(document), images


def test_docx_pictures_have_hash_place_alternative_text_and_caption():
    data, images = docx_with_pictures()
    made = extract_payload(data)
    assert [one.sha256 for one in made.pictures] == [sha(images[at]) for at in (0, 1, 2, 3, 0)]
    assert {one.media_type for one in made.pictures} == {"image/png"}
    assert [before(made, one) for one in made.pictures] == [
        "Before it.", "- other", "| --- | --- |", "Both in one.", "No caption of a picture",
    ]  # fmt: skip
    captions = [one.caption for one in made.pictures]
    assert captions == [
        "Figure 1. A sieve",
        "Table of all",
        None,
        "Figure 2. Above",
        "No caption of a picture",
    ]
    assert [one.alt for one in made.pictures] == ["Alternative", "Own", None, None, None]


def test_docx_linked_and_broken_pictures_are_named_without_a_hash():
    data, _ = docx_with_pictures()
    rels = zipfile.ZipFile(io.BytesIO(data)).read("word/_rels/document.xml.rels").decode()
    found = re.findall(
        r'Id="(rId\d+)"[^>]*Target="media/image1.png"|Target="media/image1.png"[^>]*Id="(rId\d+)"', rels
    )
    (name,) = ["".join(pair) for pair in found]
    linked = re.sub(
        rf'<Relationship [^>]*Id="{name}"[^>]*/>',
        f'<Relationship Id="{name}" Type="x/image" Target="http://a.org/i.png" TargetMode="External"/>', rels,
    )  # fmt: skip
    broken = packages.rewritten(
        data, {"word/_rels/document.xml.rels": linked.encode(), "word/media/image2.png": None}
    )
    made = extract_payload(broken)
    assert made.text == extract_payload(data).text
    assert [(one.sha256 is None, one.url) for one in made.pictures[:3]] == [
        (True, "http://a.org/i.png"), (True, None), (False, None),
    ]  # fmt: skip


# --- PowerPoint -----------------------------------------------------------------------------------


def test_pptx_pictures_stand_behind_the_shapes_before_them():
    from pptx import Presentation
    from pptx.util import Inches

    images = [png_bytes(9, 9, shade) for shade in range(3)]
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Kinds of sieve"
    slide.placeholders[1].text = "drum"
    picture = slide.shapes.add_picture(io.BytesIO(images[0]), 0, 0)
    picture._element.nvPicPr.cNvPr.set("descr", "A drum sieve")
    slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "behind it"
    slide.shapes.add_group_shape().shapes.add_picture(io.BytesIO(images[1]), 0, 0)
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    other = presentation.slides.add_slide(presentation.slide_layouts[6])
    other.shapes.add_picture(io.BytesIO(images[2]), 0, 0)
    made = extract_payload(packages._saved(presentation))
    assert [(one.sha256, before(made, one)) for one in made.pictures] == [
        (sha(images[0]), "drum"), (sha(images[1]), "behind it"), (sha(images[2]), "Say it slowly."),
    ]  # fmt: skip
    assert made.pictures[0].alt == "A drum sieve"


# --- PDF ------------------------------------------------------------------------------------------


def pdf_with_pictures(
    pages: list[tuple[list[tuple[float, float, str]], list[tuple[int, float, float]]]],
) -> bytes:
    """Pages of (x, y, text) and of (number of an image, x, y); image 0 is a JPEG, 1 a point, 2 in a form."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
    )

    def dictionary(**entries: object) -> DictionaryObject:
        return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})

    def stream(data: bytes, **entries: object) -> DecodedStreamObject:
        made = DecodedStreamObject()
        made.update(dictionary(**entries))
        made.set_data(data)
        return made

    def image(data: bytes, side: int, **more: object) -> DecodedStreamObject:
        return stream(
            data, **more, Type=NameObject("/XObject"), Subtype=NameObject("/Image"), Width=NumberObject(side),
            Height=NumberObject(side), ColorSpace=NameObject("/DeviceGray"), BitsPerComponent=NumberObject(8),
        )  # fmt: skip

    writer = PdfWriter()
    face = dictionary(
        Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica")
    )
    images = [
        writer._add_object(image(JPEG, 40, Filter=NameObject("/DCTDecode"))),
        writer._add_object(image(b"\0" * 4, 2)),
        writer._add_object(image(PIXELS, 10)),
    ]
    form = stream(
        b"q 50 0 0 50 0 0 cm /I2 Do Q", Type=NameObject("/XObject"), Subtype=NameObject("/Form"),
        BBox=ArrayObject([FloatObject(0), FloatObject(0), FloatObject(50), FloatObject(50)]),
        Resources=dictionary(XObject=dictionary(I2=images[2])),
    )  # fmt: skip
    shapes = dictionary(I0=images[0], I1=images[1], I2=writer._add_object(form))
    for texts, drawn in pages:
        page = writer.add_blank_page(612, 792)
        page[NameObject("/Resources")] = dictionary(
            Font=dictionary(F1=writer._add_object(face)), XObject=shapes
        )
        shown = " ".join(f"BT /F1 12 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET" for x, y, text in texts)
        for number, x, y in drawn:
            side = 1 if number == 2 else 50
            shown += f" q {side} 0 0 {side} {x} {y} cm /I{number} Do Q"
        content = DecodedStreamObject()
        content.set_data(shown.encode())
        page[NameObject("/Contents")] = writer._add_object(content)
    return packages._saved_by(writer.write)


JPEG, PIXELS = b"\xff\xd8\xff\xe0 no real one" * 9, bytes(range(100))
BODY = [
    (72, 700, "The first paragraph ends."),
    (72, 500, "The second paragraph ends."),
    (72, 300, "The third ends."),
]


def test_pdf_pictures_stand_behind_the_block_above_them():
    data = pdf_with_pictures([(BODY, [(0, 72, 600), (1, 72, 600), (2, 72, 350), (0, 72, 100), (0, 72, 730)])])
    made = extract_payload(data)
    assert made.text == "The first paragraph ends.\n\nThe second paragraph ends.\n\nThe third ends."
    found = [(one.sha256, one.media_type, before(made, one)) for one in made.pictures]
    assert found == [
        (sha(JPEG), "image/jpeg", ""), (sha(JPEG), "image/jpeg", "The first paragraph ends."),
        (sha(PIXELS), None, "The second paragraph ends."), (sha(JPEG), "image/jpeg", "The third ends."),
    ]  # fmt: skip


def test_pdf_picture_beside_columns_stands_in_its_own():
    columns = [(72, 700, "Left one ends here."), (330, 700, "Right one ends here."),
               (72, 500, "Left two ends here."), (330, 500, "Right two ends here.")]  # fmt: skip
    made = extract_payload(pdf_with_pictures([(columns, [(0, 340, 600)])]))
    (picture,) = made.pictures
    assert made.text[: picture.position].rpartition("\n")[2].endswith("Right one ends here.")


@pytest.mark.parametrize(("on", "kept"), [(3, 3), (4, 0)])
def test_pdf_picture_on_most_pages_is_a_running_one(on, kept):
    words = ("one", "two", "three", "four", "five", "six", "seven")
    pages = [
        ([(72, 700, f"Page {word} says this.")], [(0, 72, 740)] if at < on else [])
        for at, word in enumerate(words)
    ]
    made = extract_payload(pdf_with_pictures(pages))
    assert len(made.pictures) == kept
    assert made.metadata.get("pictures_running") == (None if kept else str(on))


def test_pdf_text_with_the_mark_itself_keeps_it_and_the_place():
    from tamis.extract.pdf_markdown import pages_markdown
    from tamis.extract.pdf_page import Line, Page
    from tamis.extract.pdf_pictures import Drawn

    lines = [
        Line(text, 72, 72 + 6 * len(text), base, 12)
        for text, base in (("\U000f0000 ends.", 700), ("more", 500))
    ]
    bare, none = pages_markdown([Page(lines, 0, 792)])
    text, pictures = pages_markdown([Page(lines, 0, 792, pictures=[Drawn(Picture(0), (72, 550, 90, 600))])])
    assert (text, none) == (bare, ())
    assert text[: pictures[0].position] == "\U000f0000 ends."


class _Ocr:
    name = "stand-in"

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def read(self, _image: object) -> list[object]:
        from tamis.extract.ocr import OcrLine

        return [OcrLine(text, 0.1, 0.1, 0.9, 0.15) for text in self._texts]


@pytest.mark.parametrize(("texts", "count"), [((), 1), (("read by OCR",), 0)])
def test_pdf_scan_that_ocr_read_is_text_and_no_picture(monkeypatch, texts, count):
    from tamis.extract import ocr

    monkeypatch.setattr(ocr, "ocr_engine", lambda _name: _Ocr(*texts))
    data = packages.placed_pdf_bytes([[]], image=bytes(10_000))
    assert len(extract_payload(data).pictures) == 1
    made = extract_payload(data, options=ExtractOptions(pdf_ocr="rapidocr"))
    assert (made.text, len(made.pictures)) == (" ".join(texts), count)


def test_pdf_pictures_beyond_the_bound_are_counted_unread(monkeypatch):
    from tamis.extract import pdf_pictures

    monkeypatch.setattr(pdf_pictures, "MAX_READ", 2)
    made = extract_payload(pdf_with_pictures([(BODY, [(0, 72, 600), (0, 72, 400), (0, 72, 200)])]))
    assert (len(made.pictures), made.metadata["pictures_unread"]) == (2, "1")


# --- printed, and all formats ---------------------------------------------------------------------


def test_extracted_file_is_printed_with_its_pictures(tmp_path: Path):
    data, images = docx_with_pictures()
    (tmp_path / "a.docx").write_bytes(data)
    (tmp_path / "b.bin").write_bytes(b"\0\1")
    found, failed = extract_files([str(tmp_path / "a.docx"), str(tmp_path / "b.bin")])
    assert found["pictures"][0] == {
        "position": 10, "sha256": sha(images[0]), "media_type": "image/png", "alt": "Alternative",
        "caption": "Figure 1. A sieve", "url": None,
    }  # fmt: skip
    assert failed["pictures"] == []


SHOWN = re.compile(rb'<(?:a:blip|v:imagedata)\b[^>]*?\br:(?:embed|link|id|href)="')
SECOND = re.compile(rb"<mc:Fallback.*?</mc:Fallback>|<a:buBlip.*?</a:buBlip>", re.DOTALL)
BODIES = {".docx": r"word/(?:document|footnotes|endnotes)\d*\.xml", ".pptx": r"ppt/slides/slide\d+\.xml"}
DELETED = {"testWORD_embedded_pics.docx": 1}  # by a tracked change


def shown(data: bytes, name: str) -> int:
    """Count what shows a picture in the bodies of a package by a pattern: an oracle that knows no XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = [one for one in package.namelist() if re.fullmatch(name, one)]
        return sum(len(SHOWN.findall(SECOND.sub(b"", package.read(part)))) for part in parts)


@pytest.mark.corpus
def test_office_documents_give_a_reference_for_each_picture(corpus: Path):
    counts = []
    for path in sorted((corpus / "office").rglob("*")):
        if path.suffix in BODIES:
            data = path.read_bytes()
            with suppress(DocumentError):
                found = len(extract_payload(data).pictures)
                expected = shown(data, BODIES[path.suffix]) - DELETED.get(path.name, 0)
                counts.append(found)
                assert found == expected, path.name
    assert sum(count > 0 for count in counts) >= 30
