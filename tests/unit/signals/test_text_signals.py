"""The compiled text signals are what their definitions say."""

import pyarrow as pa
import pytest
from tests.unit.signals.texts import oracle, random_text

from tamis.signals.measure import measure, signals_of_texts
from tamis.signals.registry import FAMILIES

TEXT_FAMILIES = ["length", "gopher_quality", "gopher_repetition"]


def signals(text, *names):
    (row,) = signals_of_texts([text], TEXT_FAMILIES)
    return [row[name] for name in names] if len(names) > 1 else row[names[0]]


def test_random_texts_agree_with_the_definitions():
    texts = [random_text(seed) for seed in range(400)]
    for seed, (text, found) in enumerate(zip(texts, signals_of_texts(texts, TEXT_FAMILIES), strict=True)):
        assert found == pytest.approx(oracle(text), abs=1e-12), f"seed {seed}: {text!r}"


@pytest.mark.corpus
def test_real_texts_agree_with_the_definitions(corpus):
    pages = sorted((corpus / "html_gold" / "trafilatura").glob("**/*.html"))[:12]
    texts = [page.read_text(encoding="utf-8", errors="replace")[:20_000] for page in pages]
    assert texts
    for page, text, found in zip(pages, texts, signals_of_texts(texts, TEXT_FAMILIES), strict=True):
        assert found == pytest.approx(oracle(text), abs=1e-12), page.name


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t\u3000\u00a0\x1c"])
def test_text_without_words_has_counts_and_no_ratios(text):
    (found,) = signals_of_texts([text], TEXT_FAMILIES)
    counts = {"length_chars": len(text), "length_bytes": len(text.encode())}
    zeros = dict.fromkeys(("word_count", "line_count", "paragraph_count", "stop_word_count"), 0)
    assert {name: value for name, value in found.items() if value is not None} == {**counts, **zeros}


def test_null_counts_as_an_empty_text():
    rows = measure(pa.array([None, "x", ""]), TEXT_FAMILIES).to_pylist()
    assert rows[0] == rows[2] != rows[1]


def test_one_word_repeats_nothing():
    found = signals_of_texts(["word"], ["gopher_repetition"])[0]
    assert set(found.values()) == {0.0}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_signals_of_a_slice_are_those_of_its_texts(kind):
    texts = [random_text(seed, atoms=40) for seed in range(9)]
    whole = measure(pa.array(texts, kind), TEXT_FAMILIES).to_pylist()
    assert measure(pa.array(texts, kind)[3:7], TEXT_FAMILIES).to_pylist() == whole[3:7]
    assert measure(pa.array(texts, kind)[:0], TEXT_FAMILIES).num_rows == 0


def test_signals_do_not_depend_on_the_other_texts_of_a_batch():
    texts = [random_text(seed) for seed in range(30)]
    together = signals_of_texts(texts, TEXT_FAMILIES)
    assert [signals_of_texts([text], TEXT_FAMILIES)[0] for text in texts] == together


def test_each_family_alone_gives_the_same_numbers():
    text = random_text(5)
    together = signals_of_texts([text], TEXT_FAMILIES)[0]
    for family in TEXT_FAMILIES:
        alone = signals_of_texts([text], [family])[0]
        assert list(alone) == [signal.name for signal in FAMILIES[family]]
        assert alone == {name: together[name] for name in alone}


def test_values_stay_within_the_range_that_the_registry_states():
    for row in signals_of_texts([random_text(seed) for seed in range(200)], TEXT_FAMILIES):
        for family in TEXT_FAMILIES:
            for signal in FAMILIES[family]:
                value = row[signal.name]
                assert value is None or signal.low <= value <= signal.high, signal.name


def test_megabyte_of_one_word_is_measured():
    found = signals_of_texts(["x" * 1_000_000, "ab " * 350_000], TEXT_FAMILIES)
    assert (found[0]["word_count"], found[0]["mean_word_length"]) == (1, 1_000_000)
    assert found[1]["word_count"] == 350_000
    assert found[1]["top_2gram_char_fraction"] == 1.0
    assert found[1]["duplicate_10gram_char_fraction"] == (350_000 - 1) / 350_000


def test_bytes_that_are_no_utf8_are_measured_without_reading_on():
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\3\0\0\0\6\0\0\0"), pa.py_buffer(b"a \xe4abc")]
    )
    rows = measure(broken, ["length", "language"]).to_pylist()
    assert [row["word_count"] for row in rows] == [2, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one, two  three.", 3),
        ("it's _x_ 3.14", 3),
        ("中文。很好", 4),
        ("用Python写", 3),
        ("ภาษาไทย", 7),
        ("한국어 문장", 2),
        ("हिन्दी", 1),
        ("a\0b", 1),
    ],
)
def test_word_count_follows_the_script(text, words):
    assert signals(text, "word_count") == words


def test_lines_and_paragraphs_leave_out_blank_ones():
    assert signals("\n a\nb\n \t\n\nc\n", "line_count", "paragraph_count") == [3, 2]


def test_symbol_word_ratio_takes_the_more_frequent_symbol():
    assert signals("# a b c", "symbol_word_ratio") == 1 / 4
    assert signals("# a... b… c...... d", "symbol_word_ratio") == 4 / 5


def test_bullet_line_fraction_counts_list_items_only():
    text = "- a\n* b\n+ c\n• d\n•e\n-- f\n**g**\n-1\n---\nh - i"
    assert signals(text, "bullet_line_fraction") == 5 / 10


def test_ellipsis_line_fraction_ignores_space_after_it():
    assert signals("a...\nb… \nc. ..\n...d\n..", "ellipsis_line_fraction") == 2 / 5


def test_alpha_word_fraction_counts_any_script():
    assert signals("a1 1 -- ж 中 42", "alpha_word_fraction") == 3 / 6


def test_stop_word_count_tells_distinct_words_in_any_case():
    assert signals("The the THE (to) of, “and” thats with-out with", "stop_word_count") == 5
    assert signals("The be to of and that have with", "stop_word_count") == 8


def test_duplicate_lines_ignore_their_whitespace():
    text = "ab c\n  ab  c \n\nab c d\nab c"
    assert signals(text, "duplicate_line_fraction", "duplicate_line_char_fraction") == [2 / 4, 6 / 13]
    assert signals("a b\nc\n\na\nb c", "duplicate_paragraph_fraction") == 1 / 2


def test_top_ngram_counts_overlaps_once():
    assert signals("a a a bb", "top_2gram_char_fraction") == 3 / 5
    assert signals("a a a bb", "top_3gram_char_fraction") == 0.0


def test_top_ngram_of_equally_frequent_ones_covers_most():
    assert signals("a b x a b y long word z long word", "top_2gram_char_fraction") == 16 / 23


def test_duplicate_ngrams_count_each_word_once():
    # Of "1 2 3 4 5 6" the second time: two 5-grams that overlap, six words.
    text = "1 2 3 4 5 6 x 1 2 3 4 5 6"
    assert signals(text, "duplicate_5gram_char_fraction", "duplicate_6gram_char_fraction") == [6 / 13, 6 / 13]
    assert signals(text, "duplicate_7gram_char_fraction") == 0.0
