"""No task gets many times what the others get, whatever a corpus has in common; by rows, not by a clock."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.helpers_stages import next_stage, task_metrics
from tests.spark.dedup.texts import edited, words

from tamis.dedup.lsh import BandPlan
from tamis.dedup.minhash import MinHashParams
from tamis.dedup.steps import large_buckets
from tamis.dedup.steps.near import near_edges
from tamis.dedup.steps.signatures import signatures
from tamis.dedup.steps.transfer import kept_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

TASKS = 8
MOST = 5  # times the median (DESIGN 7)
SEEN_ROWS = 10_000  # a stage that reads fewer rows is no work to share
PLAN = BandPlan(bands=2, rows=4, num_hashes=256, threshold=0.8, recall=0.6)
THRESHOLD = 0.8
TEMPLATES, SAME, SHARING, OTHERS = 30_000, 10_000, 2_000, 2_000
WORDS = 200


def skewed() -> Iterator[str]:
    """Yield edits of one template, one document many times, holders of one paragraph, and others."""
    rng = random.Random(6)
    template, paragraph, same = (words(rng, WORDS, 10**6) for _ in range(3))
    for _ in range(TEMPLATES):
        yield " ".join(edited(rng, template, 1))
    yield from [" ".join(same)] * SAME
    for _ in range(SHARING):
        yield " ".join(paragraph + words(rng, WORDS // 2, 10**6))
    for _ in range(OTHERS):
        yield " ".join(words(rng, WORDS, 10**6))


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> str:
    found = list(skewed())
    ids = np.random.default_rng(7).permutation(len(found))
    zeros = pa.array(np.zeros(len(found), np.int32))
    columns = {"doc_id": ids, "text": found, "batch_id": zeros, "shard": zeros}
    path = str(tmp_path_factory.mktemp("skewed") / "documents.parquet")
    pq.write_table(pa.table(columns), path, row_group_size=8192)
    return path


def largest_share(spark, texts: str) -> float:
    """Return the most rows that a task of a stage read from shuffles, over the median of that stage."""
    spark.conf.set("spark.sql.shuffle.partitions", str(TASKS))
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    documents = spark.read.parquet(texts)
    first = next_stage(spark)
    params, facts = MinHashParams(), {}
    with kept_frames() as keep:
        signed = keep(signatures(documents, params, PLAN))
        found = near_edges(
            documents, signed, params=params, plan=PLAN, threshold=THRESHOLD, keep=keep, facts=facts
        )
        assert found.edges.count() > TEMPLATES
    stages = task_metrics(spark, first).values()
    read = [[task.shuffleReadMetrics().recordsRead() for task in tasks] for tasks in stages]
    return max(
        max(rows) / statistics.median(count for count in rows if count)
        for rows in read
        if sum(rows) >= SEEN_ROWS
    )


def test_no_task_gets_many_times_the_rows_of_the_others(spark, texts):
    assert largest_share(spark, texts) <= MOST


def test_without_chunks_of_large_buckets_one_does(spark, texts, monkeypatch):
    monkeypatch.setattr(large_buckets, "CHUNK_MEMBERS", 10**8)
    assert largest_share(spark, texts) > MOST
