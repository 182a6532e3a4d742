"""The part of a corpus that a tokenizer is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MEAN_BYTES = 500  # documents shorter than this on average make the sample smaller than asked, never larger


def training_texts(corpus: DataFrame, sample_bytes: int) -> list[str]:
    """Return texts of ``sample_bytes`` characters at most, of the documents with the smallest hashes of id.

    The same documents whatever the partitioning; the last text is cut where the sum is reached.

    Input columns:
        doc_id (long): Unique.
        length_chars (int): Of ``text``.
        text (string): Not null.

    Shuffles: none of text; the doc_ids and lengths of the ``sample_bytes / 500`` smallest hashes go to the
    driver.
    """
    chars = F.coalesce("length_chars", F.lit(0)).alias("chars")
    hashed = corpus.select(F.xxhash64("doc_id").alias("hash"), "doc_id", chars)
    smallest = hashed.orderBy("hash", "doc_id").limit(max(1, sample_bytes // MEAN_BYTES)).collect()
    wanted, left = [], sample_bytes
    for row in smallest:
        if left <= 0:
            break
        wanted.append((row.doc_id, min(left, row.chars)))
        left -= row.chars
    chosen = corpus.sparkSession.createDataFrame(wanted, "doc_id BIGINT, taken INT")
    texts = corpus.join(F.broadcast(chosen), "doc_id").select(
        F.expr("substring(text, 1, taken)").alias("text")
    )
    return [row.text for row in texts.collect()]
