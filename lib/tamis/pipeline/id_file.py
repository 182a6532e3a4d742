"""The ids that `tamis forget` is given: a file with one a line, or values."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tamis.document import parse_doc_id
from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

DOC_ID = re.compile("[0-9a-fA-F]{16}")
NAMED_LINES = 10  # wrong lines told; the count is exact


def given_ids(ids: str | Path | Iterable[int | str]) -> list[int]:
    """Return doc_ids, ascending, each once.

    Args:
        ids: Name of a file with one doc_id (16 hex digits) a line, or doc_ids as numbers or hex digits.

    Raises:
        ConfigError: a line is no doc_id (the lines are named), the file cannot be read, or there is no id.
    """
    if isinstance(ids, str | Path):
        return file_ids(_lines(Path(ids)), str(ids))
    found = {_checked(item) if isinstance(item, int) else _parsed(item) for item in ids}
    if None in found:
        raise ConfigError([Problem("ids", "a doc_id is a whole number of 64 bits, signed, or 16 hex digits")])
    return _some((doc_id for doc_id in found if doc_id is not None), "ids")


def file_ids(lines: Iterable[str], name: str) -> list[int]:
    """Return the doc_ids of a file's lines, ascending, each once; blank lines are skipped.

    Args:
        lines: Of the file.
        name: Told in errors.

    Raises:
        ConfigError: lines that are no doc_id, by number; or no id at all.

    Example:
        >>> file_ids(["ffffffffffffffff", "", "0000000000000001", "ffffffffffffffff"], "ids.txt")
        [-1, 1]
    """
    found: set[int] = set()
    wrong: list[int] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        doc_id = _parsed(text) if text else None
        if doc_id is not None:
            found.add(doc_id)
        elif text:
            wrong.append(number)
    if wrong:
        told = ", ".join(map(str, wrong[:NAMED_LINES])) + (", ..." if len(wrong) > NAMED_LINES else "")
        message = f"{len(wrong)} line(s) of {name} are no doc_id (16 hex digits, nothing else): line {told}"
        raise ConfigError([Problem("--ids", message)])
    return _some(found, name)


def ids_digest(ids: Iterable[int]) -> str:
    """Return a SHA-256 that names a set of ids, given in ascending order."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem("--ids", f"{path} cannot be read: {error}")]) from error


def _parsed(text: str) -> int | None:
    return parse_doc_id(text) if DOC_ID.fullmatch(text) else None


def _checked(doc_id: int) -> int | None:
    return doc_id if -(2**63) <= doc_id < 2**63 else None


def _some(ids: Iterable[int], name: str) -> list[int]:
    found = sorted(ids)
    if not found:
        raise ConfigError([Problem("--ids", f"{name} holds no doc_id: write one a line, 16 hex digits")])
    return found
