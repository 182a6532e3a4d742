"""A later batch and what an earlier one published: who is retracted, who returns, and `incumbent`."""

from __future__ import annotations

import pytest
from tests.helpers import make_document

from tamis.assemble.steps import run_assemble

pytestmark = pytest.mark.spark

FIRST = {1: "a text", 2: "another text that is longer", 3: "alone"}
LATE = {4: "a text, the longest of its kind"}


def edge(src, dst):
    return {
        "src": src, "src_ordinal": -1, "dst": dst, "dst_ordinal": -1, "jaccard": 0.75, "containment": 0.9,
        "bands_shared": 3, "verified_by": "signature",
    }  # fmt: skip


def corpus_after(context):
    run_assemble(context)
    return {row[0] for row in context.rows("corpus", "doc_id")}


def deliver_late(context):
    documents = [make_document(n, text) for n, text in FIRST.items()]
    late = [make_document(n, text, batch_id=2) for n, text in LATE.items()]
    context.put("documents", documents + late).put("edges", [edge(2, 1), edge(4, 2)])
    context.pending = [2]


@pytest.mark.parametrize(
    ("policy", "published", "changes"),
    [
        # 4 is better than 2, which goes; 1 resembles nobody that stays, and is back.
        ("canonical", {1, 3, 4}, [("retracted", 2, 4, 2), ("returned", 1, None, 2)]),
        ("incumbent", {2, 3}, []),
    ],
)
def test_better_late_copy_replaces_what_was_published_unless_it_is_to_stay(
    make_context, policy, published, changes
):
    documents = [make_document(n, text) for n, text in FIRST.items()]
    context = make_context(
        {"documents": documents, "edges": [edge(2, 1)]}, near_dedup={"threshold": 0.5}, keeper_policy=policy
    )
    assert corpus_after(context) == {2, 3}
    assert not context.exists("changes"), "a first run changes nothing"
    deliver_late(context)
    assert corpus_after(context) == published
    assert sorted(context.rows("changes", "kind", "id", "other_id", "batch_id")) == changes
    assert corpus_after(context) == published, "a rerun on what is published changes nothing"
    assert context.read("changes").count() == len(changes)
