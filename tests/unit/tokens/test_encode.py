"""Token ids: whole and in pieces, any text, the end-of-text id."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.errors import ConfigError, SourceError
from tamis.tokens import encode
from tamis.tokens.encode import document_ids, load_encoder, pieces, splits_at_borders, tokenizer_digest
from tamis.tokens.train import train_bpe

SEED = 11
TEXTS = [
    "the quick brown fox jumps over the lazy dog " * 5,
    "Der Hund, die Katze; naïve Größe 123 456\n\n" * 5,
]
SMALL = train_bpe(TEXTS, 400)

# The pre-tokenizer of Llama 3's published tokenizer.json.
LLAMA_3 = {
    "type": "Sequence",
    "pretokenizers": [
        {
            "type": "Split", "behavior": "Isolated", "invert": False,
            "pattern": {
                "Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
                r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            },
        },
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    ],
}  # fmt: skip


def with_splits(tokenizer_json, text, size):
    """Ids of a text encoded whole, and in pieces of ``size`` characters."""
    encoder = load_encoder(tokenizer_json)
    whole = encoder.tokenizer.encode(text, add_special_tokens=False).ids
    parts = [encoder.tokenizer.encode(part, add_special_tokens=False).ids for part in pieces(text, size)]
    return whole, [token for part in parts for token in part]


def decoded(encoder, ids):
    return encoder.tokenizer.decode([int(token) for token in ids], skip_special_tokens=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "naïve Größe",
        "日本語のテキスト。\n二行目",
        "نص عربي",
        "a\x00b",
        "\r\n\t  x  ",
        "🙂👩‍👩‍👧",
        "x" * 1_000_000,
    ],
    ids=["empty", "one", "latin", "japanese", "arabic", "nul", "blanks", "emoji", "1 MB"],
)
def test_document_ids_decode_to_the_text(text):
    encoder = load_encoder(SMALL)
    ids = document_ids(encoder, text)
    assert decoded(encoder, ids[:-1]) == text
    assert ids[-1] == encoder.eos_id


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_document_ids_decode_to_any_text(text):
    encoder = load_encoder(SMALL)
    assert decoded(encoder, document_ids(encoder, text)[:-1]) == text


def test_document_ids_write_a_spelled_out_end_of_text_as_text():
    encoder = load_encoder(SMALL)
    ids = document_ids(encoder, "one<|endoftext|>two")
    assert (ids == encoder.eos_id).tolist().count(True) == 1
    assert decoded(encoder, ids[:-1]) == "one<|endoftext|>two"


def test_document_ids_refuse_a_lone_surrogate():
    with pytest.raises(UnicodeEncodeError):
        document_ids(load_encoder(SMALL), "a\ud800b")


BORDER_CHARS = list("ab1Ж中 \n\n\t'.,-s\r\u00a0\u3000é²_")


def borderline_tokenizer(pre_tokenizer):
    """Return a tokenizer that joins whatever its split lets it join, so that a cut at a wrong place shows."""
    from tokenizers import Tokenizer, models, trainers

    made = json.loads(Tokenizer(models.BPE()).to_str())
    tokenizer = Tokenizer.from_str(json.dumps({**made, **pre_tokenizer}))
    alphabet = list(json.loads(SMALL)["model"]["vocab"])[1:257]
    trainer = trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"], show_progress=False
    )
    chooser = random.Random(SEED)
    tokenizer.train_from_iterator(
        ["".join(chooser.choices(BORDER_CHARS, k=2000)) for _ in range(30)], trainer
    )
    return tokenizer.to_str()


GPT_2_LIKE = borderline_tokenizer({"pre_tokenizer": json.loads(SMALL)["pre_tokenizer"]})
LLAMA_3_LIKE = borderline_tokenizer({"pre_tokenizer": LLAMA_3, "normalizer": {"type": "NFC"}})
BORDERLINE = st.text(alphabet=BORDER_CHARS, max_size=80)


@pytest.mark.parametrize("tokenizer", [GPT_2_LIKE, LLAMA_3_LIKE], ids=["gpt-2", "llama-3"])
@settings(max_examples=200, derandomize=True, deadline=None)
@given(text=BORDERLINE, size=st.integers(1, 9))
def test_pieces_give_the_ids_of_the_whole_text(tokenizer, text, size):
    assert splits_at_borders(json.loads(tokenizer))
    whole, joined = with_splits(tokenizer, text, size)
    assert joined == whole
    assert "".join(pieces(text, size)) == text


def test_long_texts_are_encoded_in_pieces(monkeypatch):
    text = "the quick brown fox, and 123\nanother line. " * 40
    encoder = load_encoder(SMALL)
    whole = document_ids(encoder, text)
    lengths = []
    encode_piece = encode._piece_ids
    monkeypatch.setattr(
        encode, "_piece_ids", lambda enc, part: lengths.append(len(part)) or encode_piece(enc, part)
    )
    monkeypatch.setattr(encode.pieces, "__defaults__", (100,))
    assert document_ids(encoder, text).tolist() == whole.tolist()
    assert max(lengths) < 110
    assert sum(lengths) == len(text)


@pytest.mark.parametrize(
    "parts",
    [
        {"normalizer": {"type": "NFKC"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}},
        {"pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always"}},
        {"pre_tokenizer": None},
        {"added_tokens": [{"id": 0, "content": "a b", "special": False}]},
        {"added_tokens": [{"id": 0, "content": "ab", "special": False, "rstrip": True}]},
        {"model": {"type": "WordPiece"}},
        {"model": {"type": "BPE", "dropout": 0.1}},
    ],
)  # fmt: skip
def test_unknown_kinds_of_tokenizer_get_the_whole_text(parts):
    assert splits_at_borders(json.loads(SMALL))
    assert not splits_at_borders({**json.loads(SMALL), **parts})


def test_dtype_is_megatrons_choice_at_both_sides_of_the_bound():
    def size(entries):
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        extra = [{"id": entries - 1, "content": "<last>", "special": True, **flags}]
        made = json.loads(SMALL)
        made["model"]["vocab"]["<last>"] = entries - 1
        return load_encoder(json.dumps({**made, "added_tokens": made["added_tokens"] + extra})).dtype

    assert size(65_499) == np.uint16
    assert size(65_500) == np.int32


def test_eos_token_is_the_recipes_or_a_known_one():
    assert load_encoder(SMALL, "a").eos_id == json.loads(SMALL)["model"]["vocab"]["a"]
    with pytest.raises(ConfigError, match=r"tokens.tokenizer: has no token <end>.*tokens.eos_token"):
        load_encoder(SMALL, "<end>")


def test_load_encoder_refuses_what_is_no_tokenizer():
    with pytest.raises(ConfigError, match=r"is no tokenizer\.json"):
        load_encoder('{"version": "1.0"}')


def test_tokenizer_digest_is_of_the_content(tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(SMALL)
    second.write_text(SMALL)
    assert tokenizer_digest(str(first)) == tokenizer_digest(str(second))
    second.write_text(SMALL + " ")
    assert tokenizer_digest(str(first)) != tokenizer_digest(str(second))
    assert tokenizer_digest(None) is None
    with pytest.raises(SourceError, match="cannot be read"):
        tokenizer_digest(str(tmp_path / "none.json"))
