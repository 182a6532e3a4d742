"""`tamis similar TEXT`: the stored signatures and what the tables say of the documents found; without Spark.

Reads doc_id and signature of all documents (264 bytes each at 256 hashes; 150,000 a second from a local disk
when they had 1 KB), in batches; of the other tables only what concerns the documents found. It is made for a
question now and then over up to some 10^8 documents (ten minutes); many texts are a batch for `tamis run`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.config import digest_of
from tamis.dedup.minhash import MinHashParams
from tamis.dedup.similar import Found, find_similar, sign_text
from tamis.dedup.unit_texts import DOCUMENT, unit_texts
from tamis.document import beginning, format_doc_id
from tamis.errors import ConfigError, Problem
from tamis.extract.clean import clean_text
from tamis.io.delta_log import data_files, row_batches, table_uri
from tamis.io.shards import matching_batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamis.config import NearDedup, Recipe
    from tamis.pipeline.lineage import OutputTables

FIRST_CHARS = 80  # of a text, told where a document has no title
_TOLD = ("doc_id", "source", "key", "title", "text")


def query_text(given: str) -> str:
    """Return the text that is meant: of the file of that name, of standard input for ``-``, or as it stands.

    A file is read as `tamis extract` reads it, so that a PDF or a page is compared by its text.

    Raises:
        ConfigError: the file gives no text.
    """
    if given == "-":
        return clean_text(sys.stdin.buffer.read().decode("utf-8", "replace"))
    if not os.path.isfile(given):  # noqa: PTH113 - Path.is_file raises for a text longer than a name can be
        return clean_text(given)
    from tamis.extract.files import extract_files

    line = next(iter(extract_files([given])))
    if line["status"] != "ok":
        told = line["error"]["message"] if line["error"] else "it holds no text"
        raise ConfigError([Problem("TEXT", f"{Path(given).name!r} cannot be compared: {told}")])
    return str(line["text"])


def similar_documents(
    tables: OutputTables, recipe: Recipe, text: str, *, threshold: float | None, limit: int
) -> dict[str, Any]:
    """Return the documents of an output that resemble a text.

    Args:
        tables: The output.
        recipe: That it was last run with.
        text: Of five words or more (`near_dedup.ngram`).
        threshold: Least estimated Jaccard similarity; None: the recipe's.
        limit: Documents to return at most.

    Returns:
        ``threshold``; ``compared``: signatures read; ``found``: documents at or above the threshold;
        ``documents``: the best of them (``doc_id``, ``jaccard``, ``status``, ``reason``, ``kept_doc_id``,
        ``source``, ``key``, ``title``, ``begins``).

    Raises:
        ConfigError: the output has no signatures, or others than the recipe's; the text is too short; the
            threshold is one that so few hashes cannot serve.
    """
    settings = _settings(tables, recipe)
    _check_is_one_part(text, settings)
    query = sign_text(text, MinHashParams(num_hashes=settings.num_hashes, ngram=settings.ngram))
    if query is None:
        told = f"the text has under {settings.ngram} words (characters in scripts without spaces)"
        raise ConfigError([Problem("TEXT", f"{told}: so short a text has no signature; give a longer one")])
    threshold = settings.threshold if threshold is None else threshold
    try:
        found = find_similar(
            query, _rows(tables, "signatures", "doc_id", "signature"), threshold=threshold,
            recall=settings.recall, limit=limit,
        )  # fmt: skip
    except ValueError as error:
        raise ConfigError([Problem("--threshold", str(error))]) from error
    return {
        "threshold": threshold, "compared": found.compared, "found": found.found,
        "documents": _told(tables, found),
    }  # fmt: skip


def _check_is_one_part(text: str, settings: NearDedup) -> None:
    """Where parts of documents are stored, a text of several would resemble none of them."""
    import pyarrow as pa

    count = 1 if settings.unit == DOCUMENT else len(unit_texts(pa.array([text]), settings.unit).texts)
    if count > 1:
        told = f"the output compares each {settings.unit}, and the text has {count}: give one of them"
        raise ConfigError([Problem("TEXT", told)])


def _settings(tables: OutputTables, recipe: Recipe) -> NearDedup:
    from tamis.pipeline.stages import STAGES

    run = tables.last("near_dedup")
    if recipe.near_dedup is None or run is None or not tables.exists("signatures"):
        told = "has no signatures: add near_dedup to its recipe and run it"
        raise ConfigError([Problem("--output", f"{tables.output} {told}")])
    stage = next(stage for stage in STAGES if stage.name == "near_dedup")
    if digest_of(stage.config(recipe)) != run.config_digest:
        told = "holds signatures made with other near_dedup settings than its recipe's: run the recipe first"
        raise ConfigError([Problem("--output", f"{tables.output} {told}")])
    return recipe.near_dedup


def _rows(tables: OutputTables, table: str, *columns: str, ids: NDArray[np.int64] | None = None) -> Any:
    version = tables.version(table)
    if version is None:
        return iter(())
    import pyarrow.dataset as ds

    where = None if ids is None else ds.field("doc_id").isin(ids)
    return row_batches(table_uri(tables.output, table), version, columns, where)


def _told(tables: OutputTables, found: Found) -> list[dict[str, Any]]:
    ids = np.sort(np.array([item.doc_id for item in found.best], np.int64))
    documents, states = _documents(tables, ids), _states(tables, ids)
    return [
        {
            "doc_id": format_doc_id(item.doc_id), "jaccard": round(item.jaccard, 4),
            **states.get(item.doc_id, {"status": "undecided"}), **documents.get(item.doc_id, {}),
        }
        for item in found.best
    ]  # fmt: skip


def _states(tables: OutputTables, ids: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """Say who stays; a document that is in neither table was not yet decided on, or was taken out since."""
    if not len(ids):
        return {}
    kept = [
        row["doc_id"] for batch in _rows(tables, "corpus", "doc_id", ids=ids) for row in batch.to_pylist()
    ]
    states: dict[int, dict[str, Any]] = {doc_id: {"status": "kept"} for doc_id in kept}
    for batch in _rows(tables, "removals", "doc_id", "reason", "kept_doc_id", ids=ids):
        for row in batch.to_pylist():
            keeper = row["kept_doc_id"]
            states[row["doc_id"]] = {
                "status": "removed", "reason": row["reason"],
                "kept_doc_id": None if keeper is None else format_doc_id(keeper),
            }  # fmt: skip
    return states


def _documents(tables: OutputTables, ids: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    version = tables.version("documents")
    if version is None or not len(ids):
        return {}
    told = {}
    for file in data_files(table_uri(tables.output, "documents"), version):
        for batch in matching_batches(file, ids, _TOLD):
            for row in batch.to_pylist():
                begins = beginning(row["text"], FIRST_CHARS)
                named = {name: row[name] for name in ("source", "key", "title")}
                told[row["doc_id"]] = {**named, "begins": begins}
    return told
