r"""Text -> token ids by a tokenizer.json, with the end-of-text id after every document.

A long text is encoded piece by piece where that gives the same ids: the tokenizers library takes 3.8 GB for
30 MB of text at once (byte-level BPE of 4,096 entries, tokenizers 0.23).

Why pieces give the same ids: the splits known below never match across the border between a letter or digit
and a space or newline behind it (letters and digits are matched by runs of their own, and the one
look-ahead, ``\s+(?!\S)``, looks from white space), so the words on both sides are those of the whole text,
and BPE works word by word. NFC changes nothing there either: a space composes with nothing. A tokenizer of
another kind gets the whole text.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.errors import ConfigError, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

PIECE_CHARS = 1 << 18
EOS_TOKENS = ("<|endoftext|>", "</s>")  # GPT-2 and its family; Llama 2 and T5

# Megatron's own choice (indexed_dataset.py, DType.optimal_dtype): from 65,500 entries on it reads int32.
UINT16_VOCABULARY = 65_500

# Letters and digits that have been such since Unicode 8, so that Python's tables and the library's agree on
# them: Latin, Greek, Cyrillic, Hebrew, Arabic, Kana, Han, Hangul.
_BORDER = re.compile(
    "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03c9\u0400-\u0481\u048a-\u04ff"
    "\u05d0-\u05ea\u0627-\u063a\u0641-\u064a\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fd5\uac00-\ud7a3](?=[ \n])"
)
_GPT4_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_KNOWN_SPLITS = {_GPT4_SPLIT % "{1,3}", _GPT4_SPLIT % ""}  # Llama 3 and GPT-4; Qwen 2


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded tokenizer.

    Attributes:
        eos_id: Put after every document.
        dtype: uint16 or int32, whichever holds every id (Megatron's rule).
        in_pieces: Whether a long text may be encoded piece by piece.
    """

    tokenizer: Tokenizer
    eos_id: int
    dtype: np.dtype[Any]
    in_pieces: bool


def load_encoder(tokenizer_json: str, eos_token: str | None = None) -> Encoder:
    """Return the encoder of a tokenizer.json's content.

    Raises:
        ConfigError: it is no tokenizer, or has no ``eos_token`` (by default one of `EOS_TOKENS`).
    """
    # Each Spark task has one core; and threads do not survive the fork of Spark's worker daemon.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(tokenizer_json)
    except Exception as error:  # the library raises nothing narrower
        raise _problem(f"is no tokenizer.json of the tokenizers library: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    # A text that spells out "<|endoftext|>" must not end a document: special tokens in text are encoded as
    # text.
    tokenizer.encode_special_tokens = True
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    size = max(vocabulary.values(), default=-1) + 1
    dtype = np.dtype(np.uint16 if size < UINT16_VOCABULARY else np.int32)
    return Encoder(
        tokenizer, _eos_id(vocabulary, eos_token), dtype, splits_at_borders(json.loads(tokenizer_json))
    )


def document_ids(encoder: Encoder, text: str) -> NDArray[Any]:
    """Return a document's token ids, the end-of-text id last.

    Returns:
        Shape (n + 1,), of the encoder's dtype; only the end-of-text id for an empty text.

    Raises:
        UnicodeEncodeError: ``text`` holds a lone surrogate, which no table can hold either.

    Example:
        >>> from tamis.tokens.train import train_bpe
        >>> encoder = load_encoder(train_bpe(["to be or not to be"], vocab_size=260))
        >>> ids = document_ids(encoder, "not to be")
        >>> encoder.tokenizer.decode(ids[:-1].tolist()), int(ids[-1]) == encoder.eos_id
        ('not to be', True)
    """
    text.encode()  # the library's own message for a lone surrogate names neither character nor place
    parts = pieces(text) if encoder.in_pieces else iter((text,))
    found = [_piece_ids(encoder, part) for part in parts if part]
    return np.concatenate([*found, np.array([encoder.eos_id], dtype=encoder.dtype)])


def pieces(text: str, size: int = PIECE_CHARS) -> Iterator[str]:
    """Yield a text in pieces of ``size`` characters or a little more.

    Each is cut behind a letter or digit, before a space or newline; a text without such a border stays whole.

    Example:
        >>> list(pieces("one two three", size=2))
        ['one', ' two', ' three']
    """
    start = 0
    while start < len(text):
        border = _BORDER.search(text, start + size)
        end = border.end() if border else len(text)
        yield text[start:end]
        start = end


def splits_at_borders(tokenizer: dict[str, Any]) -> bool:
    """Tell whether a tokenizer.json is of a kind whose ids are the same piece by piece (see the module)."""
    normalizer, model = tokenizer.get("normalizer"), tokenizer.get("model") or {}
    return (
        (normalizer is None or normalizer.get("type") == "NFC")
        and model.get("type") == "BPE"
        and not model.get("dropout")
        and _is_known_split(tokenizer.get("pre_tokenizer") or {})
        and all(_is_plain(token) for token in tokenizer.get("added_tokens") or [])
    )


def tokenizer_digest(path: str | None) -> str | None:
    """Return the SHA-256 of a tokenizer.json; None for one that the run trains itself.

    Raises:
        SourceError: it cannot be read.
    """
    if path is None:
        return None
    return hashlib.sha256(read_tokenizer(path).encode()).hexdigest()


def read_tokenizer(path: str) -> str:
    """Return the content of a tokenizer.json.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: the tokenizer cannot be read: {error}") from error


def _piece_ids(encoder: Encoder, piece: str) -> NDArray[Any]:
    # The fast variant keeps no offsets: a third less time.
    encoding = encoder.tokenizer.encode_batch_fast([piece], add_special_tokens=False)[0]
    return np.array(encoding.ids, dtype=encoder.dtype)


def _eos_id(vocabulary: dict[str, int], eos_token: str | None) -> int:
    wanted = EOS_TOKENS if eos_token is None else (eos_token,)
    for token in wanted:
        if token in vocabulary:
            return vocabulary[token]
    raise _problem(f"has no token {' or '.join(wanted)}: name its end-of-text token as tokens.eos_token")


def _is_known_split(part: dict[str, Any]) -> bool:
    """Tell whether a pre-tokenizer is GPT-2's own, or one of the known splits followed by bytes."""
    if part.get("type") == "Sequence":
        first, *rest = part.get("pretokenizers") or [{}]
        is_known = (
            first.get("type") == "Split" and first.get("behavior") == "Isolated" and not first.get("invert")
        )
        is_known = is_known and (first.get("pattern") or {}).get("Regex") in _KNOWN_SPLITS
        return is_known and len(rest) == 1 and _is_bytes(rest[0]) and not rest[0].get("use_regex", True)
    return _is_bytes(part) and bool(part.get("use_regex", True))


def _is_bytes(part: dict[str, Any]) -> bool:
    return part.get("type") == "ByteLevel" and not part.get("add_prefix_space")


def _is_plain(token: dict[str, Any]) -> bool:
    """Tell whether an added token cannot reach across a border: not used in text, or free of white space."""
    if token.get("special"):
        return True
    reaches = any(token.get(name) for name in ("lstrip", "rstrip", "single_word", "normalized"))
    return not reaches and not any(char.isspace() for char in token.get("content", ""))


def _problem(message: str) -> ConfigError:
    return ConfigError([Problem("tokens.tokenizer", message)])
