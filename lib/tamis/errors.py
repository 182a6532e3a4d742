"""Errors, named by who must act on them.

A message says what was found, where, what was expected and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGE_CHARS = 200  # a failure row is read in a table, not in a log


class TamisError(Exception):
    """Base of every error that tamis raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a recipe: where it is and what to do about it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ConfigError(TamisError, ValueError):
    """The user edits the recipe (or the arguments). Holds every problem, each with its path."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("", problems)]
        self.problems = list(problems)
        super().__init__("\n".join(str(problem).removeprefix(": ") for problem in self.problems))


class SchemaError(TamisError, TypeError):
    """A table or frame lacks columns, or has them with another type."""


class StaleInputError(TamisError):
    """An earlier stage must be redone: what it left was made with other settings or inputs."""


class SourceError(TamisError, OSError):
    """The operator must act: storage could not be read or written."""


class StageFailedError(TamisError):
    """A stage cannot be trusted: too many documents failed, or the sums do not add up."""


class DocumentError(TamisError):
    """One document could not be processed; becomes a row in ``failures``.

    Args:
        code: Short, stable, snake_case: what users group by (``encrypted``, ``cpu_limit``).
        message: What was found; cut to 200 characters.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message[:MESSAGE_CHARS]
        super().__init__(f"{code}: {self.message}")

    def __reduce__(self) -> tuple[type[DocumentError], tuple[str, str]]:
        """Survive the pipe from a worker process."""
        return (DocumentError, (self.code, self.message))
