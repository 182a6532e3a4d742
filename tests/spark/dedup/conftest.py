"""Near-dedup of a few texts, step by step."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from tests.helpers import make_document, make_table


class Found(NamedTuple):
    documents: object
    edges: list
    facts: dict


@pytest.fixture
def find_edges(spark):
    """Give a function from {doc_id: text} to the verified edges, as rows."""
    from tamis.dedup.lsh import choose_bands
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.near import near_edges
    from tamis.dedup.steps.signatures import signatures
    from tamis.dedup.steps.transfer import kept_frames

    def find(texts, threshold=0.8):
        rows = texts.items() if isinstance(texts, dict) else texts
        documents = make_table(spark, "documents", [make_document(i, text) for i, text in rows])
        params, plan, facts = MinHashParams(), choose_bands(threshold), {}
        with kept_frames() as keep:
            signed = keep(signatures(documents, params, plan))
            found = near_edges(
                documents, signed, params=params, plan=plan, threshold=threshold, keep=keep, facts=facts
            )
            edges = found.edges.collect()
        return Found(documents, edges, facts)

    return find
