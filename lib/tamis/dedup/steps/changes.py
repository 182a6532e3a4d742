"""What a batch changed about what was there before: rows added to the table `changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.schemas import CHANGES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tamis.pipeline.stage import StageContext


def log_changes(ctx: StageContext, found: DataFrame) -> None:
    """Add rows to `changes`.

    Input columns:
        kind (string), id, other_id (long).

    Rows: one each. Shuffles: none.
    """
    told = {"run_id": F.lit(ctx.run_id), "batch_id": F.lit(ctx.pending[-1])}
    rows = found.withColumns(told).select(*CHANGES.names)
    ctx.write_all("changes", ctx.read("changes").unionByName(rows) if ctx.exists("changes") else rows)
