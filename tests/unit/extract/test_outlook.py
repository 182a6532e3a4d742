"""Outlook messages: files written here by the specification, and real ones with the text they show."""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from datetime import UTC, datetime
from email.message import EmailMessage
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from tests.unit.extract.compound import compound, message, storage
from tests.unit.extract.outcomes import failure, outcome
from tests.unit.extract.packages import ole_bytes
from tests.unit.extract.test_containers import HTML, PNG, Rows

from tamis.errors import DocumentError
from tamis.extract import mail, media, outlook
from tamis.extract.documents import OWN
from tamis.extract.payload import extract_payload
from tamis.extract.rich_text_packed import unpacked_rich_text

if TYPE_CHECKING:
    from pathlib import Path

# [MS-OXRTFCP] 3.1 and 3.2: the specification's own examples.
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
CROSSING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
RTF_OF_HTML = rb"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 said\htmlrtf\par}\htmlrtf0 }"
RTF_OF_LIST = rb"{\rtf1\fromhtml1 {\*\htmltag64 <li class=x>}a{\*\htmltag72 </li>}{\*\htmltag64 <li>}b}"
SUBJECT, BODY, HTML_BODY, RTF = 0x37, 0x1000, 0x1013, 0x1009
NOON = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
X500 = "/O=EXAMPLE/OU=FIRST/CN=RECIPIENTS/CN=ADA"


def extracted(tree):
    return extract_payload(compound(tree))


def person(name: str, address: str, kind: int = 1, smtp: str = "") -> dict:
    return storage({0x3001: name, 0x3003: address, **({0x39FE: smtp} if smtp else {})}, {0x0C15: kind})


def entry_of(whole: bytearray, name: str) -> int:
    """Where the first sector of a stream is stated; its size stands four bytes later."""
    return whole.index((name + "\0").encode("utf-16-le")) + 116


def attachment(data: bytes, name: str = "", kind: str = "") -> dict:
    said = {number: value for number, value in ((0x3707, name), (0x370E, kind)) if value}
    return storage({0x3701: data, **said}, {0x3705: 1})


def inner(tree: dict, name: str = "") -> dict:
    return storage({0x3701: tree, **({0x3001: name} if name else {})}, {0x3705: 5})


def stored(rtf: bytes) -> bytes:
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def test_a_message_is_read_as_the_mail_that_it_was():
    to = (
        person("Bo", X500, smtp="bo@example.org"),
        person("Cy", "cy@example.org", kind=2),
        person("Di", X500, 3),
    )
    values = {
        SUBJECT: "Grüße aus 漢字", 0x0042: "Ada Miller", 0x0065: X500, 0x5D02: "ada@example.org",
        0x1035: "<2@x>", 0x1042: "<1@x>", BODY: "Yes.\r\n\r\n> Which mesh?\r\n",
    }  # fmt: skip
    made = extracted(message(values, {0x39: NOON}, to=to))
    assert (made.media_type, made.extractor) == (media.MSG, f"olefile-{version('olefile')}+{OWN}")
    assert (made.text, made.title, made.author) == (
        "Yes.\n\n> Which mesh?", "Grüße aus 漢字", "Ada Miller <ada@example.org>",
    )  # fmt: skip
    assert made.published_utc == "2024-02-29T12:30:00+00:00"
    assert made.metadata == {
        "to": "Bo <bo@example.org>", "cc": "Cy <cy@example.org>",
        "message_id": "<2@x>", "in_reply_to": "<1@x>",
    }  # fmt: skip
    assert made.members is None


def test_headers_that_the_message_came_with_stand_before_its_properties():
    original = (
        "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\r\n\tby b\r\n"
        "From: =?utf-8?q?Ad=C3=A1?= <ada@example.org>\r\nTo: Bo\r\n <bo@example.org>\r\n"
        "Date: Thu, 29 Feb 2024 14:30:00 +0200\r\nMessage-ID: <1@x>\r\nList-Id: <l.x>\r\n\r\n"
    )
    values = {SUBJECT: "s", 0x7D: original, 0x1035: "<2@x>", 0x0042: "Ada", 0x0065: X500, BODY: "b"}
    made = extracted(message(values, {0x39: NOON}, to=(person("Bo", X500),)))
    assert (made.author, made.published_utc) == ("Adá <ada@example.org>", "2024-02-29T14:30:00+02:00")
    assert made.metadata == {"to": "Bo <bo@example.org>", "message_id": "<1@x>", "list_id": "<l.x>"}


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Ada", X500, "Ada"), ("", X500, None), ("Miller, Ada", "a@b.c", '"Miller, Ada" <a@b.c>'),
        ("'a@b.c'", "a@b.c", "a@b.c"), ("", "a@b.c", "a@b.c"), ("Ada <a@b.c>", "A@b.c", "Ada <a@b.c>"),
    ],
)  # fmt: skip
def test_an_account_of_exchange_is_no_address(name, address, shown):
    assert extracted(message({0x0C1A: name, 0x0C1F: address, BODY: "b"})).author == shown


@pytest.mark.parametrize(
    ("fixed", "page"),
    [
        ({0x3FFD: 1251}, "cp1251"), ({0x3FDE: 1251}, "cp1251"), ({0x3FFD: 65001}, "utf-8"),
        ({0x3FFD: 1251, 0x3FDE: 1252}, "cp1251"), ({0x3FDE: 28595}, "iso8859-5"),
    ],
)  # fmt: skip
def test_narrow_strings_are_read_in_the_stated_code_page(fixed, page):
    attached = (storage({0x3701: b"x", 0x3707: "файл.txt"}, page=page),)
    made = extracted(message({SUBJECT: "Тема", BODY: "Привет"}, fixed, attached=attached, page=page))
    assert (made.title, made.text, made.metadata["attachments"]) == ("Тема", "Привет", "файл.txt")


@pytest.mark.parametrize("fixed", [{}, {0x3FFD: 9999}], ids=["none", "unknown"])
def test_narrow_strings_without_a_code_page_are_western(fixed):
    assert extracted(message({BODY: "naïve €"}, fixed, page="cp1252")).text == "naïve €"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({BODY: "plain", HTML_BODY: b"<p>page</p>", RTF: stored(rb"{\rtf1 rich}")}, "plain"),
        ({BODY: " \r\n", HTML_BODY: "<p>pagé</p><ul><li>a</ul>".encode("cp1252"), RTF: b"b"}, "pagé\n\n- a"),
        ({HTML_BODY: "<p>pagé 漢</p>"}, "pagé 漢"),
        ({RTF: stored(rb"{\rtf1\ansi rich\par te\'e9xt \u-10179?\u-8704?}")}, "rich\n\nteéxt \U0001f600"),
        ({RTF: HELLO}, "hello world"),
        ({RTF: stored(RTF_OF_HTML)}, "said"),
        ({RTF: stored(RTF_OF_LIST)}, "a\n\nb"),
        ({SUBJECT: "only"}, ""),
    ],
    ids=["plain", "html", "html-wide", "rtf", "rtf-packed", "rtf-of-html", "rtf-of-list", "none"],
)  # fmt: skip
def test_the_plain_body_is_preferred_then_html_then_rtf(values, text):
    assert extracted(message(values, {0x3FDE: 1252})).text == text


def test_attachments_are_documents_of_their_own(tmp_path):
    attached = (
        attachment(HTML, "page.html"), attachment(PNG, "p.png", "image/png"),
        attachment(b"log", "", "text/plain"), attachment(b"", "empty.txt"),
    )  # fmt: skip
    rows = Rows(tmp_path, "x.msg", compound(message({BODY: "see below"}, attached=attached)))
    assert rows.texts == {
        "x.msg": "see below", "x.msg!page.html": "A tamis is a drum sieve.", "x.msg!part-3": "log",
        "x.msg!empty.txt": "",
    }  # fmt: skip
    assert rows.documents["x.msg!page.html"]["parent_id"] == rows.documents["x.msg"]["doc_id"]
    assert (rows.codes, rows.skipped) == ({}, {"media.image": 1})


def test_an_attached_message_is_a_mail_with_attachments_of_its_own(tmp_path):
    deep = message(
        {SUBJECT: "Deep Ж", BODY: "deep Ж"},
        {0x39: NOON},
        attached=(attachment(b"note", "n.txt"),),
        is_inside=True,
    )
    payload = compound(message({BODY: "top"}, attached=(inner(deep, "Deep"), inner(deep, "Deep"))))
    rows = Rows(tmp_path, "x.msg", payload)
    assert rows.texts == {
        "x.msg": "top", "x.msg!Deep": "deep Ж", "x.msg!Deep!n.txt": "note", "x.msg!Deep#1": "deep Ж",
        "x.msg!Deep#1!n.txt": "note",
    }  # fmt: skip
    found = rows.documents["x.msg!Deep"]
    assert (found["media_type"], found["title"]) == (media.MAIL, "Deep Ж")
    assert found["published_utc"] == "2024-02-29T12:30:00+00:00"
    assert rows.all == Rows(tmp_path, "x.msg", payload).all


def test_messages_in_messages_are_opened_to_the_bound_of_containers(tmp_path):
    tree = message({BODY: "at 5"}, is_inside=True)
    for depth in (4, 3, 2, 1):
        tree = message({BODY: f"at {depth}"}, attached=(inner(tree, "m"),), is_inside=True)
    rows = Rows(tmp_path, "x.msg", compound(message({BODY: "top"}, attached=(inner(tree, "m"),))))
    assert list(rows.texts.values()) == ["top", "at 1", "at 2", "at 3"]
    assert rows.codes == {"x.msg!m!m!m!": "too_deep"}


def test_a_mail_that_is_attached_as_a_file_is_a_mail(tmp_path):
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = "a@b.c", "d@e.f", "s"
    one.set_content("said")
    attached = (
        attachment(one.as_bytes(), "s.eml", "message/rfc822"),
        attachment(compound(message({BODY: "old"})), "o.msg"),
    )
    deep = inner(message({BODY: "deep"}, attached=attached, is_inside=True), "m")
    rows = Rows(tmp_path, "x.msg", compound(message({BODY: "top"}, attached=(*attached, deep))))
    assert rows.texts == {
        "x.msg": "top", "x.msg!s.eml": "said", "x.msg!o.msg": "old",
        "x.msg!m": "deep", "x.msg!m!s.eml": "said", "x.msg!m!o.msg": "old",
    }  # fmt: skip


def test_an_encrypted_document_costs_itself_and_not_the_message(tmp_path):
    locked = compound({"EncryptedPackage": b"\1", "EncryptionInfo": b"\2"})
    rows = Rows(tmp_path, "x.msg", compound(message({BODY: "top"}, attached=(attachment(locked, "l.docx"),))))
    assert (rows.texts, rows.codes) == ({"x.msg": "top"}, {"x.msg!l.docx": "encrypted"})


def test_what_is_attached_without_its_bytes_is_told(tmp_path):
    linked = storage({0x3707: "share.docx", 0x3708: r"\\server\share.docx"}, {0x3705: 4})
    drawing = inner({"CONTENTS": b"\1\2"}, "Picture")
    deep = message({BODY: "deep"}, attached=(linked,), is_inside=True)
    attached = (linked, drawing, inner(deep, "m"))
    rows = Rows(tmp_path, "x.msg", compound(message({BODY: "top"}, attached=attached)))
    assert rows.texts == {"x.msg": "top", "x.msg!m": "deep"}
    keys = ("x.msg!share.docx", "x.msg!Picture", "x.msg!m!share.docx")
    assert rows.codes == dict.fromkeys(keys, "unsupported_format")


def test_attachments_beyond_the_bound_fail_on_the_exact_part(monkeypatch):
    tree = message({BODY: "body"}, attached=tuple(attachment(b"x", str(number)) for number in range(3)))
    monkeypatch.setattr(mail, "MAX_PARTS", 5)
    assert extracted(tree).text == "body"
    monkeypatch.setattr(mail, "MAX_PARTS", 4)
    assert failure(compound(tree)).code == "too_large"


def smime(data: bytes, kind: str = "IPM.Note.SMIME", body: str = "") -> bytes:
    values = {0x1A: kind, SUBJECT: "s", **({BODY: body} if body else {})}
    return compound(message(values, attached=(attachment(data, "smime.p7m", "multipart/signed"),)))


def pkcs7(last: int) -> bytes:
    return bytes.fromhex("308006092a864886f70d0107") + bytes([last]) + b"\xa0\x80" + bytes(60)


def test_encrypted_messages_are_told_and_signed_ones_are_read_as_of_mails():
    assert failure(smime(pkcs7(3))).code == "encrypted"
    sealed = extract_payload(smime(pkcs7(2)))
    assert (sealed.text, sealed.members) == ("", 1)
    signed = b"Content-Type: multipart/signed; boundary=x\n\n--x\nContent-Type: text/plain\n\nsaid\n--x--\n"
    clear = extract_payload(smime(signed, "IPM.Note.SMIME.MultipartSigned", "said"))
    assert (clear.text, clear.title, clear.members) == ("said", "s", None)
    broken = extract_payload(
        smime(b"no mail " * 2000, "IPM.Note.SMIME.MultipartSigned", "said")
    )  # read twice
    assert (broken.text, broken.members) == ("said", 1)


def test_the_examples_of_the_specification_unpack():
    assert unpacked_rich_text(HELLO, 43) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rich_text(CROSSING, 28) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked_rich_text(HELLO + b"padding", 43) == unpacked_rich_text(HELLO, 43)


def test_references_point_into_the_last_4096_bytes():
    """This test ensures that places of the window are used again: 5,000 bytes, then 17 of those 100 back."""
    said = bytes(32 + number % 95 for number in range(5000))
    runs = b"".join(b"\0" + said[at : at + 8] for at in range(0, 5000, 8))
    end = 207 + 5000 + 17
    references = struct.pack(">HH", (207 + 4900) % 4096 << 4 | 15, end % 4096 << 4)
    body = runs + b"\3" + references
    checksum = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF
    packed = struct.pack("<II4sI", len(body) + 12, 5017, b"LZFu", checksum) + body
    assert unpacked_rich_text(packed, 5017) == said + said[4900:4917]


@pytest.mark.parametrize(
    ("packed", "limit", "code"),
    [
        (HELLO, 42, "too_large"), (HELLO[:-1], 99, "corrupt"), (HELLO[:15], 99, "corrupt"),
        (b"", 99, "corrupt"),
        (HELLO[:8] + b"LZFv" + HELLO[12:], 99, "corrupt"), (HELLO[:-1] + b"\xa1", 99, "corrupt"),
    ],
    ids=["limit", "cut", "header", "empty", "kind", "checksum"],
)  # fmt: skip
def test_compressed_rtf_that_is_damaged_or_too_large_is_told(packed, limit, code):
    with pytest.raises(DocumentError) as raised:
        unpacked_rich_text(packed, limit)
    assert raised.value.code == code


def test_a_file_that_is_cut_off_or_has_another_byte_costs_itself():
    whole = compound(message({BODY: "said " * 900, SUBJECT: "s"}, attached=(attachment(b"x" * 600, "x"),)))
    assert {outcome(whole[:size]) for size in (100, 600, 1400, 4000, len(whole) - 600)} == {"corrupt"}
    damaged = [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(0, len(whole), 7)]
    assert {outcome(one) for one in damaged} == {"ok", "corrupt"}


def test_a_file_of_few_bytes_is_not_taken_for_the_name_of_one():
    error = failure(ole_bytes("__properties_version1.0")[:1500])
    assert (error.code, "null byte" in error.message) == ("corrupt", False)


def test_a_stream_that_is_shorter_than_stated_is_corrupt():
    whole = bytearray(compound(message({BODY: "a" * 4000})))
    assert extract_payload(bytes(whole)).text == "a" * 4000
    start = entry_of(whole, "__substg1.0_1000001F")
    table = len(whole) - 512 + 4 * int.from_bytes(whole[start : start + 4], "little")
    whole[table + 8 : table + 12] = b"\xfe\xff\xff\xff"  # the third of 16 sectors is the last
    assert failure(bytes(whole)).code == "corrupt"


def test_an_empty_stream_may_have_any_first_sector():
    whole = bytearray(compound(message({RTF: stored(rb"{\rtf1 rich}"), HTML_BODY: b""})))
    start = entry_of(whole, "__substg1.0_10130102")
    whole[start : start + 4] = bytes(4)
    assert extract_payload(bytes(whole)).text == "rich"


@pytest.mark.parametrize(
    "name",
    [
        "__substg1.0_1000001F",
        "__properties_version1.0",
        "__attach_version1.0_#00000001",
        "__substg1.0_37010102",
    ],
)
def test_what_a_message_says_that_it_holds_and_does_not_is_corrupt(name, tmp_path):
    attached = (attachment(b"one", "one.txt"), attachment(b"two", "two.txt"))
    payload = compound(message({BODY: "body", SUBJECT: "s"}, attached=attached))
    assert Rows(tmp_path, "x.msg", payload).codes == {}
    lost = payload.replace(name.encode("utf-16-le"), name.replace("_", "-").encode("utf-16-le"), 1)
    assert extract_payload(payload).text == "body"
    assert failure(lost).code == "corrupt"


def test_streams_that_share_sectors_cannot_make_a_small_file_large():
    short = {SUBJECT: "subject", 0x7D: "none", 0x1035: "id"}
    whole = bytearray(compound(message({BODY: "a" * 4000, **short})))
    assert extract_payload(bytes(whole)).text == "a" * 4000
    entries = [entry_of(whole, f"__substg1.0_{number:04X}001F") for number in (BODY, *short)]
    start = int.from_bytes(whole[entries[0] : entries[0] + 4], "little")
    for later, at in enumerate(entries):  # each begins a sector later in the same chain
        whole[at : at + 12] = struct.pack("<IQ", start + later, 8000 - 512 * later)
    error = failure(bytes(whole))
    assert (error.code, "overlap" in error.message) == ("corrupt", True)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


FORWARDED = (
    "Forwarded Body\n\n \n\nFrom: Paul Allan Hill \nSent: Wednesday, December 07, 2011 4:30 PM\n"
    "To: Paul Allan Hill\nSubject: Testing\n\n \n\nOriginal Body"
)
REAL = {
    "office/tika/msg/testMSG_forwarded.msg": (
        "FW: Testing", "Paul Allan Hill <paul@metajure.com>",
        FORWARDED,
    ),
    "office/tika/msg/testMSG_Appointment.msg": (
        "Quick brown fox", "Allison, Timothy B.", "This is a meeting to discuss jumping",
    ),
    "office/tika/msg/testMSG_att_doc.msg": (
        "test pièce jointe 1", "Nicolas1 23456 <nicolas1.23456@free.fr>", "contenu",
    ),
    "office/tika/msg/testMSG_StickyNote.msg": (
        "This is a note about the quick brown fox", None, "This is a note about the quick brown fox",
    ),
}  # fmt: skip


@pytest.mark.corpus
@pytest.mark.parametrize("name", REAL)
def test_real_messages_give_what_they_show(corpus: Path, name: str):
    made = extract_payload((corpus / name).read_bytes())
    assert (made.title, made.author, made.text) == REAL[name]


@pytest.mark.corpus
def test_a_real_message_in_a_chinese_code_page_is_read(corpus: Path):
    made = extract_payload((corpus / "office/tika/msg/testMSG_chinese.msg").read_bytes())
    assert (made.title, made.author) == (
        "Alfresco MSG format testing ( MSG 格式測試 )",
        "Tests Chang@FT (張毓倫)",
    )
    assert made.text.startswith(
        "Alfresco MSG format testing ( MSG 格式測試 ) 中文測試\nSearch word testing by Lydia\n"
    )
    assert "*\t2.4 散會\n*\t3  以上\n*\t4  豐泰產業工會 / 陳惠珍" in made.text


@pytest.mark.corpus
def test_a_real_message_that_was_also_saved_as_a_mail_is_the_same(corpus: Path, tmp_path: Path):
    folder = corpus / "office" / "unstructured"
    mail_, message_ = folder / "eml" / "fake-email-attachment.eml", folder / "fake-email-attachment.msg"
    old, new = (Rows(tmp_path, path.name, path.read_bytes()).documents for path in (mail_, message_))
    said = [[(row["text"], row["title"]) for row in rows.values()] for rows in (old, new)]
    assert said[0] == said[1]
    assert len(said[0]) == 2


@pytest.mark.corpus
def test_the_rtf_of_real_messages_has_the_words_of_their_plain_text(corpus: Path, monkeypatch):
    payloads = [path.read_bytes() for path in sorted(corpus.rglob("*.msg"))]
    plain = [words(extract_payload(payload).text) for payload in payloads]
    monkeypatch.setattr(outlook, "BODY", 0x1FFF)
    monkeypatch.setattr(outlook, "HTML", 0x1FFE)
    rich = [words(extract_payload(payload).text) for payload in payloads]
    assert [set(count) for count in rich] == [set(count) for count in plain]
    assert all(count <= more for count, more in zip(plain, rich, strict=True))  # merged cells repeat theirs
    assert min(count.total() for count in plain) > 0


@pytest.mark.corpus
def test_every_real_message_and_all_that_is_attached_is_a_record(corpus: Path, tmp_path: Path):
    found = {}
    for path in sorted(corpus.rglob("*.msg")):
        rows = Rows(tmp_path, path.name, path.read_bytes())
        found |= {key: row["media_type"] for key, row in rows.documents.items()} | rows.codes
        assert rows.documents[path.name]["text"]
        assert rows.documents[path.name]["title"]
    alone = {key for key in found if "!" not in key}
    assert len(alone) == 12
    inside = {key: kind for key, kind in found.items() if key not in alone}
    assert inside.pop("testMSG_att_doc.msg!test-unicode.doc") in {media.DOC, "unsupported_format"}
    assert inside == {
        "fake-email-attachment.msg!fake-attachment.txt": media.PLAIN,
        "testMSG_att_doc.msg!pj1.txt": media.PLAIN,
        "testMSG_att_msg.msg!Test Attachment": media.MAIL,
        "testMSG_att_msg.msg!smbprn.00009008.KdcPjl.pdf": media.PDF,
    }
