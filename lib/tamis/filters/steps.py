"""The stage ``filter``: `signals_*` -> `decisions`, a row a rule that a document broke. No text."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from tamis.filters.rules import LANGUAGE, LANGUAGE_RULE, Rule, expand_rules, score_rule
from tamis.schemas import DECISIONS
from tamis.signals.registry import SIGNALS, families_of, family_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tamis.config import Filter
    from tamis.pipeline.stage import StageContext


def run_filter(ctx: StageContext) -> None:
    """Decide by the recipe's rules and languages on the pending batches."""
    settings = ctx.recipe.filter
    if settings is None:
        return
    rules, languages = filter_rules(settings), list(settings.languages)
    names = [rule.signal for rule in rules] + [LANGUAGE] * bool(languages)
    # A rule looks at one signal, so each family decides alone and the tables need no join.
    found = [
        decisions(ctx.read_pending(family_table(family).name), *_of_family(family, rules, languages))
        for family in families_of(names)
    ]
    if found:
        ctx.write_pending(DECISIONS.name, reduce(DataFrame.unionByName, found))
    else:  # a filter without a rule: the table is there, and empty
        empty = ctx.spark.createDataFrame([], DECISIONS.ddl)
        ctx.write_pending(DECISIONS.name, empty)


def filter_rules(settings: Filter) -> list[Rule]:
    """Return all rules of a recipe's filter, that on the language's score included."""
    rules, _ = expand_rules(settings.rules)
    by_score = settings.languages and settings.min_language_score > 0
    return [score_rule(settings.min_language_score), *rules] if by_score else rules


def decisions(signals: DataFrame, rules: Sequence[Rule], languages: Sequence[str] = ()) -> DataFrame:
    """Return what each document broke.

    A value that is null breaks a ``min`` and no ``max``.

    Input columns:
        doc_id (long), batch_id, shard (int), and the signals that the rules name; ``language`` (string) if
        ``languages`` are given.

    Output columns:
        those of `schemas.DECISIONS`.

    Rows: one per rule that a document broke. Shuffles: none.

    Args:
        signals: One row a document.
        rules: The bounds.
        languages: Codes that may stay; empty: all.
    """
    broken = [_broken(rule) for rule in rules]
    if languages:
        broken.append(_foreign(languages))
    each = F.explode(F.filter(F.array(*broken), lambda entry: entry.isNotNull()))
    rows = signals.select("doc_id", each.alias("broken"), "batch_id", "shard")
    return rows.select(
        "doc_id",
        *(F.col(f"broken.{name}").alias(name) for name in ("reason", "value", "bound", "rule", "evidence")),
        "batch_id",
        "shard",
    )


def _of_family(
    family: str, rules: Sequence[Rule], languages: Sequence[str]
) -> tuple[list[Rule], Sequence[str]]:
    own = [rule for rule in rules if SIGNALS[rule.signal].family == family]
    return own, languages if family == SIGNALS[LANGUAGE].family else ()


def _broken(rule: Rule) -> Column:
    value = F.col(rule.signal).cast("double")
    outcome = None
    if rule.min is not None:
        below = value.isNull() | (value < F.lit(rule.min))
        outcome = F.when(below, _decision(rule.reason("min"), value, rule.min, rule.index))
    if rule.max is not None:
        broken = _decision(rule.reason("max"), value, rule.max, rule.index)
        above = value > F.lit(rule.max)
        outcome = F.when(above, broken) if outcome is None else outcome.when(above, broken)
    if outcome is None:
        raise ValueError(f"a rule on {rule.signal} has neither min nor max")
    return outcome


def _foreign(languages: Sequence[str]) -> Column:
    found = F.col(LANGUAGE)
    missing = F.lit(None).cast("double")
    return F.when(
        found.isNull() | ~found.isin(*languages),
        _decision(LANGUAGE, missing, None, LANGUAGE_RULE, evidence=found),
    )


def _decision(
    reason: str, value: Column, bound: float | None, rule: int, *, evidence: Column | None = None
) -> Column:
    return F.struct(
        F.lit(reason).alias("reason"),
        value.alias("value"),
        F.lit(bound).cast("double").alias("bound"),
        F.lit(rule).cast("int").alias("rule"),
        (F.lit(None) if evidence is None else evidence).cast("string").alias("evidence"),
    )
