"""The tables: their columns, types and meaning, in one place.

Types are Spark DDL. ``volatile`` marks what may differ between two runs over the same inputs (run ids,
times, hosts, the layout): `tamis digest` leaves it out. Every document-grain table carries ``batch_id`` and
``shard``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``type`` is Spark DDL, ``comment`` says what it means, with the unit.

    ``late``: it came after the table did, and a null says all that there is to say of rows from before.
    """

    name: str
    type: str
    comment: str
    volatile: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table under the recipe's output.

    Attributes:
        stage: The stage that writes it (``inputs`` is begun by ingest and filled in by extract).
        partition: Columns that its folders are split by.
        in_digest: False for the tables that tell of runs, not of the corpus.
        compression: Of its files.
    """

    name: str
    stage: str
    columns: tuple[Column, ...]
    partition: tuple[str, ...] = ("batch_id",)
    in_digest: bool = True
    compression: str = "zstd"

    @property
    def ddl(self) -> str:
        """The columns as Spark DDL, as ``createDataFrame`` and ``mapInArrow`` take them."""
        return ", ".join(f"`{column.name}` {column.type}" for column in self.columns)

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def lacking(self, found: Collection[str]) -> list[str]:
        """Return the columns that a table of these columns lacks and that null cannot stand for."""
        return [column.name for column in self.columns if column.name not in found and not column.late]

    @property
    def arrow(self) -> pa.Schema:
        """The columns as an Arrow schema; text and bytes are large, so that a batch may pass 2 GiB."""
        import pyarrow as pa

        return pa.schema([(column.name, _arrow_type(column.type)) for column in self.columns])


# A list of `document.Picture`.
_PICTURE_WORDS = ("sha256", "media_type", "alt", "caption", "url")
PICTURES = f"ARRAY<STRUCT<position: INT, {', '.join(f'{name}: STRING' for name in _PICTURE_WORDS)}>>"


def _arrow_type(ddl: str) -> pa.DataType:
    import pyarrow as pa

    simple = {
        "BIGINT": pa.int64(), "INT": pa.int32(), "DOUBLE": pa.float64(), "FLOAT": pa.float32(),
        "BOOLEAN": pa.bool_(), "STRING": pa.large_string(), "BINARY": pa.large_binary(),
        "TIMESTAMP": pa.timestamp("us", tz="UTC"),
        "MAP<STRING,STRING>": pa.map_(pa.large_string(), pa.large_string()),
        "ARRAY<BIGINT>": pa.list_(pa.int64()), "ARRAY<INT>": pa.list_(pa.int32()),
        "ARRAY<STRING>": pa.list_(pa.large_string()),
        PICTURES: pa.list_(pa.struct([
            ("position", pa.int32()), *((name, pa.large_string()) for name in _PICTURE_WORDS),
        ])),
    }  # fmt: skip
    return simple[ddl]


_BATCH = (
    Column("batch_id", "INT", "the ingest that brought it; 1 is the first", volatile=True),
    Column("shard", "INT", "the set of inputs it was read with", volatile=True),
)
_DOC = Column("doc_id", "BIGINT", "first 64 bits of SHA-256 over (source, key)")
_REASON = Column("reason", "STRING", "why, such as gopher_quality.word_count.min")

INPUTS = Table(
    "inputs", "ingest", (
        Column("source", "STRING", "the recipe's name for where it comes from"),
        Column("path", "STRING", "relative to the input's root"),
        Column("root", "STRING", "the input's root, as a URI", volatile=True),
        Column("format", "STRING", "files, jsonl, parquet or warc"),
        Column("bytes", "BIGINT", "size as stored"),
        Column("etag", "STRING", "the store's version of it, or its modification time", volatile=True),
        Column("options", "STRING", "JSON: how its records are read (id_field, text_field)"),
        Column("ordinal", "BIGINT", "place in the ledger's order"),
        Column("sha256", "STRING", "of its stored bytes; null until extracted"),
        Column("records", "BIGINT", "records found in it, containers and `skipped` apart"),
        Column("skipped", "STRING", "JSON: records of an archive or mail that are no documents, by reason",
               late=True),
        Column("bytes_consumed", "BIGINT", "stored bytes read; equals `bytes` or `failures` holds the range"),
        Column("status", "STRING", "listed, read, expanded (a container), damaged or unreadable"),
        *_BATCH,
    ), in_digest=False,
)  # fmt: skip

DOCUMENTS = Table(
    "documents", "extract", (
        _DOC,
        Column("source", "STRING", "the recipe's name for where it comes from"),
        Column("key", "STRING", "what names the record in its source"),
        Column("path", "STRING", "the input it was read from, relative to its root"),
        Column("offset", "BIGINT", "first byte in the unpacked input; warc: as stored", volatile=True),
        Column("length", "BIGINT", "bytes of the record", volatile=True),
        Column("parent_id", "BIGINT", "the container it was a member of"),
        Column("duplicate_of", "BIGINT", "the first record with the same key and the same bytes"),
        Column("record_sha256", "STRING", "of the record's bytes"),
        Column("media_type", "STRING", "sniffed from the bytes"),
        Column("format_priority", "INT", "0 HTML, Markdown, DOCX; 1 others; 2 PDF"),
        Column("text", "STRING", "Markdown"),
        Column("length_chars", "INT", "code points of text"),
        Column("title", "STRING", "as the document states it"),
        Column("url", "STRING", "as the document states it"),
        Column("author", "STRING", "as the document states it"),
        Column("published_utc", "STRING", "ISO 8601"),
        Column("extractor", "STRING", "library and version that made the text"),
        Column("metadata", "MAP<STRING,STRING>", "whatever else the format states"),
        Column("pictures", PICTURES, "by reference: the line end in text at which one stands, hash, URL",
               late=True),
        *_BATCH,
    ),
)  # fmt: skip

FAILURES = Table(
    "failures", "extract", (
        Column("doc_id", "BIGINT", "null where a byte range, not a record, failed"),
        Column("source", "STRING", "the recipe's name for where it comes from"),
        Column("key", "STRING", "what names the record; null for a byte range"),
        Column("path", "STRING", "the input it was read from, relative to its root"),
        Column("offset", "BIGINT", "first byte of the record or range", volatile=True),
        Column("length", "BIGINT", "bytes of the record or range", volatile=True),
        Column("parent_id", "BIGINT", "the container it was a member of", late=True),
        Column("stage", "STRING", "the stage that could not go on with it"),
        Column("code", "STRING", "encrypted, cpu_limit, invalid_json, ..."),
        Column("message", "STRING", "what was found, at most 200 characters"),
        *_BATCH,
    ),
)  # fmt: skip

CONTAINERS = Table(
    "containers", "extract", (
        _DOC,
        Column("source", "STRING", "the recipe's name for where it comes from"),
        Column("key", "STRING", "what names it in its source; its members' keys begin with it and `!`"),
        Column("path", "STRING", "the input it was read from, relative to its root"),
        Column("parent_id", "BIGINT", "the container it was itself a member of"),
        Column("record_sha256", "STRING", "of its bytes"),
        Column("media_type", "STRING", "sniffed from the bytes"),
        Column("members", "BIGINT", "records in it: documents, failures, containers and what is skipped"),
        *_BATCH,
    ),
)  # fmt: skip

DECISIONS = Table(
    "decisions", "filter", (
        _DOC, _REASON,
        Column("value", "DOUBLE", "the signal's value; null for a missing or textual one"),
        Column("bound", "DOUBLE", "the bound it broke; null for a language"),
        Column("rule", "INT", "place of the rule in the recipe's order"),
        Column("evidence", "STRING", "what no number tells, such as the language found"),
        *_BATCH,
    ),
)  # fmt: skip

SPAN_KEYS = Table(
    "span_keys", "exact_dedup", (
        _DOC,
        Column("unit", "STRING", "document, paragraph, line or sentence"),
        Column("keys", "BINARY", "first 64 bits of each span's SHA-1, little-endian, packed"),
        Column("checks", "BINARY", "the next 32 bits of each, little-endian, packed"),
        *_BATCH,
    ),
)  # fmt: skip

DUPLICATE_SPANS = Table(
    "duplicate_spans", "exact_dedup", (
        Column("unit", "STRING", "document, paragraph, line or sentence"),
        Column("span_key", "BIGINT", "first 64 bits of the span's SHA-1"),
        Column("span_check", "INT", "the next 32 bits"),
        _DOC,
        Column("ordinal", "INT", "place of the span in its document; -1: the document"),
        *_BATCH,
    ), partition=(),
)  # fmt: skip

SIGNATURES = Table(
    "signatures", "near_dedup", (
        _DOC,
        Column("ordinal", "INT", "place of the unit in its document; -1: the document"),
        Column("signature", "BINARY", "the low byte of each of k MinHash values"),
        Column("shingle_count", "INT", "distinct shingles"),
        Column("shingle_set", "BIGINT", "order-independent hash of the set: equal sets, equal values"),
        Column("band_keys", "BINARY", "the index: the key of each band, int64 little-endian, packed"),
        *_BATCH,
    ),
    compression="none",  # random bytes: zstd takes off 3 %, for a quarter of the CPU of writing them
)  # fmt: skip

EDGES = Table(
    "edges", "near_dedup", (
        Column("src", "BIGINT", "the larger doc_id of the pair; of spans: one of the two documents"),
        Column("src_ordinal", "INT", "-1: the document"),
        Column("dst", "BIGINT", "the smaller doc_id of the pair; of spans: the other document"),
        Column("dst_ordinal", "INT", "-1: the document"),
        Column("jaccard", "DOUBLE", "of the two shingle sets: exact or estimated, see verified_by"),
        Column("containment", "DOUBLE", "shared shingles over the smaller set"),
        Column("bands_shared", "INT", "bands whose keys are equal"),
        Column("verified_by", "STRING", "shingles (exact) or signature (estimate)"),
        *_BATCH,
    ), partition=(),
)  # fmt: skip

CLUSTERS = Table(
    "clusters", "near_dedup", (
        _DOC,
        Column("ordinal", "INT", "-1: the document"),
        Column("cluster_id", "BIGINT", "the smallest doc_id of its component; of spans: their hash"),
        Column("size", "BIGINT", "members of the component"),
        *_BATCH,
    ), partition=(),
)  # fmt: skip

REMOVALS = Table(
    "removals", "assemble", (
        _DOC,
        Column("stage", "STRING", "the stage whose evidence decided"),
        _REASON,
        Column("kept_doc_id", "BIGINT", "the document that stays in its place"),
        Column("jaccard", "DOUBLE", "near-duplicates: to the kept document"),
        Column("evidence", "STRING", "JSON: the value and bound, the key, or the edge"),
        *_BATCH,
    ),
)  # fmt: skip

CUTS = Table(
    "cuts", "assemble", (
        _DOC,
        Column("start_char", "INT", "first code point cut, in documents.text"),
        Column("end_char", "INT", "one past the last"),
        _REASON,
        Column("kept_doc_id", "BIGINT", "the document whose copy of the span stays"),
        Column("jaccard", "DOUBLE", "near-duplicates: to the span that stays"),
        *_BATCH,
    ),
)  # fmt: skip

CORPUS = Table(
    "corpus", "assemble",
    tuple(column for column in DOCUMENTS.columns if column.name not in {"duplicate_of", "record_sha256"}),
)  # fmt: skip

TOKENS = Table(
    "tokens", "tokens", (
        Column("path", "STRING", "the shard file, relative to the output"),
        Column("format", "STRING", "parquet or megatron"),
        Column("sha256", "STRING", "of the file"),
        Column("bytes", "BIGINT", "size of the file"),
        Column("documents", "BIGINT", "documents in it"),
        Column("sequences", "BIGINT", "rows of sequence_length tokens in it"),
        Column("tokens", "BIGINT", "tokens in it, end-of-text marks included"),
    ), partition=(),
)  # fmt: skip

TOKEN_SPANS = Table(
    "token_spans", "tokens", (
        Column("path", "STRING", "the shard file, relative to the output"),
        Column("start", "BIGINT", "first token of the document in the file's token stream"),
        Column("length", "BIGINT", "tokens of the document, its end-of-text mark included"),
        _DOC,
    ), partition=(),
)  # fmt: skip

TOMBSTONES = Table(
    "tombstones", "forget", (
        _DOC,
        Column("key", "STRING", "what named the record"),
        _REASON,
        Column("utc", "STRING", "when it was taken down", volatile=True),
    ), partition=(), in_digest=False,
)  # fmt: skip

CHANGES = Table(
    "changes", "assemble", (
        Column("run_id", "STRING", "the run that changed it", volatile=True),
        Column("kind", "STRING", "merged (into a cluster); retracted (from the corpus) or returned (to it)"),
        Column("id", "BIGINT", "what changed: the cluster that is no more, or the document"),
        Column("other_id", "BIGINT", "the cluster that it is a part of now, the document that stays for it"),
        Column("batch_id", "INT", "the batch that brought it about", volatile=True),
    ), partition=(), in_digest=False,
)  # fmt: skip

RUNS = Table(
    "runs", "runs", (
        Column("run_id", "STRING", "one call of `tamis run`", volatile=True),
        Column("stage", "STRING", "the stage that committed"),
        Column("epoch", "INT", "raised by --redo, never lowered"),
        Column("batch_id", "INT", "the stage is done with all batches up to this one"),
        Column("status", "STRING", "done, or failed: its tables are not to be read"),
        Column("config_digest", "STRING", "SHA-256 of the settings that shape the stage's tables"),
        Column("code_version", "STRING", "tamis version"),
        Column("versions_read", "MAP<STRING,STRING>", "table: Delta version"),
        Column("epochs_read", "MAP<STRING,STRING>", "stage: epoch of the tables read"),
        Column("versions_written", "MAP<STRING,STRING>", "table: Delta version"),
        Column("rows", "MAP<STRING,STRING>", "table: rows it holds for the batches written"),
        Column("facts", "MAP<STRING,STRING>", "what the stage counted for the report"),
        Column("seconds", "DOUBLE", "wall time", volatile=True),
        Column("finished_utc", "STRING", "when", volatile=True),
    ), partition=(), in_digest=False,
)  # fmt: skip


def signals_table(family: str, columns: dict[str, str], comments: dict[str, str]) -> Table:
    """Return the table of one signal family: doc_id and one typed column a signal."""
    signals = (Column(name, ddl, comments[name]) for name, ddl in columns.items())
    return Table(f"signals_{family}", "signals", (_DOC, *signals, *_BATCH))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        INPUTS, DOCUMENTS, FAILURES, CONTAINERS, DECISIONS, SPAN_KEYS, DUPLICATE_SPANS, SIGNATURES, EDGES,
        CLUSTERS, CHANGES, REMOVALS, CUTS, CORPUS, TOKENS, TOKEN_SPANS, TOMBSTONES, RUNS,
    )
}  # fmt: skip
