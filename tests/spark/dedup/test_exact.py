"""Which spans occur more than once."""

from __future__ import annotations

import hashlib

import pytest
from tests.helpers import FakeContext, make_document, make_recipe, make_table, sorted_rows

from tamis.dedup.steps.exact import duplicate_spans, run_exact_dedup, span_keys

pytestmark = pytest.mark.spark

HOLDER = ("unit", "doc_id", "ordinal")


def found_spans(spark, documents, units, scope):
    table = make_table(spark, "documents", documents)
    return duplicate_spans(span_keys(table, units), scope)


def test_holders_of_repeated_spans_are_listed_for_every_unit(spark):
    documents = [
        make_document(1, "Hello, World 7!\n\nAlone here."),
        make_document(2, "hello world 3"),
        make_document(3, "Something else\n\nHELLO world 5\n\nhéllo world 1"),
        make_document(4, "something ELSE,\n\nhello, world 2\n\nhello world 9"),
    ]
    found = found_spans(spark, documents, ["document", "paragraph"], "global")
    assert sorted_rows(found.select(*HOLDER)) == [
        ("document", 3, -1), ("document", 4, -1),
        ("paragraph", 1, 0), ("paragraph", 2, 0), ("paragraph", 3, 0), ("paragraph", 3, 1),
        ("paragraph", 3, 2), ("paragraph", 4, 0), ("paragraph", 4, 1), ("paragraph", 4, 2),
    ]  # fmt: skip
    digest = hashlib.sha1(b"hello world 0").digest()
    of_two = found.where("unit = 'paragraph' AND doc_id = 2")
    keys = set(sorted_rows(of_two.select("span_key", "span_check")))
    assert keys == {
        (
            int.from_bytes(digest[:8], "little", signed=True),
            int.from_bytes(digest[8:12], "little", signed=True),
        )
    }


def test_scope_shard_looks_no_further_than_the_shard(spark):
    shards = [(1, 0), (2, 0), (3, 1), (4, 2)]
    documents = [make_document(doc_id, "the same text", shard=shard) for doc_id, shard in shards]
    found = found_spans(spark, documents, ["document"], "shard")
    assert sorted_rows(found.select("doc_id", "shard")) == [(1, 0), (2, 0)]


def test_empty_and_null_texts_are_nobodys_duplicate(spark):
    texts = ["", "", None, None, "---", "***", "---\n\n---"]
    documents = [make_document(doc_id, text) for doc_id, text in enumerate(texts)]
    assert sorted_rows(found_spans(spark, documents, ["document", "paragraph"], "global")) == []
    assert sorted_rows(found_spans(spark, [], ["document"], "global")) == []


def test_run_keeps_keys_of_old_batches_and_finds_across_batches(spark, tmp_path):
    recipe = make_recipe(exact_dedup={"units": ["document"]})
    context = FakeContext(spark, tmp_path, recipe)
    first = [make_document(1, "one text"), make_document(2, "another text")]
    context.put("documents", first)
    run_exact_dedup(context)
    assert context.rows("duplicate_spans") == []
    context.pending = [2]
    context.put("documents", [*first, make_document(3, "One text!", batch_id=2)])
    run_exact_dedup(context)
    assert context.rows("span_keys", "doc_id", "batch_id") == [(1, 1), (2, 1), (3, 2)]
    assert context.rows("duplicate_spans", "doc_id") == [(1,), (3,)]
    assert context.log[-2:] == [("pending", "span_keys"), ("all", "duplicate_spans")]
