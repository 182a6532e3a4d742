"""E-mail to Markdown by the standard library: the text part, else the HTML part; headers as metadata.

RFC 5322 and MIME (RFC 2045 to 2049). Quoted threads stay as they stand. Attachments are named, not read; a
digest's messages are. An mbox is one document, its messages parted by rules.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.header import Header, decode_header
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tamis.errors import DocumentError
from tamis.extract.clean import decode_text
from tamis.extract.html_whole import whole_page
from tamis.extract.markdown import blocks
from tamis.extract.office import DocumentText
from tamis.extract.sniff import bom_encoding, wide_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

HEADERS = ("to", "cc", "message-id", "in-reply-to", "list-id", "newsgroups")
ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
MAX_PARTS = 1000
RULE = "\n\n---\n\n"
# A line of an mbox that begins a message; in a text the writer has put ">" before it (RFC 4155, appendix A).
FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\n]*\n")
QUOTED_FROM = re.compile(rb"^>(?=>*From )", re.MULTILINE)


def mail_text(payload: bytes) -> DocumentText:
    """Return the text of a mail, its subject as the title.

    Raises:
        DocumentError: ``encrypted``; ``too_large`` beyond 1,000 parts.
    """
    message = message_from_bytes(_narrow(payload).lstrip(b"\r\n"))
    metadata = {name.replace("-", "_"): value for name in HEADERS if (value := _header(message, name))}
    names = [name for part in _parts(message) if (name := _attachment_name(part))]
    if names:
        metadata["attachments"] = ", ".join(names)
    return DocumentText(
        _body(message), _header(message, "subject"), _header(message, "from"), _date(message), metadata
    )


def mailbox_text(payload: bytes) -> DocumentText:
    """Return the messages of an mbox, each below its subject, sender and date, parted by rules."""
    lines = list(FROM_LINE.finditer(payload))
    ends = [*(line.start() for line in lines[1:]), len(payload)]
    messages = [
        QUOTED_FROM.sub(b"", payload[line.end() : end]) for line, end in zip(lines, ends, strict=True)
    ]
    if len(messages) == 1:
        return mail_text(messages[0])
    text = RULE.join(_headed(message_from_bytes(message)) for message in messages)
    return DocumentText(text, metadata={"message_count": str(len(messages))})


def _narrow(payload: bytes) -> bytes:
    """Return a mail that was saved as UTF-16 as the bytes that it was."""
    if bom_encoding(payload) or wide_encoding(payload[:4096]):
        return decode_text(payload, None)[0].encode("utf-8")
    return payload


def _parts(message: Message) -> Iterator[Message]:
    """Yield a message's leaves and its whole attached messages, in order; their own parts stay inside."""
    stack = [message]
    count = 0
    while stack:
        part = stack.pop()
        count += 1
        if count > MAX_PARTS:
            raise DocumentError("too_large", f"mail: more than {MAX_PARTS} parts")
        if part.get_content_type() in ENCRYPTED and part.get_param("smime-type") != "signed-data":
            raise DocumentError("encrypted", f"mail: {part.get_content_type()}")
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            stack.extend(reversed(_payloads(part)))
        else:
            yield part


def _body(message: Message) -> str:
    """Return the first kind of text that a message has: plain, HTML, or that of the messages it carries."""
    parts = [part for part in _parts(message) if not _is_attachment(part)]
    plain = [_decoded(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return blocks(plain)
    pages = [whole_page(_decoded(part)) for part in parts if part.get_content_type() == "text/html"]
    if any(text.strip() for text in pages):
        return blocks(pages)
    carried = [
        one for part in parts if part.get_content_type() == "message/rfc822" for one in _payloads(part)
    ]
    return RULE.join(_headed(one) for one in carried)


def _payloads(part: Message) -> list[Message]:
    """Return the parts of a multipart or attached message; a broken one has a string in their place."""
    inside = part.get_payload()
    return [one for one in inside if not isinstance(one, str)] if isinstance(inside, list) else []


def _headed(message: Message) -> str:
    said = [_header(message, "from"), _date(message)]
    subject = _header(message, "subject")
    return blocks([f"## {subject}" if subject else "", ", ".join(filter(None, said)), _body(message)])


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _attachment_name(part: Message) -> str | None:
    name = part.get_filename()
    if name is None or not (_is_attachment(part) or part.get_content_maintype() != "text"):
        return None
    return " ".join(_decoded_header(name).split())


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return decode_text(payload, part.get_content_charset())[0] if isinstance(payload, bytes) else ""


def _header(message: Message, name: str) -> str | None:
    """Return a header on one line, its encoded words decoded; None where it is missing or empty."""
    value = message.get(name)
    return " ".join(_decoded_header(value).split()) or None if value is not None else None


def _decoded_header(value: str | Header) -> str:
    """Decode the encoded words of RFC 2047; raw bytes, which no header may hold, as a text's are."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError):
        return str(value)
    return "".join(
        piece if isinstance(piece, str) else decode_text(piece, charset)[0] for piece, charset in pieces
    )


def _date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(str(message.get("date", ""))).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
