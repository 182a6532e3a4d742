from __future__ import annotations

import pyarrow as pa

from tamis.assemble.shard_text import _of_type, moved_pictures
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


def picture(position: int, alt: str) -> dict[str, object]:
    return {
        "position": position,
        "sha256": None,
        "media_type": None,
        "alt": alt,
        "caption": None,
        "url": None,
    }


KIND = CORPUS.arrow.field("pictures").type
RANGES = pa.list_(pa.struct([("start_char", pa.int32()), ("end_char", pa.int32())]))


def test_pictures_move_with_the_text_and_leave_inside_a_cut():
    rows = [[picture(0, "a"), picture(5, "b"), picture(9, "c")], None, [picture(5, "d")], []]
    cuts = [[{"start_char": 2, "end_char": 6}, {"start_char": 8, "end_char": 9}], [], None, None]
    batch = pa.record_batch({"pictures": pa.array(rows, KIND)})
    moved = moved_pictures(batch, pa.chunked_array([pa.array(cuts, RANGES)]))
    assert moved.to_pylist() == [[picture(0, "a"), picture(4, "c")], None, [picture(5, "d")], []]
    assert _of_type(moved, KIND).type == KIND


def test_pictures_as_spark_stores_them_become_the_tables_type():
    fields = [
        ("position", pa.int32()),
        *((name, pa.string()) for name in ("sha256", "media_type", "alt", "caption", "url")),
    ]
    stored = pa.array(
        [[picture(1, "a")], None, [picture(2, "b")]], pa.list_(pa.field("element", pa.struct(fields)))
    )
    for mask in ([True] * 3, [False, True, True], [False] * 3):
        kept = stored.filter(pa.array(mask))
        found = _of_type(kept, KIND)
        found.validate(full=True)
        assert (found.type, found.to_pylist()) == (KIND, kept.to_pylist())


def test_table_of_an_older_tamis_has_no_pictures():
    batch = pa.record_batch({"doc_id": pa.array([1, 2])})
    found = moved_pictures(batch, pa.chunked_array([pa.array([None, []], RANGES)]))
    assert (found.type, found.to_pylist()) == (KIND, [None, None])
