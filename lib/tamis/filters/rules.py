"""Rules: bounds on signals, as a recipe and its presets name them. No thresholds here, no text, no Spark.

A rule's name cannot lie: the reason of what it removes is made from its signal and the bound that was
broken. Bounds are inclusive. A value that could not be measured breaks a ``min`` (nothing shows that the
document reaches it) and no ``max`` (nothing exceeds it), which is also what 0 would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tamis.errors import Problem
from tamis.signals.registry import SIGNALS, closest

RECIPE = "recipe"  # prefix of rules that stand in no preset
LANGUAGE = "language"  # reason of a document in none of the recipe's languages
LANGUAGE_RULE = 0  # its place, before all rules
SCORE_RULE = 1  # place of the bound on language_score
FIRST_RULE = 2  # place of the first of ``filter.rules``
_PRESETS = "tamis.filters.presets"
_RULE_KEYS = {"signal", "min", "max"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Inclusive bounds on one signal.

    Attributes:
        min: Smaller values break it; None: no lower bound.
        max: Larger values break it; None: no upper bound.
        prefix: Name of its preset, or ``recipe``.
        index: Place in the recipe's order; the first rule broken names a removal's reason.
    """

    signal: str
    min: float | None = None
    max: float | None = None
    prefix: str = RECIPE
    index: int = FIRST_RULE

    def reason(self, bound: str) -> str:
        """Return the reason of a document that breaks ``min`` or ``max``.

        Example:
            >>> Rule("word_count", min=50, prefix="gopher_quality").reason("min")
            'gopher_quality.word_count.min'
        """
        return f"{self.prefix}.{self.signal}.{bound}"

    def broken_bound(self, value: float | None) -> str | None:
        """Return ``min`` or ``max`` if a value breaks it, else None; ``value`` None: not measured."""
        if self.min is not None and (value is None or value < self.min):
            return "min"
        if self.max is not None and value is not None and value > self.max:
            return "max"
        return None


@dataclass(frozen=True, slots=True)
class Preset:
    """A named, versioned set of rules.

    Attributes:
        source: Where its numbers come from.
        rules: As in a recipe: mappings with ``signal`` and ``min`` or ``max``.
    """

    name: str
    version: int
    source: str
    rules: tuple[Mapping[str, Any], ...]


def preset_names() -> list[str]:
    """Return the names of the shipped presets."""
    files = resources.files(_PRESETS).iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def load_preset(name: str) -> Preset:
    """Return a shipped preset, or one from a file: a name that ends in ``.yaml`` is a path.

    Raises:
        ValueError: There is none, or its file is no preset; the message says what to do.
    """
    return _preset(_read_preset(name), name)


def expand_rules(rules: Iterable[Any]) -> tuple[list[Rule], list[Problem]]:
    """Return a recipe's rules, presets replaced by theirs, and all that is wrong with them.

    Args:
        rules: ``filter.rules``: mappings with ``preset``, or with ``signal`` and ``min`` or ``max`` or both.

    Returns:
        The rules that are right, in order; problems with their path, such as ``filter.rules[2].signal``.
    """
    expanded: list[Rule] = []
    problems: list[Problem] = []
    for place, item in enumerate(rules):
        path = f"filter.rules[{place}]"
        prefix, items, found = _items(item, path)
        problems += found
        for inner_path, bounds in items:
            found = _rule_problems(bounds, inner_path)
            problems += found
            if not found:
                expanded.append(_rule(bounds, prefix, FIRST_RULE + len(expanded)))
    return expanded, problems


def score_rule(min_score: float) -> Rule:
    """Return the rule that the found language's probability is at least ``min_score``."""
    return Rule("language_score", min=min_score, prefix=RECIPE, index=SCORE_RULE)


def _items(item: Any, path: str) -> tuple[str, list[tuple[str, Any]], list[Problem]]:
    """Return the prefix and the single rules, each with its path, that one entry stands for."""
    if not isinstance(item, Mapping) or "preset" not in item:
        return RECIPE, [(path, item)], []
    others = sorted(map(str, set(item) - {"preset"}))
    if others:
        message = (
            f"a preset is taken as it is, without {', '.join(others)}: write the bound as a rule of its own"
        )
        return RECIPE, [], [Problem(path, message)]
    try:
        preset = load_preset(item["preset"])
    except ValueError as error:
        return RECIPE, [], [Problem(f"{path}.preset", str(error))]
    rules = [
        (f"{path}.preset({preset.name}).rules[{place}]", rule) for place, rule in enumerate(preset.rules)
    ]
    return preset.name, rules, []


def _rule(bounds: Mapping[str, Any], prefix: str, index: int) -> Rule:
    low, high = bounds.get("min"), bounds.get("max")
    return Rule(
        signal=bounds["signal"],
        min=None if low is None else float(low),
        max=None if high is None else float(high),
        prefix=prefix,
        index=index,
    )


def _rule_problems(bounds: Any, path: str) -> list[Problem]:
    if not isinstance(bounds, Mapping) or "signal" not in bounds:
        return [Problem(path, "expected {preset: NAME} or {signal: NAME, min: NUMBER, max: NUMBER}")]
    problems = [
        Problem(f"{path}.{key}", f"unknown key{closest(str(key), _RULE_KEYS)}")
        for key in bounds
        if key not in _RULE_KEYS
    ]
    name = bounds["signal"]
    signal = SIGNALS.get(name) if isinstance(name, str) else None
    if signal is None:
        return [*problems, Problem(f"{path}.signal", f"no signal {name!r}{closest(str(name), SIGNALS)}")]
    if signal.type == "STRING":
        return [*problems, Problem(f"{path}.signal", f"{name!r} is no number: use filter.languages")]
    return problems + _bound_problems(bounds, path, signal.low, signal.high)


def _bound_problems(bounds: Mapping[str, Any], path: str, low: float, high: float) -> list[Problem]:
    given = {name: bounds[name] for name in ("min", "max") if bounds.get(name) is not None}
    if not given:
        return [Problem(path, "neither min nor max: give at least one")]
    problems = []
    for name, bound in given.items():
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            problems.append(Problem(f"{path}.{name}", f"{bound!r} is no number"))
        elif not low <= bound <= high:
            told = f"{bound} lies outside the range of {bounds['signal']}, {low} to {high}"
            problems.append(Problem(f"{path}.{name}", told))
    if not problems and len(given) == 2 and given["min"] > given["max"]:
        problems.append(Problem(path, f"min {given['min']} is above max {given['max']}: nothing could stay"))
    return problems


def _read_preset(name: Any) -> str:
    if isinstance(name, str) and name.endswith((".yaml", ".yml")):
        try:
            return Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read the preset {name!r}: {error}") from None
    if name not in preset_names():
        told = closest(str(name), preset_names())
        raise ValueError(f"no preset {name!r}{told}; a path to one of your own ends in .yaml")
    return (resources.files(_PRESETS) / f"{name}.yaml").read_text(encoding="utf-8")


def _preset(text: str, origin: str) -> Preset:
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"the preset {origin!r} is no YAML: {error}") from None
    types = {"name": str, "version": int, "source": str, "rules": list}
    if not isinstance(found, dict) or set(found) != set(types):
        raise ValueError(f"the preset {origin!r} must hold exactly {', '.join(types)}")
    wrong = [key for key, kind in types.items() if not isinstance(found[key], kind)]
    if wrong:
        raise ValueError(f"the preset {origin!r}: {', '.join(wrong)} must be {types[wrong[0]].__name__}")
    return Preset(found["name"], found["version"], found["source"], tuple(found["rules"]))
