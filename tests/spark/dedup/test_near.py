"""Near-dedup: edges and clusters against brute force over all pairs, skewed buckets, and the stage."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from tests.helpers import FakeContext, make_document, make_recipe, make_table, sorted_rows
from tests.spark.dedup.texts import components, edited, greedy, jaccards, planted, words

from tamis.dedup.minhash import MinHashParams
from tamis.dedup.steps import large_buckets
from tamis.dedup.steps.keepers import near_removals
from tamis.dedup.steps.near import run_near_dedup
from tamis.dedup.steps.ranks import rank_column

pytestmark = pytest.mark.spark

THRESHOLD = 0.8


def groups_of(edges):
    """Return {member: representative} of the groups of equal shingle sets."""
    return {row.src: row.dst for row in edges if row.jaccard == 1.0 and row.verified_by == "shingles"}


def test_edges_are_the_pairs_of_brute_force(find_edges):
    texts = planted(seed=11)
    found = find_edges(texts)
    edges = {(row.src, row.dst): row for row in found.edges}
    exact, group = jaccards(texts), groups_of(found.edges)
    assert len(edges) == len(found.edges)
    for (a, b), jaccard in exact.items():
        pair = tuple(sorted((group.get(a, a), group.get(b, b)), reverse=True))
        assert jaccard < THRESHOLD + 0.05 or pair[0] == pair[1] or pair in edges
    for pair, row in edges.items():
        assert exact.get(pair, 0) >= THRESHOLD - 0.08
        tolerance = 1e-9 if row.verified_by == "shingles" else 0.1
        assert row.jaccard == pytest.approx(exact[pair], abs=tolerance)
        assert row.jaccard >= THRESHOLD
    assert {pair for pair, jaccard in exact.items() if jaccard == 1.0} == {
        (a, b) for a, b in exact if group.get(a, a) == group.get(b, b)
    }
    counts = {name: float(value) for name, value in found.facts.items()}
    assert counts["near_equal_documents"] == len(group)
    accepted = counts["near_accepted_by_signature"] + counts["near_accepted_by_shingles"]
    assert accepted == len(edges) - len(group)
    assert counts["near_candidates"] == accepted + counts["near_rejected"]


def test_removals_are_greedy_over_the_edges_found(spark, find_edges):
    texts = planted(seed=12, families=20)
    found = find_edges(texts)
    order = random.Random(12).sample(sorted(texts), len(texts))
    group = groups_of(found.edges)
    members = {node: [node] for node in texts if node not in group}
    for member, node in group.items():
        members[node].append(member)
    links = {(a, b): 1.0 for node in members.values() for a in node for b in node if a > b}
    for row in found.edges:
        if row.src not in group:
            links |= {(a, b): row.jaccard for a in members[row.src] for b in members[row.dst]}
    ranked = [{"doc_id": doc_id, "rank": place} for place, doc_id in enumerate(order)]
    removed = near_removals(
        spark.createDataFrame(found.edges),
        make_table(spark, "", ranked, "doc_id BIGINT, rank INT"),
        mode="direct", documents=found.documents, params=MinHashParams(), threshold=THRESHOLD,
    )  # fmt: skip
    expected = sorted((doc_id, kept, j) for doc_id, (kept, j) in greedy(order, links).items())
    assert sorted_rows(removed.select("doc_id", "kept_doc_id", "jaccard")) == expected
    assert expected


@pytest.mark.parametrize("chunk", [4096, 100])
def test_bucket_of_many_near_identical_documents_is_linked_and_leaves(spark, find_edges, monkeypatch, chunk):
    monkeypatch.setattr(large_buckets, "CHUNK_MEMBERS", chunk)
    rng = random.Random(6)
    original = words(rng, 600)
    texts = {doc_id: " ".join(edited(rng, original, 2)) for doc_id in range(500)}
    found = find_edges(texts)
    assert components([(row.src, row.dst) for row in found.edges]) == dict.fromkeys(range(500), 0)
    assert len(found.edges) < 500 * 130  # 124,750 pairs
    assert int(found.facts["near_pairs_given_up"]) > 10**5
    neighbours = Counter(row.dst for row in found.edges)
    assert (max(neighbours.values()) > 400) == (chunk > 500), "a chunk's centre has the chunk for neighbours"
    best = 333  # no centre of any bucket
    places = [{"doc_id": doc_id, "place": (doc_id - best) % 500} for doc_id in range(500)]
    table = make_table(spark, "", places, "doc_id BIGINT, place INT")
    ranked = table.select("doc_id", rank_column([("place", "asc")], {"place": "INT"}).alias("rank"))
    removed = near_removals(
        spark.createDataFrame(found.edges), ranked,
        mode="direct", documents=found.documents, params=MinHashParams(), threshold=THRESHOLD,
    )  # fmt: skip
    kept = {row.kept_doc_id for row in removed.collect()}
    assert removed.count() == 499
    assert kept == {best}


def test_equal_documents_collapse_before_the_buckets(find_edges):
    text = " ".join(words(random.Random(7), 50))
    texts = dict.fromkeys(range(10, 2010), text)
    found = find_edges({**texts, 2: text.upper(), 3: "quite another text of more than five words"})
    assert found.facts["near_candidates"] == "0"
    assert {(row.src, row.dst) for row in found.edges} == {(doc_id, 2) for doc_id in texts}
    assert {(row.jaccard, row.containment, row.verified_by) for row in found.edges} == {
        (1.0, 1.0, "shingles")
    }
    assert {str(row.bands_shared) for row in found.edges} == {found.facts["near_bands"]}


def test_texts_without_shingles_are_near_nothing(find_edges):
    texts = ["", "", None, None, "word", "word", "only four words here", "only four words here"]
    assert find_edges(dict(enumerate(texts))).edges == []
    assert find_edges({}).edges == []


def test_repeated_doc_id_is_not_its_own_duplicate(find_edges):
    rng = random.Random(9)
    text = words(rng, 100)
    rows = [(1, " ".join(text)), (1, " ".join(edited(rng, text, 1))), (2, " ".join(words(rng, 100)))]
    assert find_edges(rows).edges == []


def test_stage_gives_the_same_tables_for_any_partitioning(spark, tmp_path):
    texts = planted(seed=13, families=8)
    recipe = make_recipe(near_dedup={"threshold": THRESHOLD, "clusters": "direct"})
    tables = []
    for partitions in (1, 2, 8):
        spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        context = FakeContext(spark, tmp_path / str(partitions), recipe)
        rows = list(texts.items())[:: 1 if partitions == 2 else -1]
        context.put("documents", [make_document(doc_id, text) for doc_id, text in rows])
        run_near_dedup(context)
        names = ("signatures", "edges", "clusters")
        tables.append(
            ({name: sorted_rows(context.read(name).drop("shard")) for name in names}, context.facts)
        )
    assert tables[0] == tables[1] == tables[2]
    edges = [(row[0], row[2]) for row in tables[0][0]["edges"]]
    expected = components(edges)
    sizes = list(expected.values())
    assert tables[0][0]["clusters"] == sorted(
        (doc_id, -1, root, sizes.count(root), 1) for doc_id, root in expected.items()
    )
    assert expected
