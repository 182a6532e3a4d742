"""JSON, JSON Lines, CSV and text to Markdown.

JSON becomes an outline of ``- key: value`` lines, numbers as they are written, a chat a thread; CSV one
table.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Literal

from tamis.errors import DocumentError
from tamis.extract.clean import decode_text
from tamis.extract.markdown import blocks, table
from tamis.extract.threads import Members, split_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON_SPACE = re.compile(r"[ \t\r\n\x1e]*")  # with the separator of RFC 7464
# Far from where Python gives up (1,000 frames with the callers'), so that the same document always fails.
MAX_JSON_DEPTH = 500
MAX_INDENT = 8  # one byte of value at level 500 must not cost a thousand spaces
TOO_DEEP = "JSON nests deeper than 500 levels"
DELIMITERS = ",\t;|"
DIALECT_LINES = 20
STATED_DELIMITER = re.compile(r"\Asep=([,\t;|])\r?\n", re.IGNORECASE)  # what Excel writes and reads


def plain_text(payload: bytes) -> str:
    """Return text and Markdown as they are."""
    return decode_text(payload, None)[0]


def json_text(payload: bytes) -> str:
    r"""Return JSON as an outline; of several values (JSON Lines) one each, a blank line between.

    Raises:
        DocumentError: ``invalid_json``, with line and column; ``too_deep`` beyond 500 levels.

    Example:
        >>> json_text(b'{"title": "Sieve", "tags": ["flour", "soil"], "price": 12.50}')
        '- title: Sieve\n- tags:\n  - flour\n  - soil\n- price: 12.50'
    """
    return blocks(_value_text(value) for value in _values(decode_text(payload, None)[0]))


def _value_text(value: object) -> str:
    rest, thread = split_thread(value)
    outline = "" if rest is None and thread else "\n".join(_outline(rest))
    return blocks([outline, thread])


def _values(text: str) -> Iterator[object]:
    """Yield the values of JSON Lines or concatenated JSON; numbers as strings, as they are written."""
    decoder = json.JSONDecoder(
        object_pairs_hook=Members, parse_int=str, parse_float=str, parse_constant=str, strict=False
    )
    at = _after_space(text, 0)
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise DocumentError("invalid_json", f"{where}: {error.msg}") from error
        except RecursionError as error:
            raise DocumentError("too_deep", TOO_DEEP) from error
        yield value
        at = _after_space(text, end)


def _after_space(text: str, start: int) -> int:
    found = JSON_SPACE.match(text, start)
    return found.end() if found else start


def _outline(root: object) -> Iterator[str]:
    """Yield the lines of a value, by a stack: documents nest deeper than Python's."""
    if not isinstance(root, Members | list):
        yield _scalar(root, 0)
        return
    stack = [(0, _entries(root))]
    while stack:
        depth, entries = stack[-1]
        name, value = next(entries, (None, None))
        if name is None:
            stack.pop()
        elif isinstance(value, Members | list):
            if len(stack) == MAX_JSON_DEPTH:
                raise DocumentError("too_deep", TOO_DEEP)
            if value:
                yield f"{_indent(depth)}-{' ' + name + ':' if name else ''}"
                stack.append((depth + 1, _entries(value)))
        else:
            yield f"{_indent(depth)}- {name + ': ' if name else ''}{_scalar(value, depth + 1)}"


def _entries(value: Members | list[object]) -> Iterator[tuple[str, object]]:
    return iter(value) if isinstance(value, Members) else iter([("", item) for item in value])


def _indent(depth: int) -> str:
    return "  " * min(depth, MAX_INDENT)


def _scalar(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value.strip().replace("\n", "\n" + _indent(depth))
    return "null" if value is None else str(value).lower()  # numbers were kept as strings


def csv_text(payload: bytes) -> str:
    r"""Return comma, tab, semicolon or bar separated values as one table.

    Example:
        >>> csv_text(b"name;size\nfine;1,5\n")
        '| name | size |\n| --- | --- |\n| fine | 1,5 |'
    """
    text = decode_text(payload, None)[0].replace("\0", "")
    # The module's own limit of 131,072 characters a field is global; no field is longer than the text.
    csv.field_size_limit(max(len(text), 131_072))
    stated = STATED_DELIMITER.match(text)
    return table(_rows(text[stated.end() :], stated[1]) if stated else _rows(text, _delimiter(text)))


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows; between tabs quotes are letters if else one would hold tabs and line ends."""
    rows = list(_read(text, delimiter))
    if delimiter == "\t" and any("\t" in cell and "\n" in cell for row in rows for cell in row):
        return list(_read(text, delimiter, quoting=csv.QUOTE_NONE))
    return rows


def _read(text: str, delimiter: str, *, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> Iterator[list[str]]:
    """Return a reader of rows; a quote may stand behind a space, as people write it by hand."""
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, quoting=quoting)


def _delimiter(text: str) -> str:
    """Return the separator that cuts the first 20 lines most evenly into several fields; else the comma."""
    head = "\n".join(text.splitlines()[:DIALECT_LINES]) if len(text) < 1 << 16 else text[: 1 << 16]

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _read(head, delimiter) if row]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)

    return max(DELIMITERS, key=evenness)
