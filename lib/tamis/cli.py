"""The command line: a thin layer over `api`. Exit 0 done, 2 the recipe or arguments are wrong, 1 failed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import tamis
from tamis.errors import ConfigError, Problem, TamisError
from tamis.pipeline.stages import STAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ABOUT = """\
Raw files in, a curated training corpus out: every removal explained, nothing lost, the same answer twice.

  tamis run conf/corpus/demo.yaml          curate the example files (about two minutes)
  tamis validate RECIPE                    find every mistake in a recipe, without Spark
  tamis extract report.pdf page.html       see the text that would be used
  tamis fetch urls.txt --output web        fetch pages, politely, into web archives
  tamis dedup docs.jsonl --output out/d    deduplicate a file as it is
  tamis explain DOC_ID --output out/demo   the life of one document
  tamis forget --output P --ids ids.txt    take documents down everywhere

A recipe is a YAML file: inputs, then what to do with them. conf/corpus/ holds commented ones."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = options.verb(options)
    except ConfigError as error:
        return _fail(options, error, 2)
    except TamisError as error:
        return _fail(options, error, 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 2 if isinstance(result, dict) and result.get("ok") is False else 0


def _fail(options: argparse.Namespace, error: TamisError, code: int) -> int:
    problems = getattr(error, "problems", None) or [Problem("", str(error))]
    if options.json:
        told = [{"path": problem.path, "message": problem.message} for problem in problems]
        print(json.dumps({"ok": False, "error": type(error).__name__, "problems": told}))
    else:
        for problem in problems:
            print(f"tamis: {str(problem).removeprefix(': ')}", file=sys.stderr)
    return code


def _run(options: argparse.Namespace) -> Any:
    from tamis.api import run

    result = run(
        options.recipe, output=options.output, overrides=options.set, conf=_pairs(options.conf),
        master=options.master, until=options.until, redo=options.redo, progress=sys.stderr,
    )  # fmt: skip
    _print(options, result, _run_text)
    return result


def _run_text(result: dict[str, Any]) -> str:
    if all(stage["status"] == "up to date" for stage in result["stages"]):
        first = f"Nothing to do: {result['output']} is up to date."
    else:
        first = f"Done: {result['output']}"
    lines = [first, "", f"  records  {result['records']:>10,}", f"  kept     {result['kept']:>10,}"]
    lines += [f"  removed  {result['removed']:>10,}"]
    lines += [f"    {count:>10,}  {reason}" for reason, count in result["removed_by_reason"].items()]
    lines += [f"  failed   {result['failed']:>10,}"]
    if result["forgotten"]:
        lines += [f"  and {result['forgotten']:,} taken down"]
    if result["ranges_failed"]:
        lines.append(f"  ranges of bytes that could not be read: {result['ranges_failed']:,}")
    total = result["kept"] + result["removed"] + result["failed"]
    if any(stage["stage"] == "assemble" for stage in result["stages"]):
        sign = "=" if total == result["records"] else "!="
        parts = f"{result['kept']:,} + {result['removed']:,} + {result['failed']:,}"
        lines += ["", f"  {result['records']:,} {sign} {parts}"]
    if any(stage["stage"] == "report" for stage in result["stages"]):
        lines += ["", f"Report: {result['output']}/report/index.html"]
    return "\n".join(lines)


def _validate(options: argparse.Namespace) -> Any:
    from tamis.recipes import load_recipe

    problems: list[Problem] = []
    try:
        load_recipe(options.recipe, output=options.output, overrides=options.set)
    except ConfigError as error:
        problems = error.problems
    told = [{"path": problem.path, "message": problem.message} for problem in problems]
    result = {"ok": not problems, "problems": told}
    _print(options, result, _validate_text)
    return result


def _validate_text(result: dict[str, Any]) -> str:
    if result["ok"]:
        return "The recipe is good."
    lines = [f"  {problem['path']}: {problem['message']}" for problem in result["problems"]]
    return "\n".join([f"{len(lines)} problem(s):", *lines])


def _plan(options: argparse.Namespace) -> Any:
    from tamis.api import plan

    result = plan(
        options.recipe, output=options.output, overrides=options.set,
        total_bytes=_size("--bytes", options.bytes), sample_bytes=_size("--sample", options.sample),
        executors=options.executors, cores=options.cores, price_per_core_hour=options.price_per_core_hour,
    )  # fmt: skip
    _print(options, result, _plan_text)
    return result


def _size(option: str, text: str | None) -> int | None:
    from tamis.config import parse_size

    try:
        return None if text is None else parse_size(text)
    except ValueError as error:
        raise ConfigError([Problem(option, str(error))]) from error


def _plan_text(result: dict[str, Any]) -> str:
    sample = result["sample"]
    lines = [
        f"From {sample['documents']:,} documents, {sample['share']:.2%} of what is listed"
        + (" (the time was over)" if sample["is_cut"] else ""), "",
    ]  # fmt: skip
    names = ("rows", "text_bytes", "signatures", "band_keys", "candidates", "edges", "shuffle_bytes")
    lines += [f"  {name:<14} {result[name]:>18,}" for name in names if name in result]
    prices = ("core_hours", "hours", "price")
    lines += [f"  {name:<14} {result[name]:>18,.2f}" for name in prices if name in result]
    lines += ["", f"  {'stage':<12} {'core-hours':>12} {'shuffled MB':>14}"]
    for name, cost in result["stages"].items():
        lines.append(
            f"  {name:<12} {cost['cpu_seconds'] / 3600:>12,.3f} {cost['shuffle_bytes'] / 1e6:>14,.1f}"
        )
    return "\n".join(lines + _bands_text(result.get("near_dedup")))


def _bands_text(near: dict[str, Any] | None) -> list[str]:
    if near is None:
        return []
    head = "bands x rows   " + " ".join(f"J={place:<5}" for place in near["bands"][0]["recall"])
    lines = [
        "",
        "  Share of pairs found, by bands (* chosen), with candidates and core-hours",
        "",
        f"  {head}",
    ]
    for choice in near["bands"]:
        mark = "*" if choice["is_chosen"] else " "
        curve = " ".join(f"{share:<7.3f}" for share in choice["recall"].values())
        cost = f"{choice['candidates']:,} {choice['core_hours']:,.3f}"
        lines.append(f"  {choice['bands']:>3} x {choice['rows']:<2}     {mark} {curve} {cost}")
    return lines


def _extract(options: argparse.Namespace) -> Any:
    from tamis.api import extract

    for line in extract(options.files):
        print(json.dumps(line, ensure_ascii=False))


def _fetch(options: argparse.Namespace) -> Any:
    from tamis.api import fetch

    result = fetch(
        options.urls, options.output, retry_failed=options.retry_failed, progress=sys.stderr,
        contact=options.contact, allow_private=options.allow_private, rate=options.rate, hosts=options.hosts,
        tries=options.tries, deadline=options.deadline,
        max_record_bytes=_size("--max-record-bytes", options.max_record_bytes),
    )  # fmt: skip
    _print(options, result, _fetch_text)
    return result


def _fetch_text(result: dict[str, Any]) -> str:
    first = "Done" if result["requested"] else "Nothing to do"
    lines = [f"{first}: {result['output']}", "", f"  urls     {result['urls']:>10,}"]
    lines += [f"  fetched  {result['fetched']:>10,}   {result['bytes'] / 1e6:,.1f} MB"]
    lines += [f"  failed   {result['failed']:>10,}"]
    lines += [f"    {count:>10,}  {code}" for code, count in result["failed_by_code"].items()]
    if result["failed"]:
        lines += ["", f"Why: {result['output']}/fetched.jsonl; --retry-failed asks for them again."]
    if result["fetched"]:
        lines += ["", "In a recipe:", f"  - {{path: {result['warc']}, format: warc, source: web}}"]
    return "\n".join(lines)


def _signals(options: argparse.Namespace) -> Any:
    from tamis.signals.files import signals_of_file

    for line in signals_of_file(options.file):
        print(json.dumps(line, ensure_ascii=False))


def _dedup(options: argparse.Namespace) -> Any:
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


def _forget(options: argparse.Namespace) -> Any:
    from tamis.api import forget

    result = forget(
        options.output, options.ids, purge=options.purge, reason=options.reason, conf=_pairs(options.conf),
        master=options.master, progress=sys.stderr,
    )  # fmt: skip
    _print(options, result, _forget_text)
    return result


def _forget_text(result: dict[str, Any]) -> str:
    lines = [f"Taken down: {result['taken_down']:,} record(s); {result['forgotten']:,} in all"]
    named = (
        ("unknown", "not in this output; will be left out if they ever come"),
        ("returned", "came back to the corpus: a document that stood for them is gone"),
    )
    for name, meaning in named:
        if result[name]:
            lines += ["", f"{len(result[name]):,} {meaning}:", *(f"  {doc_id}" for doc_id in result[name])]
    parts = f"{result['kept']:,} kept, {result['removed']:,} removed, {result['failed']:,} failed"
    lines += ["", f"The output now: {result['records']:,} records: {parts}"]
    if result["purged"]:
        lines += ["Purged: no file under the output holds them; earlier versions cannot be read any more."]
    return "\n".join(lines)


def _explain(options: argparse.Namespace) -> Any:
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


def _similar(options: argparse.Namespace) -> Any:
    from tamis.api import similar

    result = similar(options.text, options.output, threshold=options.threshold, limit=options.limit)
    _print(options, result, _similar_text)
    return result


def _similar_text(result: dict[str, Any]) -> str:
    of_all = f"of {result['compared']:,} at J >= {result['threshold']:g}"
    if not result["found"]:
        return f"No document resembles the text: none {of_all}."
    lines = [f"{result['found']:,} document(s) {of_all}; the estimate's error is some 0.03", ""]
    for item in result["documents"]:
        state = item["status"] + (f" ({item['reason']})" if "reason" in item else "")
        name = f"{item.get('source', '')}:{item.get('key', '')}"
        lines.append(f"  {item['doc_id']}  {item['jaccard']:.3f}  {state:<9}  {name}")
        lines.append(f"      {item.get('title') or item.get('begins', '')}")
    return "\n".join(lines)


def _digest(options: argparse.Namespace) -> Any:
    from tamis.api import digest

    result = digest(options.output)
    _print(options, result, _digest_text)
    return result


def _digest_text(result: dict[str, Any]) -> str:
    lines = [f"{digest}  {name}" for name, digest in result["tables"].items()]
    return "\n".join([*lines, f"{result['digest']}  (all)"])


def _report(options: argparse.Namespace) -> Any:
    from tamis.api import report

    result = report(options.output)
    _print(options, result, lambda found: f"Report: {found['report']}")
    return result


def _print(options: argparse.Namespace, result: Any, text: Callable[[Any], str]) -> None:
    """Print the result for people, or as the one JSON object that scripts read."""
    print(json.dumps(result, ensure_ascii=False) if options.json else text(result))


def _pairs(values: Sequence[str]) -> dict[str, str]:
    wrong = [value for value in values if "=" not in value]
    if wrong:
        raise ConfigError([Problem("--conf", f"{value!r}: write key=value") for value in wrong])
    return dict(value.split("=", 1) for value in values)


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("tamis", description=ABOUT, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"tamis {tamis.__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(
        name: str, call: Callable[[argparse.Namespace], Any], short: str, more: str = ""
    ) -> argparse.ArgumentParser:
        made = verbs.add_parser(
            name, help=short, description=f"{short}\n\n{more}".strip(), formatter_class=raw
        )
        made.add_argument("--json", action="store_true", help="last line of standard output: one JSON object")
        made.set_defaults(verb=call)
        return made

    _add_recipe_verbs(verb)
    _add_file_verbs(verb)
    _add_output_verbs(verb)
    return parser


def _add_recipe_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    made = verb(
        "run", _run, "run what a recipe asks for and is not done yet",
        "Run it again after adding files: only those are read. Stop it anywhere and run it again: the\n"
        "tables are those of an undisturbed run. Changed settings ask for --redo STAGE.",
    )  # fmt: skip
    _recipe_options(made)
    made.add_argument(
        "--until", metavar="STAGE", choices=STAGE_NAMES, help=f"last stage: {', '.join(STAGE_NAMES)}"
    )
    made.add_argument(
        "--redo",
        metavar="STAGE",
        action="append",
        default=[],
        choices=STAGE_NAMES,
        help="make a stage's tables anew, and all that follow from them",
    )
    _spark_options(made)
    _recipe_options(verb("validate", _validate, "check a recipe: every problem at once, no Spark"))
    made = verb(
        "plan", _plan, "predict rows, shuffled bytes, core-hours and price of a run; no Spark",
        "Samples up to 64 MB of the inputs (a minute at most), extracts and signs them, and scales what it\n"
        "finds: documents with their number, pairs of the sample with its square. --bytes plans for more of\n"
        "the same kind: the share of documents with a near-duplicate is then taken to stay.",
    )  # fmt: skip
    _recipe_options(made)
    made.add_argument("--bytes", metavar="SIZE", help="plan for so many stored bytes, such as 30TB")
    made.add_argument("--sample", metavar="SIZE", help="stored bytes to sample (64MB)")
    made.add_argument("--executors", type=_count, metavar="N", help="tells hours too")
    made.add_argument("--cores", type=_count, default=4, metavar="C", help="of an executor (4)")
    made.add_argument(
        "--price-per-core-hour", type=float, default=0.05, metavar="P", help="in any currency (0.05)"
    )


def _recipe_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("recipe", metavar="RECIPE", help="YAML file, such as conf/corpus/demo.yaml")
    made.add_argument("--output", metavar="P", help="replaces the recipe's output")
    made.add_argument(
        "--set",
        metavar="K=V",
        action="append",
        default=[],
        help="replaces one value, such as near_dedup.threshold=0.7",
    )


def _spark_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("--conf", metavar="K=V", action="append", default=[], help="a Spark setting")
    made.add_argument("--master", metavar="M", help="default local[*], or what spark-submit says")


def _add_file_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    made = verb("extract", _extract, "print the text of files, a JSON line each; no Spark")
    made.add_argument("files", metavar="FILE", nargs="+")
    _add_fetch(verb)
    made = verb("signals", _signals, "print the signals of each text of a JSON Lines file; no Spark")
    made.add_argument("file", metavar="FILE.jsonl")
    made = verb(
        "dedup", _dedup, "deduplicate JSON Lines, Parquet or Delta as they are",
        "Writes kept/ (the input's rows), removals/ (id, kept_id, reason, jaccard) and clusters/. Default:\n"
        "--exact --near on whole documents; the longest text stays, then the smallest id.",
    )  # fmt: skip
    made.add_argument("input", metavar="INPUT", help="file, folder or glob")
    made.add_argument("--output", metavar="P", required=True)
    made.add_argument(
        "--against", metavar="INPUT", help="also remove what equals or resembles a text there; left as it is"
    )
    made.add_argument("--unit", choices=("document", "paragraph"), default="document")
    made.add_argument("--exact", action="store_true", help="equal texts")
    made.add_argument("--near", action="store_true", help="similar texts, verified")
    made.add_argument(
        "--threshold", type=float, default=0.8, metavar="T", help="Jaccard of word 5-grams (0.8)"
    )
    made.add_argument("--id-field", default="id", metavar="F")
    made.add_argument("--text-field", default="text", metavar="F")
    made.add_argument(
        "--format", choices=("jsonl", "parquet", "delta"), help="of the output; default: the input's"
    )
    _spark_options(made)


def _add_fetch(verb: Callable[..., argparse.ArgumentParser]) -> None:
    made = verb(
        "fetch", _fetch, "fetch a list of URLs into web archives, for `format: warc`; no Spark",
        "Writes P/warc/*.warc.gz and P/fetched.jsonl: a line a URL, with its hash and place, or the code of\n"
        "what failed (docs/failures.md). Run it again: only what is missing is fetched, failed ones with\n"
        "--retry-failed. A run never reads the network: name P/warc in a recipe with `format: warc`.\n\n"
        "robots.txt is obeyed (RFC 9309), a host is asked once a second, or more rarely where it asks for\n"
        "that; 429, 503 and broken connections are tried again later. Up to five redirects; no private\n"
        "addresses. Proxies of the environment are not used.",
    )  # fmt: skip
    made.add_argument(
        "urls", metavar="URLS", help='file: a URL a line, or JSON Lines: {"url": "https://..."}'
    )
    made.add_argument("--output", metavar="P", required=True, help="a local folder")
    made.add_argument(
        "--contact", metavar="C", default="", help="URL or mail address that hosts can complain to: give one"
    )
    made.add_argument("--rate", type=float, default=1.0, metavar="R", help="requests a second to a host (1)")
    made.add_argument("--hosts", type=_count, default=8, metavar="N", help="hosts asked at the same time (8)")
    made.add_argument("--tries", type=_count, default=4, metavar="N", help="requests for a URL at most (4)")
    made.add_argument(
        "--deadline",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds that a server may take for a URL (60)",
    )
    made.add_argument(
        "--max-record-bytes", default="64MB", metavar="SIZE", help="longer bodies fail as too_large (64MB)"
    )
    made.add_argument("--retry-failed", action="store_true", help="fetch again what failed before")
    made.add_argument(
        "--allow-private",
        action="store_true",
        help="also from private and loopback addresses: intranets, tests",
    )


def _add_output_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    made = verb(
        "explain", _explain, "tell the life of one document: file, signals, removal or place in the corpus"
    )
    made.add_argument("doc_id", metavar="DOC_ID", help="16 hex digits")
    made.add_argument("--output", metavar="P", required=True)
    made = verb(
        "similar", _similar, "find the documents of an output that resemble a text; no Spark",
        "Compares the text's MinHash signature with the stored ones (needs near_dedup in the recipe) and\n"
        "prints doc_id, estimated Jaccard similarity, whether it was kept, and its name; the best first.",
    )  # fmt: skip
    made.add_argument(
        "text", metavar="TEXT", help="a file (read as by `tamis extract`), - for standard input, or the text"
    )
    made.add_argument("--output", metavar="P", required=True)
    made.add_argument(
        "--threshold", type=_share, metavar="T", help="least similarity, above 0 to 1; default: the recipe's"
    )
    made.add_argument("--limit", type=_count, default=10, metavar="N", help="documents to print (10)")
    made = verb(
        "forget", _forget, "take documents down everywhere; a duplicate that one stood for comes back",
        "Deletes them from every table, makes corpus, token shards and report anew, and leaves a tombstone:\n"
        "no later run brings them back. A copy of a document is a document of its own: the ids that come\n"
        "back are printed, forget them too where every copy must go. Stopped anywhere, run it again.\n\n"
        "Older versions of the tables still hold the documents until --purge. In a new folder it only\n"
        "writes the tombstones: the first run there leaves these records out.",
    )  # fmt: skip
    made.add_argument("--output", metavar="P", required=True)
    made.add_argument("--ids", metavar="FILE", required=True, help="one doc_id (16 hex digits) a line")
    made.add_argument(
        "--purge",
        action="store_true",
        help="remove every file that the tables' last versions do not need, and with them time travel",
    )
    made.add_argument("--reason", metavar="TEXT", default="taken down", help="stored with the tombstones")
    _spark_options(made)
    made = verb("digest", _digest, "print one SHA-256 a table: equal content, equal digest")
    made.add_argument("--output", metavar="P", required=True)
    made = verb("report", _report, "write the HTML report of an output anew")
    made.add_argument("--output", metavar="P", required=True)


if __name__ == "__main__":
    sys.exit(main())
