"""The intact files, of ``examples/files`` and `writers`, and where they hold neither text nor structure."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.robust import writers

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "files"
REAL: dict[str, tuple[str, ...]] = {
    "html": (
        "django/releases__1.3.5.html", "django/releases__1.4.12.html", "postgresql/auth-methods.html",
        "cppreference/c__thread__cnd_init.html", "office/docling/example_08.html",
        "office/tika/testHTMLNoisyMetaEncoding_1.html",
    ),
    "pdf": (
        "pdf/sample-files/002-trivial-libre-office-writer.pdf", "pdf/sample-files/minimal-document.pdf",
        "pdf/sample-files/pdflatex-4-pages.pdf", "pdf/docling/text_document_03.odt.pdf",
        "pdf/sample-files/multicolumn.pdf", "pdf/tika/testPDF.pdf",
    ),
    "docx": (
        "office/docling/unit_test_headers.docx", "office/docling/word_tables.docx",
        "office/tika/testWORD_various.docx", "office/tika/testWORD_numbered_list.docx",
    ),
    "pptx": (
        "office/unstructured/fake-power-point-table.pptx", "office/docling/pptx_chart.pptx",
        "office/unstructured/fake-power-point.pptx",
    ),
    "xlsx": (
        "office/docling/xlsx_06_edge_cases_.xlsx", "office/unstructured/emoji.xlsx",
        "office/tika/testEXCEL-formats.xlsx",
    ),
    "json": ("office/markitdown/test.json", "office/unstructured/single-line-object.json"),
    "csv": (
        "office/docling/csv-semicolon.csv", "office/tika/test-columnar.csv",
        "office/unstructured/stanley-cups-utf-16.csv", "office/unstructured/stanley-cups.tsv",
    ),
    "xml": (
        "office/tika/testTEI.xml", "office/tika/test-columnar.sas.xml",
        "office/unstructured/eng_spa_mult.xml",
    ),
    "md": ("office/unstructured/eng_spa_mult.md", "office/docling/word_tables.docx.md"),
    "txt": (
        "declaration/eng.utf-16.txt", "declaration/rus.cp1251.txt", "declaration/jpn.shift_jis.txt",
        "declaration/hin.utf-8.txt", "declaration/deu_1996.iso8859-1.txt",
    ),
}  # fmt: skip
FORMS = (
    *REAL, "ndjson", "xls", "odt", "ods", "odp", "epub", "rtf", "eml", "mbox", "warc", "doc", "ppt", "msg",
)  # fmt: skip
# Members of packages that hold no text: a reader that trips over one has lost the text for nothing.
NO_TEXT = re.compile(
    r"(?:/media/|/theme/|thumbnail|printerSettings|fontTable|webSettings|viewProps|presProps|tableStyles"
    r"|docProps/app)|\.(?:png|jpe?g|emf|wmf)$",
    re.IGNORECASE,
)
IMAGE = re.compile(rb"obj\s*<<(?:(?!endobj).)*?/Subtype\s*/Image(?:(?!endobj).)*?stream\r?\n", re.DOTALL)

Spans = tuple[tuple[int, int], ...]


class Original(NamedTuple):
    """An intact file.

    Attributes:
        form: One of ``FORMS``.
        spans: Ranges [start, end) of its bytes that hold neither text nor structure.
    """

    form: str
    name: str
    payload: bytes
    spans: Spans = ()


@cache
def originals() -> dict[str, list[Original]]:
    """Return the intact files of each format."""
    real = [_real(form, name) for form, names in REAL.items() for name in names]
    packed = [writers.gzip_member(one) for one in writers.archive()]
    written = [
        *(_package(form, writers.opendocument(form)) for form in writers.ODF_KINDS),
        _package("epub", writers.book()),
        Original("eml", "sieves.eml", writers.mail(), _attachment(writers.mail())),
        Original("mbox", "sieves.mbox", writers.mailbox(), _attachment(writers.mailbox())),
        Original("rtf", "sieves.rtf", writers.rich_text()),
        Original("ndjson", "sieves.jsonl", writers.json_lines()),
        _ole("xls", writers.workbook()),
        _ole("doc", writers.word()),
        _ole("ppt", writers.slides()),
        _ole("msg", writers.outlook()),
        Original("warc", "sieves.warc", b"".join(writers.archive()), _requests(writers.archive(), 260)),
        Original("warc", "sieves.warc.gz", b"".join(packed), _requests(packed, 30)),
    ]
    return {form: [one for one in (*real, *written) if one.form == form] for form in FORMS}


def _real(form: str, name: str) -> Original:
    payload = (EXAMPLES / name).read_bytes()
    if form == "pdf":
        return Original(form, name, payload, _pdf_spans(payload))
    return Original(form, name, payload, _package_spans(payload) if payload.startswith(b"PK") else ())


def _package(form: str, payload: bytes) -> Original:
    return Original(form, f"sieves.{form}", payload, _package_spans(payload))


def _ole(form: str, payload: bytes) -> Original:
    start = payload.index(writers.NOISE)
    return Original(form, f"sieves.{form}", payload, ((start, start + len(writers.NOISE)),))


def _pdf_spans(payload: bytes) -> Spans:
    """Return the binary comment below the version (ISO 32000-1, 7.5.2) and the streams of images."""
    comment = re.match(rb"%PDF-\d\.\d\s*%([\x80-\xff]{4})", payload)
    images = [
        (found.end(), payload.index(b"endstream", found.end()) - 2) for found in IMAGE.finditer(payload)
    ]
    return (*([comment.span(1)] if comment else []), *images)


def _package_spans(payload: bytes) -> Spans:
    """Return the times in the members' local headers, and the data of the members without text."""
    spans = []
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        for member in archive.infolist():
            start = member.header_offset
            spans.append((start + 10, start + 14))
            if NO_TEXT.search(member.filename) and member.compress_size:
                data = start + 30 + sum(struct.unpack_from("<HH", payload, start + 26))
                spans.append((data, data + member.compress_size))
    return tuple(spans)


def _attachment(payload: bytes) -> Spans:
    """Return a part of the first attachment."""
    start = payload.index(b"base64\n\n") + 8
    return ((start, start + 700),)


def _requests(records: list[bytes], head: int) -> Spans:
    """Return the noise in the requests, every other record, behind ``head`` bytes."""
    starts = [sum(map(len, records[:at])) for at in range(len(records))]
    pairs = list(zip(starts, records, strict=True))[::2]
    return tuple((start + head, start + len(one) - 10) for start, one in pairs)
