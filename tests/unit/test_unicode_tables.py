"""The tables agree with Python's own re, str and unicodedata for every code point."""

import random
import re
import unicodedata

import numpy as np
import pytest

from tamis import unicode_tables as tables
from tamis.kernels import kernel

EVERYTHING = "".join(map(chr, range(tables.CODE_POINTS)))
READ = "Array(uint8, 1, 'C', True)"


@kernel(f"int64[::1]({READ})")
def decoded(data):
    codes = np.empty(len(data), np.int64)
    count, at = 0, 0
    while at < len(data):
        codes[count], length = tables.decode_utf8(data, at, len(data))
        count += 1
        at += length
    return codes[:count]


@pytest.mark.parametrize(
    ("flag", "pattern"), [(tables.WORD, r"\w"), (tables.SPACE, r"\s"), (tables.DIGIT, r"\d")]
)
def test_char_class_agrees_with_re(flag, pattern):
    expected = [match.start() for match in re.finditer(pattern, EVERYTHING)]
    assert np.flatnonzero(tables.char_class() & flag).tolist() == expected


def test_char_class_agrees_with_str_and_category():
    alpha = [code for code, char in enumerate(EVERYTHING) if char.isalpha()]
    punctuation = [code for code, char in enumerate(EVERYTHING) if unicodedata.category(char)[0] == "P"]
    assert np.flatnonzero(tables.char_class() & tables.ALPHA).tolist() == alpha
    assert np.flatnonzero(tables.char_class() & tables.PUNCT).tolist() == punctuation


@pytest.mark.parametrize("char", "漢々かカﾊ กາကក豈𠀀")
def test_char_class_knows_scripts_without_spaces(char):
    flagged = bool(tables.char_class()[ord(char)] & tables.NO_SPACE_SCRIPT)
    assert flagged == (char != " ")


@pytest.mark.parametrize("char", "aяא한ع०。・3๓")
def test_char_class_leaves_out_spaced_scripts_and_signs(char):
    assert not tables.char_class()[ord(char)] & tables.NO_SPACE_SCRIPT


def test_text_of_safe_code_points_is_nfc():
    unsafe = tables.char_class() & tables.NOT_NFC_SAFE
    safe = [code for code in range(0x30000) if not unsafe[code]]
    random.seed(3)
    for _ in range(300):
        text = "".join(chr(code) for code in random.sample(safe, 500))
        assert unicodedata.is_normalized("NFC", text)


def test_every_code_point_that_can_change_in_nfc_is_unsafe():
    flags = tables.char_class()
    for code, char in enumerate(EVERYTHING[:0x30000]):
        parts = unicodedata.normalize("NFD", char)
        if len(parts) > 1 and unicodedata.normalize("NFC", parts) == char:
            assert all(flags[ord(part)] & tables.NOT_NFC_SAFE for part in parts[1:]), hex(code)


def test_lower_map_agrees_with_str_lower():
    different = [
        hex(code)
        for code, char in enumerate(EVERYTHING)
        if chr(tables.lower_map()[code]) != char.lower()
    ]  # fmt: skip
    assert different == ["0x130"]
    changed = np.flatnonzero(tables.char_class() & tables.LOWERS)
    assert changed.tolist() == [code for code, char in enumerate(EVERYTHING) if char.lower() != char]


def test_decode_utf8_reads_every_code_point():
    text = "".join(char for char in EVERYTHING if not "\ud800" <= char <= "\udfff")
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    assert decoded(data).tolist() == [ord(char) for char in text]
    assert tables.count_chars(data, 0, len(data)) == len(text)


@pytest.mark.parametrize(
    ("broken", "codes"),
    [
        (b"\x80a", [0xFFFD, 0x61]),
        (b"\xc3", [0xFFFD]),
        (b"\xe2\x82", [0xFFFD, 0xFFFD]),
        (b"\xf0\x9f\x98", [0xFFFD] * 3),
        (b"\xff", [0xFFFD]),
        (b"\xf4\xbf\xbf\xbf", [0xFFFD] * 4),
        (b"\xe0\x80\x8a", [0xFFFD] * 3),
        (b"\xf0\x80\x80\x8a", [0xFFFD] * 4),
        (b"\xed\xa0\x80", [0xD800]),
        (b"\0", [0]),
    ],
)
def test_decode_utf8_stays_within_broken_bytes(broken, codes):
    assert decoded(np.frombuffer(broken, dtype=np.uint8)).tolist() == codes
