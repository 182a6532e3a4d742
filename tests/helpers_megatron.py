"""A reader of Megatron-LM's indexed datasets, written from the published format and nothing of ours."""

from __future__ import annotations

import struct
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

DTYPES = {1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float64", 7: "float32", 8: "uint16"}


def read_megatron(stem: Path) -> tuple[str, list[list[int]]]:
    """Return (dtype, documents) of ``<stem>.bin`` and ``<stem>.idx``, as `IndexedDataset` reads them."""
    index = stem.with_suffix(".idx").read_bytes()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code, sequences, borders = struct.unpack_from("<QBQQ", index, 9)
    assert version == 1
    at = 34
    lengths = np.frombuffer(index, "<i4", sequences, at)
    pointers = np.frombuffer(index, "<i8", sequences, at + lengths.nbytes)
    ends = np.frombuffer(index, "<i8", borders, at + lengths.nbytes + pointers.nbytes)
    assert len(index) == at + lengths.nbytes + pointers.nbytes + ends.nbytes
    assert ends[0] == 0
    assert ends[-1] == sequences
    data = np.memmap(stem.with_suffix(".bin"), mode="r") if stem.with_suffix(".bin").stat().st_size else b""
    found = [
        np.frombuffer(data, DTYPES[code], length, offset).tolist()
        for length, offset in zip(lengths, pointers, strict=True)
    ]
    documents = [chain.from_iterable(found[first:last]) for first, last in pairwise(ends)]
    return DTYPES[code], [list(document) for document in documents]
