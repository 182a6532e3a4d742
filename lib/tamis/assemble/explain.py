"""The life of one document, from the file it came from to the reason it left or its place in the corpus.

`explain` asks each table for the rows of one doc_id; it needs no pyspark of its own, only what opens tables.
`explanation_text` tells the same to a reader at a terminal.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tamis.document import format_doc_id
from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    Read = Callable[[str], DataFrame]
    Exists = Callable[[str], bool]

EXAMPLES = 5  # documents that one stands for, edges, spans: the first few and their number
_FOUND = ("source", "key", "path", "offset", "length", "parent_id", "batch_id", "shard")
_EXTRACTED = ("media_type", "extractor", "length_chars", "title", "url", "author", "published_utc")
UNKNOWN = (
    "no document {} in this output: expected 16 hex digits that its documents, containers or failures hold, "
    "such as the report shows"
)
_EDGE = ("jaccard", "containment", "bands_shared", "verified_by")


class Tables:
    """The rows of one document in each table that there is."""

    def __init__(self, read: Read, exists: Exists, doc_id: int) -> None:
        self._read = read
        self._exists = exists
        self.doc_id = doc_id

    def rows(
        self, table: str, *columns: str, where: str = "", order: str = "doc_id", limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the document's rows of a table, ordered, at most `limit`; none where there is none."""
        if not self._exists(table):
            return []
        found = self._read(table).where(where or f"doc_id = {self.doc_id}").orderBy(*order.split())
        found = found if limit is None else found.limit(limit)
        return [
            row.asDict(recursive=True) for row in (found.select(*columns) if columns else found).collect()
        ]


def explain(read: Read, exists: Exists, doc_id: int) -> dict[str, Any]:
    """Return the life of one document, as JSON takes it; every doc_id in 16 hex digits.

    Args:
        read: Opens a table.
        exists: Tells whether there is a table.
        doc_id: Of a document, a container, a failure or a tombstone.

    Returns:
        ``doc_id``, ``outcome`` (kept, removed, failed, taken down, expanded: a container; or undecided before
        assemble has run), ``input``, and what there is of ``extraction``, ``container`` (what it is, and the
        first documents and failures in it), ``failures``, ``signals`` (by family), ``decisions``,
        ``duplicate_spans``, ``edges``, ``cluster``, ``removal``, ``corpus``, ``stands_for``, ``tombstone``.

    Raises:
        ConfigError: no table knows the id.
    """
    tables = Tables(read, exists, doc_id)
    documents = tables.rows("documents", *_FOUND, *_EXTRACTED, "duplicate_of")
    failures = tables.rows("failures", order="doc_id stage code")
    tombstones = tables.rows("tombstones")
    containers = tables.rows("containers")
    if not (documents or failures or tombstones or containers):
        raise ConfigError([Problem("DOC_ID", UNKNOWN.format(format_doc_id(doc_id)))])
    life: dict[str, Any] = {"doc_id": format_doc_id(doc_id), "outcome": "undecided"}
    life["input"] = _input(tables, documents or failures or containers)
    parts = {
        "extraction": _extraction(documents), "container": _container(tables, containers),
        "failures": _failures(failures),
        "tombstone": _first(tombstones, "key", "reason", "utc"), "signals": _signals(tables),
        "decisions": _decisions(tables), "duplicate_spans": _spans(tables), "edges": _edges(tables),
        "cluster": _cluster(tables), "removal": _removal(tables), "corpus": _corpus(tables),
        "stands_for": _stands_for(tables),
    }  # fmt: skip
    life.update({name: part for name, part in parts.items() if part})
    return {**life, "outcome": _outcome(life)}


def _outcome(life: Mapping[str, Any]) -> str:
    named = (("tombstone", "taken down"), ("failures", "failed"), ("removal", "removed"), ("corpus", "kept"))
    undecided = "undecided" if "extraction" in life else "expanded" if "container" in life else "undecided"
    return next((outcome for part, outcome in named if part in life), undecided)


def _first(rows: list[dict[str, Any]], *columns: str) -> dict[str, Any]:
    return {name: rows[0][name] for name in columns if rows[0][name] is not None} if rows else {}


def _input(tables: Tables, rows: list[dict[str, Any]]) -> dict[str, Any]:
    found = {name: rows[0][name] for name in _FOUND if rows and rows[0].get(name) is not None}
    if "parent_id" in found:
        found["parent_id"] = format_doc_id(found["parent_id"])
    if "path" not in found:
        return found
    place = " AND ".join(f"{name} = '{_quoted(found[name])}'" for name in ("source", "path"))
    file = tables.rows("inputs", "root", "sha256", "status", where=place, order="path")
    return {**found, **_first(file, "root", "sha256", "status")}


def _quoted(value: str) -> str:
    """Return a value inside a SQL string literal."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _extraction(documents: list[dict[str, Any]]) -> dict[str, Any]:
    made = _first(documents, *_EXTRACTED, "duplicate_of")
    if "duplicate_of" in made:
        made["duplicate_of"] = format_doc_id(made["duplicate_of"])
    return made


def _container(tables: Tables, containers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a container is, with the first documents and failures in it."""
    if not containers:
        return {}
    inside = f"parent_id = {tables.doc_id}"
    rows = [
        {"doc_id": format_doc_id(row["doc_id"]), "key": row["key"]}
        for name in ("documents", "containers", "failures")
        for row in tables.rows(name, "doc_id", "key", where=inside, limit=EXAMPLES)
    ]
    return {**_first(containers, "media_type", "members"), "inside": rows[:EXAMPLES]}


def _failures(failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("stage", "code", "message")} for row in failures]


def _signals(tables: Tables) -> dict[str, dict[str, Any]]:
    from tamis.signals.registry import FAMILIES

    layout = {"doc_id", "batch_id", "shard"}
    found = {family: tables.rows(f"signals_{family}") for family in sorted(FAMILIES)}
    return {
        family: {name: value for name, value in rows[0].items() if name not in layout}
        for family, rows in found.items()
        if rows
    }


def _decisions(tables: Tables) -> list[dict[str, Any]]:
    return tables.rows("decisions", "reason", "value", "bound", "evidence", order="rule reason")


def _spans(tables: Tables) -> dict[str, Any]:
    rows = tables.rows("duplicate_spans", "unit", "ordinal", order="unit ordinal")
    units = sorted({row["unit"] for row in rows})
    ordinals = {unit: [row["ordinal"] for row in rows if row["unit"] == unit] for unit in units}
    return {unit: {"count": len(found), "ordinals": found[:EXAMPLES]} for unit, found in ordinals.items()}


def _edges(tables: Tables) -> dict[str, Any]:
    either = f"src = {tables.doc_id} OR dst = {tables.doc_id}"
    ends = ("src", "src_ordinal", "dst", "dst_ordinal")
    rows = tables.rows("edges", *ends, *_EDGE, where=either, order=" ".join(ends))
    rows.sort(key=lambda row: -row["jaccard"])
    told = [_edge(row, tables.doc_id) for row in rows[:EXAMPLES]]
    return {"count": len(rows), "closest": told} if rows else {}


def _edge(row: Mapping[str, Any], doc_id: int) -> dict[str, Any]:
    """Return an edge from the document's side; of a part of it, its ordinal and the other's."""
    own, other = ("src", "dst") if row["src"] == doc_id else ("dst", "src")
    told = {"other": format_doc_id(row[other])}
    if row["src_ordinal"] >= 0:
        told |= {"ordinal": row[f"{own}_ordinal"], "other_ordinal": row[f"{other}_ordinal"]}
    return told | {name: row[name] for name in _EDGE}


def _cluster(tables: Tables) -> dict[str, Any]:
    """Return the cluster of a whole document; parts of it may be in many."""
    rows = tables.rows("clusters", where=f"doc_id = {tables.doc_id} AND ordinal < 0")
    found = _first(rows, "cluster_id", "size")
    return {**found, "cluster_id": format_doc_id(found["cluster_id"])} if found else {}


def _removal(tables: Tables) -> dict[str, Any]:
    found = _first(tables.rows("removals"), "stage", "reason", "kept_doc_id", "jaccard", "evidence")
    if "kept_doc_id" in found:
        found["kept_doc_id"] = format_doc_id(found["kept_doc_id"])
    if "evidence" in found:
        found["evidence"] = json.loads(found["evidence"])
    return found


def _corpus(tables: Tables) -> dict[str, Any]:
    columns = ("batch_id", "shard", "length_chars")
    place = _first(tables.rows("corpus", "doc_id", *columns), *columns)
    if not place:
        return {}
    cuts = tables.rows(
        "cuts", "start_char", "end_char", "reason", "kept_doc_id", "jaccard", order="start_char"
    )
    for cut in cuts:
        cut["kept_doc_id"] = format_doc_id(cut["kept_doc_id"])
    tokens = tables.rows("token_spans", "path", "start", "length", order="path")
    return {**place, "cuts": cuts, "tokens": tokens}


def _stands_for(tables: Tables) -> dict[str, Any]:
    kept = f"kept_doc_id = {tables.doc_id}"
    rows = tables.rows("removals", "doc_id", "reason", "jaccard", where=kept)
    told = [{**row, "doc_id": format_doc_id(row["doc_id"])} for row in rows[:EXAMPLES]]
    return {"count": len(rows), "removals": told} if rows else {}


def explanation_text(life: Mapping[str, Any]) -> str:
    """Return a life as lines for a terminal: a heading a part, then its facts.

    Example:
        >>> life = {"doc_id": "00000000000000ff", "outcome": "kept", "input": {"path": "a.html"}}
        >>> print(explanation_text(life))
        document 00000000000000ff: kept
        input
          path  a.html
    """
    lines = [f"document {life['doc_id']}: {life['outcome']}"]
    for name, part in life.items():
        if name in {"doc_id", "outcome"}:
            continue
        lines += [name.replace("_", " "), *_told(part, "  ")]
    return "\n".join(lines)


def _told(part: Any, indent: str) -> list[str]:
    """Return one line a fact; nested facts further in, rows of a list on one line each."""
    if isinstance(part, list):
        return [f"{indent}{_line(item)}" for item in part]
    width = max((len(name) for name, value in part.items() if not _is_nested(value)), default=0)
    lines = []
    for name, value in part.items():
        if _is_nested(value):
            lines += [f"{indent}{name}", *_told(value, f"{indent}  ")] if value else []
        else:
            lines.append(f"{indent}{name:<{width}}  {_cell(value)}")
    return lines


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and (not value or isinstance(value[0], dict)))


def _line(item: Any) -> str:
    if not isinstance(item, dict):
        return _cell(item)
    return ", ".join(f"{name} {_cell(value)}" for name, value in item.items() if value is not None)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, list) else str(value)
