"""Shard files, read back by readers of our own."""

from __future__ import annotations

import io
import struct

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.helpers_megatron import read_megatron

from tamis.tokens import shards
from tamis.tokens.shards import MegatronShard, ParquetShard, megatron_index

DOCUMENTS = [[5, 6, 7, 0], [0], [9] * 10 + [0], [65_499, 1, 0]]
STREAM = [token for ids in DOCUMENTS for token in ids]


def parquet_of(documents, sequence_length=4):
    stream = io.BytesIO()
    shard = ParquetShard(stream, sequence_length)
    for ids in documents:
        shard.add(np.array(ids, dtype=np.uint16))
    shard.close()
    return shard, stream.getvalue()


def megatron_of(documents, dtype):
    stream = io.BytesIO()
    shard = MegatronShard(stream, np.dtype(dtype))
    for ids in documents:
        shard.add(np.array(ids, dtype=dtype))
    shard.close()
    return shard, stream.getvalue()


def test_parquet_rows_are_the_stream_cut_every_sequence_length():
    shard, data = parquet_of(DOCUMENTS)
    table = pq.read_table(io.BytesIO(data))
    assert str(table.schema.field("input_ids").type) == "list<element: int32>"
    rows = table["input_ids"].to_pylist()
    assert [len(row) for row in rows] == [4, 4, 4, 4, 3]
    assert [token for row in rows for token in row] == STREAM
    assert shard.sequences == 5


def test_parquet_row_groups_follow_the_stream_only(monkeypatch):
    monkeypatch.setattr(shards, "GROUP_TOKENS", 8)
    _, data = parquet_of(DOCUMENTS)
    _, one_by_one = parquet_of([[token] for token in STREAM])
    assert data == one_by_one
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    assert [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)] == [2, 2, 1]


def test_parquet_of_no_documents_is_a_file_of_no_rows():
    shard, data = parquet_of([])
    assert pq.read_table(io.BytesIO(data)).num_rows == shard.sequences == 0


@pytest.mark.parametrize("dtype", ["uint16", "int32"])
def test_megatron_files_are_read_back_document_by_document(tmp_path, dtype):
    shard, data = megatron_of(DOCUMENTS, dtype)
    (tmp_path / "x.bin").write_bytes(data)
    (tmp_path / "x.idx").write_bytes(shard.index())
    assert read_megatron(tmp_path / "x") == (dtype, DOCUMENTS)
    assert shard.sequences == 4


def test_megatron_ids_above_int16_stay_whole():
    _, data = megatron_of([[65_499, 0]], "uint16")
    assert data == struct.pack("<2H", 65_499, 0)
    _, data = megatron_of([[128_000, 0]], "int32")
    assert data == struct.pack("<2i", 128_000, 0)


def test_megatron_index_of_two_documents_byte_by_byte():
    expected = (
        b"MMIDIDX\x00\x00" + struct.pack("<Q", 1) + bytes([8]) + struct.pack("<QQ", 2, 3)
        + struct.pack("<2i", 3, 2) + struct.pack("<2q", 0, 6) + struct.pack("<3q", 0, 1, 2)
    )  # fmt: skip
    assert megatron_index(np.array([3, 2], dtype=np.int32), np.dtype(np.uint16)) == expected


def test_megatron_index_of_no_documents():
    expected = b"MMIDIDX\x00\x00" + struct.pack("<QBQQ", 1, 4, 0, 1) + struct.pack("<q", 0)
    assert megatron_index(np.array([], dtype=np.int32), np.dtype(np.int32)) == expected


def test_megatron_pointers_pass_two_gigabytes():
    index = megatron_index(np.array([2**30, 2**30, 1], dtype=np.int32), np.dtype(np.int32))
    assert struct.unpack_from("<3q", index, 34 + 12) == (0, 2**32, 2**33)
