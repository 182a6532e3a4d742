"""The Spark session: Delta on the class path, and settings that hold whatever the cluster's defaults are."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tamis.errors import SourceError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA_MAJOR = 17  # Spark 4.2 runs on 17 and 21
JAVA_HINT = "install one with: sudo apt-get install -y openjdk-17-jre-headless"

# Static: known before the JVM starts, so a caller's session must bring them itself.
STATIC_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Java's object streams hold on to all that passed since the last reset: 100 cached batches of 30 MB.
    "spark.serializer.objectStreamReset": "1",
}

# Session-level: set on a session of our own, so the caller's keeps its settings.
SQL_CONF = {
    # A batch of 64 rows of 30 MB would be 1.9 GB; by bytes it is cut at 16 MB.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(16 << 20),
    "spark.sql.execution.arrow.useLargeVarTypes": "true",
    "spark.sql.parquet.columnarReaderBatchSize": "64",
    # The default writer counts 100 rows before it first looks at a page's size: 100 x 30 MB.
    "parquet.page.size.row.check.min": "1",
    "parquet.page.size.row.check.max": "1",
    # Of text the writer else keeps copies: for a dictionary that it then gives up, and as min and max.
    "parquet.enable.dictionary#text": "false",
    "parquet.column.statistics.enabled#text": "false",
    # Nor do keys repeat: the writer hashes each before it gives the dictionary up.
    "parquet.enable.dictionary#doc_id": "false",
    "parquet.enable.dictionary#band_keys": "false",
    "parquet.enable.dictionary#signature": "false",
    # A reader takes up to 64 texts of a row group at once, and copies them as its buffer grows: 16 MiB
    # compressed are two of 30 MB. At 32 MiB two tasks ran out of a heap of 1.2 GB.
    "parquet.block.size": str(16 << 20),
    # Snappy holds each page twice outside the heap, where nothing bounds it; zstd streams.
    "spark.sql.parquet.compression.codec": "zstd",
    # A compressed cache looks for repeats first, for which it copies texts.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    "spark.sql.session.timeZone": "UTC",
    # Else Spark sorts rows, text and all, before it writes a partitioned table.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    # Statistics on the first columns (the keys) only: min and max of text are of no use and cost memory.
    "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "1",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.databricks.delta.replaceWhere.dataColumns.enabled": "true",
}


def find_java() -> str:
    """Return the java to use.

    Raises:
        SourceError: none is found, or it is too old; the message holds the command to type.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not java or not Path(java).exists():
        raise SourceError(f"no Java found: Spark 4.2 needs Java {JAVA_MAJOR} or 21; {JAVA_HINT}")
    banner = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', banner)
    if match is None or int(match.group(1)) < JAVA_MAJOR:
        found = banner.splitlines()[0] if banner else "nothing"
        raise SourceError(f"{java} is {found}: Spark 4.2 needs Java {JAVA_MAJOR} or 21; {JAVA_HINT}")
    return java


def delta_jars() -> list[str]:
    """Return the two Delta jars in Ivy's cache; empty when they were never resolved.

    On the class path they spare each start the 10 s that Ivy takes to find the same files again.
    """
    version = importlib.metadata.version("delta-spark")
    for cache in (Path.home() / ".ivy2.5.2", Path.home() / ".ivy2"):
        jars = [
            *cache.glob(f"jars/io.delta_delta-spark_*-{version}.jar"),
            *cache.glob(f"jars/io.delta_delta-storage-{version}.jar"),
        ]
        if len(jars) == 2:
            return [str(jar) for jar in sorted(jars)]
    return []


def build_session(
    name: str, *, master: str | None = None, conf: dict[str, str] | None = None
) -> SparkSession:
    """Return a session with Delta; one that already runs is used as it is.

    Args:
        name: Shown in Spark's pages.
        master: ``local[*]`` where neither this nor spark-submit says another.
        conf: The user's ``--conf``; wins over ours.
    """
    from pyspark.sql import SparkSession

    conf = conf or {}
    active = SparkSession.getActiveSession()
    if active is not None:
        return own_session(active, conf)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers else run the first python3 of PATH
    # glibc gives each thread of the JVM an arena, which zstd fills: 600 MB beside a heap of 1.2 GB.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    builder = SparkSession.builder.appName(name)
    for key, value in {**STATIC_CONF, **_launch_conf(master), **conf}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return own_session(spark, conf)


def is_running() -> bool:
    """Tell whether this process has a Spark session already."""
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession() is not None


def own_session(spark: SparkSession, conf: dict[str, str] | None = None) -> SparkSession:
    """Return a session beside the caller's, on the same cluster, with our SQL settings and the user's.

    Raises:
        SourceError: the caller's session was started without Delta's extension.
    """
    extensions = spark.conf.get("spark.sql.extensions", "") or ""
    if STATIC_CONF["spark.sql.extensions"] not in extensions:
        wanted = " ".join(f"--conf {key}={value}" for key, value in STATIC_CONF.items())
        raise SourceError(f"this Spark session has no Delta: start it with {wanted} and Delta's jars")
    session = spark.newSession()
    for key, value in {**SQL_CONF, **(conf or {})}.items():
        if _is_session_level(session, key):
            session.conf.set(key, value)
    return session


def _is_session_level(session: SparkSession, key: str) -> bool:
    return not key.startswith("spark.") or bool(session.conf.isModifiable(key))


def _launch_conf(master: str | None) -> dict[str, str]:
    """Settings for a JVM that we start ourselves; under spark-submit it already runs, with its own."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return {"spark.master": master} if master else {}
    find_java()
    local = {
        "spark.master": master or "local[*]",
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
        "spark.ui.showConsoleProgress": "false",  # our own bar
        # Adaptive execution makes a job of every shuffle: 120 s of a small run became 85. Clusters keep it.
        "spark.sql.adaptive.enabled": "false",
        # Delta checks for newer log files by a job each; 2 partitions instead of 50.
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.log.level": "ERROR",
    }
    jars = delta_jars()
    return {
        **local,
        **({"spark.jars": ",".join(jars)} if jars else {"spark.jars.packages": _delta_package()}),
    }


def _delta_package() -> str:
    import pyspark

    spark = ".".join(pyspark.__version__.split(".")[:2])
    return f"io.delta:delta-spark_{spark}_2.13:{importlib.metadata.version('delta-spark')}"
