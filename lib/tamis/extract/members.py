"""What a container holds, in batches of some megabytes: files of a ZIP or TAR, mails of an mbox, attachments.

Runs in the worker process. A batch is asked for by the number of its first member and the container is opened
anew for each, so that a worker may be replaced at any time and no more than one batch is in memory.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from tamis.document import Declared
from tamis.errors import DocumentError
from tamis.extract import media

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tamis.extract.payload import ExtractOptions

MAX_EXPANDED_BYTES = 512_000_000
BATCH_BYTES = 16_000_000  # a container of 64 MB is sent at most 32 times for the 512 MB that it may hold
BATCH_MEMBERS = 2000
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Member:
    """One record inside a container.

    Attributes:
        path: Names it there; no other member has the same.
        payload: Its bytes; none where there is an error.
        declared: What the container says of it.
        error: Why its bytes cannot be had.
    """

    path: str
    payload: bytes = b""
    declared: Declared | None = None
    error: DocumentError | None = None


class Contents(Protocol):
    """An open container.

    Attributes:
        paths: Names its members, each once.
    """

    paths: list[str]

    def read(self, number: int) -> tuple[bytes, Declared | None]:
        """Return a member's bytes and what is declared of it; may raise what parsers raise."""


class Batch(NamedTuple):
    """Members that follow each other, and the number of the next one; None: there is none."""

    members: list[Member]
    next: int | None

    def packed(self) -> tuple[dict[str, Any], bytes]:
        """Return it as a frame's head and body."""
        told = [
            {
                "path": one.path, "bytes": len(one.payload),
                "declared": asdict(one.declared) if one.declared else None,
                "error": (one.error.code, one.error.message) if one.error else None,
            }
            for one in self.members
        ]  # fmt: skip
        return {"members": told, "next": self.next}, b"".join(one.payload for one in self.members)

    @classmethod
    def of(cls, head: dict[str, Any], body: bytes | bytearray) -> Self:
        """Return what `packed` was called on."""
        members, position = [], 0
        for told in head["members"]:
            payload = bytes(body[position : position + told["bytes"]])
            position += told["bytes"]
            declared = Declared.of(told["declared"]) if told["declared"] else None
            error = DocumentError(*told["error"]) if told["error"] else None
            members.append(Member(told["path"], payload, declared, error))
        return cls(members, head["next"])


def payload_members(
    payload: bytes, *, start: int, name: str = "", options: ExtractOptions | None = None,
    declared: Declared | None = None,
) -> Batch:  # fmt: skip
    """Return some members of a container, of 16 MB together or one that is larger.

    Args:
        payload: The container's bytes, as `extract_payload` was given them.
        start: The first member wanted.
        name: As `extract_payload` was given it.
        options: Bounds; the defaults if None.
        declared: As `extract_payload` was given it.

    Raises:
        DocumentError: The container cannot be read.
    """
    from tamis.extract.compressed import opened
    from tamis.extract.payload import ExtractOptions, mapped_errors

    options = options or ExtractOptions()
    with mapped_errors():
        held, media_type = opened(payload, name, declared, options.max_expanded_bytes)
        return _batch(CONTAINERS[media_type](held, options), start)


def _batch(contents: Contents, start: int) -> Batch:
    members: list[Member] = []
    size = 0
    for number in range(start, len(contents.paths)):
        members.append(_member(contents, number))
        size += len(members[-1].payload)
        if size >= BATCH_BYTES or len(members) >= BATCH_MEMBERS:
            break
    after = start + len(members)
    return Batch(members, after if after < len(contents.paths) else None)


def _member(contents: Contents, number: int) -> Member:
    from tamis.extract.payload import mapped_errors

    try:
        with mapped_errors():
            return Member(contents.paths[number], *contents.read(number))
    except DocumentError as error:
        return Member(contents.paths[number], error=error)


def unique_paths(names: Iterable[str]) -> list[str]:
    r"""Return names as paths inside a container: none leads out of it, and none comes twice.

    Example:
        >>> unique_paths(["../etc/passwd", "a\\b.txt", "/a/b.txt", "a/b.txt#1", ""])
        ['etc/passwd', 'a/b.txt', 'a/b.txt#1', 'a/b.txt#1#1', 'unnamed']
    """
    counts: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        steps = UNSAFE.sub("\ufffd", name).replace("\\", "/").split("/")
        path = base = "/".join(step for step in steps if step not in {"", ".", ".."}) or "unnamed"
        while path in counts:
            counts[base] += 1
            path = f"{base}#{counts[base]}"
        counts[path] = 0
        found.append(path)
    return found


def _zip(payload: bytes, options: ExtractOptions) -> Contents:
    from tamis.extract.archive import ZipContents

    return ZipContents(payload, options.max_record_bytes)


def _tar(payload: bytes, options: ExtractOptions) -> Contents:
    from tamis.extract.tar import TarContents

    return TarContents(payload, options.max_record_bytes)


def _mailbox(payload: bytes, _options: ExtractOptions) -> Contents:
    from tamis.extract.mailbox import mailbox_contents

    return mailbox_contents(payload)


def _mail(payload: bytes, _options: ExtractOptions) -> Contents:
    from tamis.extract.mail import MailContents, parsed_mail

    return MailContents(parsed_mail(payload))


def _outlook(payload: bytes, _options: ExtractOptions) -> Contents:
    from tamis.extract.mail import MailContents
    from tamis.extract.outlook import outlook_message

    return MailContents(outlook_message(payload))


CONTAINERS: dict[str, Callable[[bytes, ExtractOptions], Contents]] = {
    media.ZIP: _zip,
    media.TAR: _tar,
    media.MBOX: _mailbox,
    media.MAIL: _mail,
    media.MSG: _outlook,
}
