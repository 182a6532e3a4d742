"""Small files of the formats that ``examples/files`` lacks, the same bytes in every process.

ZIPs are stored and gzip members have no matches, so that no version of zlib changes a byte.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib

from tests.unit.extract.compound import CUTOFF, compound, message, storage
from tests.unit.extract.legacy_files import holder, persist, shape, slide, slides_streams, text, word_streams
from tests.unit.io.archives import record, response

SENTENCES = (
    "A tamis is a drum sieve with a mesh of wire or hair.",
    "Coarse stuff stays above while fine stuff falls through, grüßend.",
    "Cooks press potatoes and chestnuts through it with a scraper.",
    "Millers grade flour by the number of openings on an inch.",
    "Pharmacists write the number of the sieve beside the name of the powder.",
    "漢字 and Ελληνικά fall through every mesh alike.",
)
PICTURE = bytes(range(256)) * 8  # nothing looks into it
NOISE = PICTURE * 8  # so long that it lies in sectors of its own
ODF_NAMES = ("office", "text", "table", "presentation")
ODF_SPACES = (
    " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ODF_NAMES)
    + ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)
ODF_KINDS = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}
CHAPTER_TYPE = 'media-type="application/xhtml+xml"'


def opendocument(form: str) -> bytes:
    """Return a text, a sheet or slides, a picture before the content."""
    kind = ODF_KINDS[form]
    said = f"application/vnd.oasis.opendocument.{kind}"
    body = f"<office:body><office:{kind}>{_odf_body(form)}</office:{kind}></office:body>"
    return _stored({
        "mimetype": said,
        "Pictures/1.png": PICTURE,
        "META-INF/manifest.xml": f'<manifest><file-entry full-path="/" media-type="{said}"/></manifest>',
        "content.xml": f"<office:document-content {ODF_SPACES}>{body}</office:document-content>",
    })  # fmt: skip


def _odf_body(form: str) -> str:
    paragraphs = [f"<text:p>{sentence}</text:p>" for sentence in SENTENCES]
    if form == "odt":
        return "".join(paragraphs)
    if form == "odp":
        box = "<draw:page><draw:frame><draw:text-box>{}</draw:text-box></draw:frame></draw:page>"
        return "".join(map(box.format, paragraphs))
    cell = '<table:table-cell office:value-type="string">{}</table:table-cell>'
    rows = "".join(f"<table:table-row>{cell.format(one)}</table:table-row>" for one in paragraphs)
    return f'<table:table table:name="Meshes">{rows}</table:table>'


def book() -> bytes:
    """Return an EPUB, a chapter a sentence."""
    chapters = {
        f"c{at}": f"<html><body><h1>Chapter {at}</h1><p>{one}</p></body></html>"
        for at, one in enumerate(SENTENCES)
    }
    items = "".join(f'<item id="{name}" href="{name}.xhtml" {CHAPTER_TYPE}/>' for name in chapters)
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    root = '<rootfile full-path="book.opf"/>'
    return _stored({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f"<container><rootfiles>{root}</rootfiles></container>",
        "book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata/>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        "cover.png": PICTURE,
        **{f"{name}.xhtml": page for name, page in chapters.items()},
    })  # fmt: skip


def _stored(members: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # its date is 1980
    return target.getvalue()


def mail(sentences: tuple[str, ...] = SENTENCES) -> bytes:
    """Return a mail with a picture attached."""
    head = (
        "Subject: On sieves\nFrom: Ada Miller <ada@example.org>\nTo: Bo <bo@example.org>\n"
        "Date: Thu, 29 Feb 2024 12:30:00 +0100\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="=x="\n\n'
        "--=x=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    attached = (
        "\n--=x=\nContent-Type: image/png\nContent-Disposition: attachment; filename=mesh.png\n"
        "Content-Transfer-Encoding: base64\n\n"
    )
    return (head + "\n".join(sentences) + attached).encode() + base64.encodebytes(PICTURE) + b"--=x=--\n"


def mailbox() -> bytes:
    """Return an mbox of three mails."""
    line = b"From ada@example.org Thu Feb 29 12:30:00 2024\n"
    return b"".join(line + mail(SENTENCES[at : at + 2]) + b"\n" for at in range(0, len(SENTENCES), 2))


def archive() -> list[bytes]:
    """Return the records of a web archive: requests, whose noise is no text, and pages by turns."""
    noise = bytes(range(97, 123)) * 20
    request = b"GET / HTTP/1.1\r\nHost: example.org\r\nX-Noise: " + noise + b"\r\n\r\n"
    records = []
    for at, sentence in enumerate(SENTENCES):
        page = f"<html><body><p>{sentence}</p></body></html>".encode()
        records.append(record(2 * at, request, "request", Content_Type="application/http; msgtype=request"))
        records.append(response(2 * at + 1, page, Content_Type="text/html; charset=utf-8"))
    return records


def gzip_member(data: bytes) -> bytes:
    """Return data as a gzip member."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31, 9, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(data) + packer.flush()


def rich_text() -> bytes:
    """Return an RTF with a picture."""
    head = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}" + b"\n"
    picture = rb"{\pict\pngblip " + PICTURE.hex().encode() + b"}\n"
    return head + picture + b"".join(_escaped(one) + b"\\par\n" for one in SENTENCES) + b"}"


def _escaped(text: str) -> bytes:
    return "".join(one if one.isascii() else f"\\u{ord(one)}?" for one in text).encode()


def json_lines() -> bytes:
    """Return JSON Lines."""
    rows = [{"id": at, "text": one, "tags": ["sieve", "mesh"]} for at, one in enumerate(SENTENCES)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def workbook() -> bytes:
    """Return an Excel 97 workbook with a stream that nobody reads."""
    return compound({"Workbook": _sheet().ljust(CUTOFF, b"\0"), "Data": NOISE})


def _sheet() -> bytes:
    """Return the records of a workbook with one sheet ([MS-XLS] 2.4)."""
    font = _biff(0x31, struct.pack("<5H4B", 200, 0, 0, 400, 0, 0, 0, 0, 0) + b"\1\0A")
    head = _biff(0x809, struct.pack("<4H2I", 0x600, 5, 0, 1997, 0, 0)) + font + _biff(0xE0, bytes(20))
    end = _biff(0x0A, b"")
    name = b"\6\0Meshes"
    start = len(head) + 4 + 6 + len(name) + len(end)
    sheet = _biff(0x809, struct.pack("<4H2I", 0x600, 0x10, 0, 1997, 0, 0))
    for row, sentence in enumerate(SENTENCES):
        text = struct.pack("<HB", len(sentence), 1) + sentence.encode("utf-16-le")
        sheet += _biff(0x203, struct.pack("<3Hd", row, 0, 0, row + 0.5))
        sheet += _biff(0x204, struct.pack("<3H", row, 1, 0) + text)
    return head + _biff(0x85, struct.pack("<I2B", start, 0, 0) + name) + end + sheet + end


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def word() -> bytes:
    """Return a Word 97 file with a stream that nobody reads, `PICTURE`."""
    return compound({**word_streams([f"{one}\r" for one in SENTENCES]), "Data": NOISE})


def slides() -> bytes:
    """Return a PowerPoint 97 file of a slide a sentence, with the pictures' stream."""
    objects = {2 + at: slide(shape(text(1, one))) for at, one in enumerate(SENTENCES)}
    listed = holder(4080, b"".join(persist(number, 254 + number) for number in objects))
    return compound({**slides_streams({1: holder(1000, listed), **objects}), "Pictures": NOISE})


def outlook() -> bytes:
    """Return an Outlook message with a picture attached."""
    picture = storage({0x3701: NOISE, 0x3707: "mesh.png", 0x370E: "image/png"}, {0x3705: 1})
    return compound(message({0x0037: "On sieves", 0x1000: "\r\n".join(SENTENCES)}, attached=(picture,)))
