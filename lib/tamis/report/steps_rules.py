"""Signals and decisions -> what each rule met: its signal's distribution, and whom it broke.

Two passes over the signals: the ranges, then the counts in buckets laid out so that the bound is an edge. A
picture that put documents on the wrong side of a bound would be worse than none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tamis.report.facts import Histogram, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column, DataFrame

    from tamis.config import Recipe

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

BINS = 40
LOG_FROM = 50.0  # a signal that reaches further is drawn on the scale of log(1 + x)


@dataclass(frozen=True, slots=True)
class Bins:
    """Buckets of one signal, evenly wide on their scale, with the rule's bound as an edge.

    Attributes:
        low: First edge, on the scale.
        width: Of a bucket, on the scale.
        at: Number of the bucket that begins at the bound.
        bound: In the signal's own unit.
        is_min: The bound itself lies above the edge (it stays) or, for a maximum, below it.
    """

    low: float
    width: float
    at: int
    bound: float
    is_min: bool
    is_log: bool

    @property
    def edges(self) -> tuple[float, ...]:
        """The edges in the signal's own unit; the bound's exactly."""
        scaled = (self.low + index * self.width for index in range(BINS + 2))
        own = [math.expm1(edge) if self.is_log else edge for edge in scaled]
        own[self.at] = self.bound
        if self.is_log:
            own[0] = max(own[0], 0.0)
        return tuple(own)

    def bucket(self, value: Column) -> Column:
        """Return the bucket of a value; compared with the bound itself, since rounding could cross it."""
        scaled = F.log1p(value) if self.is_log else value
        index = F.floor((scaled - self.low) / self.width)
        is_above = value >= self.bound if self.is_min else value > self.bound
        above = F.least(F.greatest(index, F.lit(self.at)), F.lit(BINS))
        below = F.greatest(F.least(index, F.lit(self.at - 1)), F.lit(0))
        return F.when(is_above, above).otherwise(below)


def bins_of(low: float, high: float, bound: float, *, is_min: bool) -> Bins:
    """Return the buckets for a signal's range, 41 of them, the bound among the edges.

    Args:
        low: Smallest value.
        high: Largest value.
        bound: The rule's; the range is widened to hold it.
        is_min: Whether it is the smallest value that stays, else the largest.
    """
    low, high = min(low, bound), max(high, bound)
    is_log = low >= 0 and high > LOG_FROM
    first, last, edge = (math.log1p(value) if is_log else value for value in (low, high, bound))
    width = (last - first) / BINS or 1.0
    at = max(math.ceil((edge - first) / width - 1e-9), 1)
    return Bins(edge - at * width, width, at, bound, is_min, is_log)


def rule_facts(read: Read, exists: Exists, recipe: Recipe) -> tuple[Rule, ...]:
    """Return the rules with what they met, in the recipe's order; three jobs."""
    rules = bounds_of(recipe)
    if not rules or not exists("decisions"):
        return ()
    counts = {row["reason"]: row for row in decision_counts(read("decisions")).collect()}
    pictures = _histograms(read, exists, rules)
    return tuple(
        Rule(
            rule.reason,
            rule.signal,
            rule.kind,
            rule.bound,
            *_broken(counts.get(rule.reason)),
            pictures.get(rule.reason),
        )
        for rule in rules
    )


def _broken(row: object) -> tuple[int, int, int]:
    return (row["broke"], row["alone"], row["first"]) if row is not None else (0, 0, 0)  # type: ignore[index]


def decision_counts(decisions: DataFrame) -> DataFrame:
    """Count whom each rule broke.

    Input columns:
        doc_id (long), reason (string), rule (int).

    Output columns:
        reason (string); broke, alone (broke no other), first (no earlier rule) (long).

    Rows: one per reason. Shuffles: on doc_id, then on the reason.
    """
    of_document = Window.partitionBy("doc_id")
    rows = decisions.select(
        "reason",
        (F.count(F.lit(1)).over(of_document) == 1).alias("is_alone"),
        (F.col("rule") == F.min("rule").over(of_document)).alias("is_first"),
    )
    return rows.groupBy("reason").agg(
        F.count(F.lit(1)).alias("broke"),
        F.count_if("is_alone").alias("alone"),
        F.count_if("is_first").alias("first"),
    )


def _histograms(read: Read, exists: Exists, rules: Iterable[Rule]) -> dict[str, Histogram]:
    """Return the distribution of each rule's signal, by reason."""
    measured = _by_table(exists, rules)
    ranges = _ranges(read, measured)
    bins = {
        rule.reason: bins_of(*ranges[rule.signal], rule.bound, is_min=rule.kind == "min")
        for table in measured.values()
        for rule in table
        if rule.signal in ranges
    }
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * (BINS + 1))
    frames = [
        _bucketed(read(table), [r for r in found if r.reason in bins], bins)
        for table, found in measured.items()
    ]
    if not bins:
        return {}
    union = reduce(lambda left, right: left.unionByName(right), frames)
    for row in union.where(F.col("bucket").isNotNull()).groupBy("reason", "bucket").count().collect():
        counts[row["reason"]][row["bucket"]] += row["count"]
    return {
        reason: Histogram(bins[reason].edges, {"documents": tuple(found)}, is_log=bins[reason].is_log)
        for reason, found in counts.items()
    }


def _by_table(exists: Exists, rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    from tamis.signals.registry import SIGNALS

    measured: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        table = f"signals_{SIGNALS[rule.signal].family}"
        if exists(table):
            measured[table].append(rule)
    return dict(measured)


def _ranges(read: Read, measured: dict[str, list[Rule]]) -> dict[str, tuple[float, float]]:
    """Return the smallest and largest value of each signal that has any; one job."""
    frames = []
    for table, rules in measured.items():
        names = sorted({rule.signal for rule in rules})
        ends = [
            F.struct(F.min(name).cast("double"), F.max(name).cast("double")).alias(name) for name in names
        ]
        pairs = [F.struct(F.lit(name).alias("signal"), F.col(name).alias("ends")) for name in names]
        frames.append(
            read(table).agg(*ends).select(F.explode(F.array(*pairs)).alias("found")).select("found.*")
        )
    if not frames:
        return {}
    rows = reduce(lambda left, right: left.union(right), frames).collect()
    return {row["signal"]: tuple(row["ends"]) for row in rows if row["ends"][0] is not None}


def _bucketed(signals: DataFrame, rules: list[Rule], bins: dict[str, Bins]) -> DataFrame:
    """Return reason and bucket, one row per document and rule."""
    pairs = [
        F.struct(
            F.lit(rule.reason).alias("reason"),
            bins[rule.reason].bucket(F.col(rule.signal).cast("double")).cast("int").alias("bucket"),
        )
        for rule in rules
    ]
    empty = F.array().cast("array<struct<reason:string,bucket:int>>")
    return signals.select(F.explode(F.array(*pairs) if pairs else empty).alias("found")).select("found.*")


def bounds_of(recipe: Recipe) -> list[Rule]:
    """Return the recipe's bounds on signals, presets written out, without counts."""
    if recipe.filter is None:
        return []
    from tamis.filters.steps import filter_rules

    bounds = ((rule, kind) for rule in filter_rules(recipe.filter) for kind in ("min", "max"))
    return [
        Rule(rule.reason(kind), rule.signal, kind, bound)
        for rule, kind in bounds
        if (bound := getattr(rule, kind)) is not None
    ]
