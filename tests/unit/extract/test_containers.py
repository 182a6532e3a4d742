"""Archives, mailboxes and mails with attachments: each member a record, and a bad one costs itself."""

from __future__ import annotations

import io
import json
import mailbox
import struct
import zipfile
from collections import Counter
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from tests.unit.extract import packages
from tests.unit.extract.plain import Plain
from tests.unit.extract.test_mail import message

from tamis.document import make_doc_id
from tamis.errors import DocumentError
from tamis.extract import expand, media, members
from tamis.extract.files import extract_files
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions, extract_payload
from tamis.extract.records import CONTAINER, DOCUMENT, FAILURE, INPUT, file_rows
from tamis.io.readers import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HTML = (
    b"<html><head><title>Sieves</title></head><body><article><p>A tamis is a drum sieve.</p></article></body>"
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(90)
BLOB = bytes(range(32)) * 9
FROM = b"From ada@example.org Thu Feb 29 12:30:00 2024\n"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, method)  # its date is 1980
    return target.getvalue()


def attached(*parts: tuple[bytes, str, str | None], body: str = "see below") -> bytes:
    mail = message("Papers")
    mail.set_content(body)
    for data, kind, name in parts:
        main, sub = kind.split("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def boxed(*mails: bytes) -> bytes:
    return b"".join(FROM + mail.rstrip(b"\n") + b"\n\n" for mail in mails)


class Rows:
    """The rows of one file: documents, failures and containers by key, and what is said of the file."""

    def __init__(self, folder: Path, name: str, payload: bytes, extractor: object = None) -> None:
        (folder / name).write_bytes(payload)
        file = InputFile("s", str(folder), name, "files", len(payload))
        self.all = list(file_rows(file, extractor or Plain(), max_record_bytes=64_000_000))  # type: ignore[arg-type]
        self.documents, self.failures, self.containers = (
            {row["key"]: row for row in self.all if row["kind"] == kind}
            for kind in (DOCUMENT, FAILURE, CONTAINER)
        )
        (self.input,) = (row for row in self.all if row["kind"] == INPUT)
        assert self.input["records"] == len(self.documents) + len(self.failures)
        places = Counter((row["offset"], row["member"], row["kind"]) for row in self.all)
        assert max(places.values()) == 1

    @property
    def codes(self) -> dict[str, str]:
        return {key: row["code"] for key, row in self.failures.items()}

    @property
    def texts(self) -> dict[str, str]:
        return {key: row["text"] for key, row in self.documents.items()}

    @property
    def skipped(self) -> dict[str, int]:
        return json.loads(self.input["skipped"])


def test_files_of_an_archive_are_what_they_are_alone(tmp_path):
    files = [
        ("a/page.html", HTML),
        ("notes.md", b"# N\n\nnote"),
        ("w.docx", packages.docx_bytes()),
    ]
    rows = Rows(tmp_path, "x.zip", zipped(("a/", b""), *files))
    parent = make_doc_id("s", "x.zip")
    assert list(rows.documents) == ["x.zip!a/page.html", "x.zip!notes.md", "x.zip!w.docx"]
    for name, data in files:
        alone, found = extract_payload(data, name=name), rows.documents[f"x.zip!{name}"]
        assert found["doc_id"] == make_doc_id("s", f"x.zip!{name}")
        assert (found["parent_id"], found["ancestors"]) == (parent, [parent])
        assert (found["text"], found["title"], found["media_type"], found["extractor"]) == (
            alone.text, alone.title, alone.media_type, alone.extractor,
        )  # fmt: skip
    (container,) = rows.containers.values()
    assert (container["doc_id"], container["parent_id"], container["members"]) == (parent, None, 3)
    assert (rows.input["status"], rows.input["records"], rows.codes) == ("expanded", 3, {})


def test_an_empty_archive_is_expanded_and_holds_nothing(tmp_path):
    rows = Rows(tmp_path, "x.zip", zipped())
    assert (rows.input["status"], rows.input["records"], len(rows.containers)) == ("expanded", 0, 1)


def test_worker_gives_what_the_process_gives(tmp_path):
    mail = attached((HTML, "text/html", "page.html"), (PNG, "image/png", "p.png"))
    payload = zipped(("in.zip", zipped(("a.txt", b"deep"))), ("box.mbox", boxed(mail, mail)), ("b.bin", BLOB))
    with IsolatedExtractor(ExtractOptions()) as isolated:
        found = Rows(tmp_path, "x.zip", payload, isolated)
    assert found.all == Rows(tmp_path, "x.zip", payload).all
    assert list(found.texts) == [
        "x.zip!in.zip!a.txt", "x.zip!box.mbox!1", "x.zip!box.mbox!1!page.html",
        "x.zip!box.mbox!2", "x.zip!box.mbox!2!page.html",
    ]  # fmt: skip
    assert (found.codes, found.skipped) == ({"x.zip!b.bin": "unsupported_format"}, {"media.image": 2})


def test_parents_are_the_nearest_container(tmp_path):
    rows = Rows(tmp_path, "x.zip", zipped(("y.zip", zipped(("a.txt", b"deep")))))
    outer, inner = make_doc_id("s", "x.zip"), make_doc_id("s", "x.zip!y.zip")
    found = rows.documents["x.zip!y.zip!a.txt"]
    assert (found["parent_id"], found["ancestors"]) == (inner, [outer, inner])
    assert rows.containers["x.zip!y.zip"]["parent_id"] == outer


def test_three_containers_are_opened_and_the_fourth_is_not(tmp_path):
    payload = zipped(("a.txt", b"text"))
    for _ in range(3):
        payload = zipped(("z.zip", payload), ("b.txt", b"beside"))
    rows = Rows(tmp_path, "x.zip", payload)
    assert list(rows.texts) == ["x.zip!z.zip!z.zip!b.txt", "x.zip!z.zip!b.txt", "x.zip!b.txt"]
    assert rows.codes == {"x.zip!z.zip!z.zip!z.zip": "too_deep"}


def test_a_mail_too_deep_to_open_keeps_its_text_and_tells_what_is_lost(tmp_path):
    mail = attached((b"one", "text/plain", "1.txt"), (b"two", "text/plain", "2.txt"))
    inner = zipped(("m.eml", mail))
    rows = Rows(tmp_path, "x.zip", zipped(("z.zip", zipped(("z.zip", inner)))))
    assert rows.texts == {"x.zip!z.zip!z.zip!m.eml": "see below"}
    assert rows.codes == {"x.zip!z.zip!z.zip!m.eml!": "too_deep"}


def test_an_archive_that_expands_too_far_is_not_opened(tmp_path):
    rows = Rows(tmp_path, "x.zip", zipped(("a.txt", bytes(17 << 20)), ("b.txt", b"b")))
    assert (rows.codes, rows.texts) == ({"x.zip": "zip_bomb"}, {})
    assert (rows.input["status"], rows.input["records"], rows.containers) == ("read", 1, {})


@pytest.mark.parametrize(("limit", "is_kept"), [(16, True), (15, False)])
def test_archive_is_bounded_in_bytes_on_the_exact_byte(limit, is_kept, tmp_path):
    plain = Plain(options=ExtractOptions(max_expanded_bytes=limit))
    rows = Rows(tmp_path, "x.zip", zipped(("a.txt", b"12345678"), ("b.txt", b"87654321")), plain)
    assert rows.codes == ({} if is_kept else {"x.zip": "zip_bomb"})


def test_archives_inside_share_one_budget_of_bytes(tmp_path, monkeypatch):
    inner = zipped(("a.txt", b"x" * 1000))
    payload = zipped(("1.zip", inner), ("2.zip", inner), ("3.txt", b"text"))
    used = len(inner) * 2 + len(b"text") + 2000
    for left, codes in ((used, {}), (used - 1, {"x.zip!2.zip": "zip_bomb"})):
        monkeypatch.setattr(expand, "MAX_EXPANDED_BYTES", left)
        rows = Rows(tmp_path, "x.zip", payload)
        assert rows.codes == codes
        assert rows.texts["x.zip!3.txt"] == "text"


def test_archives_inside_share_one_budget_of_members(tmp_path, monkeypatch):
    payload = zipped(("1.zip", zipped(("a.txt", b"a"), ("b.txt", b"b"))), ("2.txt", b"text"))
    for left, codes in ((4, {}), (3, {"x.zip!1.zip": "too_large"}), (1, {"x.zip": "too_large"})):
        monkeypatch.setattr(expand, "MAX_MEMBERS", left)
        assert Rows(tmp_path, "x.zip", payload).codes == codes


def test_ten_thousand_members_are_ten_thousand_documents(tmp_path):
    names = [f"{number}.txt" for number in range(10_000)]
    rows = Rows(tmp_path, "x.zip", zipped(*((name, name.encode()) for name in names)))
    assert rows.texts == {f"x.zip!{name}": name for name in names}
    assert len({row["doc_id"] for row in rows.documents.values()}) == 10_000


def test_archive_with_too_many_members_is_not_opened(tmp_path):
    """This test ensures that the bound holds before any member is read; these are one, named often."""
    local = b"PK\3\4" + struct.pack("<5H3I2H", 20, 0, 0, 0, 0x21, 0, 0, 0, 1, 0) + b"a"
    entry = b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0x21, 0, 0, 0, 1, *[0] * 6) + b"a"
    count = expand.MAX_MEMBERS + 1
    end = struct.pack("<4H2IH", 0, 0, 65535, 65535, len(entry) * count, len(local), 0)
    rows = Rows(tmp_path, "x.zip", local + entry * count + b"PK\5\6" + end)
    assert (rows.codes, rows.texts) == ({"x.zip": "too_large"}, {})


def flagged(payload: bytes, name: bytes, bit: int) -> bytes:
    """Return an archive with a flag set for one member, in its header and in the directory."""
    made = bytearray(payload)
    for magic, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = made.rfind(magic, 0, made.find(name, made.find(magic)) + 1)
        while name not in made[start : start + 60]:
            start = made.index(magic, start + 1)
        made[start + at] |= bit
    return bytes(made)


@pytest.mark.parametrize("bit", [1, 64])
def test_encrypted_member_costs_itself(bit, tmp_path):
    payload = flagged(zipped(("b.txt", b"open"), ("a.txt", b"secret" * 9)), b"a.txt", bit)
    rows = Rows(tmp_path, "x.zip", payload)
    assert (rows.codes, rows.texts) == ({"x.zip!a.txt": "encrypted"}, {"x.zip!b.txt": "open"})


def test_corrupt_member_costs_itself(tmp_path):
    payload = zipped(("a.txt", b"first text"), ("b.txt", b"second"), method=zipfile.ZIP_STORED)
    rows = Rows(tmp_path, "x.zip", payload.replace(b"first text", b"fIrst text"))
    assert (rows.codes, rows.texts) == ({"x.zip!a.txt": "corrupt"}, {"x.zip!b.txt": "second"})


def test_member_of_a_rare_compression_costs_itself(tmp_path):
    target = io.BytesIO(zipped(("a.txt", b"first")))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo("b.txt"), b"second", zipfile.ZIP_BZIP2)
    rows = Rows(tmp_path, "x.zip", target.getvalue())
    assert (rows.codes, rows.texts) == ({"x.zip!b.txt": "unsupported_format"}, {"x.zip!a.txt": "first"})


def test_member_is_bounded_on_the_exact_byte(tmp_path):
    plain = Plain(options=ExtractOptions(max_record_bytes=5))
    rows = Rows(tmp_path, "x.zip", zipped(("a.txt", b"12345"), ("b.txt", b"123456")), plain)
    assert (rows.codes, rows.texts) == ({"x.zip!b.txt": "too_large"}, {"x.zip!a.txt": "12345"})


def test_archive_that_was_cut_off_is_one_corrupt_record(tmp_path):
    payload = zipped(("a.txt", b"first"), ("b.txt", b"second"))
    rows = Rows(tmp_path, "x.zip", payload[:-10])
    assert (rows.codes, rows.input["status"]) == ({"x.zip": "corrupt"}, "read")


@pytest.mark.parametrize("part", ["[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"])
def test_package_of_an_unknown_program_is_no_archive(part, tmp_path):
    rows = Rows(tmp_path, "x.vsdx", zipped((part, b"<Types/>"), ("visio/pages.xml", b"<a>text</a>")))
    assert rows.codes == {"x.vsdx": "unsupported_format"}


def test_names_stay_inside_and_are_told_apart(tmp_path):
    names = ["../../etc/passwd", "a\\b.txt", "a/b.txt", "a/b.txt", "a/b.txt#1", "/abs.txt", "..", "new\nline"]
    with pytest.warns(UserWarning, match="Duplicate name"):
        payload = zipped(*((name, str(number).encode()) for number, name in enumerate(names)))
    rows = Rows(tmp_path, "x.zip", payload)
    assert rows.texts == {
        "x.zip!etc/passwd": "0", "x.zip!a/b.txt": "1", "x.zip!a/b.txt#1": "2", "x.zip!a/b.txt#2": "3",
        "x.zip!a/b.txt#1#1": "4", "x.zip!abs.txt": "5", "x.zip!unnamed": "6", "x.zip!new\ufffdline": "7",
    }  # fmt: skip
    assert not (tmp_path.parent / "etc").exists()


def test_what_a_mac_adds_is_counted_as_no_document(tmp_path):
    rows = Rows(tmp_path, "x.zip", zipped(("a.txt", b"text"), ("__MACOSX/._a.txt", b"\0\5\x16\7" * 9)))
    assert (list(rows.texts), rows.codes, rows.skipped) == (["x.zip!a.txt"], {}, {"zip.macosx": 1})


def test_messages_of_a_mailbox_are_those_of_the_standard_library(tmp_path):
    mails = []
    for number in range(3):
        one = message(f"Mail {number}")
        one["In-Reply-To"] = f"<{number - 1}@example.org>"
        one["References"] = "<0@example.org> <1@example.org>"
        one.set_content(f"text {number}\n\nFrom here on it is text\n\n>From there too\n\nFrom: no header\n")
        mails.append(one.as_bytes().replace(b"\n>From there", b"\n>>From there"))
    rows = Rows(tmp_path, "list.mbox", boxed(*mails))
    assert list(rows.documents) == ["list.mbox!1", "list.mbox!2", "list.mbox!3"]
    box = boxed(*(one.replace(b"\nFrom here", b"\n>From here") for one in mails))
    (tmp_path / "told.mbox").write_bytes(box)
    told = mailbox.mbox(tmp_path / "told.mbox")
    assert [row["title"] for row in rows.documents.values()] == [one["subject"] for one in told]
    for number, row in enumerate(rows.documents.values()):
        assert (row["media_type"], row["author"]) == (media.MAIL, "Ada Miller <ada@example.org>")
        assert row["published_utc"] == "2024-02-29T12:30:00+01:00"
        assert row["text"].startswith(f"text {number}\n\nFrom here on it is text\n\n>From there too")
        assert dict(row["metadata"]) == {
            "message_id": "<1@example.org>", "in_reply_to": f"<{number - 1}@example.org>",
            "references": "<0@example.org> <1@example.org>", "to": "Bo <bo@example.org>",
        }  # fmt: skip
    assert (rows.input["records"], rows.input["status"]) == (3, "expanded")


def test_mailbox_with_one_message_is_that_mail(tmp_path):
    mail = attached((b"log line", "text/plain", "l.txt"))
    rows = Rows(tmp_path, "saved.eml", boxed(mail))
    assert rows.texts == {"saved.eml": "see below", "saved.eml!l.txt": "log line"}
    assert (rows.documents["saved.eml"]["title"], rows.codes) == ("Papers", {})


def test_message_with_few_headers_or_binary_text_is_a_mail_still(tmp_path):
    few = b"Subject: few\n\nbody\n"
    binary = b"Subject: bytes\n\n" + BLOB + b"\n"
    first = message("first").as_bytes() + b"\ntext\n" * 2000  # beyond what tells a mailbox from other bytes
    rows = Rows(tmp_path, "a.mbox", boxed(first, few, binary))
    assert [row["title"] for row in rows.documents.values()] == ["first", "few", "bytes"]


def test_packed_mailbox_is_opened(tmp_path):
    import gzip

    mails = [message(f"Mail {number}").as_bytes() for number in range(2)]
    rows = Rows(tmp_path, "a.mbox.gz", gzip.compress(boxed(*mails), mtime=0))
    assert [row["title"] for row in rows.documents.values()] == ["Mail 0", "Mail 1"]


def test_attachments_are_records_and_the_mail_a_document(tmp_path):
    latin = "Сито".encode("iso8859-5")
    payload = attached(
        (packages.docx_bytes(), media.DOCX, "a.docx"),
        (PNG, "image/png", "mesh.png"), (BLOB, "application/octet-stream", "b.bin"),
        (latin, "text/plain", "../c.txt"), (b"again", "text/plain", "c.txt"),
        (b"sig", "application/pgp-signature", "signature.asc"), (HTML, "text/html", None),
    )  # fmt: skip
    payload = payload.replace(
        b"Content-Type: text/plain\n", b"Content-Type: text/plain; charset=iso-8859-5\n", 1
    )
    alone = extract_payload(payload, name="m.eml")
    rows = Rows(tmp_path, "m.eml", payload)
    assert rows.texts["m.eml"] == alone.text == "see below"
    assert list(rows.texts) == ["m.eml", "m.eml!a.docx", "m.eml!c.txt", "m.eml!c.txt#1", "m.eml!part-6"]
    assert rows.texts["m.eml!c.txt"] == "Сито"
    assert rows.documents["m.eml!part-6"]["title"] == "Sieves"
    assert rows.documents["m.eml!a.docx"]["text"] == extract_payload(packages.docx_bytes()).text
    assert (rows.codes, rows.skipped) == ({"m.eml!b.bin": "unsupported_format"}, {"media.image": 1})
    parent = make_doc_id("s", "m.eml")
    assert {row["parent_id"] for key, row in rows.documents.items() if key != "m.eml"} == {parent}
    assert (rows.documents["m.eml"]["parent_id"], rows.containers["m.eml"]["members"]) == (None, 6)
    assert (rows.input["records"], rows.input["status"]) == (6, "expanded")


def test_mail_without_attachments_is_no_container(tmp_path):
    one = message()
    one.set_content("text")
    one.add_alternative("<p>html</p>", subtype="html")
    rows = Rows(tmp_path, "m.eml", one.as_bytes())
    assert (rows.input["status"], rows.containers, list(rows.texts)) == ("read", {}, ["m.eml"])


def test_forwarded_mail_is_a_record_with_its_own_attachments(tmp_path):
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inner text")
    inner.add_attachment(b"log line", maintype="text", subtype="plain", filename="l.txt")
    outer = message("outer")
    outer.set_content("outer text")
    outer.add_attachment(inner)
    inline = outer.as_bytes().replace(b"Content-Disposition: attachment\n", b"")
    assert inline != outer.as_bytes()
    assert Rows(tmp_path, "i.eml", inline).texts.keys() == {"i.eml", "i.eml!part-1", "i.eml!part-1!l.txt"}
    rows = Rows(tmp_path, "m.eml", outer.as_bytes())
    assert rows.texts == {
        "m.eml": "outer text", "m.eml!part-1": "inner text", "m.eml!part-1!l.txt": "log line",
    }  # fmt: skip
    assert rows.documents["m.eml!part-1"]["title"] == "inner"


class Dying(Plain):
    """Loses its worker when the second batch is asked for."""

    def members(self, payload, name, declared, start):
        if start:
            raise DocumentError("cpu_limit", "too slow")
        return super().members(payload, name, declared, start)


def test_container_that_cannot_be_read_to_its_end_is_one_failure_for_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "BATCH_BYTES", 8)
    payload = zipped(*((f"{number}.txt", b"1234") for number in range(5)))
    rows = Rows(tmp_path, "x.zip", payload, Dying())
    assert (list(rows.texts), rows.codes) == (["x.zip!0.txt", "x.zip!1.txt"], {"x.zip!": "cpu_limit"})
    assert rows.failures["x.zip!"]["parent_id"] == make_doc_id("s", "x.zip")
    assert Rows(tmp_path, "x.zip", payload).texts.keys() == {f"x.zip!{number}.txt" for number in range(5)}


def lost_one(batch: members.Batch) -> members.Batch:
    return members.Batch(batch.members[1:], batch.next)


def test_member_lost_on_the_way_shows_in_the_sum(tmp_path):
    class Losing(Plain):
        def members(self, *given):
            return lost_one(super().members(*given))

    with pytest.raises(AssertionError):
        Rows(tmp_path, "x.zip", zipped(("a.txt", b"a"), ("b.txt", b"b")), Losing())


def test_member_that_kills_the_worker_costs_itself(tmp_path):
    def keep(lines: Iterable[dict]) -> list[tuple]:
        return [(row["key"], row.get("code")) for row in lines if row["kind"] in (DOCUMENT, FAILURE)]

    payload = zipped(("a.txt", b"hello"), ("b.txt", b"segfault"), ("c.txt", b"hello"))
    target = "tests.unit.extract.standins:extract_or_open"
    with IsolatedExtractor(None, cpu_seconds=2, memory_bytes=10**9, target=target) as isolated:
        rows = Rows(tmp_path, "x.zip", payload, isolated)
    assert keep(rows.all) == [("x.zip!a.txt", None), ("x.zip!b.txt", "crashed"), ("x.zip!c.txt", None)]


def test_extract_of_files_tells_members_by_their_path(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(
        zipped(("a.txt", b"text"), ("b.bin", BLOB), ("m.eml", attached((b"t", "text/plain", "t.txt"))))
    )
    lines = [(line["uri"], line["status"]) for line in extract_files([str(path)])]
    assert lines == [
        (f"{path}!a.txt", "ok"), (f"{path}!b.bin", "failed"), (f"{path}!m.eml", "ok"),
        (f"{path}!m.eml!t.txt", "ok"),
    ]  # fmt: skip
