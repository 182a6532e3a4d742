"""Near-duplicate paragraphs and sentences, from texts to cuts, beside brute force over all of them."""

from __future__ import annotations

import random

import pytest
from tests.helpers import FakeContext, make_document, make_recipe, sorted_rows
from tests.spark.dedup.texts import edited, greedy, jaccards, shingles, words

from tamis.assemble.steps import run_assemble
from tamis.dedup.steps.exact import run_exact_dedup
from tamis.dedup.steps.near import run_near_dedup

pytestmark = pytest.mark.spark

THRESHOLD = 0.8
HEADING = "w1 w2 w3 w4 w5 w6"
GAPS = {"paragraph": "\n\n", "sentence": " "}


def written(seed, unit):
    """Return {doc_id: parts}: some parts are edits of parts of other documents, or of their own."""
    rng = random.Random(seed)
    families = [words(rng, 60) for _ in range(8)]
    texts = {}
    for doc_id in rng.sample(range(-(10**6), 10**6), 24):
        parts = [[HEADING]] if unit == "paragraph" else []
        for _ in range(rng.randrange(2, 6)):
            part = (
                edited(rng, rng.choice(families), rng.randrange(4)) if rng.random() < 0.7 else words(rng, 40)
            )
            parts.append(part)
        texts[doc_id] = [" ".join(part) + "." for part in parts]
    own = words(rng, 50)
    texts[10**7] = [" ".join(part) + "." for part in (own, words(rng, 90), edited(rng, own, 1))]
    return texts


def documents(texts, unit, batch_of=lambda _: 1):
    return [
        make_document(doc_id, GAPS[unit].join(part.capitalize() for part in parts), batch_id=batch_of(doc_id))
        for doc_id, parts in texts.items()
    ]


def part_jaccards(texts):
    """Return {(part, part): J} of all pairs of parts of 20 words or more; a part is (doc_id, ordinal)."""
    parts = {(doc_id, at): text for doc_id, found in texts.items() for at, text in enumerate(found)}
    return jaccards({part: text for part, text in parts.items() if len(shingles(text)) >= 16})


def delivered(spark, folder, texts, unit, batches=1, **parts):
    recipe = make_recipe(near_dedup={"threshold": THRESHOLD, "unit": unit}, **parts)
    context = FakeContext(spark, folder, recipe)
    order = sorted(texts)
    for number in range(1, batches + 1):
        rows = documents(texts, unit, lambda doc_id: 1 + order.index(doc_id) % batches)
        context.put("documents", [row for row in rows if row["batch_id"] <= number])
        context.pending = [number]
        run_near_dedup(context)
    return context


@pytest.mark.parametrize("unit", ["paragraph", "sentence"])
def test_cuts_are_those_of_brute_force(spark, tmp_path, unit):
    texts = written(5, unit)
    context = delivered(spark, tmp_path, texts, unit)
    exact = part_jaccards(texts)
    assert not any(THRESHOLD - 0.02 < jaccard < THRESHOLD for jaccard in exact.values())
    links = {pair: jaccard for pair, jaccard in exact.items() if jaccard >= THRESHOLD}
    length = {doc_id: len(GAPS[unit].join(parts)) for doc_id, parts in texts.items()}
    parts = [(doc_id, at) for doc_id, found in texts.items() for at in range(len(found))]
    leaves = greedy(sorted(parts, key=lambda part: (-length[part[0]], part)), links)
    context.put("failures", [])
    run_assemble(context)
    left = {row["doc_id"]: row["text"] for row in context.read("corpus").collect()}
    for doc_id, found in texts.items():
        stay = [text for at, text in enumerate(found) if (doc_id, at) not in leaves]
        assert left.get(doc_id, "").lower().split() == " ".join(stay).lower().split()
    cuts = context.read("cuts").collect()
    assert {row["reason"] for row in cuts} == {"near_duplicate"}
    assert min(row["jaccard"] for row in cuts) >= THRESHOLD
    # Which of the neighbours that stay is the most similar, signatures estimate.
    ends = {(one[0], other[0]) for pair in links for one, other in (pair, pair[::-1]) if other not in leaves}
    assert {(row["doc_id"], row["kept_doc_id"]) for row in cuts} <= ends
    assert {row["doc_id"] for row in cuts} == {part[0] for part in leaves if left.get(part[0])}
    assert len(leaves) > 10
    assert any(part[0] == kept[0] for part, (kept, _) in leaves.items()), "a text that repeats itself"


def test_any_split_into_batches_gives_the_tables_of_one_batch(spark, tmp_path):
    texts = written(6, "paragraph")
    found = []
    for batches in (1, 3):
        context = delivered(spark, tmp_path / str(batches), texts, "paragraph", batches)
        tables = ("signatures", "edges", "clusters")
        found.append({name: sorted_rows(context.read(name).drop("batch_id", "shard")) for name in tables})
    assert found[0] == found[1]
    assert len(found[0]["edges"]) > 20


def test_equal_paragraphs_leave_for_the_one_that_stays_in_the_end(spark, tmp_path):
    """The copy's copy: 3 has the paragraph of 2, which resembles the one of 1, the longest."""
    rng = random.Random(8)
    shared, long = words(rng, 60), words(rng, 200)
    near = edited(rng, shared, 1)
    texts = {
        1: [" ".join(long), " ".join(shared)],
        2: [" ".join(words(rng, 90)), " ".join(near)],
        3: [" ".join(words(rng, 50)), " ".join(near)],
    }
    parts = {"exact_dedup": {"units": ["paragraph"]}}
    context = delivered(spark, tmp_path, texts, "paragraph", **parts)
    run_exact_dedup(context)
    context.put("failures", [])
    run_assemble(context)
    rows = context.rows("cuts", "doc_id", "reason", "kept_doc_id")
    assert rows == [(2, "near_duplicate", 1), (3, "exact_duplicate", 1)]
