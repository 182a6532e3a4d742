"""One part of a corpus -> its shard files, one per format, and the rows that say what lies where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tamis.io.content_files import ContentFile, WrittenFile
from tamis.io.sinks import write_bytes
from tamis.tokens.shards import MegatronShard, ParquetShard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


class PartWriter:
    """Writes a part's documents, in the order they are given, to one file per format.

    The files are in their places when the ``with`` block ends well; else nothing is left of them.

    Args:
        folder: A local path or URI; each format has a folder in it.
        stem: Begins the files' names.
        formats: Of parquet, megatron.
        dtype: Of the ids: uint16 or int32.
        sequence_length: Tokens a row of Parquet.
    """

    def __init__(
        self, folder: str, stem: str, formats: Sequence[str], dtype: str, sequence_length: int
    ) -> None:
        self._folder, self._dtype = folder, np.dtype(dtype)
        self._files = {name: ContentFile(f"{folder}/{name}", stem, _SUFFIXES[name]) for name in formats}
        self._shards = {name: self._shard(name, sequence_length) for name in formats}
        self._done: dict[str, WrittenFile] = {}
        self._doc_ids: list[int] = []
        self._lengths: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for name in self._files.keys() - self._done.keys():
                self._files[name].abandon()

    def add(self, doc_id: int, ids: bytes | memoryview, *, continues: bool = False) -> None:
        """Append a document's ids, little-endian, its end-of-text id included; or more of the last one's."""
        values = np.frombuffer(ids, dtype=self._dtype.newbyteorder("<"))
        for shard in self._shards.values():
            shard.add(values, continues=continues)
        if continues:
            self._lengths[-1] += len(values)
        else:
            self._doc_ids.append(doc_id)
            self._lengths.append(len(values))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a file and one a document and format; columns that do not apply are left out."""
        starts = np.cumsum([0, *self._lengths[:-1]]).tolist() if self._lengths else []
        rows: list[dict[str, Any]] = []
        for name, file in self._done.items():
            # The last part of the folder is the output's own: paths are told relative to the output.
            place = {"path": f"{self._folder.rpartition('/')[2]}/{name}/{file.name}", "format": name}
            rows.append({
                **place, "sha256": file.sha256, "bytes": file.bytes, "documents": len(self._doc_ids),
                "sequences": self._shards[name].sequences, "tokens": sum(self._lengths),
            })  # fmt: skip
            rows += (
                {**place, "doc_id": doc_id, "start": start, "length": length}
                for doc_id, start, length in zip(self._doc_ids, starts, self._lengths, strict=True)
            )
        return rows

    def _shard(self, name: str, sequence_length: int) -> ParquetShard | MegatronShard:
        if name == "parquet":
            return ParquetShard(self._files[name], sequence_length)
        return MegatronShard(self._files[name], self._dtype)

    def _finish(self) -> None:
        for name, shard in self._shards.items():
            shard.close()
            done = self._done[name] = self._files[name].finish()
            if isinstance(shard, MegatronShard):
                index = f"{self._folder}/{name}/{done.name.removesuffix('.bin')}.idx"
                write_bytes(index, shard.index())


_SUFFIXES = {"parquet": ParquetShard.suffix, "megatron": MegatronShard.suffix}
