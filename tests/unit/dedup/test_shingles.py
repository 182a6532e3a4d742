import random
import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.lowercase import CHUNK_BYTES
from tamis.dedup.minhash import MinHashParams, signatures
from tamis.dedup.overlap import set_similarity
from tamis.dedup.shingles import shingle_sets
from tamis.unicode_tables import NO_SPACE_SCRIPT, char_class, lower_map

CHINESE = "数据集的质量决定模型的质量因此我们删除重复的网页"
SCRIPTS = [
    "the quick brown fox jumps over the lazy dog and runs away from here",
    "быстрая коричневая лиса прыгает через ленивую собаку и убегает",
    "Η γρήγορη αλεπού πηδάει πάνω από τον ΤΕΜΠΕΛΗ ΣΚΥΛΟ και φεύγει",
    "الثعلب البني السريع يقفز فوق الكلب الكسول ثم يهرب بعيدا",
    "तेज भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है और भाग जाती है",
    "İSTANBUL'da ĞÜŞİÖÇ harfleri Ⱥ ẞ K Å İ var ve ılık bir gün",
    "a 𝔅𝔦𝔤 𝒲𝑜𝓇𝒹 𐐀𐐁𐐂 x_1 __ ñandú №5 ⅷ x² q̇ end",
]
UNSPACED = [
    CHINESE,
    "これは日本語の文章です。カタカナも漢字もあります",
    "ภาษาไทยเขียนโดยไม่เว้นวรรคระหว่างคำ",
    "ភាសាខ្មែរមិនមានដកឃ្លារវាងពាក្យទេ",
    "မြန်မာဘာသာစကားသည်စကားလုံးများ",
    "ພາສາລາວບໍ່ມີຊ່ອງຫວ່າງລະຫວ່າງຄຳ",
]


def tokens(text):
    r"""The rule in plain Python: words of NFC text, lower-cased by code point; or its \w code points."""
    text = unicodedata.normalize("NFC", text)
    lowered = "".join(chr(lower_map()[ord(char)]) for char in text)
    words = re.findall(r"\w", text)
    unspaced = sum(bool(char_class()[ord(char)] & NO_SPACE_SCRIPT) for char in words)
    if unspaced * 2 > len(words):
        return [chr(lower_map()[ord(char)]) for char in words]
    return re.findall(r"\w+", lowered)


def shingles(text, ngram=5):
    found = tokens(text)
    return {tuple(found[place : place + ngram]) for place in range(len(found) - ngram + 1)}


def assert_as_brute_force(texts, ngram=5):
    sets = shingle_sets(pa.array(texts), ngram).to_pylist()
    expected = [shingles(text, ngram) for text in texts]
    assert [values and len(values) for values in sets] == [len(values) or None for values in expected]
    for left, right, true_left, true_right in zip(sets, sets[1:], expected, expected[1:], strict=False):
        if left and right:
            shared, union = len(true_left & true_right), len(true_left | true_right)
            got, _ = set_similarity(np.array(left, np.uint32), np.array(right, np.uint32))
            assert got == shared / union


@pytest.mark.parametrize("text", SCRIPTS + UNSPACED)
def test_shingles_are_those_of_the_rule_in_each_script(text):
    assert len(tokens(text)) > 5
    assert_as_brute_force([text, text + " " + text[:40], text.upper(), text[5:]])


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("abАяÇßİȺK_ 1.-\n\x00字あกé\u0301𝔅—"), max_size=60), min_size=2, max_size=4
    )
)
def test_shingles_are_those_of_the_rule_for_any_mixture(texts):
    assert_as_brute_force(texts, ngram=2)


@pytest.mark.parametrize("around", [-9, -8, -7, -1, 0, 1, 7, 8, 9, 60, 63, 64, 65, CHUNK_BYTES])
@pytest.mark.parametrize("word", ["boundary", "ÄÖÜäöüß", "日本語", "ȺȺȺȺ"])
def test_shingles_do_not_depend_on_where_a_chunk_ends(around, word):
    text = "one two " + "x" * (CHUNK_BYTES - 8 + around) + f"{word} three four five six {word}{word} seven"
    assert_as_brute_force([text, text.replace("three", "3"), text.replace("x", "y", 1)])


def test_shingles_of_a_word_longer_than_several_chunks_are_told_apart():
    word = "".join(random.Random(1).choices("abcdef", k=3 * CHUNK_BYTES + 5))
    assert_as_brute_force([f"a b {word} c d e", f"a b {word[:-1]}z c d e", f"a b z{word[1:]} c d e"])


def test_shingles_of_a_megabyte_are_those_of_the_rule():
    draw = random.Random(7)
    words = [f"wörd{number}" for number in range(300)] + [f"w{number}" for number in range(3000)]
    text = " ".join(draw.choices(words, k=140_000))
    assert len(text) > 800_000
    found = text.split()
    expected = len({tuple(found[place : place + 5]) for place in range(len(found) - 4)})
    assert signatures(pa.array([text]), MinHashParams(num_hashes=1)).shingle_count.to_pylist() == [expected]


@pytest.mark.parametrize("text", [None, "", "word", "one two three four", " \n.,;!?", "\x00\x00"])
def test_shingles_under_five_words_are_none(text):
    assert shingle_sets(pa.array([text], pa.string())).to_pylist() == [None]


def test_shingles_of_five_words_are_one():
    assert len(shingle_sets(pa.array(["one two three four five"])).to_pylist()[0]) == 1


def test_shingles_are_of_words_at_exactly_half_unspaced_characters():
    half, more = "字字 ab cd ef 字字字字", "字字 ab cd 字字字字字"  # 6 of 12 characters; 7 of 11
    assert len(tokens(half)) == 5
    assert len(tokens(more)) == 11
    assert_as_brute_force([half, more])


def test_shingles_of_a_document_whose_script_turns_late_are_characters():
    latin, chinese = "word " * 1000, CHINESE * 500
    assert_as_brute_force([latin + chinese, latin * 20 + chinese])


def test_shingles_ignore_the_normal_form():
    text = "Über die Größe der Wälder hinaus façade naïve"
    left, right = shingle_sets(
        pa.array([unicodedata.normalize(form, text) for form in ("NFC", "NFD")])
    ).to_pylist()
    assert left == right


def test_shingles_are_ascending_and_distinct():
    (values,) = shingle_sets(pa.array([" ".join(str(number % 50) for number in range(400))])).to_pylist()
    assert values == sorted(set(values))
    assert len(values) == 50


def test_shingles_of_slices_and_both_string_types_are_the_same():
    texts = ["before", "one two three four five six", None, "after"]
    for kind in (pa.string(), pa.large_string()):
        assert [bool(values) for values in shingle_sets(pa.array(texts, kind)[1:3]).to_pylist()] == [
            True,
            False,
        ]


@pytest.mark.parametrize("ngram", [0, 513])
def test_shingles_refuse_an_ngram_out_of_range(ngram):
    with pytest.raises(ValueError, match=r"1 \.\. 512"):
        shingle_sets(pa.array(["a"]), ngram)


def test_shingles_of_the_longest_ngram_are_those_of_the_rule():
    text = " ".join(str(number) for number in range(600))
    assert_as_brute_force([text, text + " more"], ngram=512)
