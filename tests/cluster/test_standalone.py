"""A real standalone cluster (a master and two workers, each a process) gives the digest of local mode."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml
from tests.conftest import ROOT, TEST_CONF
from tests.small import recipe

import tamis.api

pytestmark = [pytest.mark.cluster, pytest.mark.spark, pytest.mark.timeout(900)]


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@pytest.fixture
def cluster(tmp_path):
    """Start a master and two workers of one core each on the loopback; give the master's URL."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    url = f"spark://127.0.0.1:{port}"
    env = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
           "SPARK_DAEMON_MEMORY": "512m", "PYSPARK_PYTHON": sys.executable,
           "PYTHONPATH": str(ROOT / "lib")}  # fmt: skip
    launcher = [str(home / "bin" / "spark-class")]
    master = [*launcher, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", str(page)]  # fmt: skip
    worker = [*launcher, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
              "--memory", "1500m", "--webui-port", "0", "--work-dir", str(tmp_path / "work"),
              url]  # fmt: skip
    with contextlib.ExitStack() as stack:
        for number, command in enumerate([master, worker, worker]):
            log = stack.enter_context((tmp_path / f"daemon{number}.log").open("wb"))
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
        wait_for_workers(page)
        yield url


def wait_for_workers(page: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{page}/json/") as answer:
            if json.load(answer)["aliveworkers"] == 2:
                return
        time.sleep(0.5)
    raise AssertionError("the workers did not register within 120 s")


def quick_settings() -> dict[str, str]:
    """Return what spares small runs the compilers' time, on the driver and on the executors."""
    executors = {"spark.executor.extraJavaOptions": TEST_CONF["spark.driver.extraJavaOptions"]}
    kept = ("extraJavaOptions", "codegen")
    return {
        name: value for name, value in TEST_CONF.items() if any(part in name for part in kept)
    } | executors


def submit(url: str, recipe_path: Path) -> subprocess.CompletedProcess[str]:
    import pyspark

    from tamis.io.session import delta_jars

    jars = delta_jars()
    delta = ["--jars", ",".join(jars)] if jars else []
    quick = [word for name, value in quick_settings().items() for word in ("--conf", f"{name}={value}")]
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"), "--master", url, "--properties-file",
        str(ROOT / "conf" / "spark" / "cluster.conf"), *delta, "--executor-memory", "1g",
        "--conf", "spark.sql.shuffle.partitions=3", "--conf", "spark.databricks.delta.snapshotPartitions=2",
        "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false", *quick,
        *(["--conf", "spark.jars.packages="] if jars else []),
        str(ROOT / "jobs" / "run_recipe.py"), "--recipe", str(recipe_path),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT / "lib"), "PYSPARK_PYTHON": sys.executable,
           "SPARK_LOCAL_IP": "127.0.0.1"}  # fmt: skip
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)


def run_on_both_workers(url: str, folder: Path, settings: dict) -> dict:
    """Return what the run on the cluster printed; each worker must have had a part in it."""
    path = folder / "recipe.yaml"
    path.write_text(json.dumps({**settings, "output": str(folder / "out")}))
    done = submit(url, path)
    assert done.returncode == 0, done.stderr[-3000:]
    executors = {part.parent.name for part in (folder / "work").glob("*/*/stderr")}
    assert len(executors) == 2
    return json.loads(done.stdout.splitlines()[-1])


def test_cluster_gives_the_digest_of_local_mode(cluster, spark, finished_run, small_inputs, tmp_path):
    told = run_on_both_workers(cluster, tmp_path, recipe(small_inputs, tmp_path / "out"))
    assert told["records"] == 22
    assert tamis.api.digest(str(tmp_path / "out"), spark) == tamis.api.digest(str(finished_run), spark)


@pytest.mark.long
def test_demo_on_a_cluster_gives_the_digest_of_local_mode(cluster, spark, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)  # the demo's paths are relative to it
    settings = yaml.safe_load((ROOT / "conf" / "corpus" / "demo.yaml").read_text())
    told = run_on_both_workers(cluster, tmp_path, settings)
    assert told["records"] == told["kept"] + told["removed"] + told["failed"] > 2000
    tamis.api.run({**settings, "output": str(tmp_path / "local")}, spark)
    assert tamis.api.digest(str(tmp_path / "out"), spark) == tamis.api.digest(str(tmp_path / "local"), spark)
