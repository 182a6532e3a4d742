"""Damaged files, each made from its number alone: pure, and the same in every process and Python.

Five kinds of damage in turn, to each format in turn. What is drawn is drawn from SHA-256 over the name of the
original, the kind and the number.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tests.robust.originals import FORMS, Original, originals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 2000
MAX_FLIPS = 6  # powers of two: 1 to 64 bits
GRAM = 4
# Told by magic numbers or header lines, whatever the name: the name of one is no part of its text.
NAMELESS = frozenset(
    {"pdf", "docx", "pptx", "xlsx", "xls", "odt", "ods", "odp", "epub", "rtf", "eml", "mbox"}
    | {"doc", "ppt", "msg"}
)
MARKED_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Mutant(NamedTuple):
    """A damaged file.

    Attributes:
        kind: A key of ``KINDS``.
        is_untouched: The bytes that hold its text, and those that lead to it, are the original's.
    """

    number: int
    kind: str
    original: Original
    name: str
    payload: bytes
    is_untouched: bool


class Draw:
    """Numbers drawn from a seed, the same wherever they are drawn."""

    def __init__(self, *seed: object) -> None:
        self._seed = repr(seed).encode()
        self._count = 0

    def below(self, bound: int) -> int:
        """Return a number of [0, bound)."""
        self._count += 1
        digest = hashlib.sha256(b"%d %b" % (self._count, self._seed)).digest()
        return int.from_bytes(digest[:8], "big") % bound

    def noise(self, count: int) -> bytes:
        """Return ``count`` bytes."""
        return bytes(self.below(256) for _ in range(count))


def mutants(count: int = COUNT) -> Iterator[Mutant]:
    """Yield the first ``count`` damaged files."""
    return map(mutant, range(count))


def mutant(number: int) -> Mutant:
    """Return the damaged file of a number."""
    kinds = list(KINDS)
    kind, turn = kinds[number % len(kinds)], number // len(kinds)
    family = originals()[FORMS[turn % len(FORMS)]]
    original = family[turn // len(FORMS) % len(family)]
    name, payload = KINDS[kind](original, Draw(original.name, kind, number))
    is_untouched = kind == "outside" or (kind == "renamed" and original.form in NAMELESS)
    return Mutant(number, kind, original, name, payload, is_untouched)


def _truncated(original: Original, draw: Draw) -> tuple[str, bytes]:
    return original.name, original.payload[: draw.below(len(original.payload))]


def _flipped(original: Original, draw: Draw) -> tuple[str, bytes]:
    whole = ((0, len(original.payload)),)
    return original.name, _flip(original.payload, whole, 1 << draw.below(MAX_FLIPS + 1), draw)


def _flip(payload: bytes, spans: tuple[tuple[int, int], ...], count: int, draw: Draw) -> bytes:
    """Flip bits, each in a span drawn for it."""
    flipped = bytearray(payload)
    for _ in range(count):
        start, end = spans[draw.below(len(spans))]
        flipped[start + draw.below(end - start)] ^= 1 << draw.below(8)
    return bytes(flipped)


def _spliced(original: Original, draw: Draw) -> tuple[str, bytes]:
    """Return the beginning of one file and the end of another, of any format."""
    family = originals()[FORMS[draw.below(len(FORMS))]]
    other = family[draw.below(len(family))]
    head = original.payload[: 1 + draw.below(len(original.payload))]
    return original.name, head + other.payload[draw.below(len(other.payload)) :]


def _renamed(original: Original, draw: Draw) -> tuple[str, bytes]:
    others = [form for form in FORMS if form != original.form]
    return f"{original.name.rpartition('.')[0]}.{others[draw.below(len(others))]}", original.payload


def _outside(original: Original, draw: Draw) -> tuple[str, bytes]:
    """Change bytes that are no text: where the original has none, or by what its format skips."""
    pieces = HARMLESS[original.form]
    at = draw.below(len(pieces) + bool(original.spans))
    if at == len(pieces):
        return original.name, _flip(original.payload, original.spans, 1 + draw.below(8), draw)
    return original.name, pieces[at](original.payload, draw)


def _trailing_noise(payload: bytes, draw: Draw) -> bytes:
    return payload + draw.noise(1 + draw.below(500))


def _trailing_lines(payload: bytes, draw: Draw) -> bytes:
    end = "\n".encode(MARKED_UTF_16.get(payload[:2], "ascii"))
    return payload + end * (1 + draw.below(9))


def _other_line_ends(payload: bytes, _draw: Draw) -> bytes:
    encoding = MARKED_UTF_16.get(payload[:2], "ascii")
    short, long = "\n".encode(encoding), "\r\n".encode(encoding)
    return payload.replace(long, short) if long in payload else payload.replace(short, long)


def _leading_spaces(payload: bytes, draw: Draw) -> bytes:
    return b" \n" * (1 + draw.below(9)) + payload


def _after_head_tag(piece: bytes) -> Callable[[bytes, Draw], bytes]:
    def put(payload: bytes, draw: Draw) -> bytes:
        found = re.search(rb"<head[^>]*>", payload, re.IGNORECASE)
        at = found.end() if found else len(payload)
        return payload[:at] + piece % draw.noise(9).hex().encode() + payload[at:]

    return put


def _after(mark: bytes, piece: bytes) -> Callable[[bytes, Draw], bytes]:
    def put(payload: bytes, draw: Draw) -> bytes:
        at = payload.index(mark) + len(mark)
        return payload[:at] + piece % draw.noise(9).hex().encode() + payload[at:]

    return put


def _last_comment(payload: bytes, draw: Draw) -> bytes:
    at = payload.rindex(b"</")
    return payload[:at] + b"<!-- %b -->" % draw.noise(9).hex().encode() + payload[at:]


def character_f1(found: str, wanted: str) -> float:
    """F1 of the two multisets of runs of four characters, which tell an order; 1 where both are empty."""
    ours, theirs = _grams(found), _grams(wanted)
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1))) if text else Counter()


KINDS: dict[str, Callable[[Original, Draw], tuple[str, bytes]]] = {
    "truncated": _truncated, "flipped": _flipped, "spliced": _spliced, "renamed": _renamed,
    "outside": _outside,
}  # fmt: skip
_BY_LINES = (_trailing_lines, _other_line_ends)
HARMLESS: dict[str, tuple[Callable[[bytes, Draw], bytes], ...]] = {
    **dict.fromkeys(NAMELESS - {"rtf", "eml", "mbox"}, (_trailing_noise,)),
    **dict.fromkeys(("csv", "md", "txt"), _BY_LINES),
    "json": (*_BY_LINES, _leading_spaces),
    "ndjson": (*_BY_LINES, _leading_spaces),
    "html": (
        _after_head_tag(b"<!-- %b -->"), _after_head_tag(b"<style>p { color: #%b }</style>"), _trailing_lines,
    ),
    "xml": (_last_comment, _trailing_lines),
    "rtf": (_after(rb"\ansicpg1252", rb"{\*\noise %b}"), _trailing_lines),
    "eml": (_after(b"MIME-Version: 1.0\n", b"X-Noise: %b\n"), _trailing_lines),
    "mbox": (_after(b"MIME-Version: 1.0\n", b"X-Noise: %b\n"), _trailing_lines),
    "warc": (_trailing_noise,),
}  # fmt: skip
