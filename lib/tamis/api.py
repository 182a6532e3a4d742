"""The Python functions: a recipe run, or DataFrame in and DataFrames out on the caller's own session."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from tamis.errors import ConfigError, Problem
from tamis.pipeline.lineage import OutputTables
from tamis.pipeline.output import absolute_uri, claim, claim_empty, last_recipe, stored_recipe
from tamis.pipeline.progress import Progress
from tamis.pipeline.runner import Runner, summary
from tamis.pipeline.stages import STAGE_NAMES, STAGES
from tamis.pipeline.totals import totals
from tamis.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tamis.config import Recipe


def run(
    recipe: str | Path | Mapping[str, Any],
    spark: SparkSession | None = None,
    *,
    output: str | None = None,
    overrides: Sequence[str] = (),
    conf: Mapping[str, str] | None = None,
    master: str | None = None,
    until: str | None = None,
    only: str | None = None,
    redo: Sequence[str] = (),
    progress: TextIO | None = None,
) -> dict[str, Any]:
    """Run what a recipe asks for and is not done yet.

    Args:
        recipe: Path of a YAML file, or what it says.
        spark: The caller's session, whose settings stay as they are; None: one of our own.
        output: Replaces the recipe's.
        overrides: ``near_dedup.threshold=0.7`` and the like.
        conf: Spark settings.
        master: Where a session of our own runs; default ``local[*]``, or what spark-submit says.
        until: Last stage to run.
        only: The one stage to run.
        redo: Stages to make anew.
        progress: Stream for the progress bar; None: quiet.

    Returns:
        What `tamis run --json` prints: records, kept, removed, failed, removed_by_reason, stages, ...

    Raises:
        ConfigError: the recipe or an argument is wrong.
        StageFailedError, StaleInputError, SourceError: the run failed.
    """
    checked = load_recipe(
        dict(recipe) if isinstance(recipe, Mapping) else recipe, output=output, overrides=overrides
    )
    _check_stages(checked, [name for name in (until, only, *redo) if name])
    uri = claim(checked)
    with _session(spark, checked.name, master, conf) as session:
        tables = OutputTables(session, uri)
        return _run(tables, checked, until=until, only=only, redo=redo, progress=progress)


def _run(
    tables: OutputTables, recipe: Recipe, *, until: str | None, only: str | None, redo: Sequence[str],
    progress: TextIO | None,
) -> dict[str, Any]:  # fmt: skip
    runner = Runner(tables, recipe, redo=frozenset(redo))
    names = [name for name in STAGE_NAMES if name in runner.active]
    with Progress(names, progress) if progress else contextlib.nullcontext() as bar:
        if bar is not None:
            runner.on_stage = bar.on_stage
        outcomes = runner.run(until=until, only=only)
    return {"run_id": runner.run_id, "output": tables.output, **summary(outcomes, totals(tables))}


def _check_stages(recipe: Recipe, names: Sequence[str]) -> None:
    active = [stage.name for stage in STAGES if stage.config(recipe) is not None]
    wrong = [name for name in names if name not in active]
    if wrong:
        told = ", ".join(active)
        raise ConfigError([Problem(name, f"is no stage of this recipe; it has {told}") for name in wrong])


@contextlib.contextmanager
def _session(
    spark: SparkSession | None, name: str, master: str | None, conf: Mapping[str, str] | None
) -> Iterator[Callable[[], SparkSession]]:
    """Give what makes a session beside the caller's, or one of our own that ends with the block.

    Nothing is started before it is called: a run that has nothing to do needs no JVM.
    """
    mine: list[SparkSession] = []

    def make() -> SparkSession:
        from tamis.io.session import build_session, is_running, own_session

        if spark is not None:
            return own_session(spark, dict(conf or {}))
        was_running = is_running()
        session = build_session(name, master=master, conf=dict(conf or {}))
        mine.extend([] if was_running else [session])
        return session

    try:
        yield make
    finally:
        for session in mine:
            session.stop()


@contextlib.contextmanager
def open_output(output: str, spark: SparkSession | None = None) -> Iterator[OutputTables]:
    """Give the committed tables of an output.

    Raises:
        ConfigError: the folder is no output of tamis.
    """
    last_recipe(output)
    with _session(spark, "tamis", None, None) as session:
        yield OutputTables(session, absolute_uri(output))


def digest(output: str, spark: SparkSession | None = None) -> dict[str, Any]:
    """Return ``digest`` and ``tables`` (name to SHA-256) of an output: equal content, equal digest."""
    from tamis.pipeline.digest import output_digest

    with open_output(output, spark) as tables:
        return output_digest(tables)


def forget(
    output: str, ids: str | Path | Iterable[int | str], spark: SparkSession | None = None, *,
    purge: bool = False, reason: str = "taken down", conf: Mapping[str, str] | None = None,
    master: str | None = None, progress: TextIO | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take documents down everywhere; a duplicate that one of them stood for comes back.

    Afterwards `digest` is that of a first run on the same inputs whose tombstones held the ids. Stopped
    anywhere, it can be made again. In a new or empty folder it only writes the tombstones.

    Args:
        output: Of a run, or a new folder.
        ids: Name of a file with one doc_id (16 hex digits) a line, or doc_ids as numbers or hex digits.
        spark: The caller's session, whose settings stay as they are; None: one of our own.
        purge: Also remove old versions and files, so that nothing of the documents lies under the output.
        reason: Stored with the tombstones.
        conf: Spark settings.
        master: As in `run`.
        progress: Stream for the progress bar; None: quiet.

    Returns:
        What `tamis forget --json` prints: run_id, taken_down, unknown, returned, purged, stages, and the
        totals that `run` returns.

    Raises:
        ConfigError: an id is none, there is no id, or the folder holds files of others.
        StaleInputError: the last recipe's settings are not those that the tables were made with.
    """
    from tamis.pipeline.id_file import given_ids
    from tamis.pipeline.takedown import take_down

    wanted = given_ids(ids)
    uri = claim_empty(output)
    with _session(spark, "tamis-forget", master, conf) as session:
        tables = OutputTables(session, uri)
        return take_down(tables, stored_recipe(output), wanted, reason=reason, purge=purge, stream=progress)


def explain(doc_id: int, output: str, spark: SparkSession | None = None) -> dict[str, Any]:
    """Return the life of one document, from its file to its removal or its place in the corpus."""
    from tamis.assemble.explain import explain as explain_document

    with open_output(output, spark) as tables:
        return explain_document(tables.read, tables.exists, doc_id)


def plan(
    recipe: str | Path | Mapping[str, Any], *, output: str | None = None, overrides: Sequence[str] = (),
    total_bytes: int | None = None, sample_bytes: int | None = None, executors: int | None = None,
    cores: int = 4, price_per_core_hour: float = 0.05,
) -> dict[str, Any]:  # fmt: skip
    """Predict what a run finds and costs, from a sample of its inputs; starts no JVM and writes nothing.

    Args:
        recipe: Path of a YAML file, or what it says.
        output: Replaces the recipe's.
        overrides: ``near_dedup.threshold=0.7`` and the like.
        total_bytes: Stored bytes to predict for; None: those of the inputs.
        sample_bytes: Stored bytes to sample; None: 64 MB.
        executors: Of the cluster, for ``hours``; None: not told.
        cores: Of an executor.
        price_per_core_hour: In any currency.

    Returns:
        What `tamis plan --json` prints; see `tamis.plan.predict.predict`.

    Raises:
        ConfigError: the recipe or an argument is wrong, or the inputs hold no text.
    """
    from tamis.plan.predict import SAMPLE_BYTES, Cluster, predict

    checked = load_recipe(
        dict(recipe) if isinstance(recipe, Mapping) else recipe, output=output, overrides=overrides
    )
    return predict(
        checked, total_bytes=total_bytes, sample_bytes=sample_bytes or SAMPLE_BYTES,
        cluster=Cluster(executors, cores, price_per_core_hour),
    )  # fmt: skip


def similar(text: str, output: str, *, threshold: float | None = None, limit: int = 10) -> dict[str, Any]:
    """Return the documents of an output whose stored signatures resemble a text; starts no JVM.

    Args:
        text: Name of a file, ``-`` for standard input, or the text itself.
        output: Of a recipe with near_dedup.
        threshold: Least estimated Jaccard similarity; None: the recipe's.
        limit: Documents to return at most.

    Returns:
        What `tamis similar --json` prints; see `tamis.dedup.steps.lookup.similar_documents`.

    Raises:
        ConfigError: the output has no signatures, or the text has under five words.
    """
    from tamis.dedup.steps.lookup import query_text, similar_documents

    with open_output(output) as tables:
        recipe = last_recipe(output)
        return similar_documents(tables, recipe, query_text(text), threshold=threshold, limit=limit)


def dedup(
    path: str, output: str, *, spark: SparkSession | None = None, conf: Mapping[str, str] | None = None,
    master: str | None = None, **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """Deduplicate JSON Lines, Parquet or Delta as they are; see `tamis.dedup.steps.files.dedup_files`."""
    from tamis.dedup.steps.files import dedup_files

    with _session(spark, "tamis-dedup", master, conf) as session:
        return dedup_files(session(), path, output, **options)


def report(output: str, spark: SparkSession | None = None) -> dict[str, Any]:
    """Write the HTML report of an output anew; return where it lies."""
    from tamis.report.steps import report_tables

    with open_output(output, spark) as tables:
        return {"report": report_tables(tables, last_recipe(output))}


def extract(
    paths: Sequence[str | Path], *, recipe: str | Path | dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield what `tamis extract` prints: uri, media_type, status, title, text, pictures, extractor, error.

    Args:
        paths: Files.
        recipe: Whose part ``extract`` says which engines and limits; None: the defaults.
    """
    from tamis.extract.files import extract_files

    settings = load_recipe(recipe).extract if recipe is not None else None
    return extract_files([str(path) for path in paths], settings)


def fetch(
    urls: str | Path, output: str | Path, *, retry_failed: bool = False, progress: TextIO | None = None,
    **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """Fetch a list of URLs into web archives; options are those of `tamis.fetch.options.FetchOptions`."""
    from tamis.fetch.options import FetchOptions
    from tamis.fetch.run import fetch_urls

    return fetch_urls(urls, output, FetchOptions(**options), retry_failed=retry_failed, progress=progress)


def signals(df: DataFrame, *, text_column: str = "text", families: Sequence[str] | None = None) -> DataFrame:
    """Return the frame with one more column a signal.

    Args:
        df: Any frame with a text column.
        text_column: Its name.
        families: Which families; default all.
    """
    from tamis.signals.steps import with_signals

    return with_signals(df, text_column=text_column, families=families)


def __getattr__(name: str) -> Any:
    """Load the DataFrame functions of deduplication when they are asked for: they need pyspark."""
    if name in {"near_dedup", "exact_dedup"}:
        from tamis.dedup.steps import standalone

        return getattr(standalone, name)
    raise AttributeError(name)
