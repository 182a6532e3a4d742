from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.extract.clean import clean_text, cleaned, decode_text

GERMAN = "Über die Größe der Siebe müssen wir später noch ausführlich sprechen. " * 20
RUSSIAN = "Сито служит для просеивания муки и других сыпучих продуктов на кухне. " * 20


@pytest.mark.parametrize(
    ("payload", "declared", "expected", "encoding"),
    [
        (b"", None, "", "utf-8"),
        (b"\xef\xbb\xbfx", "iso-8859-1", "x", "utf-8"),
        ("ä漢".encode("utf-16"), None, "ä漢", "utf-16-le"),
        ("ä漢".encode("utf-16-be"), "utf-16-be", "ä漢", "utf-16-be"),
        ("plain, unmarked".encode("utf-16-be"), None, "plain, unmarked", "utf-16-be"),
        (b"caf\xe9 \x93quoted\x94", "iso-8859-1", "café “quoted”", "cp1252"),
        ("café".encode(), "iso-8859-1", "café", "utf-8"),  # the label lies
        (RUSSIAN.encode("koi8-r"), "koi8-r", RUSSIAN, "koi8-r"),
        ("日本語。".encode("shift_jis"), "Shift_JIS", "日本語。", "cp932"),
        (
            b"<meta charset='windows-1251'>" + "Сито".encode("cp1251"),
            None,
            "<meta charset='windows-1251'>Сито",
            "cp1251",
        ),
        (
            b'<?xml version="1.0" encoding="ISO-8859-15"?>\xa4',
            None,
            '<?xml version="1.0" encoding="ISO-8859-15"?>€',
            "iso8859-15",
        ),
        (b'<meta charset="utf-16">caf\xc3\xa9', None, '<meta charset="utf-16">café', "utf-8"),
        ("é".encode() * 50 + b"\xff", None, "é" * 50 + "\ufffd", "utf-8"),
        (
            b"<meta charset=latin1>" + "é".encode() * 50 + b"\xff",
            "utf-8",
            "<meta charset=latin1>" + "é" * 50 + "\ufffd",
            "utf-8",
        ),
        (b"x", "no-such-label", "x", "utf-8"),
        ("日本語。".encode("shift_jis"), "x-sjis", "日本語。", "cp932"),
        ("한국어".encode("cp949"), "windows-949", "한국어", "cp949"),
        ("碁".encode("big5hkscs"), "Big5", "碁", "big5hkscs"),
        ("ภาษา".encode("cp874"), "windows-874", "ภาษา", "cp874"),
        ("Сито".encode("mac-cyrillic"), "x-mac-cyrillic", "Сито", "mac-cyrillic"),
        ("日本語。x".encode("iso2022_jp"), None, "日本語。x", "iso2022_jp"),
        (b"a\x1b$b", None, "a\x1b$b", "utf-8"),
        (b"It\x92s here. " + b"Plain words. " * 99, "utf-8", "It’s here. " + "Plain words. " * 99, "cp1252"),
        (b"eDE=", "base64", "eDE=", "utf-8"),  # a codec of Python's that is no encoding of text
    ],
)
def test_decode_follows_marks_labels_and_bytes(payload, declared, expected, encoding):
    assert decode_text(payload, declared) == (expected, encoding)


@pytest.mark.parametrize(("text", "encoding"), [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r")])
def test_decode_guesses_unlabelled_text(text, encoding):
    assert decode_text(text.encode(encoding), None)[0] == text


CHINESE = "筛子是一种用来分离粗细颗粒的工具，在厨房里常常用来筛面粉，在工地上用来筛沙子和石子，历史非常悠久。"
JAPANESE = (
    "篩は粒の大きさによって物を分ける道具であり、台所では粉をふるうために、畑では土をふるうために使われる。"
)


@pytest.mark.parametrize("label", [b"", b"<meta charset=utf-8>"])
@pytest.mark.parametrize(("text", "encoding"), [(CHINESE, "gbk"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp")])
@pytest.mark.parametrize("before", range(2))
def test_decode_guesses_two_byte_text_in_long_lines(text, encoding, label, before):
    """This test ensures that no piece of the sample begins or ends inside a character, and the page's own
    wrong word is not believed."""
    page = b"<title>" + b"x" * before + b"</title>" + label + b"<p>" + (text * 4).encode(encoding) + b"</p>"
    assert text * 4 in decode_text(page, None)[0]


def test_decode_sample_is_bounded_in_lines_without_a_cut():
    payload = b"\xe4" + b"a" * 1_000_000 + b"\xe4" * 1_000_000
    assert decode_text(payload, None)[0].startswith("äaaa")


def test_decode_finds_the_only_accents_behind_a_megabyte_of_ascii():
    payload = b"plain line\n" * 100_000 + GERMAN.encode("cp1252")
    assert decode_text(payload, None)[0].endswith(GERMAN)


def test_decode_guess_does_not_depend_on_the_hash_seed():
    program = (
        "from tamis.extract.clean import decode_text\n"
        "payloads = [b'\\xe9\\xe8 \\xfc\\xdf ' * 9, bytes(range(160, 255)) * 3, b'a\\x81\\x9d b' * 9]\n"
        "print([decode_text(payload, None) for payload in payloads])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a", "a"),
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\x00b\x07\x1bc\x7f\ufeffd\ufffee", "abcde"),
        ("tab\tstays", "tab\tstays"),
        ("e\u0301", "é"),
        ("\ud800x", "\ufffdx"),
        ("x\udfff", "x\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("schÃ¶n â€œquotedâ€\x9d", "schön “quoted”"),
        ("Ð¡Ð¸Ñ‚Ð¾ Ð´Ð»Ñ Ð¼ÑƒÐºÐ¸".replace("Ñ Ð¼", "Ñ\x8f Ð¼"), "Сито для муки"),
        ("it\x92s", "it\u2019s"),
        ("Сито для муки".encode().decode("cp1251"), "Сито для муки"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
def test_clean_repairs(text, expected):
    assert clean_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Das macht Spaß“, sagte sie. „Größe»",
        "CANCIÓN” y MARÍA”",
        "«café» – l’été à la mer…",
        "ĐÂY LÀ TIẾNG VIỆT “ĐẸP”",
        "«РС», С… и Р“ да РЎ.",
        "Москва — столица; ½ × 3 ÷ 2 ≠ 5°",
        "漢字かな交じり文。한국어 문장.",
        "naïve Â and Ã stand alone",
    ],
)
def test_clean_leaves_correct_text_alone(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)


def test_clean_repairs_one_line_among_others():
    lines = ["日本語の行", "schÃ¶n", "wirklich schön"]
    assert clean_text("\n".join(lines)) == "日本語の行\nschön\nwirklich schön"


def test_clean_repairs_a_megabyte_in_one_line():
    assert clean_text("schÃ¶n " * 200_000) == "schön " * 200_000


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(codec=None, categories=None), max_size=40))
def test_clean_result_is_valid_text(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\t\n" for char in cleaned)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0x370), max_size=60))
def test_clean_is_idempotent_beyond_latin(text):
    once = clean_text(text)
    assert clean_text(once) == once


@pytest.mark.parametrize(
    ("text", "expected", "counts"),
    [
        ("of\ufb01ce \ufb04", "office ffl", {"ligatures": 2}),
        ("hy\xadphen\xad", "hyphen", {"soft_hyphens": 2}),
        ("a\u202eb\u202c\u200e \u05d0\u200f", "ab \u05d0", {"bidi": 4}),
        ("zero\u200bwidth\u200c\u200d\u2060", "zerowidth", {"zero_width": 4}),
        ("\u0e01\u200b\u0e02", "\u0e01\u200b\u0e02", {}),  # Thai: parts words
        ("\u1780\u200bx", "\u1780\u200bx", {}),  # Khmer on one side
        ("\u0915\u094d\u200d", "\u0915\u094d\u200d", {}),  # Devanagari half form
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e", {}),  # Persian
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb", {}),  # woman technologist
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525", {}),  # heart on fire
        ("\U0001f3f4\U000e0067\U000e007f", "\U0001f3f4\U000e0067\U000e007f", {}),  # a flag
        ("a\U000e0041\U000e007f", "a", {"tags": 2}),
        ("\x00\ufeff", "", {"controls": 2}),
        ("e\u0301", "é", {"nfc": 1}),
        ("\ud800", "\ufffd", {"surrogates": 1, "lost": 1}),
        ("schÃ¶n\nplain\nschÃ¶n it\x92s", "schön\nplain\nschön it\u2019s", {"mojibake": 2}),
        ("a\r\nb\u2028c", "a\nb\nc", {}),
    ],
    ids=ascii,
)
def test_what_is_cleaned_is_counted(text, expected, counts):
    assert cleaned(text) == (expected, counts)


@given(
    st.text(alphabet="a\u200b\u200c\u200d\u0915\u0e01\u062e\U0001f469\ufe0f\xad\u202e\ufb01\U000e0041\r\n")
)
@settings(max_examples=300, deadline=None)
def test_clean_text_is_clean(text):
    once = clean_text(text)
    assert cleaned(once) == (once, {})
