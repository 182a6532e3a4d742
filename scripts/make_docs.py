"""Write docs/tables.md, docs/failures.md and docs/recipe.md from the code that they describe.

    .venv/bin/python scripts/make_docs.py

A test compares them, so that they cannot fall behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from tamis.config import Recipe, parse_size
from tamis.extract.codes import FAILURE_CODES
from tamis.fetch.options import FETCH_CODES
from tamis.schemas import TABLES, Table
from tamis.signals.registry import FAMILIES, family_table

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

DOCS = Path(__file__).resolve().parent.parent / "docs"


def tables_page() -> str:
    """Return the page of all tables and their columns."""
    head = (
        "# Tables\n\n"
        "Delta tables under the recipe's `output`. Columns marked * may differ between two runs "
        "over the same\ninputs; `tamis digest` leaves them out, and with them the tables marked "
        '"not in the digest".\n'
    )
    families = [family_table(family) for family in FAMILIES]
    return head + "".join(_table(table) for table in [*TABLES.values(), *families])


def _table(table: Table) -> str:
    marks = [f"written by `{table.stage}`"]
    marks += [f"partitioned by {', '.join(table.partition)}"] if table.partition else []
    marks += [] if table.in_digest else ["not in the digest"]
    rows = "".join(
        f"| `{column.name}`{'*' if column.volatile else ''} | {column.type} | {column.comment} |\n"
        for column in table.columns
    )
    head = "| column | type | meaning |\n| --- | --- | --- |\n"
    return f"\n## {table.name}\n\n{'; '.join(marks).capitalize()}.\n\n{head}{rows}"


def failures_page() -> str:
    """Return the page of failure codes."""
    rows = "".join(f"| `{code}` | {meaning} |\n" for code, meaning in sorted(FAILURE_CODES.items()))
    fetch_rows = "".join(f"| `{code}` | {meaning} |\n" for code, meaning in sorted(FETCH_CODES.items()))
    return (
        "# Failure codes\n\n"
        "The column `code` of table `failures`: one row a document (or byte range) "
        "that could not be read.\n\n"
        f"| code | meaning |\n| --- | --- |\n{rows}"
        "\n## `tamis fetch`\n\n"
        "The field `code` of `fetched.jsonl`: one line a URL that could not be fetched.\n\n"
        f"| code | meaning |\n| --- | --- |\n{fetch_rows}"
    )


def recipe_page() -> str:
    """Return the page of all keys of a recipe."""
    head = (
        "# A recipe's keys\n\n"
        "Unknown keys are refused; `tamis validate RECIPE` tells every mistake at once. "
        "Sizes: `GB` is 10^9, `GiB` 2^30.\n\n"
        "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
    )
    return head + "".join(_keys(Recipe, ""))


def _keys(model: type[BaseModel], prefix: str) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        path = f"{prefix}{name}"
        if inner is None:
            meaning = (field.description or "").replace("|", "\\|")
            lines.append(f"| `{path}` | {_type(field.annotation)} | {_default(field)} | {meaning} |\n")
            continue
        is_list = str(field.annotation).startswith("tuple")
        lines.append(
            f"| `{path}` | {'list' if is_list else 'part'} | {_default(field)} | {_first_line(inner)} |\n"
        )
        lines += _keys(inner, f"{path}[]." if is_list else f"{path}.")
    return lines


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the recipe part that an annotation holds, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _type(annotation: Any) -> str:
    """Return an annotation as a user reads it: values of a choice, `size`, `list of text`."""
    parts = get_args(annotation)
    if annotation is NoneType:
        return ""
    if parse_size in (getattr(part, "func", None) for part in parts):
        return "size"
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin is Annotated:
        return _type(parts[0])
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    if origin in (Union, UnionType):
        return " or ".join(filter(None, map(_type, parts)))
    return {bool: "`true` or `false`", str: "text", int: "integer", float: "number", dict: "rule"}.get(
        origin or annotation, str(annotation)
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        value = [item.model_dump() if isinstance(item, BaseModel) else item for item in value]
    return "none" if value is None else f"`{json.dumps(value)}`".replace("|", "\\|")


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0].replace("|", "or")


PAGES = {"tables.md": tables_page, "failures.md": failures_page, "recipe.md": recipe_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (DOCS / file).write_text(page(), encoding="utf-8")
