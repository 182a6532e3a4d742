"""What Spark counted of the tasks of its stages: rows and bytes, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MOST_TASKS = 1000  # of a stage


def next_stage(spark: SparkSession) -> int:
    """Return the number that the next stage will have."""
    return spark.sparkContext._jsc.sc().dagScheduler().nextStageId()


def task_metrics(spark: SparkSession, first_stage: int) -> dict[int, list[Any]]:
    """Return the metrics (Spark's `v1.TaskMetrics`) of the tasks of each stage from one on."""
    context = spark.sparkContext._jsc.sc()
    context.listenerBus().waitUntilEmpty()
    store, found = context.statusStore(), {}
    for stage in range(first_stage, next_stage(spark)):
        tasks = store.taskList(stage, 0, MOST_TASKS)
        metrics = (tasks.apply(at).taskMetrics() for at in range(tasks.size()))
        found[stage] = [one.get() for one in metrics if one.isDefined()]
    return found
