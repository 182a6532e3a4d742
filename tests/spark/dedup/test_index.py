"""Batches meet the index: any split gives what one batch gives, and what was there is met, not made anew."""

from __future__ import annotations

import random

import pytest
from tests.helpers import FakeContext, make_document, make_recipe, sorted_rows
from tests.spark.dedup.texts import edited, planted, words

from tamis.dedup.steps.near import run_near_dedup

pytestmark = pytest.mark.spark

TABLES = ("signatures", "edges", "clusters")
RECIPE = make_recipe(near_dedup={"threshold": 0.8, "clusters": "direct"})


def corpus_with_traps():
    """Return {doc_id: text}: families, groups of equal sets, and a chain that a late text joins."""
    texts = planted(seed=21, families=8)
    rng = random.Random(21)
    group = " ".join(words(rng, 80))
    like_it = " ".join(edited(rng, group.split(), 1))
    texts |= {5_000_001: group, 5_000_002: group.upper(), 4_000_000: group, 5_000_003: like_it, 17: like_it}
    left = words(rng, 200)
    middle = left[:185] + words(rng, 15)
    right = middle[15:] + words(rng, 15)
    return texts | {6_000_001: " ".join(left), 6_000_002: " ".join(right), 6_000_003: " ".join(middle)}


def delivered(spark, folder, texts, batches):
    """Return the context after the stage ran once a batch; batches are lists of doc_ids."""
    context = FakeContext(spark, folder, RECIPE)
    for number, ids in enumerate(batches, start=1):
        rows = [make_document(doc_id, texts[doc_id], batch_id=number) for doc_id in ids]
        seen = [
            make_document(i, texts[i], batch_id=n) for n, b in enumerate(batches[: number - 1], 1) for i in b
        ]
        context.put("documents", [*seen, *rows])
        context.pending = [number]
        run_near_dedup(context)
    return context


def contents(context):
    return {name: sorted_rows(context.read(name).drop("batch_id", "shard")) for name in TABLES}


@pytest.fixture(scope="module")
def texts():
    return corpus_with_traps()


@pytest.fixture(scope="module")
def at_once(spark_root, texts, tmp_path_factory):
    from tamis.io.session import own_session

    found = contents(delivered(own_session(spark_root), tmp_path_factory.mktemp("one"), texts, [list(texts)]))
    assert len(found["edges"]) > 20
    return found


@pytest.mark.parametrize(("seed", "count"), [(1, 2), (2, 4)])
def test_any_split_into_batches_gives_the_tables_of_one_batch(spark, texts, at_once, tmp_path, seed, count):
    rng = random.Random(seed)
    ids = rng.sample(sorted(texts), len(texts))
    cuts = sorted(rng.sample(range(1, len(ids)), count - 1))
    batches = [ids[a:b] for a, b in zip([0, *cuts], [*cuts, len(ids)], strict=True)]
    assert contents(delivered(spark, tmp_path, texts, batches)) == at_once


def test_smaller_id_of_an_equal_set_takes_over_its_edges(spark, texts, at_once, tmp_path):
    # 4,000,000 has the set of 5,000,001 and 5,000,002, and 17 that of 5,000,003: both come last.
    late = [4_000_000, 17]
    context = delivered(spark, tmp_path, texts, [[i for i in texts if i not in late], late])
    assert contents(context) == at_once
    ends = {(row["src"], row["dst"]) for row in context.read("edges").collect()}
    assert {(5_000_001, 4_000_000), (5_000_002, 4_000_000), (5_000_003, 17), (4_000_000, 17)} <= ends


def test_late_text_that_links_two_clusters_merges_them_and_says_so(spark, tmp_path):
    rng = random.Random(4)
    base = words(rng, 300)
    left = base[:]
    right = base[20:] + words(rng, 20)
    far_left, far_right = words(rng, 20) + left[:-20], right[20:] + words(rng, 20)
    chain = {3: far_left, 4: left, 1: right, 2: far_right}
    texts = {doc_id: " ".join(text) for doc_id, text in chain.items()}
    # far_left ~ left, right ~ far_right; left ~ right is the link that comes last.
    context = delivered(spark, tmp_path, texts, [[3, 1, 2], [4]])
    assert {row["cluster_id"] for row in context.read("clusters").collect()} == {1}
    assert {row["size"] for row in context.read("clusters").collect()} == {4}
    assert not context.exists("changes") or context.read("changes").count() == 0  # 3 was in no cluster
    again = delivered(spark, tmp_path / "two", {**texts, 5: texts[3]}, [[3, 5, 1, 2], [4]])
    rows = again.read("changes").collect()
    assert [(row["kind"], row["id"], row["other_id"]) for row in rows] == [("merged", 3, 1)]


def test_stored_documents_that_meet_nothing_new_are_not_shuffled_again(spark, texts, tmp_path):
    context = delivered(spark, tmp_path, texts, [list(texts), []])
    before = contents(context)
    assert context.facts["near_candidates"] == "0"
    context.put("documents", [
        *(make_document(i, t, batch_id=1) for i, t in texts.items()),
        make_document(99, " ".join(words(random.Random(99), 90)), batch_id=3),
    ])  # fmt: skip
    context.pending = [3]
    run_near_dedup(context)
    assert context.facts["near_candidates"] == "0"
    assert contents(context)["edges"] == before["edges"]
