"""What tests share: tables from a few inline rows, a stage context over them, and comparing rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.config import Input, Recipe
from tamis.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tamis.dedup.steps.texts import Texts

    Rows = Iterable[Mapping[str, Any]]

LAYOUT = {"batch_id": 1, "shard": 0}


def make_recipe(**parts: Any) -> Recipe:
    """Return a recipe of one input, with the given parts."""
    inputs = (Input(path="in", format="files", source="s"),)
    return Recipe(**{"name": "test", "output": "out", "inputs": inputs, **parts})


def make_document(doc_id: int, text: str | None, **columns: Any) -> dict[str, Any]:
    """Return a row of `documents` whose lengths fit its text."""
    row = {
        "doc_id": doc_id, "source": "s", "key": f"k{doc_id}", "path": f"{doc_id}.txt", "offset": 0,
        "length": len((text or "").encode()), "record_sha256": f"{doc_id:064x}", "media_type": "text/plain",
        "format_priority": 1, "text": text, "length_chars": len(text or ""), "extractor": "test-1",
    }  # fmt: skip
    return {**row, **columns}


def make_table(spark: SparkSession, name: str, rows: Rows, ddl: str | None = None) -> DataFrame:
    """Return a table of `schemas.py` (or of the given columns) from rows that name only what matters.

    Columns that a row leaves out are null, but batch_id is 1 and shard is 0.
    """
    from pyspark.sql.types import StructType

    schema = StructType.fromDDL(ddl or TABLES[name].ddl)
    for row in rows:
        unknown = set(row) - set(schema.fieldNames())
        assert not unknown, f"{name} has no {sorted(unknown)}"
    tuples = [tuple({**LAYOUT, **row}.get(column) for column in schema.fieldNames()) for row in rows]
    return spark.createDataFrame(tuples, schema)


class FakeContext:
    """A `StageContext` over files in a temporary folder, without commits: each write is a new version.

    Attributes:
        log: What was written, in order: ``("all" | "pending", table)``.
    """

    def __init__(
        self, spark: SparkSession, root: Path, recipe: Recipe | None = None, *, pending: Iterable[int] = (1,),
        table_format: str = "parquet",
    ) -> None:  # fmt: skip
        self.spark = spark
        self.root = root
        self.recipe = recipe or make_recipe()
        self.output = root.as_uri()
        self.run_id = "test-run"
        self.pending = list(pending)
        self.facts: dict[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self._format = table_format
        self._versions: dict[str, int] = {}
        self._schemas: dict[str, Any] = {}

    def put(self, table: str, rows: Rows, ddl: str | None = None) -> FakeContext:
        """Store a table from inline rows, as an earlier stage would have."""
        self._write(table, make_table(self.spark, table, rows, ddl))
        return self

    def read(self, table: str) -> DataFrame:
        assert table in self._versions, f"no stage has written {table}"
        reader = self.spark.read.format(self._format)
        if self._format == "parquet":
            reader = reader.schema(self._schemas[table])
        return reader.load(str(self._folder(table)))

    def read_pending(self, table: str) -> DataFrame:
        from pyspark.sql import functions as F

        return self.read(table).where(F.col("batch_id").isin(self.pending))

    def read_texts(self, *, pending: bool = False) -> Texts:
        from tamis.dedup.steps.texts import Texts

        return Texts((self.read_pending if pending else self.read)("documents"))

    def write_all(self, table: str, rows: DataFrame) -> None:
        self.log.append(("all", table))
        self._write(table, rows)

    def write_pending(self, table: str, rows: DataFrame) -> None:
        from pyspark.sql import functions as F

        self.log.append(("pending", table))
        if table in self._versions:
            done = self.read(table).where(~F.col("batch_id").isin(self.pending))
            rows = done.unionByName(rows.select(*done.columns))
        self._write(table, rows)

    def exists(self, table: str) -> bool:
        return table in self._versions

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Return a table's rows (of some columns) as sorted tuples."""
        read = self.read(table)
        return sorted_rows(read.select(*columns) if columns else read)

    def _folder(self, table: str) -> Path:
        return self.root / f"{table}.v{self._versions[table]}"

    def _write(self, table: str, rows: DataFrame) -> None:
        partition = TABLES[table].partition if table in TABLES else ()
        version = self._versions.get(table, -1) + 1
        folder = self.root / f"{table}.v{version}"
        rows.write.format(self._format).partitionBy(*partition).save(str(folder))
        self._versions[table], self._schemas[table] = version, rows.schema


def sorted_rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    """Return a small frame's rows as tuples, sorted; nulls first."""
    return sorted((tuple(row) for row in frame.collect()), key=_sortable)


def _sortable(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    return [(value is not None, str(value) if isinstance(value, dict) else value) for value in row]


def assert_same_rows(actual: DataFrame, expected: Rows, key: Callable[[Any], Any] | None = None) -> None:
    """Compare a frame with rows given as dicts, in any order, over the columns that the dicts name."""
    wanted = [dict(row) for row in expected]
    if not wanted:
        assert [tuple(row) for row in actual.collect()] == []
        return
    columns = list(wanted[0])
    rows = sorted_rows(actual.select(*columns))
    assert rows == sorted((tuple(row[c] for c in columns) for row in wanted), key=key or _sortable)
