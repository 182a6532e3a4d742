"""The verbs of the command line: each calls `api`, prints what it gives, and returns it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tamis import cli_text
from tamis.errors import ConfigError, Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence


def run(options: argparse.Namespace) -> Any:
    """Run a recipe."""
    from tamis.api import run

    result = run(
        options.recipe, output=options.output, overrides=options.set, conf=_pairs(options.conf),
        master=options.master, until=options.until, redo=options.redo, progress=sys.stderr,
    )  # fmt: skip
    _print(options, result, cli_text.run_text)
    return result


def validate(options: argparse.Namespace) -> Any:
    """Check a recipe."""
    from tamis.recipes import load_recipe

    problems: list[Problem] = []
    try:
        load_recipe(options.recipe, output=options.output, overrides=options.set)
    except ConfigError as error:
        problems = error.problems
    told = [{"path": problem.path, "message": problem.message} for problem in problems]
    result = {"ok": not problems, "problems": told}
    _print(options, result, cli_text.validate_text)
    return result


def plan(options: argparse.Namespace) -> Any:
    """Predict what a run costs."""
    from tamis.api import plan

    result = plan(
        options.recipe, output=options.output, overrides=options.set,
        total_bytes=_size("--bytes", options.bytes), sample_bytes=_size("--sample", options.sample),
        executors=options.executors, cores=options.cores, price_per_core_hour=options.price_per_core_hour,
    )  # fmt: skip
    _print(options, result, cli_text.plan_text)
    return result


def extract(options: argparse.Namespace) -> Any:
    """Print the text of files."""
    from tamis.api import extract

    found = extract(options.files, recipe=options.recipe)
    if options.text:
        for line in found:
            print(cli_text.extract_text(line))
    else:
        _print_lines(found)


def fetch(options: argparse.Namespace) -> Any:
    """Fetch a list of URLs."""
    from tamis.api import fetch

    result = fetch(
        options.urls, options.output, retry_failed=options.retry_failed, progress=sys.stderr,
        contact=options.contact, allow_private=options.allow_private, rate=options.rate, hosts=options.hosts,
        tries=options.tries, deadline=options.deadline,
        max_record_bytes=_size("--max-record-bytes", options.max_record_bytes),
    )  # fmt: skip
    _print(options, result, cli_text.fetch_text)
    return result


def signals(options: argparse.Namespace) -> Any:
    """Print the signals of texts."""
    from tamis.signals.files import signals_of_file

    _print_lines(signals_of_file(options.file))


def dedup(options: argparse.Namespace) -> Any:
    """Deduplicate files as they are."""
    from tamis.api import dedup

    both = not (options.exact or options.near)
    result = dedup(
        options.input, options.output, unit=options.unit, exact=options.exact or both,
        near=options.near or both, threshold=options.threshold, id_field=options.id_field,
        text_field=options.text_field, form=options.format, against=options.against,
        conf=_pairs(options.conf), master=options.master,
    )  # fmt: skip
    _print(options, result, lambda found: "\n".join(f"{name:<9} {value}" for name, value in found.items()))
    return result


def forget(options: argparse.Namespace) -> Any:
    """Take documents down."""
    from tamis.api import forget

    result = forget(
        options.output, options.ids, purge=options.purge, reason=options.reason, conf=_pairs(options.conf),
        master=options.master, progress=sys.stderr,
    )  # fmt: skip
    _print(options, result, cli_text.forget_text)
    return result


def explain(options: argparse.Namespace) -> Any:
    """Tell the life of a document."""
    from tamis.api import explain
    from tamis.assemble.explain import explanation_text
    from tamis.document import parse_doc_id

    try:
        doc_id = parse_doc_id(options.doc_id)
    except ValueError as error:
        raise ConfigError([Problem("DOC_ID", str(error))]) from error
    result = explain(doc_id, options.output)
    _print(options, result, explanation_text)
    return result


def similar(options: argparse.Namespace) -> Any:
    """Find documents that resemble a text."""
    from tamis.api import similar

    result = similar(options.text, options.output, threshold=options.threshold, limit=options.limit)
    _print(options, result, cli_text.similar_text)
    return result


def digest(options: argparse.Namespace) -> Any:
    """Print the digest of each table."""
    from tamis.api import digest

    result = digest(options.output)
    _print(options, result, cli_text.digest_text)
    return result


def report(options: argparse.Namespace) -> Any:
    """Write the report anew."""
    from tamis.api import report

    result = report(options.output)
    _print(options, result, lambda found: f"Report: {found['report']}")
    return result


def _size(option: str, text: str | None) -> int | None:
    from tamis.config import parse_size

    try:
        return None if text is None else parse_size(text)
    except ValueError as error:
        raise ConfigError([Problem(option, str(error))]) from error


def _pairs(values: Sequence[str]) -> dict[str, str]:
    wrong = [value for value in values if "=" not in value]
    if wrong:
        raise ConfigError([Problem("--conf", f"{value!r}: write key=value") for value in wrong])
    return dict(value.split("=", 1) for value in values)


def _print_lines(found: Iterable[dict[str, Any]]) -> None:
    for line in found:
        print(json.dumps(line, ensure_ascii=False))


def _print(options: argparse.Namespace, result: Any, text: Callable[[Any], str]) -> None:
    """Print the result for people, or as the one JSON object that scripts read."""
    print(json.dumps(result, ensure_ascii=False) if options.json else text(result))
