from __future__ import annotations

import pyarrow as pa

from tamis.assemble.shard_text import _of_type
from tamis.schemas import CORPUS


def test_filtered_map_keeps_its_entries_in_the_tables_type():
    said = [{"a": "1"}, None, {}, {"b": "2", "c": None}]
    stored = pa.array(said, pa.map_(pa.string(), pa.string()))
    kind = CORPUS.arrow.field("metadata").type
    for mask in ([True] * 4, [False, True, True, True], [False] * 4):
        kept = stored.filter(pa.array(mask))
        found = _of_type(kept, kind)
        assert found.type == kind
        assert found.to_pylist() == kept.to_pylist()
        found.validate(full=True)
