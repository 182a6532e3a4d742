"""The command line: a thin layer over `api`. Exit 0 done, 2 the recipe or arguments are wrong, 1 failed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import tamis
from tamis import cli_verbs
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
        "run", cli_verbs.run, "run what a recipe asks for and is not done yet",
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
    _recipe_options(verb("validate", cli_verbs.validate, "check a recipe: every problem at once, no Spark"))
    made = verb(
        "plan", cli_verbs.plan, "predict rows, shuffled bytes, core-hours and price of a run; no Spark",
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
    made = verb(
        "extract", cli_verbs.extract, "print the text of files, a JSON line each; no Spark",
        "What archives and mails hold has lines of its own. A line says status ok, empty or failed, with\n"
        "the error's code (docs/failures.md); the exit code is 0 though some failed.",
    )  # fmt: skip
    made.add_argument("files", metavar="FILE", nargs="+")
    made.add_argument("--recipe", metavar="RECIPE", help="engines, OCR and limits as its part `extract` says")
    made.add_argument("--text", action="store_true", help="the texts themselves, to be read, not JSON")
    _add_fetch(verb)
    made = verb("signals", cli_verbs.signals, "print the signals of each text of a JSON Lines file; no Spark")
    made.add_argument("file", metavar="FILE.jsonl")
    made = verb(
        "dedup", cli_verbs.dedup, "deduplicate JSON Lines, Parquet or Delta as they are",
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
        "fetch", cli_verbs.fetch, "fetch a list of URLs into web archives, for `format: warc`; no Spark",
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
        "explain",
        cli_verbs.explain,
        "tell the life of one document: file, signals, removal or place in the corpus",
    )
    made.add_argument("doc_id", metavar="DOC_ID", help="16 hex digits")
    made.add_argument("--output", metavar="P", required=True)
    made = verb(
        "similar", cli_verbs.similar, "find the documents of an output that resemble a text; no Spark",
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
        "forget", cli_verbs.forget,
        "take documents down everywhere; a duplicate that one stood for comes back",
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
    made = verb("digest", cli_verbs.digest, "print one SHA-256 a table: equal content, equal digest")
    made.add_argument("--output", metavar="P", required=True)
    made = verb("report", cli_verbs.report, "write the HTML report of an output anew")
    made.add_argument("--output", metavar="P", required=True)


if __name__ == "__main__":
    sys.exit(main())
