"""Which rows are of listed documents, as a condition on a table: 8 bytes a document go to the tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyspark.sql.functions as F
from pyspark.sql.pandas.functions import pandas_udf

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import Column, SparkSession


def is_listed(spark: SparkSession, doc_ids: NDArray[np.int64]) -> Column:
    """Return the condition that a row's doc_id is one of these; null is none.

    Args:
        spark: The session that the table is opened with.
        doc_ids: Shape (n,), n > 0, in any order.
    """
    shared = spark.sparkContext.broadcast(np.sort(doc_ids))

    @pandas_udf("boolean")  # type: ignore[call-overload]  # the stub knows no annotated functions
    def listed(found: pd.Series) -> pd.Series:
        wanted = shared.value
        places = np.searchsorted(wanted, found).clip(max=len(wanted) - 1)
        return pd.Series(wanted[places] == found)

    # pandas would make numbers with a null among them floats, which hold 53 of 64 bits.
    return F.col("doc_id").isNotNull() & listed(F.coalesce("doc_id", F.lit(0)))
