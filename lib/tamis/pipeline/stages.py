"""The whole system in one list: every stage, in order, with what it reads, writes and depends on.

A stage's ``config`` holds just the settings that shape its tables; a change to them asks for ``--redo``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tamis.pipeline.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tamis.config import Recipe


INDEX_VERSION = 3  # of what `signatures` holds: raised when that changes
CUTS_VERSION = 2  # of the columns of `cuts`


def _step(name: str) -> Callable[[Any], Any]:
    """Return ``module:function``, imported at the first call: `tamis --help` needs no pyspark."""
    module, function = name.split(":")

    def call(context: Any) -> Any:
        return getattr(importlib.import_module(module), function)(context)

    return call


def _ingest(recipe: Recipe) -> Mapping[str, Any]:
    return {"shards": recipe.shards.model_dump()}


def _extract(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.extract.model_dump(exclude={"max_failed_fraction"})


def _signals(recipe: Recipe) -> Mapping[str, Any] | None:
    from tamis.config import signal_names
    from tamis.signals.registry import FAMILY_VERSIONS, families_of

    families = families_of(signal_names(recipe))
    return {"families": {name: FAMILY_VERSIONS[name] for name in families}} if families else None


def _filter(recipe: Recipe) -> Mapping[str, Any] | None:
    if recipe.filter is None:
        return None
    from tamis.filters.rules import expand_rules

    rules, _ = expand_rules(list(recipe.filter.rules))
    return {**recipe.filter.model_dump(exclude={"rules"}), "rules": [repr(rule) for rule in rules]}


def _exact_dedup(recipe: Recipe) -> Mapping[str, Any] | None:
    return recipe.exact_dedup.model_dump() if recipe.exact_dedup else None


def _near_dedup(recipe: Recipe) -> Mapping[str, Any] | None:
    if recipe.near_dedup is None:
        return None
    return {**recipe.near_dedup.model_dump(exclude={"clusters", "max_core_hours"}), "index": INDEX_VERSION}


def _assemble(recipe: Recipe) -> Mapping[str, Any]:
    return {
        "keeper": [column.model_dump() for column in recipe.keeper],
        "keeper_policy": recipe.keeper_policy,
        "min_chars": recipe.assemble.min_chars,
        "clusters": recipe.near_dedup.clusters if recipe.near_dedup else None,
        "exact_dedup": _exact_dedup(recipe),
        "filter": recipe.filter is not None,
        "cuts": CUTS_VERSION,
    }


def _tokens(recipe: Recipe) -> Mapping[str, Any] | None:
    if recipe.tokens is None:
        return None
    from tamis.tokens.encode import tokenizer_digest

    # The tokenizer's content shapes the tables, not where its file lies.
    settings = recipe.tokens.model_dump(exclude={"tokenizer": {"path"}})
    return {**settings, "tokenizer_digest": tokenizer_digest(recipe.tokens.tokenizer.path)}


def _report(recipe: Recipe) -> Mapping[str, Any] | None:
    return {} if recipe.report is not None else None


_EVIDENCE = ("decisions", "duplicate_spans", "edges", "clusters", "signals_*")

STAGES: tuple[Stage, ...] = (
    Stage("ingest", (), ("inputs",), _ingest, _step("tamis.io.ingest:run_ingest"),
          plan=_step("tamis.io.ingest:plan_ingest")),
    Stage("extract", ("inputs",), ("documents", "failures", "containers", "inputs"), _extract,
          _step("tamis.extract.steps:run_extract")),
    Stage("signals", ("documents",), ("signals_*",), _signals, _step("tamis.signals.steps:run_signals")),
    Stage("filter", ("signals_*",), ("decisions",), _filter, _step("tamis.filters.steps:run_filter")),
    Stage("exact_dedup", ("documents",), ("span_keys", "duplicate_spans"), _exact_dedup,
          _step("tamis.dedup.steps.exact:run_exact_dedup")),
    Stage("near_dedup", ("documents",), ("signatures", "edges", "clusters", "changes"), _near_dedup,
          _step("tamis.dedup.steps.near:run_near_dedup")),
    Stage("assemble", ("documents", "failures", "tombstones", *_EVIDENCE),
          ("removals", "cuts", "corpus", "changes"), _assemble, _step("tamis.assemble.steps:run_assemble")),
    Stage("tokens", ("corpus",), ("tokens", "token_spans"), _tokens, _step("tamis.tokens.steps:run_tokens")),
    Stage("report", ("documents", "failures", "containers", "tombstones", *_EVIDENCE, "removals", "cuts",
                     "corpus", "tokens"), (), _report, _step("tamis.report.steps:run_report")),
)  # fmt: skip

STAGE_NAMES = tuple(stage.name for stage in STAGES)
