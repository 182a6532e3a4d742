from __future__ import annotations

from email.message import EmailMessage

import pytest
from tests.unit.extract.outcomes import failure

from tamis.extract import mail, media
from tamis.extract.payload import extract_payload


def message(subject: str = "Grüße aus 漢字") -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    made["From"] = "Ada Miller <ada@example.org>"
    made["To"] = "Bo <bo@example.org>"
    made["Date"] = "Thu, 29 Feb 2024 12:30:00 +0100"
    made["Message-ID"] = "<1@example.org>"
    return made


def test_the_text_part_is_preferred_and_quotes_stay():
    mail_ = message()
    mail_.set_content("Yes.\n\n> Which mesh?\n>> The fine one?\n")
    mail_.add_alternative("<p>Yes, in HTML.</p>", subtype="html")
    mail_.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="prüfung.pdf")
    made = extract_payload(mail_.as_bytes())
    assert (made.media_type, made.text) == (media.MAIL, "Yes.\n\n> Which mesh?\n>> The fine one?")
    assert (made.title, made.author) == ("Grüße aus 漢字", "Ada Miller <ada@example.org>")
    assert made.published_utc == "2024-02-29T12:30:00+01:00"
    assert made.metadata == {
        "attachments": "prüfung.pdf", "message_id": "<1@example.org>", "to": "Bo <bo@example.org>",
    }  # fmt: skip


def test_html_is_read_where_there_is_no_text():
    mail_ = message()
    mail_.set_content(
        "<style>p{}</style><p>One <a href='http://x.y'>link</a></p><ul><li>a<li>b</ul>", subtype="html"
    )
    assert extract_payload(mail_.as_bytes()).text == "One link\n\n- a\n- b"


HEAD = "From: a@b.c\nTo: d@e.f\nSubject: s\nMIME-Version: 1.0\n"


def parts(kind: str, *inside: str) -> str:
    """Return a multipart of parts that begin with their content type."""
    cut = f"x{kind}"
    return (
        f"multipart/{kind}; boundary={cut}\n\n"
        + "".join(f"--{cut}\nContent-Type: {one}\n" for one in inside)
        + f"--{cut}--\n"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # a list's footer under a page; a page and a patch that are shown; a calendar that says the same
        (parts("mixed", "text/html\n\n<p>body</p>", "text/plain\n\nfooter"), "body\n\nfooter"),
        (
            parts("mixed", "text/plain\n\nsee", "text/x-patch\n\n+a", "text/html\n\n<b>c</b>"),
            "see\n\n+a\n\n**c**",
        ),
        (parts("alternative", "text/html\n\n<b>h</b>", "text/plain\n\np", "text/calendar\n\nBEGIN"), "p"),
        (
            parts("alternative", "text/plain\n\n \n", "text/html\n\n<b>h</b>", "text/calendar\n\nBEGIN"),
            "**h**",
        ),
        (
            parts("mixed", parts("alternative", "text/plain\n\np", "text/html\n\nh"), "text/plain\n\nf"),
            "p\n\nf",
        ),
        ("text/markdown\n\n# head", "# head"),
        ("multipart/mixed\n\nno boundary", "no boundary"),
        ("multipart/mixed; boundary=y\n\n--x\n\nanother\n", "--x\n\nanother"),
    ],
)
def test_every_part_of_text_is_read_once(body, expected):
    assert extract_payload(f"{HEAD}Content-Type: {body}".encode()).text == expected


def test_a_note_with_names_like_headers_is_text():
    note = b"From: Ada\nTo: Bo\nSubject: Sieves\nAgenda: meshes\n"
    assert extract_payload(note).text == note.decode().strip()
    assert extract_payload(note + b"\nThe rest.\n").media_type == media.MAIL


def test_an_attached_text_is_named_and_not_part_of_the_text():
    mail_ = message()
    mail_.set_content("body")
    mail_.add_attachment("a log of a million lines", filename="log.txt")
    made = extract_payload(mail_.as_bytes())
    assert (made.text, made.metadata["attachments"]) == ("body", "log.txt")


def test_a_digest_gives_the_messages_it_carries():
    carried = []
    for number in (1, 2):
        one = message(f"Part {number}")
        one.set_content(f"text {number}")
        carried.append(one.as_bytes())
    head = b"From: a@b.c\nTo: d@e.f\nSubject: digest\nMIME-Version: 1.0\n"
    head += b"Content-Type: multipart/digest; boundary=x\n\n"
    body = b"".join(b"--x\n\n" + one + b"\n" for one in carried) + b"--x--\n"
    said = "Ada Miller <ada@example.org>, 2024-02-29T12:30:00+01:00"
    assert extract_payload(head + body).text == (
        f"## Part 1\n\n{said}\n\ntext 1\n\n---\n\n## Part 2\n\n{said}\n\ntext 2"
    )


def test_a_mailbox_has_no_text_but_its_messages():
    line = b"From ada@example.org Thu Feb 29 12:30:00 2024\n"
    made = extract_payload(2 * (line + message("Mail").as_bytes() + b"\n"))
    assert (made.media_type, made.text, made.members, made.is_document) == (media.MBOX, "", 2, False)


def test_bytes_beyond_ascii_in_headers_and_unknown_charsets_are_told():
    raw = (
        "From: a@b.c\nTo: d@e.f\nSubject: Grüße\nContent-Type: text/plain; charset=x-unknown\n\nschöne Grüße"
    ).encode()
    made = extract_payload(raw)
    assert (made.title, made.text) == ("Grüße", "schöne Grüße")


def test_a_mail_saved_as_utf_16_is_read():
    raw = "From: a@b.c\nTo: d@e.f\nSubject: wide\n\n" + "schön " * 20
    assert extract_payload(raw.encode("utf-16")).text == ("schön " * 20).strip()


def test_encrypted_mail_is_told_and_signed_mail_is_read():
    head = b"From: a@b.c\nTo: d@e.f\nSubject: s\nMIME-Version: 1.0\nContent-Type: "
    assert failure(head + b"multipart/encrypted; boundary=x\n\n--x\n\nx\n--x--\n").code == "encrypted"
    assert failure(head + b"application/pkcs7-mime; smime-type=enveloped-data\n\nMII=\n").code == "encrypted"
    assert extract_payload(head + b"application/pkcs7-mime; smime-type=signed-data\n\nMII=\n").text == ""
    signed = b"multipart/signed; boundary=x\n\n--x\nContent-Type: text/plain\n\nsaid\n--x--\n"
    assert extract_payload(head + signed).text == "said"


def test_parts_beyond_the_bound_fail_on_the_exact_part(monkeypatch):
    mail_ = message()
    mail_.set_content("body")
    for number in range(3):
        mail_.add_attachment(b"x", maintype="a", subtype="b", filename=str(number))
    monkeypatch.setattr(mail, "MAX_PARTS", 5)
    assert extract_payload(mail_.as_bytes()).text == "body"
    monkeypatch.setattr(mail, "MAX_PARTS", 4)
    assert failure(mail_.as_bytes()).code == "too_large"


@pytest.mark.parametrize(
    "date", ["yesterday", "Thu, 99 Feb 2024 12:30:00 +0100", ""], ids=["word", "day", "none"]
)
def test_a_date_that_cannot_be_read_is_left_out(date):
    raw = f"From: a@b.c\nTo: d@e.f\nSubject: s\nDate: {date}\n\nbody".encode()
    assert extract_payload(raw).published_utc is None
