"""The output folder: ours by a marker, or empty, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import tamis
from tamis.config import Recipe
from tamis.errors import ConfigError, Problem, SourceError
from tamis.io.sinks import exists, names_in, read_bytes, write_bytes

MARKER = "tamis.json"  # first thing written, so that a run stopped before its first commit is still ours


def absolute_uri(path: str) -> str:
    """Return an output as Spark and pyarrow both read it: a URI, or an absolute local path."""
    if "://" in path:
        return path.rstrip("/")
    return str(Path(path.removeprefix("file:")).absolute())


def output_problem(path: str) -> str | None:
    """Return why a folder cannot be an output; None when it can."""
    uri = absolute_uri(path)
    if "://" not in uri and Path(uri).is_file():
        return f"{path!r} is a file; name a folder"
    try:
        if exists(f"{uri}/{MARKER}") or not names_in(uri):
            return None
    except SourceError as error:
        return str(error)
    return f"{path!r} holds files that tamis did not write: name an empty or a new folder"


def claim(recipe: Recipe) -> str:
    """Mark the recipe's output as ours, with the recipe as it was last run; return its URI."""
    uri = absolute_uri(recipe.output)
    marker = {"tamis": tamis.__version__, "recipe": recipe.model_dump(mode="json")}
    write_bytes(f"{uri}/{MARKER}", json.dumps(marker, indent=2).encode() + b"\n")
    return uri


def claim_empty(path: str) -> str:
    """Mark an empty or new folder as ours before any recipe is run there; return its URI.

    A folder that is ours already stays as it is.

    Raises:
        ConfigError: it holds files of others.
    """
    uri = absolute_uri(path)
    problem = output_problem(path)
    if problem is not None:
        raise ConfigError([Problem("--output", problem)])
    if not exists(f"{uri}/{MARKER}"):
        write_bytes(f"{uri}/{MARKER}", json.dumps({"tamis": tamis.__version__}).encode() + b"\n")
    return uri


def stored_recipe(path: str) -> Recipe | None:
    """Return the recipe that an output was last run with; None where none was run yet.

    Raises:
        ConfigError: the folder is no output of tamis.
    """
    uri = absolute_uri(path)
    if not exists(f"{uri}/{MARKER}"):
        raise ConfigError([Problem("--output", f"{path!r} is no output of tamis: it has no {MARKER}")])
    recipe = json.loads(read_bytes(f"{uri}/{MARKER}")).get("recipe")
    return Recipe.model_validate(recipe) if recipe else None


def last_recipe(path: str) -> Recipe:
    """Return the recipe that an output was last run with.

    Raises:
        ConfigError: the folder is no output of tamis, or nothing was run there yet.
    """
    recipe = stored_recipe(path)
    if recipe is None:
        raise ConfigError([Problem("--output", f"{path!r} holds tombstones only: no recipe was run yet")])
    return recipe
