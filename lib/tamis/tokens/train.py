"""Texts -> a small byte-level BPE, as the content of a tokenizer.json.

Sennrich et al. 2016, arXiv:1508.07909, over bytes as GPT-2 does (Radford et al. 2019, section 2.2): every
text can be written, so there is no unknown token. The same texts in any order give the same tokenizer: they
are sorted, and the library breaks ties between equally frequent pairs by their ids.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EOS_TOKEN = "<|endoftext|>"  # noqa: S105  (no password)


def train_bpe(texts: Iterable[str], vocab_size: int) -> str:
    """Return a tokenizer.json trained on texts.

    Args:
        texts: In any order.
        vocab_size: Entries at most, the 256 bytes and the end-of-text token included; fewer where the texts
            hold fewer pairs.

    Example:
        >>> train_bpe(["b a", "a b"], 300) == train_bpe(["a b", "b a"], 300)
        True
    """
    # Spark forks its workers: threads that the library starts would not live on in them.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[EOS_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(texts), trainer)
    return tokenizer.to_str()
