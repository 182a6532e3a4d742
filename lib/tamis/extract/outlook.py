"""Outlook messages (MSG) as mails: what [MS-OXMSG] stores becomes a MIME message for the mail reader.

The plain text, else the HTML, else the text of the compressed RTF. Headers are those that the message came
with, else made of its properties ([MS-OXCMAIL]). Appointments, tasks, contacts and notes are read as mails.
"""

from __future__ import annotations

import re
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.parser import BytesParser, HeaderParser
from email.utils import format_datetime, quote
from typing import TYPE_CHECKING

from tamis.extract import media
from tamis.extract.expand import MAX_DEPTH
from tamis.extract.mail import MAX_PARTS, message_text
from tamis.extract.members import MAX_EXPANDED_BYTES
from tamis.extract.outlook_properties import (
    ATTACHMENT,
    DATA,
    INTERNET_CODE_PAGE,
    RECIPIENT,
    Item,
    OutlookFile,
)  # fmt: skip
from tamis.extract.rich_text import rich_text
from tamis.extract.rich_text_packed import unpacked_rich_text
from tamis.extract.windows_values import code_page_name

if TYPE_CHECKING:
    from email.message import Message

    from tamis.extract.office import DocumentText

CLASS, SUBJECT, NORMALIZED_SUBJECT, TRANSPORT_HEADERS = 0x001A, 0x0037, 0x0E1D, 0x007D
BODY, HTML, COMPRESSED_RTF = 0x1000, 0x1013, 0x1009
SUBMITTED, DELIVERED = 0x0039, 0x0E06
# Name, SMTP address, address of whatever kind; of whom the message is from, and of who sent it for them.
SENDERS = ((0x0042, 0x5D02, 0x0065), (0x0C1A, 0x5D01, 0x0C1F))
RECIPIENT_NAMES = (0x3001, 0x39FE, 0x3003)
RECIPIENT_TYPE, TO, CC = 0x0C15, 1, 2
DISPLAY_TO, DISPLAY_CC = 0x0E04, 0x0E03
IDS = {"Message-ID": 0x1035, "In-Reply-To": 0x1042, "References": 0x1039}
ORIGINAL_ONLY = ("List-Id", "Newsgroups")  # no property holds them
LONG_NAME, SHORT_NAME, DISPLAY_NAME, MIME_TYPE = 0x3707, 0x3704, 0x3001, 0x370E
NO_HEADERS = re.compile(r"\A\s*(?:[^:\n]*\n)?")  # "Microsoft Mail Internet Headers Version 2.0"
MEDIA_TYPE = re.compile(r"\s*([\w.+-]+)/([\w.+-]+)", re.ASCII)
# [MS-OXRTFEX]: tags of the HTML that the RTF was made of; some writers break lines of a list by these alone.
LIST_TAG = re.compile(rb"\{\\\*\\htmltag\d* ?</?(?:li|ul|ol)\b[^{}]*\}")
SPECIAL = re.compile(r'[()<>@,;:\\".\[\]]')  # RFC 5322, 3.2.3: a name with one of them is quoted
SMIME, SIGNED_CLEAR = "IPM.NOTE.SMIME", "IPM.NOTE.SMIME.MULTIPARTSIGNED"  # [MS-OXOSMIME] 2.1.1
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # RFC 5652, 5.1: its object identifier, in DER


def outlook_text(payload: bytes) -> DocumentText:
    """Return the text of an Outlook message, as of a mail.

    Raises:
        DocumentError: What `message_text` raises; ``corrupt`` for a damaged file.
    """
    return message_text(outlook_message(payload))


def outlook_message(payload: bytes) -> Message:
    """Return an Outlook message as the mail that it was or would be; the same bytes make the same mail.

    Raises:
        OSError: olefile cannot open the file.
        DocumentError: ``corrupt``; ``too_large`` for an RTF beyond the bound of what a record may expand to.
    """
    return _message(Item(OutlookFile(payload)), 0)


def _message(item: Item, depth: int) -> Message:
    """Return a message; beyond the depth to which containers are opened it holds nothing."""
    attachments = list(item.items(ATTACHMENT))[:MAX_PARTS] if depth <= MAX_DEPTH else []
    kind = (item.line(CLASS) or "").upper()
    message = _signed_in_clear(attachments) if kind == SIGNED_CLEAR else None
    if message is None:
        # The default boundary is random. All parts but messages are in Base64, which has no "=_".
        message = MIMEMultipart(boundary=f"=_tamis_{depth}")
        is_smime = kind.startswith(SMIME) and kind != SIGNED_CLEAR
        if (body := _body(item)) is not None:
            message.attach(body)
        for one in attachments:
            message.attach(_attachment(one, depth, is_smime=is_smime))
    _set_headers(message, item)
    return message


def _signed_in_clear(attachments: list[Item]) -> Message | None:
    """Return the signed mail that is the one attachment; the body beside it is a copy of its text."""
    data = attachments[0].binary(DATA) if len(attachments) == 1 else None
    message = BytesParser().parsebytes(data) if data else None
    return message if message is not None and message.is_multipart() else None


def _body(item: Item) -> Message | None:
    if text := item.text(BODY):
        return _text_part("plain", text)
    if page := item.text(HTML):
        return _text_part("html", page)
    if page_bytes := item.binary(HTML):
        return _part("text", "html", page_bytes, code_page_name(item.integer(INTERNET_CODE_PAGE)))
    if packed := item.binary(COMPRESSED_RTF):
        rich = LIST_TAG.sub(rb"\g<0>\\par ", unpacked_rich_text(packed, MAX_EXPANDED_BYTES))
        return _text_part("plain", rich_text(rich).text)
    return None


def _text_part(kind: str, text: str) -> Message:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # RTF has emoji in two halves
    return _part("text", kind, whole.encode(), "utf-8")


def _part(main: str, sub: str, data: bytes, charset: str | None = None) -> Message:
    part = MIMEBase(main, sub)
    if charset:
        part.set_param("charset", charset)
    part.set_payload(data)
    encode_base64(part)
    return part


def _attachment(item: Item, depth: int, *, is_smime: bool) -> Message:
    inner = item.message()
    data = item.binary(DATA)
    part: Message
    if inner is not None:
        part = MIMEMessage(_message(inner, depth + 1))
    elif data is None:  # a reference, or an object of another program, whose bytes are no file
        part = MIMEBase(*media.ELSEWHERE.split("/"))
        part.set_payload("")
    elif is_smime:
        part = _part("application", "pkcs7-mime", data)
    else:
        part = _part(*_media_type(item), data)
    if part.get_content_subtype().endswith("pkcs7-mime") and SIGNED_DATA in (data or b"")[:40]:
        part.set_param("smime-type", "signed-data")
    name = item.line(LONG_NAME, SHORT_NAME, DISPLAY_NAME)
    part["Content-Disposition"] = "attachment"
    if name:
        part.set_param("filename", name, "Content-Disposition", charset="utf-8")
    return part


def _media_type(item: Item) -> tuple[str, str]:
    """Return what is declared of an attachment; its bytes tell whether they are a mail."""
    found = MEDIA_TYPE.match(item.line(MIME_TYPE) or "")
    if found is None or found[1].lower() in {"message", "multipart"}:
        return "application", "octet-stream"
    return found[1], found[2]


def _set_headers(message: Message, item: Item) -> None:
    original = HeaderParser().parsestr(NO_HEADERS.sub("", item.text(TRANSPORT_HEADERS) or "", count=1))
    date = item.time(SUBMITTED, DELIVERED)
    made = {
        "Subject": item.line(SUBJECT, NORMALIZED_SUBJECT),
        "From": original["From"] or _sender(item),
        "To": original["To"] or _recipients(item, TO) or item.line(DISPLAY_TO),
        "Cc": original["Cc"] or _recipients(item, CC) or item.line(DISPLAY_CC),
        "Date": original["Date"] or (format_datetime(date) if date else None),
        **{name: original[name] or item.line(number) for name, number in IDS.items()},
        **{name: original[name] for name in ORIGINAL_ONLY},
    }
    for name, value in made.items():
        del message[name]
        if value:
            message[name] = " ".join(str(value).split())


def _sender(item: Item) -> str | None:
    return next(filter(None, (_address(item, *sender) for sender in SENDERS)), None)


def _recipients(item: Item, kind: int) -> str:
    found = [one for one in item.items(RECIPIENT) if one.integer(RECIPIENT_TYPE) == kind]
    return ", ".join(filter(None, (_address(one, *RECIPIENT_NAMES) for one in found)))


def _address(item: Item, name: int, smtp: int, other: int) -> str | None:
    """Return name and mail address; the path of an account in Exchange (``/O=...``) is none."""
    said = (item.line(name) or "").strip("'\"")
    address = next((one for one in (item.line(smtp), item.line(other)) if one and "@" in one[1:]), None)
    if not address or address.lower() in said.lower():
        return said or address
    shown = f'"{quote(said)}"' if SPECIAL.search(said) else said
    return f"{shown} <{address}>" if said else address
