"""What lies under an output, decoded: to look for what must not be there."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from tests.helpers_megatron import read_megatron

if TYPE_CHECKING:
    from pathlib import Path


def everything_under(folder: Path) -> str:
    """Return all that the files under a folder hold: Parquet and token files decoded."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
    found: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        found.append(raw.decode("latin-1"))
        if path.suffix == ".gz":
            found.append(gzip.decompress(raw).decode("latin-1"))
        if path.suffix == ".parquet":
            rows = pq.ParquetFile(path).read()
            found.append(str(rows.to_pylist()))
            if "tokens_data" in path.parts:
                found += [tokenizer.decode(ids) for ids in rows["input_ids"].to_pylist()]
        if path.suffix == ".idx":
            found += [tokenizer.decode(ids) for ids in read_megatron(path.with_suffix(""))[1]]
    return "\n".join(found)
