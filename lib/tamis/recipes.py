"""Reading a recipe: YAML file and overrides -> `Recipe`, or a `ConfigError` with every problem at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from tamis.checks import recipe_problems
from tamis.config import Recipe
from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def load_recipe(
    recipe: str | Path | dict[str, Any], *, output: str | None = None, overrides: Sequence[str] = ()
) -> Recipe:
    """Return the validated recipe.

    Args:
        recipe: A path, or what its YAML says.
        output: Replaces the recipe's.
        overrides: ``key.path=value``, as ``near_dedup.threshold=0.7``; values are YAML.

    Raises:
        ConfigError: every problem found, each with its path in the recipe.
    """
    raw = recipe if isinstance(recipe, dict) else read_yaml(Path(recipe))
    for override in overrides:
        raw = apply_override(raw, override)
    if output is not None:
        raw = {**raw, "output": output}
    made, problems = _parse(raw)
    problems = _without_repeats([*problems, *recipe_problems(raw)])
    if problems or made is None:
        raise ConfigError(problems)
    return made


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a recipe file as a mapping.

    Raises:
        ConfigError: it cannot be read, is no YAML, names a key twice, or is no mapping.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{path}: a recipe is a mapping of name, output, inputs, ..., not {type(raw).__name__}"
        )
    return raw


def apply_override(raw: dict[str, Any], override: str) -> dict[str, Any]:
    """Return the mapping with one value replaced; the parts on the way are copied.

    Example:
        >>> apply_override({"near_dedup": {"threshold": 0.8}}, "near_dedup.threshold=0.7")
        {'near_dedup': {'threshold': 0.7}}
    """
    name, sign, value = override.partition("=")
    if not sign or not name:
        raise ConfigError([Problem("--set", f"{override!r}: write key.path=value")])
    head, _, rest = name.partition(".")
    if not rest:
        return {**raw, head: yaml.safe_load(value)}
    inner = raw.get(head)
    return {**raw, head: apply_override(inner if isinstance(inner, dict) else {}, f"{rest}={value}")}


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a key stand twice and keeps the last: half of a recipe would be ignored silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _parse(raw: dict[str, Any]) -> tuple[Recipe | None, list[Problem]]:
    try:
        return Recipe.model_validate(raw), []
    except ValidationError as error:
        return None, [Problem(_path(item["loc"]), _told(item)) for item in error.errors()]


def _path(parts: Iterable[str | int]) -> str:
    """Return ("inputs", 0, "format") as inputs[0].format."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _told(item: Any) -> str:
    message = {
        "extra_forbidden": "no such key",
        "missing": "is missing",
    }.get(item["type"], item["msg"].removeprefix("Value error, "))
    is_scalar = isinstance(item["input"], str | int | float | bool)
    return f"{message}, got {item['input']!r}" if is_scalar else message


def _without_repeats(problems: list[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for problem in problems:
        seen.setdefault(problem.path, problem)
    return list(seen.values())
