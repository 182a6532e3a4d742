"""The stage ``tokens``: ``corpus`` -> files in ``tokens_data`` -> tables ``tokens`` and ``token_spans``.

Each (batch, shard) of the corpus becomes one part or more; a part's documents lie in the order of their
doc_ids in one file per format. Files are named by their content, so any partitioning and any retry writes
the same files.
"""

from __future__ import annotations

from itertools import chain
from math import ceil
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.sql import functions as F

from tamis.errors import StageFailedError
from tamis.schemas import TOKEN_SPANS, TOKENS
from tamis.tokens.encode import read_tokenizer
from tamis.tokens.steps_sample import training_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

    from tamis.config import Tokens
    from tamis.pipeline.stage import StageContext

    Kernel = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

FOLDER = "tokens_data"
TOKENIZER = "tokenizer/tokenizer.json"

# About 70 M tokens, 140 MB as uint16: a size that loaders and object stores like, and minutes of one task's
# work.
PART_CHARS = 1 << 28

# The ids of 30 MB of text are 20 to 60 MB: as one row, a sort of a few takes more heap than a core has.
ROW_BYTES = 1 << 20

ENCODED = "doc_id BIGINT, batch_id INT, shard INT, part INT, piece INT, ids BINARY"
SHARD_FILES = (
    "path STRING, format STRING, sha256 STRING, bytes BIGINT, documents BIGINT, sequences BIGINT, "
    "tokens BIGINT, start BIGINT, length BIGINT, doc_id BIGINT"
)


def run_tokens(ctx: StageContext) -> None:
    """Tokenise the whole corpus: what is kept of earlier batches may have changed with a new one.

    Before it writes, the stage removes the files that the last committed ``tokens`` does not list: those of
    stopped runs and of older versions. So what a commit lists stays readable until the run after the next
    commit.
    """
    settings = ctx.recipe.tokens
    if settings is None:
        raise StageFailedError("tokens: the recipe has no tokens part")
    remove_stale_files(ctx)
    corpus = ctx.read("corpus")
    tokenizer_json = _tokenizer_json(ctx, settings, corpus)
    files = shard_files(
        encoded_documents(corpus, tokenizer_json, settings.eos_token, document_parts(corpus)),
        output=ctx.output, tokenizer_json=tokenizer_json, eos_token=settings.eos_token,
        formats=settings.formats, sequence_length=settings.sequence_length,
    ).persist(StorageLevel.DISK_ONLY)  # fmt: skip
    try:
        check_spans(files, corpus.count(), settings.formats)
        ctx.write_all("token_spans", files.where("doc_id IS NOT NULL").select(*TOKEN_SPANS.names))
        ctx.write_all("tokens", files.where("doc_id IS NULL").select(*TOKENS.names))
    finally:
        files.unpersist()


def document_parts(corpus: DataFrame, part_chars: int = PART_CHARS) -> dict[tuple[int, int], int]:
    """Return into how many parts each (batch_id, shard) is cut, by its characters."""
    sizes = corpus.groupBy("batch_id", "shard").agg(F.sum("length_chars").alias("chars")).collect()
    return {(row.batch_id, row.shard): max(1, ceil((row.chars or 0) / part_chars)) for row in sizes}


def encoded_documents(
    corpus: DataFrame, tokenizer_json: str, eos_token: str | None, parts: dict[tuple[int, int], int]
) -> DataFrame:
    """Return each document's token ids and the part that it goes to.

    Input columns:
        doc_id (long): Unique.
        batch_id, shard (int): Where it was read.
        text (string): Null counts as empty.

    Output columns:
        doc_id, batch_id, shard: As given.
        part (int): 0 .. parts - 1, by doc_id, which is uniform: parts are of like size.
        piece (int): 0, 1, .. in the order of the text.
        ids (binary): Token ids, uint16 or int32 little-endian, at most `ROW_BYTES`; the end-of-text id last.

    Rows: one a document and piece.
    Shuffles: none.
    """
    tokenizer = corpus.sparkSession.sparkContext.broadcast(tokenizer_json)

    def encode(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from tamis.tokens.encode import document_ids, load_encoder

        encoder = load_encoder(tokenizer.value, eos_token)
        for batch in batches:
            # One text at a time: a batch of 30 MB texts as Python strings would be held twice.
            ids = [document_ids(encoder, text.as_py() or "") for text in batch.column(3)]
            yield _encoded_batch(batch, ids, parts)

    return corpus.select("doc_id", "batch_id", "shard", "text").mapInArrow(encode, ENCODED)


def shard_files(
    encoded: DataFrame, *, output: str, tokenizer_json: str, eos_token: str | None,
    formats: Sequence[str], sequence_length: int,
) -> DataFrame:  # fmt: skip
    """Write the shard files and return what was written.

    Input columns:
        As `encoded_documents` returns them.

    Output columns:
        path (string): The file, relative to the output.
        format (string): parquet or megatron.
        sha256, bytes, documents, sequences, tokens: Of the file; null in a document's row.
        start, length (long), doc_id (long): Where one document lies; null in a file's row.

    Rows: one a file, and one a document and format.
    Shuffles: token ids, never text, by (batch_id, shard, part).
    """
    from tamis.tokens.encode import load_encoder

    dtype = load_encoder(tokenizer_json, eos_token).dtype.name
    kernel = _writing_kernel(f"{output.rstrip('/')}/{FOLDER}", tuple(formats), dtype, sequence_length)
    part = ["batch_id", "shard", "part"]
    ordered = encoded.repartition(*part).sortWithinPartitions(*part, "doc_id", "piece")
    return ordered.mapInArrow(kernel, SHARD_FILES)


def check_spans(files: DataFrame, documents: int, formats: Sequence[str]) -> None:
    """Check that each format holds each document once, and that spans and files count the same tokens.

    Raises:
        StageFailedError: a sum is off.
    """
    sums = files.groupBy("format").agg(
        F.count("doc_id").alias("spans"), F.countDistinct("doc_id").alias("distinct"),
        F.sum("documents").alias("in_files"), F.sum("length").alias("span_tokens"),
        F.sum("tokens").alias("tokens"),
    )  # fmt: skip
    found = {row["format"]: row for row in sums.collect()}
    for name in formats if documents else ():
        row = found.get(name)
        if row is None:
            raise StageFailedError(f"tokens: corpus has {documents} documents, but no {name} file is there")
        if {row.spans, row.distinct, row.in_files} != {documents} or row.span_tokens != row.tokens:
            raise StageFailedError(
                f"tokens: corpus has {documents} documents, the {name} files {row.in_files} and "
                f"{row.tokens} tokens, token_spans {row.spans} ({row.distinct} distinct) "
                f"and {row.span_tokens} tokens"
            )


def remove_stale_files(ctx: StageContext) -> None:
    """Remove the files that the last committed table ``tokens`` does not list."""
    from tamis.io.content_files import remove_others

    listed = [row.path for row in ctx.read("tokens").select("path").collect()] if ctx.exists("tokens") else []
    for name in ("parquet", "megatron"):
        names = {path.rpartition("/")[2] for path in listed if path.startswith(f"{FOLDER}/{name}/")}
        indexes = {f"{file.removesuffix('.bin')}.idx" for file in names if file.endswith(".bin")}
        remove_others(f"{ctx.output.rstrip('/')}/{FOLDER}/{name}", names | indexes)


def _tokenizer_json(ctx: StageContext, settings: Tokens, corpus: DataFrame) -> str:
    """Return the recipe's tokenizer, or train one on a sample of the corpus and leave it in the output."""
    from tamis.io.sinks import write_bytes
    from tamis.tokens.train import train_bpe

    if settings.tokenizer.train is None:
        return read_tokenizer(settings.tokenizer.path or "")
    options = settings.tokenizer.train
    made = train_bpe(training_texts(corpus, options.sample_bytes), options.vocab_size)
    write_bytes(f"{ctx.output.rstrip('/')}/{TOKENIZER}", made.encode())
    return made


def _writing_kernel(folder: str, formats: tuple[str, ...], dtype: str, sequence_length: int) -> Kernel:
    """Return the mapInArrow function that writes a partition's parts, which lie in it one after another."""

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from itertools import groupby

        from tamis.tokens.steps_files import PartWriter

        rows = chain.from_iterable(map(_encoded_rows, batches))
        for (batch_id, shard, part), documents in groupby(rows, key=lambda row: row[:3]):
            stem = f"{batch_id:04d}-{shard:05d}-{part:05d}"
            with PartWriter(folder, stem, formats, dtype, sequence_length) as writer:
                for *_, doc_id, piece, ids in documents:
                    writer.add(doc_id, ids, continues=piece > 0)
            yield from _as_batches(writer.rows())

    return write


def _encoded_batch(
    batch: pa.RecordBatch, ids: list[NDArray[Any]], parts: dict[tuple[int, int], int]
) -> pa.RecordBatch:
    """Return the rows of a batch's documents: their columns but for the text, the part, and ids in pieces."""
    import pyarrow as pa

    doc_ids, batch_ids, shards = (batch.column(place).to_pylist() for place in range(3))
    places = [
        (doc_id + 2**63) * parts[batch_id, shard] >> 64
        for doc_id, batch_id, shard in zip(doc_ids, batch_ids, shards, strict=True)
    ]
    pieces = [
        (row, piece, values[start : start + ROW_BYTES // values.itemsize].tobytes())
        for row, values in enumerate(ids)
        for piece, start in enumerate(range(0, len(values), ROW_BYTES // values.itemsize))
    ]
    rows, numbers, cut = zip(*pieces, strict=True) if pieces else ((), (), ())
    head = [*batch.columns[:3], pa.array(places, pa.int32())]
    arrays = [column.take(pa.array(rows, pa.int64())) for column in head]
    arrays += [pa.array(numbers, pa.int32()), pa.array(cut, pa.large_binary())]
    return pa.RecordBatch.from_arrays(arrays, names=["doc_id", "batch_id", "shard", "part", "piece", "ids"])


def _encoded_rows(batch: pa.RecordBatch) -> Iterable[tuple[int, int, int, int, int, memoryview]]:
    doc_ids, batch_ids, shards, parts, pieces = (batch.column(place).to_pylist() for place in range(5))
    ids = (memoryview(value.as_buffer()) for value in batch.column(5))
    return zip(batch_ids, shards, parts, doc_ids, pieces, ids, strict=True)


def _as_batches(rows: list[dict[str, Any]]) -> list[pa.RecordBatch]:
    import pyarrow as pa

    strings = {"path", "format", "sha256"}
    names = [field.split()[0] for field in SHARD_FILES.split(", ")]
    schema = pa.schema([(name, pa.large_string() if name in strings else pa.int64()) for name in names])
    return pa.Table.from_pylist(rows, schema=schema).to_batches(max_chunksize=100_000)
