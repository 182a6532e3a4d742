"""The only contract between stages: what one reads, writes, and which settings shape its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tamis.config import Recipe
    from tamis.dedup.steps.texts import Texts


class StageContext(Protocol):
    """What the runner hands to a stage.

    Attributes:
        recipe: The validated recipe.
        output: URI of the output folder.
        pending: The batches that this stage has not done, ascending.
        facts: What the stage counts for the report; strings, stored with its commit.
    """

    recipe: Recipe
    output: str
    run_id: str
    pending: list[int]
    facts: dict[str, str]

    @property
    def spark(self) -> SparkSession:
        """A session of the run's own; a stage may set SQL settings on it."""

    def read(self, table: str) -> DataFrame:
        """Return a table at the version that its stage committed; all batches."""

    def read_pending(self, table: str) -> DataFrame:
        """Return the rows of a table that belong to the pending batches."""

    def read_texts(self, *, pending: bool = False) -> Texts:
        """Return `documents`, of all batches or the pending ones, and the files that hold them."""

    def write_pending(self, table: str, rows: DataFrame) -> None:
        """Replace the pending batches of a table by these rows, exactly once."""

    def write_all(self, table: str, rows: DataFrame) -> None:
        """Replace a whole table by these rows, exactly once."""

    def exists(self, table: str) -> bool:
        """Tell whether a stage of this output has committed the table."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step from tables to tables.

    Attributes:
        name: As in the recipe and in ``--until``.
        reads: Tables it may open, in `schemas.py`'s names; ``signals_*`` stands for all families.
        writes: Tables it commits; ``signals_*`` for the families that the recipe measures.
        config: The part of a recipe that shapes its tables, as plain values; None: not in this recipe.
        run: Does the work through the context.
        plan: Finds the pending batches itself (ingest makes them); None: the runner does.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    config: Callable[[Recipe], Mapping[str, Any] | None]
    run: Callable[[StageContext], None]
    plan: Callable[[Any], list[int]] | None = None
