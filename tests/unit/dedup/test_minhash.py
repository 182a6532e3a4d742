import dataclasses
import random
import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from tamis.dedup.minhash import MinHashParams, signature_matrix, signatures
from tamis.dedup.shingles import shingle_sets

TEXT = "The quick brown fox jumps over the lazy dog, and then it runs away."
PINNED_FAMILY = [[2684764585, 3853503933], [4058335883, 2938530453]]
PARAMS = MinHashParams(num_hashes=112)


def signed(*texts, params=PARAMS):
    return signatures(pa.array(texts, pa.large_string()), params)


def test_signature_is_the_smallest_hash_of_the_shingle_set():
    draw = random.Random(3)
    text = " ".join(draw.choices("abcdefghij", k=6000))
    made = signed(TEXT, text)
    multipliers, addends = PARAMS.family()
    for row, shingles in enumerate(shingle_sets(pa.array([TEXT, text])).to_pylist()):
        keys = np.array(shingles, np.uint32)
        expected = [int((keys * a + b).min()) for a, b in zip(multipliers, addends, strict=True)]
        assert np.frombuffer(made.signature[row].as_py(), "<u4").tolist() == expected


def test_signature_ignores_order_and_repeats_of_shingles():
    round_trip = "a b c d e "
    made = signed(
        round_trip * 2 + "a b c d", "c d e " + round_trip * 7 + "a"
    )  # 5 rotations of one cycle each
    assert made.shingle_count.to_pylist() == [5, 5]
    assert made.signature[0] == made.signature[1]
    assert made.shingle_set[0] == made.shingle_set[1]


@pytest.mark.parametrize("text", [None, "", "word", "one two three four", "?! ... --"])
def test_signature_of_under_five_words_is_null(text):
    made = signed(TEXT, text, TEXT)
    assert made.signature.is_valid().to_pylist() == [True, False, True]
    assert made.shingle_count.to_pylist() == [10, 0, 10]
    assert made.shingle_set.is_valid().to_pylist() == [True, False, True]
    assert made.signature[0] == made.signature[2]


def test_signature_of_no_texts_is_empty():
    assert len(signed().signature) == 0


def test_signature_does_not_depend_on_the_batch():
    texts = [TEXT, "字" * 3 + "数据集的质量决定模型", None, TEXT * 500, "x y z u v w", TEXT]
    whole = signed(*texts)
    for row, text in enumerate(texts):
        alone = signed(text)
        assert alone.signature[0] == whole.signature[row]
        assert alone.shingle_set[0] == whole.shingle_set[row]


def test_signature_of_denormalized_text_is_that_of_its_normal_form():
    text = "Über die Größe der Wälder hinaus ging er"
    made = signed(TEXT, unicodedata.normalize("NFD", text), text)
    assert made.signature[1] == made.signature[2]
    assert made.signature[0] != made.signature[1]


def test_shingle_set_tells_other_sets_apart():
    made = signed("a b c d e f g", "A, b: c! d e-f g", "a b c d e f", "a b c d f e g").shingle_set.to_pylist()
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_signature_of_a_hundred_thousand_distinct_shingles_outgrows_its_memory():
    text = " ".join(map(str, range(300_000)))
    made = signed(text, TEXT)
    assert made.shingle_count.to_pylist() == [299_996, 10]
    assert made.signature[1] == signed(TEXT).signature[0]


def test_family_begins_with_the_smaller_family_of_its_seed():
    small, large = PARAMS.family(), MinHashParams(num_hashes=256).family()
    for a, b in zip(small, large, strict=True):
        assert (a == b[:112]).all()
    assert (large[0] % 2 == 1).all()
    assert (MinHashParams(num_hashes=256, seed=1).family()[0] != large[0]).mean() > 0.99


def test_family_does_not_drift_with_numpy():
    multipliers, addends = MinHashParams(num_hashes=2, seed=7).family()
    assert [multipliers.tolist(), addends.tolist()] == PINNED_FAMILY


@pytest.mark.parametrize(
    "change", [{"num_hashes": 0}, {"num_hashes": 4097}, {"ngram": 0}, {"ngram": 513}, {"seed": -1}]
)
def test_params_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match="must be"):
        dataclasses.replace(PARAMS, **change)


def test_signature_matrix_is_a_view_of_the_column():
    made = signed(TEXT, "one two three four five").signature
    for column in (made, made.cast(pa.binary()), pa.concat_arrays([made, made])[2:]):
        matrix = signature_matrix(column, 112)
        assert matrix.shape == (2, 112)
        assert matrix[1].tobytes() == made[1].as_py()


def test_signature_matrix_of_no_rows_is_empty():
    assert signature_matrix(pa.array([], pa.binary()), 112).shape == (0, 112)


@pytest.mark.parametrize("column", [[None], [b"1234"], [b"x" * 448, b"x" * 452]])
def test_signature_matrix_refuses_other_signatures(column):
    with pytest.raises(ValueError, match="expected signatures of 112 hashes"):
        signature_matrix(pa.array(column, pa.binary()), 112)
