"""A mailbox's messages, each a mail of its own (mbox, RFC 4155).

One that holds a single message is that mail: so mail programs save it.
"""

from __future__ import annotations

import re

from tamis.document import Declared
from tamis.extract import media
from tamis.extract.mail import MailContents, mail_text, narrow, parsed_mail
from tamis.extract.office import DocumentText

# A line that begins a message: a blank line before it, a header after it. In a text the writer has put ">"
# before such a line (appendix A), or should have.
FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n(?=[!-9;-~]+:|>?From )")
QUOTED_FROM = re.compile(rb"^>(?=>*From )", re.MULTILINE)
MAIL = Declared(media_type=media.MAIL, is_certain=True)


class MailboxContents:
    """The messages of an mbox; the path of each is its number, from 1."""

    def __init__(self, payload: bytes) -> None:
        self._payload = narrow(payload)
        lines = list(FROM_LINE.finditer(self._payload))
        ends = [*(line.start() for line in lines[1:]), len(self._payload)]
        self._bounds = [(line.end(), end) for line, end in zip(lines, ends, strict=False)]
        self.paths = [str(number) for number in range(1, 1 + len(lines))]

    def read(self, number: int) -> tuple[bytes, Declared]:
        """Return a message as it was before it was put into the mailbox."""
        start, end = self._bounds[number]
        return QUOTED_FROM.sub(b"", self._payload[start:end]), MAIL


def mailbox_text(payload: bytes) -> DocumentText:
    """Return what a mailbox is: no text of its own, and how many mails; or the only mail's text."""
    box = MailboxContents(payload)
    if len(box.paths) == 1:
        return mail_text(box.read(0)[0])
    return DocumentText("", members=len(box.paths), is_document=False)


def mailbox_contents(payload: bytes) -> MailboxContents | MailContents:
    """Return a mailbox's messages; what is attached to the only one."""
    box = MailboxContents(payload)
    return MailContents(parsed_mail(box.read(0)[0])) if len(box.paths) == 1 else box
