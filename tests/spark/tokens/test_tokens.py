"""The stage ``tokens`` over small corpora: files, spans, sameness, what earlier runs left."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.helpers import FakeContext, make_document, make_recipe, make_table
from tests.helpers_megatron import read_megatron

from tamis.config import Tokens
from tamis.errors import StageFailedError
from tamis.tokens import steps
from tamis.tokens.encode import document_ids, load_encoder
from tamis.tokens.steps import check_spans, run_tokens
from tamis.tokens.steps_sample import training_texts
from tamis.tokens.train import train_bpe

pytestmark = pytest.mark.spark

WORDS = [
    "the",
    "drum",
    "sieve",
    "lets",
    "fine",
    "through",
    "keeps",
    "what",
    "is",
    "coarse",
    "Größe",
    "日本語",
    "1024",
]
IDS = [2**63 - 1, -(2**63), 0, 7, -7, 2**62, -(2**62), 12, 13, 14, 15, 16]
TEXTS = {
    doc_id: " ".join(WORDS[place % len(WORDS)] for place in range(1 + 9 * at))
    for at, doc_id in enumerate(IDS)
}
TEXTS[13] = ""


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    path.write_text(train_bpe(TEXTS.values(), 300))
    return path


def corpus_rows(texts=TEXTS):
    """Documents in three (batch, shard) groups."""
    return [
        {name: value for name, value in make_document(doc_id, text).items() if name != "record_sha256"}
        | {"batch_id": 1 + (at % 3 == 2), "shard": at % 3 % 2}
        for at, (doc_id, text) in enumerate(texts.items())
    ]


def context(spark, root, tokenizer, rows=None, **options):
    settings = {"tokenizer": tokenizer, "sequence_length": 8, "formats": ("parquet", "megatron"), **options}
    ctx = FakeContext(spark, root, make_recipe(tokens=Tokens(**settings)))
    return ctx.put("corpus", corpus_rows() if rows is None else rows)


def stream_of(root, path):
    """Read a shard file's token stream with a reader that is not ours."""
    if path.endswith(".parquet"):
        rows = pq.read_table(root / path)["input_ids"].to_pylist()
        assert all(len(row) == 8 for row in rows[:-1])
        return [token for row in rows for token in row]
    return [token for document in read_megatron((root / path).with_suffix(""))[1] for token in document]


def files_in(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "tokens_data").rglob("*")) if path.is_file()
    }  # fmt: skip


def test_token_spans_point_at_each_documents_tokens(spark, tmp_path, tokenizer):
    ctx = context(spark, tmp_path, str(tokenizer))
    run_tokens(ctx)
    encoder = load_encoder(tokenizer.read_text())
    for name in ("parquet", "megatron"):
        spans = [
            row
            for row in ctx.rows("token_spans", "path", "start", "length", "doc_id")
            if f"/{name}/" in row[0]
        ]
        assert sorted(row[3] for row in spans) == sorted(TEXTS)
        for path, start, length, doc_id in spans:
            ids = stream_of(tmp_path, path)[start : start + length]
            assert ids == document_ids(encoder, TEXTS[doc_id]).tolist()
            assert encoder.tokenizer.decode(ids[:-1]) == TEXTS[doc_id]


def test_tokens_tell_of_each_file_what_it_holds(spark, tmp_path, tokenizer):
    ctx = context(spark, tmp_path, str(tokenizer))
    run_tokens(ctx)
    spans = ctx.rows("token_spans", "path", "start", "length")
    files = ctx.rows("tokens", "path", "format", "sha256", "bytes", "documents", "sequences", "tokens")
    stems = {"0001-00000-00000", "0001-00001-00000", "0002-00000-00000"}
    assert {Path(path).name[:16] for path, *_ in files} == stems
    assert len(files) == 2 * len(stems)
    for path, form, sha256, size, documents, sequences, tokens in files:
        data = (tmp_path / path).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (sha256, size)
        mine = [(start, length) for name, start, length in spans if name == path]
        assert documents == len(mine)
        assert tokens == sum(length for _, length in mine) == len(stream_of(tmp_path, path))
        assert sequences == (documents if form == "megatron" else -(-tokens // 8))
        # Back to back from the first token to the last.
        assert [start for start, _ in sorted(mine)] == np.cumsum([0, *(n for _, n in sorted(mine))])[
            :-1
        ].tolist()


def test_documents_lie_in_the_order_of_their_ids(spark, tmp_path, tokenizer):
    ctx = context(spark, tmp_path, str(tokenizer))
    run_tokens(ctx)
    by_file: dict[str, list[int]] = {}
    for path, _, doc_id in ctx.rows("token_spans", "path", "start", "doc_id"):
        by_file.setdefault(path, []).append(doc_id)
    assert all(doc_ids == sorted(doc_ids) for doc_ids in by_file.values())


@pytest.mark.parametrize("part_chars", [steps.PART_CHARS, 300], ids=["one part", "many parts"])
def test_files_are_the_same_for_any_partitioning(spark, tmp_path, tokenizer, monkeypatch, part_chars):
    monkeypatch.setattr(steps.document_parts, "__defaults__", (part_chars,))
    found = []
    for partitions in (1, 2, 8):
        spark.conf.set("spark.sql.shuffle.partitions", partitions)
        root = tmp_path / f"p{partitions}"
        rows = corpus_rows()[::-1] if partitions == 2 else corpus_rows()
        ctx = context(spark, root, str(tokenizer))
        ctx.put("corpus", rows)
        ctx._write("corpus", ctx.read("corpus").repartition(partitions))
        run_tokens(ctx)
        found.append((files_in(root), ctx.rows("tokens"), ctx.rows("token_spans")))
    assert found[0] == found[1] == found[2]
    parts = {Path(path).name[11:16] for path in found[0][0]}
    assert parts == {"00000"} if part_chars == steps.PART_CHARS else len(parts) > 1


def test_parts_keep_every_document_at_the_ends_of_the_id_range(spark, tmp_path, tokenizer, monkeypatch):
    monkeypatch.setattr(steps.document_parts, "__defaults__", (10,))
    ctx = context(spark, tmp_path, str(tokenizer), formats=("megatron",))
    run_tokens(ctx)
    assert sorted(row[0] for row in ctx.rows("token_spans", "doc_id")) == sorted(TEXTS)


def test_vocabularies_of_65500_and_more_are_int32(spark, tmp_path, tokenizer):
    big = json.loads(tokenizer.read_text())
    big["model"]["vocab"]["<last>"] = 70_000
    path = tmp_path / "big.json"
    path.write_text(json.dumps(big))
    ctx = context(spark, tmp_path / "out", str(path))
    run_tokens(ctx)
    name = next(path for path in files_in(tmp_path / "out") if path.endswith(".idx"))
    assert read_megatron((tmp_path / "out" / name).with_suffix(""))[0] == "int32"


def test_a_trained_tokenizer_is_the_same_for_any_partitioning(spark, tmp_path):
    made = []
    for partitions in (1, 8):
        spark.conf.set("spark.sql.shuffle.partitions", partitions)
        root = tmp_path / f"p{partitions}"
        ctx = context(spark, root, {"train": {"vocab_size": 280, "sample_bytes": 5000}})
        ctx._write("corpus", ctx.read("corpus").repartition(partitions))
        run_tokens(ctx)
        made.append(((root / "tokenizer" / "tokenizer.json").read_text(), files_in(root)))
    assert made[0] == made[1]


def test_training_texts_are_cut_at_the_sample_size(spark):
    corpus = make_table(spark, "corpus", corpus_rows())
    whole = training_texts(corpus, 10**9)
    assert sorted(whole) == sorted(TEXTS.values())
    few = training_texts(corpus, 1_000)
    assert 0 < sum(map(len, few)) <= 1_000
    assert 0 < len(few) <= 2  # a sample of 1,000 looks at 1,000 / MEAN_BYTES documents
    assert all(any(text.startswith(part) for text in TEXTS.values()) for part in few)


def test_an_empty_corpus_leaves_empty_tables(spark, tmp_path, tokenizer):
    ctx = context(spark, tmp_path, str(tokenizer), rows=[])
    run_tokens(ctx)
    assert ctx.rows("tokens") == ctx.rows("token_spans") == []


def test_a_long_document_travels_in_pieces_and_arrives_whole(spark, tmp_path, tokenizer):
    texts = {7: "", 12: " ".join(WORDS * 20_000), 13: "coarse"}  # 2 MB of ids, between two short ones
    encoder = load_encoder(tokenizer.read_text())
    ids = document_ids(encoder, texts[12])
    assert steps.ROW_BYTES < ids.nbytes < 3 * steps.ROW_BYTES
    rows = [{**row, "batch_id": 1, "shard": 0} for row in corpus_rows(texts)]
    ctx = context(spark, tmp_path, str(tokenizer), rows=rows)
    run_tokens(ctx)
    wanted = [(7, 0, 1), (12, 1, len(ids)), (13, 1 + len(ids), len(document_ids(encoder, "coarse")))]
    for name in ("parquet", "megatron"):
        spans = ctx.read("token_spans").where(f"path LIKE '%/{name}/%'").collect()
        assert sorted((row.doc_id, row.start, row.length) for row in spans) == wanted
        stream = stream_of(tmp_path, spans[0].path)
        assert stream[1 : 1 + len(ids)] == ids.tolist()


def test_a_null_text_is_a_document_of_its_end_only(spark, tmp_path, tokenizer):
    rows = [{**corpus_rows()[0], "text": None, "length_chars": None}]
    ctx = context(spark, tmp_path, str(tokenizer), rows=rows, formats=("parquet",))
    run_tokens(ctx)
    assert ctx.rows("token_spans", "start", "length", "doc_id") == [(0, 1, IDS[0])]


def test_a_second_run_keeps_committed_files_and_the_third_removes_them(spark, tmp_path, tokenizer):
    ctx = context(spark, tmp_path, str(tokenizer))
    stray = tmp_path / "tokens_data" / "parquet" / ".0001.deadbeef.tmp"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left by a stopped run")
    run_tokens(ctx)
    first = files_in(tmp_path)
    assert not stray.exists()
    fewer = corpus_rows({doc_id: text for doc_id, text in TEXTS.items() if doc_id != 7})
    ctx.put("corpus", fewer)
    run_tokens(ctx)
    second = files_in(tmp_path)
    assert first.items() < second.items()
    run_tokens(ctx)
    third = files_in(tmp_path)
    listed = {row[0] for row in ctx.rows("tokens", "path")}
    assert {path for path in third if not path.endswith(".idx")} == listed
    assert third.items() < second.items()


COLUMNS = "format STRING, documents BIGINT, tokens BIGINT, doc_id BIGINT, length BIGINT"
WRITTEN = [("parquet", 2, 9, None, None), ("parquet", None, None, 1, 4), ("parquet", None, None, 2, 5)]


def test_check_spans_accepts_sums_that_add_up(spark):
    check_spans(spark.createDataFrame(WRITTEN, COLUMNS), 2, ("parquet",))


@pytest.mark.parametrize(
    ("rows", "documents", "message"),
    [
        (WRITTEN[:2], 2, "token_spans 1 "),
        (WRITTEN, 3, "corpus has 3 documents, the parquet files 2 "),
        ([WRITTEN[0], WRITTEN[1], WRITTEN[1]], 2, r"token_spans 2 \(1 distinct\)"),
        ([("parquet", 2, 10, None, None), *WRITTEN[1:]], 2, "and 10 tokens, token_spans .* and 9 tokens"),
        ([], 2, "no parquet file is there"),
    ],
    ids=["a span lost", "a document lost", "one twice", "a token lost", "nothing written"],
)
def test_check_spans_refuses_sums_that_are_off(spark, rows, documents, message):
    with pytest.raises(StageFailedError, match=message):
        check_spans(spark.createDataFrame(rows, COLUMNS), documents, ("parquet",))
