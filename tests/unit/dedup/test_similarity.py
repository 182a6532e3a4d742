from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.dedup.overlap import set_similarity
from tamis.dedup.steps.similarity import _compare

SETS = st.frozensets(st.integers(0, 12), min_size=1, max_size=8).map(sorted)
GROUPS = st.lists(st.tuples(st.booleans(), SETS, st.lists(SETS, max_size=4)), max_size=6)


def rows_of(groups):
    """Rows as they are sorted: a document (if it is there at all) before those that it is compared with."""
    for dst, (has_centre, centre, others) in enumerate(groups, start=-1):
        if has_centre:
            yield {"dst": dst, "doc_id": dst, "side": 0, "shingles": centre}
        for number, values in enumerate(others):
            yield {"dst": dst, "doc_id": 100 * (dst + 2) + number, "side": 1, "shingles": values}


def batch_of(rows):
    packed = [{**row, "shingles": np.array(row["shingles"], "<u4").tobytes()} for row in rows]
    kinds = [("dst", pa.int64()), ("doc_id", pa.int64()), ("side", pa.int32()), ("shingles", pa.binary())]
    return pa.RecordBatch.from_pylist(packed, pa.schema(kinds))


def by_definition(groups):
    for dst, (has_centre, centre, others) in enumerate(groups, start=-1):
        for number, values in enumerate(others if has_centre else []):
            jaccard, containment = set_similarity(*(np.array(side, np.uint32) for side in (values, centre)))
            yield 100 * (dst + 2) + number, dst, min(jaccard, len(values) / (len(values) + 1)), containment


@settings(max_examples=200, derandomize=True, deadline=None)
@given(GROUPS, st.integers(1, 5))
def test_pairs_are_compared_wherever_batches_end(groups, size):
    rows = list(rows_of(groups))
    batches = [batch_of(rows[start : start + size]) for start in range(0, len(rows), size)]
    found = [
        tuple(row.values()) for batch in _compare(iter([batch_of([]), *batches])) for row in batch.to_pylist()
    ]
    assert found == list(by_definition(groups))
