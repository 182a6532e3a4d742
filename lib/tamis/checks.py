"""What a recipe's parts must mean, beyond their types: files that exist, signals that are measured.

Works on the raw mapping, so that these problems are told together with those of the types.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.errors import ConfigError, Problem, SourceError
from tamis.filters.rules import expand_rules
from tamis.schemas import DOCUMENTS
from tamis.signals.language import language_problems
from tamis.signals.registry import SIGNALS, closest

if TYPE_CHECKING:
    from collections.abc import Callable

KEEPER_TYPES = {"BIGINT", "INT", "DOUBLE", "FLOAT", "BOOLEAN", "STRING"}
NOT_FOR_KEEPERS = {"text", "batch_id", "shard", "offset", "metadata"}


def recipe_problems(raw: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the meaning of a recipe; parts of a wrong type are left to the types."""
    checks: list[Callable[[dict[str, Any]], list[Problem]]] = [
        _inputs, _archives, _shards, _ocr, _rules, _languages, _keeper, _keeper_policy, _span_units, _brakes,
        _tokenizer, _output,
    ]  # fmt: skip
    return [problem for check in checks for problem in check(raw)]


def keeper_columns() -> dict[str, str]:
    """Return the columns that a keeper may order by, with their types."""
    documents = {
        column.name: column.type
        for column in DOCUMENTS.columns
        if column.type in KEEPER_TYPES and column.name not in NOT_FOR_KEEPERS
    }
    return {**documents, **{name: signal.type for name, signal in SIGNALS.items()}}


def _list(raw: dict[str, Any], *path: str) -> list[Any]:
    """Return a list at a path; empty where there is none."""
    value: Any = raw
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _inputs(raw: dict[str, Any]) -> list[Problem]:
    from tamis.io.storage import list_files

    problems = []
    for place, part in enumerate(_list(raw, "inputs")):
        path = part.get("path") if isinstance(part, dict) else None
        if not isinstance(path, str) or ("://" in path and not path.startswith("file:")):
            continue
        try:
            _, files = list_files(path)
        except SourceError as error:
            problems.append(Problem(f"inputs[{place}].path", str(error)))
            continue
        if not files and any(mark in path for mark in "*?["):
            problems.append(Problem(f"inputs[{place}].path", f"{path!r} matches no file"))
        if (Path(path.removeprefix("file://")) / "_delta_log").is_dir():
            told = "is a Delta table: read as plain files it would give rows that were deleted, too"
            problems.append(Problem(f"inputs[{place}].path", f"{path!r} {told}"))
    return problems


def _archives(raw: dict[str, Any]) -> list[Problem]:
    """A web archive read as another format fails whole; as one it knows its records' ids and texts."""
    problems = []
    for place, part in enumerate(_list(raw, "inputs")):
        if not isinstance(part, dict):
            continue
        path, form = part.get("path"), part.get("format")
        is_archive = isinstance(path, str) and re.search(r"\.(warc|wet)(\.gz|\.zst)?$", path)
        if is_archive and form in ("files", "jsonl", "parquet"):
            told = f"{path!r} is a web archive, which {form} does not read: set warc"
            problems.append(Problem(f"inputs[{place}].format", told))
        for name in ("id_field", "text_field"):
            if form == "warc" and part.get(name) is not None:
                told = "says nothing of format warc: the id is WARC-Record-ID, the text what is extracted"
                problems.append(Problem(f"inputs[{place}].{name}", told))
    return problems


def _shards(raw: dict[str, Any]) -> list[Problem]:
    shards = raw.get("shards")
    if not isinstance(shards, dict):
        return []
    given = [name for name in ("target_bytes", "count") if shards.get(name) is not None]
    return [] if len(given) == 1 else [Problem("shards", "give either target_bytes or count")]


def _ocr(raw: dict[str, Any]) -> list[Problem]:
    """Tell of an OCR engine that is not installed, or that the PDF engine has no pictures for."""
    from tamis.extract.ocr import missing_packages

    part: Any = raw
    for name in ("extract", "pdf"):
        part = part.get(name) if isinstance(part, dict) else None
    ocr, engine = (part.get("ocr"), part.get("engine")) if isinstance(part, dict) else (None, None)
    if not isinstance(ocr, str) or ocr == "off":
        return []
    if engine in ("pypdf", "pdfplumber"):
        return [Problem("extract.pdf.ocr", f"works with the engine pypdfium2, not with {engine}")]
    told = missing_packages(ocr)
    return [Problem("extract.pdf.ocr", told)] if told else []


def _rules(raw: dict[str, Any]) -> list[Problem]:
    rules = _list(raw, "filter", "rules")
    if not all(isinstance(rule, dict) for rule in rules):
        return []
    return expand_rules(rules)[1]


def _languages(raw: dict[str, Any]) -> list[Problem]:
    part = raw.get("filter")
    languages = _list(raw, "filter", "languages")
    if isinstance(part, dict) and part.get("min_language_score") and not languages:
        told = "bounds the certainty of filter.languages, which names none"
        return [Problem("filter.min_language_score", told)]
    found = language_problems([code for code in languages if isinstance(code, str)])
    return [Problem(f"filter.{problem.path}", problem.message) for problem in found]


def _keeper(raw: dict[str, Any]) -> list[Problem]:
    known = keeper_columns()
    problems = []
    for place, part in enumerate(_list(raw, "keeper")):
        name = part.get("column") if isinstance(part, dict) else None
        if not isinstance(name, str):
            continue
        path = f"keeper[{place}].column"
        if name not in known:
            problems.append(Problem(path, f"no column or signal {name!r}{closest(name, known)}"))
        elif known[name] == "STRING" and part.get("order") == "desc":
            problems.append(Problem(path, f"{name!r} is text, which can only be ordered asc"))
    return problems


def _keeper_policy(raw: dict[str, Any]) -> list[Problem]:
    """A later document can join two published ones to one component, of which one stays."""
    near = raw.get("near_dedup")
    is_connected = isinstance(near, dict) and near.get("clusters") == "connected"
    if raw.get("keeper_policy") != "incumbent" or not is_connected:
        return []
    told = "incumbent cannot hold with near_dedup.clusters: connected; use direct"
    return [Problem("keeper_policy", told)]


def _span_units(raw: dict[str, Any]) -> list[Problem]:
    """Cuts of two units would overlap."""
    near, exact = raw.get("near_dedup"), raw.get("exact_dedup")
    units = exact.get("units") if isinstance(exact, dict) else None
    is_sentence = isinstance(near, dict) and near.get("unit") == "sentence"
    if not is_sentence or not isinstance(units, list | tuple) or "paragraph" not in units:
        return []
    return [
        Problem("near_dedup.unit", "sentence cuts within what exact_dedup.units: paragraph cuts; use one")
    ]


def _brakes(raw: dict[str, Any]) -> list[Problem]:
    """A brake that nothing can pass would only seem to guard the run."""
    brakes = raw.get("brakes")
    needs = {"max_source_loss": ("exact_dedup", "near_dedup"), "max_cluster_fraction": ("near_dedup",)}
    return [
        Problem(f"brakes.{name}", f"bounds what {' and '.join(parts)} find: the recipe has no such part")
        for name, parts in needs.items()
        if isinstance(brakes, dict) and brakes.get(name) is not None
        and all(raw.get(part) is None for part in parts)
    ]  # fmt: skip


def _tokenizer(raw: dict[str, Any]) -> list[Problem]:
    from tamis.tokens.encode import load_encoder, read_tokenizer

    tokens = raw.get("tokens")
    given = tokens.get("tokenizer") if isinstance(tokens, dict) else None
    path = given.get("path") if isinstance(given, dict) else given
    if not isinstance(path, str) or not isinstance(tokens, dict):
        return []
    if not Path(path).is_file():
        return [Problem("tokens.tokenizer", f"no file {path!r}: give the path of a tokenizer.json")]
    eos_token = tokens.get("eos_token")
    try:
        load_encoder(read_tokenizer(path), eos_token if isinstance(eos_token, str) else None)
    except ConfigError as error:
        return [Problem(found.path, f"{path} {found.message}") for found in error.problems]
    except SourceError as error:
        return [Problem("tokens.tokenizer", str(error))]
    return []


def _output(raw: dict[str, Any]) -> list[Problem]:
    from tamis.pipeline.output import output_problem

    path = raw.get("output")
    problem = output_problem(path) if isinstance(path, str) and path else None
    return [Problem("output", problem)] if problem else []
