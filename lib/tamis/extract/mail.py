"""E-mail to Markdown by the standard library: its parts of text, plain before HTML; headers as metadata.

RFC 5322 and MIME (RFC 2045 to 2049). Quoted threads stay as they stand. Attachments are named and are records
of their own; a digest's messages are its text.
"""

from __future__ import annotations

from email import message_from_bytes
from email.header import Header, decode_header
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.clean import decode_text
from tamis.extract.html_whole import whole_page
from tamis.extract.markdown import blocks
from tamis.extract.members import unique_paths
from tamis.extract.office import DocumentText
from tamis.extract.sniff import bom_encoding, wide_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

HEADERS = ("to", "cc", "message-id", "in-reply-to", "references", "list-id", "newsgroups")
ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
MAX_PARTS = 1000
RULE = "\n\n---\n\n"
# Attached to tell who sent it; it says nothing.
KEYS = frozenset({
    "application/pgp-signature", "application/pgp-keys", "application/pkcs7-signature",
    "application/x-pkcs7-signature",
})  # fmt: skip


def mail_text(payload: bytes) -> DocumentText:
    """Return the text of a mail, as `message_text` does."""
    return message_text(parsed_mail(payload))


def message_text(message: Message) -> DocumentText:
    """Return the text of a message, its subject as the title.

    Raises:
        DocumentError: ``encrypted``; ``too_large`` beyond 1,000 parts.
    """
    metadata = {name.replace("-", "_"): value for name in HEADERS if (value := _header(message, name))}
    names = [name for part in _parts(message) if (name := _attachment_name(part))]
    if names:
        metadata["attachments"] = ", ".join(names)
    return DocumentText(
        _body(message), _header(message, "subject"), _header(message, "from"), _date(message), metadata,
        members=len(_attached(message)) or None,
    )  # fmt: skip


class MailContents:
    """What is attached to a mail: each part that is no text of it, and no signature."""

    def __init__(self, message: Message) -> None:
        self._parts = _attached(message)
        self.paths = unique_paths(_part_name(part, number) for number, part in enumerate(self._parts, 1))

    def read(self, number: int) -> tuple[bytes, Declared]:
        """Return an attachment as it was before it was attached, and its headers.

        Raises:
            DocumentError: ``unsupported_format`` where the mail only tells of it.
        """
        part = self._parts[number]
        if part.get_content_type() == media.ELSEWHERE:
            raise DocumentError("unsupported_format", f"{media.ELSEWHERE}: its bytes are not in the mail")
        is_mail = part.get_content_type() == media.MAIL
        declared = Declared(part.get_content_type(), part.get_content_charset(), is_certain=is_mail)
        if is_mail and (carried := _payloads(part)):
            return carried[0].as_bytes(), declared
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b"", declared


def parsed_mail(payload: bytes) -> Message:
    """Return the message that bytes are, in whatever encoding they were saved."""
    return message_from_bytes(narrow(payload).lstrip(b"\r\n"))


def _attached(message: Message) -> list[Message]:
    """Return the parts that are records of their own, in order."""
    parts = list(_parts(message))
    carries = any(part.get_content_type() == media.MAIL for part in parts)
    is_text = carries and bool(_spoken(message).strip())
    return [part for part in parts if _is_record(part, is_text=is_text)]


def _is_record(part: Message, *, is_text: bool) -> bool:
    """Say whether a part is a record; a message that is carried is the text where there is no other."""
    kind, main = part.get_content_type(), part.get_content_maintype()
    if kind == media.MAIL:
        return _is_attachment(part) or is_text
    return kind not in KEYS and (_is_attachment(part) or main not in {"text", "message", "multipart"})


def _part_name(part: Message, number: int) -> str:
    name = part.get_filename()
    return " ".join(_decoded_header(name).split()) if name else f"part-{number}"


def narrow(payload: bytes) -> bytes:
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
    """Return what a message says, else that of the messages it carries."""
    if (spoken := _spoken(message)).strip():
        return spoken
    carried = [
        one
        for part in _parts(message)
        if part.get_content_type() == media.MAIL and not _is_attachment(part)
        for one in _payloads(part)
    ]
    return RULE.join(_headed(one) for one in carried)


def _spoken(part: Message) -> str:
    """Return the text of a part: one of those that are alternatives, plain if it can be, else all in order.

    Text of any other kind, and multiparts that cannot be taken apart, are read as plain (RFC 2046, 4.1.4).
    """
    kind, main = part.get_content_type(), part.get_content_maintype()
    if part.is_multipart() and main == "multipart":
        inside = _payloads(part)
        if kind != "multipart/alternative":
            return blocks(map(_spoken, inside))
        plain_first = sorted(inside, key=lambda one: one.get_content_type() != "text/plain")
        return next((text for one in plain_first if (text := _spoken(one)).strip()), "")
    if _is_attachment(part) or main not in {"text", "multipart"}:
        return ""
    return whole_page(_decoded(part)) if kind == "text/html" else _decoded(part)


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
