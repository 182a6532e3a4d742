"""`tamis forget --purge`: nothing lies under an output any more but what its commits name.

Old versions of the tables go with their files, and with them time travel. The tables' logs stay: they hold
versions, numbers and the range of the first column, never text.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tamis.io.delta_log import latest_version, table_uri
from tamis.io.sinks import filesystem_of
from tamis.pipeline.commits import reach
from tamis.pipeline.output import MARKER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tamis.config import Recipe
    from tamis.pipeline.lineage import OutputTables

# On the run's own session. Delta refuses to delete what is younger than a week, lest it belong to a write
# that is under way (an output has one writer), and notes each vacuum as a version of the table.
VACUUM_CONF = {
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.databricks.delta.vacuum.logging.enabled": "false",
}
LISTING = "spark.sql.sources.parallelPartitionDiscovery.parallelism"  # 10,000 tasks else: 38 s a table
TABLES_AT_ONCE = 4  # a vacuum of a small table is all waiting
REPORT_FILES = frozenset({"report/index.html", "report/summary.json"})
TOKENIZER = "tokenizer/tokenizer.json"


def purge(tables: OutputTables, recipe: Recipe | None) -> None:
    """Remove all files that no commit names; the output is up to date.

    Args:
        tables: Of the output; every table's last version is the committed one or is made so.
        recipe: The output's last. If it learns no tokenizer, one that lies there knows an older corpus.
    """
    names = tables.names()
    for name in names:
        _put_back(tables, name)
    reach("purge.vacuum.before")
    _vacuum(tables.spark, [table_uri(tables.output, name) for name in names])
    reach("purge.vacuum.after")
    learns = recipe is not None and recipe.tokens is not None and recipe.tokens.tokenizer.train is not None
    kept = {MARKER} | REPORT_FILES | _token_files(tables) | ({TOKENIZER} if learns else set())
    _remove_others(tables.output, {*names, "runs"}, kept)
    reach("purge.files.after")


def _put_back(tables: OutputTables, name: str) -> None:
    from tamis.io.tables import restore

    uri, version = table_uri(tables.output, name), tables.version(name)
    if version is not None and latest_version(uri) != version:
        restore(tables.spark, uri, version)


def _vacuum(spark: SparkSession, uris: list[str]) -> None:
    from delta.tables import DeltaTable

    for key, value in {**VACUUM_CONF, LISTING: str(4 * spark.sparkContext.defaultParallelism)}.items():
        spark.conf.set(key, value)
    with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
        list(pool.map(lambda uri: DeltaTable.forPath(spark, uri).vacuum(0), uris))


def _token_files(tables: OutputTables) -> set[str]:
    """Return the shard files that the committed table lists, and the indexes beside them."""
    if not tables.exists("tokens"):
        return set()
    listed = {row["path"] for row in tables.read("tokens").select("path").collect()}
    return listed | {f"{path.removesuffix('.bin')}.idx" for path in listed if path.endswith(".bin")}


def _remove_others(output: str, folders: set[str], files: set[str]) -> None:
    """Remove every file under an output that is in none of these folders and none of these files."""
    from pyarrow.fs import FileSelector, FileType

    filesystem, base = filesystem_of(output)
    waiting = [info for info in filesystem.get_file_info(FileSelector(base)) if info.base_name not in folders]
    for info in waiting:
        if info.type == FileType.Directory:
            waiting += filesystem.get_file_info(FileSelector(info.path))
        elif info.path[len(base) :].lstrip("/") not in files:
            filesystem.delete_file(info.path)
