"""Bytes to text, and text to the one form that every table holds.

Encodings as the WHATWG Encoding Standard labels them; guesses by charset-normalizer.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from webencodings.labels import LABELS

from tamis.extract.characters import without_rare, without_tags
from tamis.extract.mojibake import repair_mojibake
from tamis.extract.sniff import bom_encoding, wide_encoding

PRESCAN_BYTES = 4096  # the standard asks for 1,024; pages with scripts first put the tag later
SAMPLE_BYTES = 1 << 16
# Under 1 % of undecodable characters, the label is right and the bytes are damaged.
MAX_DAMAGED_FRACTION = 0.01

META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
XML_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})[\"']")
HIGH_BYTE = re.compile(rb"[\x80-\xff]")
# What no second byte of a character is, in any encoding below, but for GB18030's rare ones of four.
SAFE_CUT = re.compile(rb"[\x00-\x2f\x3a-\x3f]")
CONTEXT_BYTES = 200

# The legacy encodings of the standard (section 4.2). Among all of Python's, a few accents look Icelandic or
# Chinese: of 34 texts of 300 characters in 27 languages 29 were told right, of these 31.
LEGACY_ENCODINGS = [
    *(f"cp{page}" for page in (866, 874, 932, 949, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)),
    *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *("koi8_r", "koi8_u", "mac_cyrillic", "gb18030", "big5", "euc_jp", "iso2022_jp"),
]
# Under 32 bytes beyond ASCII no statistics hold; if all are what Western European text has, it is that. The
# letters that Hungarian would have in their place are left out.
FEW_MARKS = 32
WESTERN = re.compile(
    "[ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôöøùúüŒœ"
    "\u20ac\u201a\u201e\u2026\u2018\u2019\u201c\u201d\u2022\u2013\u2014«»°§©®™·¡¿ªº½£\xa0\xad]*"
)

# What the standard's names (section 4.2) are called here, and what browsers read for these of Python's.
UNKNOWN_NAMES = {"iso-8859-8-i": "iso8859-8", "windows-874": "cp874", "x-mac-cyrillic": "mac-cyrillic"}
WIDER_CODECS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "big5": "big5hkscs",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
NO_ENCODINGS = frozenset(["undefined", "idna", "punycode"])
ISO_2022_JP = re.compile(rb"\x1b\$[@B]")  # RFC 1468: a text in it is ASCII but for its escapes
# Bytes that these can hold are hardly ever valid UTF-8 with a non-ASCII character, so such text is UTF-8.
SINGLE_BYTE = re.compile(r"cp125\d|cp874|cp866|iso8859-\d+|koi8-[rut]|mac-|latin|charmap")

SURROGATES = re.compile("[\ud800-\udfff]")


def decode_text(payload: bytes, declared: str | None) -> tuple[str, str]:
    r"""Decode bytes whose encoding may be marked, declared, stated inside, or unknown.

    Args:
        payload: Any bytes.
        declared: The label that came with them (an HTTP header, a recipe), or None.

    Returns:
        The text, possibly with U+FFFD for damaged bytes, without a byte order mark; and the Python name of
        the encoding. The same bytes and label always give the same pair.

    Example:
        >>> decode_text(b"caf\xe9", "iso-8859-1")
        ('café', 'cp1252')
    """
    if mark := bom_encoding(payload):
        return payload[mark[1] :].decode(mark[0], "replace"), mark[0]
    if wide := wide_encoding(payload[:SAMPLE_BYTES]):
        return payload.decode(wide, "replace"), wide
    for label in (declared, _stated_label(payload)):
        encoding = _python_encoding(label)
        if encoding and (text := _decode_as(payload, encoding)) is not None:
            return text
    return _decode_unlabelled(payload)


def clean_text(text: str) -> str:
    r"""Return text as ``cleaned`` does, without the counts.

    Example:
        >>> clean_text("schÃ¶n\r\n\x00\ud800")
        'schön\n\ufffd'
    """
    return cleaned(text)[0]


def cleaned(text: str) -> tuple[str, dict[str, int]]:
    r"""Return text as valid Unicode in NFC with ``\n`` line ends, repaired where broken; and what was done.

    Surrogate pairs are joined and lone surrogates become U+FFFD; mojibake is decoded again; controls but tab
    and newline, byte order marks, noncharacters and what ``characters`` names are dropped, ligatures spelled
    out. The result always encodes to UTF-8.

    Returns:
        The text, and by kind how many there were, if any: ``surrogates``, ``mojibake`` (lines),
        ``ligatures``, ``controls``, ``soft_hyphens``, ``bidi``, ``zero_width``, ``tags``, ``lost``
        (U+FFFD, whoever wrote it); ``nfc`` is 1 if the form changed.

    Example:
        >>> cleaned("schÃ¶n \ufb01n\x00")
        ('schön fin', {'mojibake': 1, 'ligatures': 1, 'controls': 1})
    """
    counts: dict[str, int] = {}
    if not text.isascii():
        if SURROGATES.search(text):
            counts["surrogates"] = len(SURROGATES.findall(text))
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text, counts["mojibake"] = repair_mojibake(text)
    text, rare = without_rare(text)
    counts |= rare
    if not text.isascii():
        text, counts["tags"] = without_tags(text)
        if not unicodedata.is_normalized("NFC", text):
            text, counts["nfc"] = unicodedata.normalize("NFC", text), 1
        counts["lost"] = text.count("\ufffd")
    return text, {kind: count for kind, count in counts.items() if count}


def cleaned_metadata(counts: dict[str, int]) -> dict[str, str]:
    """Return the counts of ``cleaned`` as a document's metadata has them: ``cleaned_<kind>``."""
    return {f"cleaned_{kind}": str(count) for kind, count in counts.items()}


def _stated_label(payload: bytes) -> str | None:
    """Return the encoding that an XML declaration or a meta tag in the first bytes names."""
    head = payload[:PRESCAN_BYTES]
    found = XML_ENCODING.search(head) or META_CHARSET.search(head)
    label = found[1].decode("ascii") if found else None
    # A page whose ASCII tag could be read is not UTF-16, whatever the tag says.
    return "utf-8" if label and label.lower().startswith(("utf-16", "utf-32", "unicode")) else label


def _python_encoding(label: str | None) -> str | None:
    """Return Python's name of what a label means on the web, else to Python; None for no encoding of text."""
    label = (label or "").strip().lower()
    name = LABELS.get(label, label)
    for known in (UNKNOWN_NAMES.get(name, name), label):  # some old encodings the standard gives up, by name
        try:
            info = codecs.lookup(known)
        except LookupError:
            continue
        if getattr(info, "_is_text_encoding", True) and info.name not in NO_ENCODINGS:
            return WIDER_CODECS.get(info.name, info.name)
    return None


def _decode_as(payload: bytes, encoding: str) -> tuple[str, str] | None:
    """Decode under a label; None where the bytes contradict it."""
    if (
        SINGLE_BYTE.match(encoding)
        and not payload.isascii()
        and (text := _strict(payload, "utf-8")) is not None
    ):
        return text, "utf-8"
    if (text := _strict(payload, encoding)) is not None:
        return text, encoding
    if encoding == "utf-8":
        return (text, encoding) if (text := _damaged_utf8(payload)) is not None else None
    text = payload.decode(encoding, "replace")
    return (text, encoding) if text.count("\ufffd") <= MAX_DAMAGED_FRACTION * len(text) else None


def _strict(payload: bytes, encoding: str) -> str | None:
    try:
        return payload.decode(encoding)
    except ValueError:
        return None


def _decode_unlabelled(payload: bytes) -> tuple[str, str]:
    if ISO_2022_JP.search(payload) and (text := _strict(payload, "iso2022_jp")) is not None:
        return text, "iso2022_jp"
    if (text := _strict(payload, "utf-8")) is not None:
        return text, "utf-8"
    if (text := _damaged_utf8(payload)) is not None:
        return text, "utf-8"
    guess = _guessed_encoding(payload)
    return payload.decode(guess, "replace"), guess


def _damaged_utf8(payload: bytes) -> str | None:
    """Decode UTF-8 with some broken bytes: at least nine in ten non-ASCII sequences are valid."""
    text = payload.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    non_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if broken * 10 <= non_ascii else None


def _guessed_encoding(payload: bytes) -> str:
    """Guess from a sample; windows-1252 where nothing fits."""
    from charset_normalizer import from_bytes

    sample = _sample(payload)
    marks = sample.translate(None, bytes(range(0x80)))
    if len(marks) < FEW_MARKS and WESTERN.fullmatch(marks.decode("cp1252", "replace")):
        return "cp1252"
    # What the text says of itself was tried before; the guess must not believe it.
    best = from_bytes(sample, cp_isolation=LEGACY_ENCODINGS, preemptive_behaviour=False).best()
    return best.encoding if best else "cp1252"


def _sample(payload: bytes) -> bytes:
    """Return up to 64 kB of what is not ASCII, each piece with up to 200 bytes of its line around.

    No piece begins or ends within a character of two bytes: half of one rules its encoding out.
    """
    sample, end = bytearray(), 0
    while len(sample) < SAMPLE_BYTES and (found := HIGH_BYTE.search(payload, end)):
        floor = max(end, found.start() - CONTEXT_BYTES)
        start = max(floor, payload.rfind(b"\n", floor, found.start()) + 1)
        least, most = found.end() + CONTEXT_BYTES, start + SAMPLE_BYTES
        newline = payload.find(b"\n", found.end(), least)
        cut = SAFE_CUT.search(payload, least, most)
        end = newline if newline >= 0 else cut.start() if cut else min(most, len(payload))
        sample += payload[start:end] + b"\n"
    return bytes(sample)
