"""The language of a text, from a sample of its letters."""

import pyarrow as pa
import pytest

from tamis.signals import language
from tamis.signals.measure import signals_of_texts

ENGLISH = "All human beings are born free and equal in dignity and rights. They are endowed with reason. "
GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt. "
SENTENCES = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits, et n'ont que l'avenir.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "ar": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق",
}


def found(*texts):
    return [row["language"] for row in signals_of_texts(texts, ["language"])]


def samples(*texts):
    return language._samples(pa.array(texts, pa.large_string()))


def test_language_is_found_in_any_script():
    assert found(*SENTENCES.values()) == list(SENTENCES)


@pytest.mark.parametrize("text", ["", " \n", "42 -- 3.14 | 7", "…！"])
def test_text_without_letters_is_undetermined(text):
    assert signals_of_texts([text], ["language"]) == [{"language": "und", "language_score": None}]


def test_language_score_is_a_probability():
    scores = [row["language_score"] for row in signals_of_texts(list(SENTENCES.values()), ["language"])]
    assert all(0.5 < score <= 1 for score in scores)


def test_language_is_that_of_most_of_a_long_text():
    assert found(ENGLISH * 3 + GERMAN * 400) == ["de"]


def test_markup_and_numbers_do_not_change_the_language():
    table = "\n".join(
        f"| {word} | 0x{place:04x} | **{place}** |" for place, word in enumerate(GERMAN.split() * 4)
    )
    assert found("# 1.2.3\n\n```\n0101 1111\n```\n" + table) == ["de"]


def test_capitals_are_read_as_small_letters():
    assert found(GERMAN.upper(), ENGLISH.upper()) == ["de", "en"]


def test_sample_of_a_short_text_is_its_letters():
    assert samples("It's 42 -- naïve!\n(да) 'x'", "a", "") == ["It's naïve да x'", "a", ""]


def test_sample_of_a_long_text_takes_whole_words_of_each_part():
    words = [f"{letter * 9}" for letter in "abcdefghijklmnopqrstuvwxyz"] * 41
    (sample,) = samples(" ".join(words))
    picked = sample.split()
    assert set(picked) <= set(words)
    assert len(picked) == 4 * 4  # the first words of nine letters that reach 30
    assert len({word[0] for word in picked}) > 8


def test_sample_never_cuts_a_character():
    for length in range(100, 140):
        (sample,) = samples("中" * length)
        assert set(sample.replace(" ", "")) == {"中"}


def test_megabyte_without_a_space_is_sampled():
    (sample,) = samples("x" * 1_000_000)
    assert sample == " ".join(["x" * 50] * 4)


def test_known_codes_are_those_of_the_model():
    answers = language._model().f.predict("word\n", 1000, -1.0, "strict")
    assert {label.removeprefix("__label__") for _, label in answers} == language.LANGUAGES


def test_language_problems_name_the_nearest_code():
    (problem,) = language.language_problems(["en", "und", "enq"])
    assert (problem.path, "en" in problem.message) == ("languages[2]", True)


def test_bytes_that_are_no_utf8_do_not_stop_the_batch():
    offsets = pa.py_buffer(b"\0\0\0\0\3\0\0\0\6\0\0\0")
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a \xe4\xffbc")])
    assert len(language.language_columns(broken)["language"]) == 2
