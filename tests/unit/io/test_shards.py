import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tamis.errors import SourceError
from tamis.io.shards import Split, batch_rows, contains, file_splits, matching_batches, text_batches


def write(path, texts, row_group_size):
    ids = list(range(len(texts)))
    lengths = pa.array(map(len, texts), pa.int32())
    table = pa.table({"doc_id": pa.array(ids, pa.int64()), "text": texts, "length_chars": lengths})
    pq.write_table(table, path, row_group_size=row_group_size)
    return f"file:{path}".replace(" ", "%20")


def read(uri, ids, **options):
    batches = matching_batches(uri, np.array(ids, dtype=np.int64), ["doc_id", "text"], **options)
    return [batch.to_pylist() for batch in batches]


def test_matching_batches_gives_the_wanted_rows_in_the_files_order(tmp_path):
    folder = tmp_path / "a b"
    folder.mkdir()
    uri = write(folder / "part.parquet", [f"t{n}" for n in range(10)], row_group_size=4)
    rows = [row for batch in read(uri, [-5, 2, 3, 8, 99]) for row in batch]
    assert rows == [{"doc_id": n, "text": f"t{n}"} for n in (2, 3, 8)]
    assert read(uri, []) == []


def test_matching_batches_bounds_the_text_of_a_batch(tmp_path):
    uri = write(tmp_path / "p.parquet", ["x" * 10] * 20 + ["y" * 90], row_group_size=100)
    batches = read(uri, list(range(21)), max_chars=100)
    assert [sum(len(row["text"]) for row in batch) for batch in batches] == [40] * 5 + [90]
    single = read(uri, list(range(21)), max_chars=5)
    assert [len(batch) for batch in single] == [1] * 21


@pytest.mark.parametrize(
    ("max_chars", "rows"), [(9, 1), (39, 1), (40, 4), (159, 4), (160, 16), (10**6, 4096)]
)
def test_batch_rows_is_the_largest_size_within_the_bound(max_chars, rows):
    assert batch_rows(np.full(100, 10), max_chars) == rows


def test_contains_handles_none_and_ids_beyond_both_ends():
    ids = np.array([-(2**63), 0, 2**63 - 1], dtype=np.int64)
    assert contains(np.array([], dtype=np.int64), ids).tolist() == [False] * 3
    assert contains(np.array([0], dtype=np.int64), ids).tolist() == [False, True, False]
    assert contains(ids, ids).tolist() == [True] * 3


def test_missing_file_is_a_source_error_that_names_it(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.parquet"):
        read(f"file:{tmp_path}/gone.parquet", [1])


@pytest.mark.parametrize("size", [1, 97, 400, 10**6])
def test_each_row_is_in_one_split_however_the_file_is_cut(tmp_path, size):
    texts = [None if n % 7 == 3 else f"t{n}" * n for n in range(50)]
    table = pa.table({
        "text": pa.array(texts, pa.string()),
        "length_chars": pa.array([len(text or "") for text in texts], pa.int32()),
        "doc_id": pa.array(range(50), pa.int64()),
    })  # fmt: skip
    path = tmp_path / "p.parquet"
    pq.write_table(table, path, row_group_size=6)
    splits = [Split(path.as_uri(), at, at + size, 5) for at in range(0, path.stat().st_size, size)]
    rows = [
        row
        for split in splits
        for batch in text_batches(split, ["batch_id", "doc_id", "text"])
        for row in batch.to_pylist()
    ]
    wanted = [n for n in range(50) if n % 7 != 3]
    assert rows == [{"batch_id": 5, "doc_id": n, "text": texts[n]} for n in wanted]


def test_splits_cover_a_file_and_some_rows_may_be_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr("tamis.io.shards.SPLIT_BYTES", 10)
    assert [(split.start, split.stop) for split in file_splits("file:/x", 25, 1)] == [
        (0, 10),
        (10, 20),
        (20, 30),
    ]
    assert len(file_splits("file:/x", 0, 1)) == 1
    uri = write(tmp_path / "p.parquet", [f"t{n}" for n in range(10)], row_group_size=3)
    (batch,) = text_batches(Split(uri, 0, 10**6, 1), ["doc_id"], np.array([-1, 4, 99], np.int64))
    assert batch.to_pydict() == {"doc_id": [4]}
