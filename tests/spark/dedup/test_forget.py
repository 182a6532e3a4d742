"""What is left of edges, clusters and spans is what a first run without the documents finds."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.helpers import make_document, make_table, sorted_rows
from tests.spark.dedup.texts import words

from tamis.dedup.buckets import BUCKET_LIMIT
from tamis.dedup.steps.clusters import grown_clusters
from tamis.dedup.steps.exact import duplicate_spans, span_keys
from tamis.dedup.steps.forget import (
    SPAN,
    clusters_left,
    edges_left,
    has_large_bucket,
    spans_to_delete,
)
from tamis.schemas import EDGES

pytestmark = pytest.mark.spark


def ids_frame(spark, ids):
    return spark.createDataFrame([(doc_id,) for doc_id in sorted(ids)], "doc_id BIGINT")


def layout_of(spark, ids):
    """Give every document a batch and shard of its own, to see whose an edge carries."""
    return spark.createDataFrame([(i, -1, abs(i) % 3, abs(i) % 5) for i in sorted(ids)],
                                 "doc_id BIGINT, ordinal INT, batch_id INT, shard INT")  # fmt: skip


def family(rng: random.Random, base: str) -> list[str]:
    """Return copies of a text, and of near ones."""
    tokens = base.split(" ")
    near = [
        " ".join([*tokens[:cut], "other", *tokens[cut + 1 :]]) for cut in rng.sample(range(len(tokens)), 3)
    ]
    return [base] * rng.randint(1, 4) + [text for text in near for _ in range(rng.randint(1, 3))]


@pytest.mark.parametrize("seed", [1, 2])
def test_edges_and_clusters_are_those_of_a_first_run_without_the_documents(spark, find_edges, seed):
    rng = random.Random(seed)
    texts = [text for n in range(6) for text in family(rng, " ".join(words(rng, 150)))]
    ids = rng.sample(range(-(10**6), 10**6), len(texts))
    documents = dict(zip(ids, texts, strict=True))
    gone = set(rng.sample(ids, len(ids) // 2))
    rest = {doc_id: text for doc_id, text in documents.items() if doc_id not in gone}

    before = spark.createDataFrame(find_edges(documents).edges, EDGES.ddl)
    clusters = grown_clusters(before, layout_of(spark, ids), None).clusters
    layout = layout_of(spark, rest)
    left = edges_left(before, ids_frame(spark, gone), layout)
    expected = find_edges(rest).edges
    columns = [name for name in EDGES.names if name not in {"batch_id", "shard"}]
    assert len(expected) > 5
    assert sorted_rows(left.select(*columns)) == sorted(
        tuple(row[name] for name in columns) for row in expected
    )

    kept = clusters_left(clusters, left, ids_frame(spark, gone), layout)
    anew = grown_clusters(spark.createDataFrame(expected, EDGES.ddl), layout, None).clusters
    assert sorted_rows(kept) == sorted_rows(anew)


def edge(src, dst, jaccard=1.0, by="shingles", batch=1, shard=0):
    return (src, -1, dst, -1, jaccard, 1.0, 3, by, batch, shard)


def test_heir_takes_the_place_and_edges_keep_the_larger_id_first(spark):
    # 1 stands for 5 and 9, 3 for 4; 1 and 3 are near. Without 1 the pair (3, 1) becomes (5, 3).
    rows = [
        edge(5, 1),
        edge(9, 1),
        edge(4, 3),
        edge(3, 1, 0.9, "signature"),
        edge(8, 7, 0.9, "signature", 7, 7),
    ]
    layout = layout_of(spark, [3, 4, 5, 7, 8, 9])
    left = edges_left(spark.createDataFrame(rows, EDGES.ddl), ids_frame(spark, [1, 77]), layout)
    assert sorted_rows(left.select("src", "dst", "jaccard", "batch_id", "shard")) == [
        (4, 3, 1.0, 1, 0), (5, 3, 0.9, 2, 0), (8, 7, 0.9, 7, 7), (9, 5, 1.0, 0, 4),
    ]  # fmt: skip


def test_group_that_is_all_gone_leaves_no_edge(spark):
    rows = [edge(5, 1), edge(9, 1), edge(3, 1, 0.9, "signature")]
    left = edges_left(
        spark.createDataFrame(rows, EDGES.ddl), ids_frame(spark, [1, 5, 9]), layout_of(spark, [3])
    )
    assert left.collect() == []


@pytest.mark.parametrize(("others", "is_large"), [(BUCKET_LIMIT - 1, False), (BUCKET_LIMIT, True)])
def test_bucket_is_large_where_its_representatives_are_over_the_limit(spark, others, is_large):
    keys = [(doc_id, [7, doc_id]) for doc_id in range(others + 1)] + [(1000, [7, -1]), (2000, [8, -2])]
    packed = [(doc_id, bytearray(np.array(pair, "<i8").tobytes())) for doc_id, pair in keys]
    frame = spark.createDataFrame(packed, "doc_id BIGINT, band_keys BINARY")
    edges = spark.createDataFrame([edge(1000, 3)], EDGES.ddl)
    assert has_large_bucket(frame, edges, ids_frame(spark, [5])) is is_large
    assert not has_large_bucket(frame, edges, ids_frame(spark, [1000, 2000, 3000]))  # no bucket counts them


@pytest.mark.parametrize("scope", ["global", "shard"])
def test_spans_are_those_of_a_first_run_without_the_documents(spark, scope):
    rng = random.Random(4)
    paragraphs = [" ".join(words(rng, 12)) for _ in range(8)]
    texts = {n: "\n\n".join(rng.choices(paragraphs, k=3)) for n in range(1, 13)}
    texts |= {20: texts[1], 21: texts[2]}
    rows = [make_document(doc_id, text, shard=doc_id % 2) for doc_id, text in texts.items()]
    keys = span_keys(make_table(spark, "documents", rows), ["document", "paragraph"])
    gone = ids_frame(spark, [1, 2, 5, 8, 11])
    before = duplicate_spans(keys, scope).persist()
    after = duplicate_spans(keys.join(gone, on="doc_id", how="left_anti"), scope)
    deleted = spans_to_delete(before, gone, scope)
    assert deleted.count() == deleted.distinct().count() > 0
    left = before.join(deleted, on=list(SPAN), how="left_anti")
    assert sorted_rows(left.select(*after.columns)) == sorted_rows(after)
    assert deleted.where("doc_id NOT IN (1, 2, 5, 8, 11)").count() > 0  # holders that are left alone
