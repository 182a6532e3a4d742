"""Look-ups in stored signatures: against brute force, at the edges of threshold and limit."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from tamis.dedup.minhash import MinHashParams, low_bytes, signature_matrix, signatures
from tamis.dedup.packed import packed_matrix
from tamis.dedup.similar import as_minhash, find_similar, sign_text

K = 128
PARAMS = MinHashParams(num_hashes=K)


def words(rng, count):
    return [f"w{rng.randrange(10_000)}" for _ in range(count)]


def edited(rng, original, edits):
    changed = list(original)
    for place in rng.sample(range(len(changed)), edits):
        changed[place] = f"e{rng.randrange(10**9)}"
    return changed


def signed(texts, params=PARAMS):
    """Return one batch of the table: doc_ids 0, 1, ... and their signatures."""
    made = signatures(pa.array(texts), params)
    ids = np.flatnonzero(made.signature.is_valid().to_numpy(zero_copy_only=False))
    stored = packed_matrix(low_bytes(signature_matrix(made.signature.drop_null(), params.num_hashes)))
    return pa.record_batch({"doc_id": pa.array(ids, pa.int64()), "signature": stored})


@pytest.fixture(scope="module")
def stored():
    """Give an original of 200 words, its edits from none to 60 words, and strangers: its signature, rows."""
    rng = random.Random(7)
    original = words(rng, 200)
    texts = [" ".join(edited(rng, original, edits)) for edits in (0, 1, 2, 4, 8, 16, 30, 60)]
    texts += [" ".join(words(rng, 200)) for _ in range(300)]
    return sign_text(" ".join(original), PARAMS), signed(texts)


def brute_force(query, batch, threshold):
    """Return (doc_id, estimate from the share of equal bytes) of rows at the threshold, the best first."""
    rows = [np.frombuffer(row, np.uint8) for row in batch.column("signature").to_pylist()]
    equal = [sum(a == b for a, b in zip(row, query, strict=True)) / K for row in rows]
    shares = {row: (share - 1 / 256) / (1 - 1 / 256) for row, share in enumerate(equal)}
    found = [(row, share) for row, share in shares.items() if share >= threshold]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def as_pairs(found):
    return [(item.doc_id, item.jaccard) for item in found.best]


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95, 1.0])
def test_found_are_those_of_brute_force_over_all_signatures(stored, threshold):
    query, batch = stored
    found = find_similar(query, [batch], threshold=threshold, recall=0.98, limit=100)
    assert as_pairs(found) == brute_force(query, batch, threshold)
    assert as_pairs(found)[0] == (0, 1.0)
    assert found.compared == batch.num_rows == 308


def test_batches_do_not_change_what_is_found(stored):
    query, batch = stored
    cut = [batch.slice(start, 3) for start in range(0, batch.num_rows, 3)]
    whole = find_similar(query, [batch], threshold=0.5, recall=0.98, limit=4)
    assert find_similar(query, reversed(cut), threshold=0.5, recall=0.98, limit=4) == whole


def test_limit_bounds_what_is_returned_not_what_is_counted(stored):
    query, batch = stored
    all_of_them = brute_force(query, batch, 0.5)
    found = find_similar(query, [batch], threshold=0.5, recall=0.98, limit=2)
    assert as_pairs(found) == all_of_them[:2]
    assert found.found == len(all_of_them) > 2


def test_estimate_at_the_threshold_counts_and_one_place_under_it_does_not(stored):
    query, batch = stored
    share = brute_force(query, batch, 0.5)[3][1]
    at = find_similar(query, [batch], threshold=share, recall=0.98, limit=100)
    above = find_similar(query, [batch], threshold=share + 1e-6, recall=0.98, limit=100)
    assert share in [item.jaccard for item in at.best]
    assert share not in [item.jaccard for item in above.best]


def test_equal_signatures_are_all_found_in_the_order_of_their_ids():
    text = "one text that stands here five thousand times over"
    batch = signed([text, "another text that has nothing to do with it at all"] * 5000)
    found = find_similar(sign_text(text, PARAMS), [batch], threshold=0.9, recall=0.98, limit=3)
    assert (as_pairs(found), found.found) == ([(0, 1.0), (2, 1.0), (4, 1.0)], 5000)


@pytest.mark.parametrize("text", ["", "four words are few", "日本語と"])
def test_text_under_five_words_has_no_signature(text):
    assert sign_text(text, PARAMS) is None


@pytest.mark.parametrize("text", ["日本語の文章です", "five words\x00 and a NUL", "a b c d e " * 100_000])
def test_text_of_any_script_and_size_finds_itself(text):
    found = find_similar(sign_text(text, PARAMS), [signed(["quite another text of six words", text])],
                         threshold=0.8, recall=0.98, limit=9)  # fmt: skip
    assert as_pairs(found) == [(1, 1.0)]


def test_document_of_which_several_parts_are_found_is_told_once_with_the_best():
    text = "one text that stands here in several parts of a document, in all some twenty words, more or less"
    rows = signed([text, f"{text} and more", "something else that has nothing to do with it", text])
    parts = rows.set_column(0, "doc_id", pa.array([5, 4, 3, 4], pa.int64()))
    found = find_similar(sign_text(text, PARAMS), [parts], threshold=0.5, recall=0.98, limit=9)
    assert as_pairs(found) == [(4, 1.0), (5, 1.0)]


def test_no_rows_give_nothing():
    query = sign_text("one two three four five", PARAMS)
    empty = signed(["x"]).slice(0, 0)
    assert find_similar(query, [], threshold=0.8, recall=0.98, limit=5).best == ()
    assert find_similar(query, [empty], threshold=0.8, recall=0.98, limit=5).compared == 0


def test_signatures_of_another_length_are_refused():
    other = signed(["one two three four five"], MinHashParams(num_hashes=64))
    with pytest.raises(ValueError, match="expected signatures of 128 hashes"):
        find_similar(
            sign_text("one two three four five", PARAMS), [other], threshold=0.8, recall=0.98, limit=5
        )


def test_threshold_that_the_hashes_cannot_serve_is_refused():
    with pytest.raises(ValueError, match="128 hashes reach a recall"):
        find_similar(np.zeros(K, np.uint32), [], threshold=0.01, recall=0.98, limit=5)


def test_signature_as_datasketchs_object_gives_the_share_of_equal_places():
    left, right = np.arange(64, dtype=np.uint32), np.arange(64, dtype=np.uint32)
    right[:16] += 100
    assert as_minhash(left).jaccard(as_minhash(right)) == 48 / 64
