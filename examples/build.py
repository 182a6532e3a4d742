"""Make the sample files of this folder again, byte for byte, from a checkout of the test corpus.

Usage: ``TAMIS_CORPUS=../shared/corpus python examples/build.py`` (needs fpdf2 2.8.9 beside tamis' own
dependencies). Deterministic: records are chosen by the SHA-256 of their id, archives carry no clock time.
What is taken, under which licence and why is told in README.md beside this file.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
CORPUS = Path(os.environ.get("TAMIS_CORPUS", "../shared/corpus"))
FILES, DUMP = HERE / "files", HERE / "dump"
PYTHON = CORPUS / "html_docs/python3.11-doc"
EPOCH = (2024, 1, 1, 0, 0, 0)
BOMB_START = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'

TREES = {  # target folder: (source folder, pattern, largest file in bytes)
    "python": ("html_docs/python3.11-doc", "**/*.html", 70_000),
    "postgresql": ("html_docs/postgresql-doc-15/postgresql-doc-15/html", "*.html", 40_000),
    "django": ("html_docs/python-django-doc/python-django-doc/html", "**/*.html", 40_000),
    "cppreference": ("html_docs/cppreference-doc-en-html/cppreference/doc/html/en", "**/*.html", 45_000),
}
OFFICE = [
    "office/markitdown/test.json", "office/unstructured/language-docs/eng_spa_mult.*",
    "office/unstructured/fake-*.pptx", "office/unstructured/fake*.docx",
    "office/unstructured/fake-text-utf-16.txt",
    "office/unstructured/duplicate-paragraphs.docx", "office/unstructured/page-breaks.docx",
    "office/unstructured/emoji.xlsx", "office/unstructured/stanley-cups*", "office/unstructured/single*",
    "office/docling/docx/word_tables.docx", "office/docling/docx/unit_test_headers.docx",
    "office/docling/gold/word_tables.docx.md", "office/docling/gold/unit_test_headers.docx.md",
    "office/docling/xlsx/xlsx_0[5-7]*", "office/docling/csv/csv-*", "office/docling/pptx/pptx_chart.pptx",
    "office/docling/pptx/powerpoint_comments.pptx", "office/docling/html/example_0*.html",
    "office/tika/docx/testWORD_numbered_list.docx", "office/tika/docx/testWORD_various.docx",
    "office/tika/docx/testComment.docx", "office/tika/xlsx/testEXCEL-formats.xlsx",
    "office/tika/xlsx/testEXCEL_headers_footers.xlsx", "office/tika/xml/testTEI.xml",
    "office/tika/xml/test-columnar.sas.xml", "office/tika/csv/*", "office/tika/txt/testTXT_win-1252.txt",
    "office/tika/pptx/testPPT_masterFooter.pptx", "office/tika/html/testHTMLNoisyMetaEncoding_[12].html",
    "office/python-docx/*par-known-paragraphs.docx", "office/python-docx/*blk-containing-table.docx",
    "office/python-pptx/*prs-notes.pptx", "office/python-pptx/*test_slides.pptx",
]  # fmt: skip
PDFS = [
    "pdf/sample-files/00[1246]*/*.pdf", "pdf/sample-files/014*/*.pdf", "pdf/sample-files/015*/*.pdf",
    "pdf/sample-files/026*/*.pdf", "pdf/tika/test-documents/testPDF.pdf",
    "pdf/tika/test-documents/testPDF_Version.[4-6].x.pdf",
    "pdf/docling/odf_presentation_01.odp.pdf", "pdf/docling/text_document_03.odt.pdf",
]  # fmt: skip
DECLARATION = {  # UDHR code: the encoding its file is stored in
    "eng": "utf-16", "deu_1996": "iso8859-1", "fra": "cp1252", "spa": "utf-8-sig", "rus": "cp1251",
    "pol": "iso8859-2", "jpn": "shift_jis", "kor": "euc-kr", "ell_monotonic": "iso8859-7", "tur": "cp1254",
    "ita": "iso8859-15", "por_PT": "utf-8", "nld": "utf-8", "arb": "utf-8", "hin": "utf-8",
    "cmn_hans": "gb18030",
}  # fmt: skip


def chosen(items: list[Any], count: int, key: Callable[[Any], str] = str) -> list[Any]:
    """Return ``count`` items, those whose name has the smallest SHA-256, sorted by name."""
    by_hash = sorted(items, key=lambda item: hashlib.sha256(key(item).encode()).digest())
    return sorted(by_hash[:count], key=key)


def put(path: Path, data: bytes | str) -> None:
    """Write one file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def lines(records: list[dict]) -> bytes:
    """Return records as JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def records_of(name: str) -> list[dict]:
    """Return the records of a (compressed) JSON Lines file of the corpus."""
    data = (CORPUS / name).read_bytes()
    if name.endswith(".zst"):
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    return [json.loads(line) for line in data.decode().split("\n") if line]


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a zip archive whose members carry a fixed time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def plain_text(rst: str) -> str:
    """Return reStructuredText without directives and roles, as a reader of the printed page sees it."""
    text = re.sub(r"^\.\. .*$\n?", "", rst, flags=re.MULTILINE)
    text = re.sub(r":[\w:]+:`[!~]?([^`<]+?)(?: ?<[^`]*>)?`", r"\1", text)
    return re.sub(r"``?([^`]+)``?_?", r"\1", text)


def pdf_of(text: str) -> bytes:
    """Return a typeset PDF of a text, with a running head and page numbers."""
    from fpdf import FPDF

    class Page(FPDF):
        def header(self) -> None:
            self.set_font("Helvetica", size=8)
            self.cell(0, 6, f"Python 3.11 documentation    {self.page_no()}", new_x="LMARGIN", new_y="NEXT")

    page = Page()
    page.set_creation_date(datetime(*EPOCH, tzinfo=UTC))
    page.add_page()
    for paragraph in text.encode("latin-1", "replace").decode("latin-1").split("\n\n"):
        page.set_font("Times", size=11)
        page.multi_cell(0, 5, paragraph, new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    return bytes(page.output())


def docx_of(text: str) -> bytes:
    """Return a DOCX of a text, one paragraph a block."""
    from docx import Document

    document, buffer = Document(), io.BytesIO()
    for paragraph in text.split("\n\n"):
        document.add_paragraph(" ".join(paragraph.split()))
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})


def write_pages() -> None:
    """Documentation pages as their projects publish them; some Python pages in four formats."""
    for target, (source, pattern, largest) in TREES.items():
        root = CORPUS / source
        pages = [path for path in root.glob(pattern) if 1_000 < path.stat().st_size < largest]
        for path in chosen(pages, 24, key=lambda path: path.relative_to(root).as_posix()):
            put(FILES / target / "__".join(path.relative_to(root).parts), path.read_bytes())
    sources = [path for path in (PYTHON / "gold_src").rglob("*.rst") if 3_000 < path.stat().st_size < 60_000]
    for number, path in enumerate(chosen(sources, 16, key=lambda path: path.name)):
        text = plain_text(path.read_text())
        put(FILES / "python-source" / path.name, path.read_bytes())
        put(FILES / "python-source" / f"{path.stem}.pdf", pdf_of(text))
        if number % 2:
            put(FILES / "python-source" / f"{path.stem}.docx", docx_of(text))
            put(FILES / "python-source" / f"{path.stem}.txt", text)


def write_documents() -> None:
    """Office files and PDFs that open-source parsers test themselves with."""
    for target, patterns in (("office", OFFICE), ("pdf", PDFS)):
        for pattern in patterns:
            for path in sorted(CORPUS.glob(pattern)):
                if path.suffix not in {".odt", ".doc"}:
                    put(FILES / target / path.relative_to(CORPUS).parts[1] / path.name, path.read_bytes())


def declarations() -> dict[str, dict]:
    """Return the Universal Declaration of Human Rights by language, paragraphs in order."""
    texts: dict[str, dict] = {}
    for record in records_of("langid/udhr.jsonl"):
        entry = texts.setdefault(record["udhr_code"], {"id": f"udhr:{record['udhr_code']}", "text": ""})
        entry["text"] += record["text"] + "\n\n"
        entry["lang"] = record["bcp47"]
    return texts


def write_texts(bulk: dict[str, list[dict]], declaration: dict[str, dict]) -> None:
    """Markdown manuals, cheat sheets in several languages, one text in many encodings."""
    for code, encoding in DECLARATION.items():
        text = declaration[code]["text"]
        put(FILES / "declaration" / f"{code}.{encoding}.txt", text.encode(encoding, "xmlcharrefreplace"))
    wanted = [record for record in bulk["tldr-pages/tldr"] if 500 < len(record["text"]) < 3_000]
    for record in chosen(wanted, 24, key=lambda record: record["id"]):
        put(FILES / "tldr" / record["id"].split("/", 2)[2].replace("/", "__"), record["text"])
    families = defaultdict(list)
    for record in records_of("neardup/powershell_versions.jsonl"):
        families[record["family"]].append(record)
    small = [name for name, pages in families.items() if len(pages[0]["text"]) < 12_000]
    for name in chosen(small, 8):
        for record in families[name][::2]:
            put(FILES / "powershell" / record["id"].replace("/", "__"), record["text"])


def bulk_records() -> dict[str, list[dict]]:
    """Return the records of the bulk file by repository, those of freely licensed repositories only."""
    wanted = ("tldr-pages/tldr", "MicrosoftDocs/cpp-docs", "MicrosoftDocs/win32", "rust-lang/rfcs")
    found: dict[str, list[dict]] = {name: [] for name in wanted}
    for record in records_of("bulk/docs.jsonl.zst"):
        repository = "/".join(record["id"].removeprefix("github:").split("/")[:2])
        if repository in found and len(record["text"]) < 60_000:
            found[repository].append(record)
    return found


def licence_texts() -> list[dict]:
    """Return the copyright files that name permissive licences only."""
    allowed = re.compile(r"Expat|MIT License|BSD|Apache License|ISC")
    refused = re.compile(r"GPL|General Public|Creative Commons|CC-BY|Terms of Service")
    return [
        record for record in records_of("neardup/debian_licences.jsonl")
        if allowed.search(record["text"]) and not refused.search(record["text"])
        and "google-cloud" not in record["id"]
    ]  # fmt: skip


def write_dumps(bulk: dict[str, list[dict]], declaration: dict[str, dict]) -> None:
    """Record dumps: JSON Lines plain, gzip, zstd, and Parquet."""
    by_id = {"key": lambda record: record["id"]}
    cpp = chosen(bulk["MicrosoftDocs/cpp-docs"], 420, **by_id)
    families = [r for r in records_of("neardup/powershell_versions.jsonl") if len(r["text"]) < 25_000]
    names = chosen(sorted({record["family"] for record in families}), 80)
    shell = [{"id": r["id"], "text": r["text"]} for r in families if r["family"] in names]
    mirror = [{**r, "id": f"mirror:{r['id']}", "text": f"{r['text'].rstrip()}\n"} for r in cpp[::4]]
    # A mirror adds its own line to every second page: near-duplicates beside the exact ones.
    for record in mirror[::2]:
        record["text"] += f"\nMirrored from {record['id'].removeprefix('mirror:')}\n"
    win32 = chosen(bulk["MicrosoftDocs/win32"], 420, **by_id)
    put(DUMP / "rust-rfcs.jsonl", lines(chosen(bulk["rust-lang/rfcs"], 60, **by_id)))
    put(DUMP / "licences.jsonl", lines(licence_texts()))
    put(DUMP / "cpp.jsonl.gz", gzip.compress(lines(cpp), mtime=0))
    put(DUMP / "cpp-mirror.jsonl.gz", gzip.compress(lines(mirror), mtime=0))
    put(DUMP / "win32.jsonl.gz", gzip.compress(lines(win32), mtime=0))
    put(DUMP / "powershell.jsonl.zst", zstandard.ZstdCompressor(level=19).compress(lines(shell)))
    languages = chosen(list(declaration.values()), 120, **by_id)
    put(DUMP / "declaration.jsonl.zst", zstandard.ZstdCompressor(level=19).compress(lines(languages)))
    table = pa.Table.from_pylist(chosen(bulk["tldr-pages/tldr"], 700, **by_id))
    pq.write_table(table, DUMP / "tldr.parquet", compression="zstd", row_group_size=250)
    write_broken_dumps(cpp[:40])


def write_broken_dumps(good: list[dict]) -> None:
    """Dumps as they come in real life: cut off, and with lines that are no records."""
    whole = gzip.compress(lines([{**r, "id": f"cut:{r['id']}"} for r in good]), mtime=0)
    put(DUMP / "broken-truncated.jsonl.gz", whole[: len(whole) // 2])
    first, second = ({**record, "id": f"broken:{record['id']}"} for record in good[:2])
    rows = [
        json.dumps(first), "[1, 2, 3]", '"a string"',
        json.dumps({"id": "broken:no-text", "body": "nothing here"}),
        json.dumps({"id": "broken:number", "text": 42}), '{"id": "broken:cut", "text": "no end',
        json.dumps({"id": "broken:empty", "text": ""}), json.dumps(first),
        json.dumps({**second, "id": first["id"]}), json.dumps(second),
    ]  # fmt: skip
    latin = b'\n{"id": "broken:bytes", "text": "caf\xe9"}\n'
    put(DUMP / "broken-lines.jsonl", "\n".join(rows).encode() + latin)


def write_broken_files() -> None:
    """Files that no reader should trust, each of one kind; made here but for the three encrypted or cut."""
    broken = FILES / "broken"
    page = (PYTHON / "library/heapq.html").read_bytes()
    pdf = (CORPUS / "pdf/sample-files/004-pdflatex-4-pages/pdflatex-4-pages.pdf").read_bytes()
    deep = "<div>" * 100_000 + "the bottom of a page nested 100,000 deep"
    put(broken / "empty.txt", b"")
    invalid = b"\xff\xfe\xc3\x28 \xe2\x82 end\n"
    put(broken / "invalid-utf8.txt", "Größe und Maß, naïve café.\n".encode() + invalid)
    put(broken / "page-named.pdf", page)
    put(broken / "pdf-named.html", pdf)
    put(broken / "truncated.pdf", pdf[: len(pdf) // 3])
    put(broken / "nested.html", f"<html><body>{deep}")
    put(broken / "nul-bytes.txt", b"abc\x00def\x00" * 50)
    put(broken / "random.bin", hashlib.shake_256(b"tamis").digest(4_000))
    put(broken / "not-json.json", '{"title": "cut off in the mid')
    put(broken / "bomb.docx", zipped({
        "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        b'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'relationships"><Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml": BOMB_START + b"<w:p/>" * 10_000_000,
    }))  # fmt: skip
    for name in (
        "pdf/sample-files/005-libreoffice-writer-password/libreoffice-writer-password.pdf",
        "office/tika/xlsx/testEXCEL_protected_passtika_2.xlsx", "office/tika/docx/testWORD_truncated.docx",
    ):  # fmt: skip
        put(broken / Path(name).name, (CORPUS / name).read_bytes())


def main() -> None:
    """Build both folders anew."""
    for folder in (FILES, DUMP):
        shutil.rmtree(folder, ignore_errors=True)
    DUMP.mkdir()
    bulk, declaration = bulk_records(), declarations()
    write_pages()
    write_documents()
    write_texts(bulk, declaration)
    write_dumps(bulk, declaration)
    write_broken_files()


if __name__ == "__main__":
    main()
