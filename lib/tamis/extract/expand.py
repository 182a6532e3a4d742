"""A record and all that is inside it: containers are opened, their members extracted like any record.

Runs beside the worker, never in it: each member is a request of its own, so whatever it does to its parser
costs that member alone. Containers inside containers share one budget of depth, members and bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tamis.document import Declared, Extraction
from tamis.errors import DocumentError
from tamis.extract.clean import cleaned, cleaned_metadata
from tamis.extract.members import MAX_EXPANDED_BYTES
from tamis.extract.pictures import absolute
from tamis.io.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tamis.extract.members import Batch, Member

MAX_DEPTH = 3
MAX_MEMBERS = 100_000  # an mbox of 64 MB with mails of 1 kB has 64,000
MARK = "!"  # between a container's key and a member's path

Extract = Callable[[bytes, str, Declared | None], Extraction]


class Extractor(Protocol):
    """What turns payloads into texts, within limits; `isolation.IsolatedExtractor` does."""

    def extract(self, payload: bytes, name: str, declared: Declared | None = None) -> Extraction:
        """Return the text of a payload; raises DocumentError."""

    def members(self, payload: bytes, name: str, declared: Declared | None, start: int) -> Batch:
        """Return some members of a container from number ``start`` on; raises DocumentError."""


class Found(NamedTuple):
    """What became of one record.

    Attributes:
        record: It, or the member of one.
        made: Its text, or what container it is; None where there is an error.
        error: Why there is neither.
        within: Keys of the containers that it lies in, outermost first.
        stands_for: Members that an error is about: of a container that could not be read to its end, the
            rest; its key is then the container's and the mark.
    """

    record: Record
    made: Extraction | None = None
    error: DocumentError | None = None
    within: tuple[str, ...] = ()
    stands_for: int = 1


def found_in(record: Record, extractor: Extractor) -> Iterator[Found]:
    """Yield what became of a record, and of all that is inside it, in order; a batch of members is held."""
    yield from _Walk(extractor, MAX_MEMBERS, MAX_EXPANDED_BYTES).found(record, ())


@dataclass(slots=True)
class _Walk:
    """The way through one record, and what it may still open."""

    extractor: Extractor
    members_left: int
    bytes_left: int

    def found(self, record: Record, within: tuple[str, ...]) -> Iterator[Found]:
        try:
            made = extraction_of(record, self.extractor.extract)
            refusal = self._refusal(made, len(within))
            if refusal and not made.is_document:
                raise refusal
        except DocumentError as error:
            yield Found(record, error=error, within=within)
            return
        yield Found(record, made, within=within)
        if made.members:
            yield from self._inside(record, made.members, (*within, record.key), refusal)

    def _refusal(self, made: Extraction, depth: int) -> DocumentError | None:
        """Return why a container is not opened; count one that is."""
        if made.members is None:
            return None
        if depth >= MAX_DEPTH:
            return DocumentError("too_deep", f"containers are opened to a depth of {MAX_DEPTH}")
        if made.members > self.members_left:
            told = f"{made.members} members, where {self.members_left} of {MAX_MEMBERS} are left"
            return DocumentError("too_large", told)
        if made.expanded_bytes > self.bytes_left:
            told = (
                f"{made.expanded_bytes:,} bytes, where {self.bytes_left:,} of {MAX_EXPANDED_BYTES:,} are left"
            )
            return DocumentError("zip_bomb", told)
        self.members_left -= made.members
        self.bytes_left -= made.expanded_bytes
        return None

    def _inside(
        self, record: Record, count: int, within: tuple[str, ...], refusal: DocumentError | None
    ) -> Iterator[Found]:
        done = 0
        try:
            if refusal:
                raise refusal
            for member in self._members(record):
                yield from self.found(_as_record(member, record), within)
                done += 1
        except DocumentError as error:
            rest = Record(record.key + MARK, record.offset, 0, "")
            yield Found(rest, error=error, within=within, stands_for=count - done)

    def _members(self, record: Record) -> Iterator[Member]:
        start: int | None = 0
        while start is not None:
            members, start = self.extractor.members(
                record.payload or b"", record.name or record.key, record.declared, start
            )
            yield from members


def _as_record(member: Member, container: Record) -> Record:
    payload = None if member.error else member.payload
    return Record(
        container.key + MARK + member.path, container.offset, len(member.payload),
        hashlib.sha256(member.payload).hexdigest(), payload=payload, name=member.path,
        declared=member.declared, error=member.error,
    )  # fmt: skip


def extraction_of(record: Record, extract: Extract) -> Extraction:
    """Return the text of a record: parsed from its payload, or the field that already holds it.

    Raises:
        DocumentError: There is none, or the record's own error; `NO_DOCUMENT` where an archive holds
            something else than a document.
    """
    if record.error is not None:
        raise record.error
    if record.payload is not None:
        return _with_record(extract(record.payload, record.name or record.key, record.declared), record)
    text, counts = cleaned(record.text or "")
    return Extraction(
        text=text, media_type="text/plain", extractor="field-3",
        title=record.title, url=record.url, author=record.author, published_utc=record.published_utc,
        metadata=record.metadata | cleaned_metadata(counts),
    )  # fmt: skip


def _with_record(made: Extraction, record: Record) -> Extraction:
    """Return an extraction with what the archive says: its URL stands; the page's own becomes metadata."""
    metadata = {**record.metadata, **made.metadata}
    if record.url and made.url and made.url != record.url:
        metadata["canonical_url"] = made.url
    url = record.url or made.url
    pictures = absolute(made.pictures, url)
    return replace(made, url=url, metadata=dict(sorted(metadata.items())), pictures=pictures)
