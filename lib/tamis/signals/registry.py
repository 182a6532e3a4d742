"""Every signal: its family, type, range and meaning, one line each.

A family is one table (``signals_<family>``) and is measured, added or redone alone. Within a family the
order of lines is the order in which its kernel writes. A ratio that has nothing to divide by is null, never
0 or NaN: a mean over documents must not count what was not measured.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tamis.errors import ConfigError, Problem
from tamis.schemas import Table, signals_table

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Signal:
    """A number (or code) measured on one document.

    Attributes:
        type: Spark DDL.
        low: Smallest value it can have; a rule's bound must lie within.
        high: Largest value.
        comment: What it means.
    """

    name: str
    family: str
    type: str
    low: float
    high: float
    comment: str


_MANY = math.inf
_ALL = (
    Signal("length_chars", "length", "INT", 0, _MANY, "code points"),
    Signal("length_bytes", "length", "INT", 0, _MANY, "bytes of UTF-8"),
    Signal("word_count", "length", "INT", 0, _MANY, "runs without whitespace; each Han or Thai letter"),
    Signal("line_count", "length", "INT", 0, _MANY, "lines that are not blank"),
    Signal("paragraph_count", "length", "INT", 0, _MANY, "runs of lines that are not blank"),
    Signal("mean_word_length", "gopher_quality", "DOUBLE", 1, _MANY, "characters a word"),
    Signal("symbol_word_ratio", "gopher_quality", "DOUBLE", 0, _MANY, "number signs or ellipses a word"),
    Signal("bullet_line_fraction", "gopher_quality", "DOUBLE", 0, 1, "lines that begin with a bullet"),
    Signal("ellipsis_line_fraction", "gopher_quality", "DOUBLE", 0, 1, "lines that end in an ellipsis"),
    Signal("alpha_word_fraction", "gopher_quality", "DOUBLE", 0, 1, "words with a letter"),
    Signal("stop_word_count", "gopher_quality", "INT", 0, 8, "of the be to of and that have with"),
    Signal("duplicate_line_fraction", "gopher_repetition", "DOUBLE", 0, 1, "lines that stood before"),
    Signal("duplicate_paragraph_fraction", "gopher_repetition", "DOUBLE", 0, 1, "those that stood before"),
    Signal("duplicate_line_char_fraction", "gopher_repetition", "DOUBLE", 0, 1, "their characters"),
    Signal("duplicate_paragraph_char_fraction", "gopher_repetition", "DOUBLE", 0, 1, "their characters"),
    *(
        Signal(f"top_{n}gram_char_fraction", "gopher_repetition", "DOUBLE", 0, 1,
               f"characters in the most frequent run of {n} words")
        for n in range(2, 5)
    ),
    *(
        Signal(f"duplicate_{n}gram_char_fraction", "gopher_repetition", "DOUBLE", 0, 1,
               f"characters in runs of {n} words that stood before")
        for n in range(5, 11)
    ),
    Signal("language", "language", "STRING", 0, 0, "Wikipedia's code (ISO 639); und: the text has no letter"),
    Signal("language_score", "language", "DOUBLE", 0, 1, "the model's probability of that language"),
)  # fmt: skip

SIGNALS: dict[str, Signal] = {signal.name: signal for signal in _ALL}
FAMILIES: dict[str, tuple[Signal, ...]] = {
    family: tuple(signal for signal in _ALL if signal.family == family)
    for family in dict.fromkeys(signal.family for signal in _ALL)
}
# Raised when a family's numbers change for the same text: tables made with the former are then stale.
FAMILY_VERSIONS = {"length": 1, "gopher_quality": 1, "gopher_repetition": 1, "language": 1}


def closest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the names most like it, or the first ones known.

    Example:
        >>> closest("word_counts", SIGNALS)
        '; did you mean word_count or stop_word_count?'
    """
    names = sorted(known)
    alike = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if alike:
        return f"; did you mean {' or '.join(alike)}?"
    return f"; known are {', '.join(names)}"


def family_of(name: str) -> str:
    """Return the family that measures a signal.

    Raises:
        ConfigError: No family does; the message names the nearest known ones.
    """
    if name not in SIGNALS:
        raise ConfigError([Problem("", f"no signal {name!r}{closest(name, SIGNALS)}")])
    return SIGNALS[name].family


def families_of(names: Iterable[str]) -> list[str]:
    """Return the families that measure these signals, in the registry's order, each once.

    Raises:
        ConfigError: A name is unknown.
    """
    wanted = {family_of(name) for name in names}
    return [family for family in FAMILIES if family in wanted]


def family_table(family: str) -> Table:
    """Return the declaration of a family's table.

    Raises:
        ConfigError: The family is unknown.
    """
    if family not in FAMILIES:
        raise ConfigError([Problem("", f"no signal family {family!r}{closest(family, FAMILIES)}")])
    types = {signal.name: signal.type for signal in FAMILIES[family]}
    comments = {signal.name: signal.comment for signal in FAMILIES[family]}
    return signals_table(family, types, comments)
