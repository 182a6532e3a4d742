"""Whatever a document does to its parser costs that document and one worker; the next one works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tamis
from tamis.errors import DocumentError, StageFailedError
from tamis.extract.isolation import IsolatedExtractor, close_shared, shared_extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDIN = "tests.unit.extract.standins:extract"
CPU_SECONDS = 2.0  # far above what a document here needs on a loaded machine
SHORT = 0.1


def make_extractor(**options: Any) -> IsolatedExtractor:
    settings = {"cpu_seconds": CPU_SECONDS, "memory_bytes": 500_000_000, "target": STANDIN, **options}
    return IsolatedExtractor(None, **settings)


@pytest.fixture
def extractor() -> Iterator[IsolatedExtractor]:
    with make_extractor() as made:
        yield made


def ask(extractor: IsolatedExtractor, text: str) -> str:
    return extractor.extract(text.encode(), "a.txt").text


def pid_of(extractor: IsolatedExtractor) -> int:
    return int(extractor.extract(b"hello", "a.txt").metadata["pid"])


def refused(extractor: IsolatedExtractor, text: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        ask(extractor, text)
    return caught.value


def is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_dead(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


def test_extract_returns_every_field_from_one_worker_kept(extractor: IsolatedExtractor) -> None:
    first = extractor.extract("né\x00\udcff".encode("utf-8", "surrogateescape"), "f.txt")
    assert (first.text, first.title, first.media_type, first.extractor) == (
        "né\x00\udcff", "Ünï", "text/plain", "standin-1",
    )  # fmt: skip
    assert (first.metadata["name"], first.metadata["options"], first.metadata["served"]) == (
        "f.txt",
        "None",
        "1",
    )
    second = extractor.extract(b"", "g.txt")
    assert (second.text, second.metadata["pid"], second.metadata["served"]) == (
        "",
        first.metadata["pid"],
        "2",
    )
    assert first.metadata["pid"] != str(os.getpid())


def test_options_reach_the_target() -> None:
    with IsolatedExtractor({"a": 1}, target=STANDIN) as extractor:  # type: ignore[arg-type]
        assert extractor.extract(b"x", "").metadata["options"] == "{'a': 1}"


def test_payloads_of_60_mb_pass_both_ways() -> None:
    payload = b"hello " + b"x" * 60_000_000
    with make_extractor(cpu_seconds=10, memory_bytes=1_000_000_000) as extractor:
        assert extractor.extract(payload, "").text == payload.decode()


def test_what_libraries_print_stays_out_of_the_channel(extractor: IsolatedExtractor) -> None:
    assert ask(extractor, "chatter") == "stdin ''"
    assert ask(extractor, "hello") == "hello"


def test_an_error_of_the_extractor_passes_and_keeps_the_worker(extractor: IsolatedExtractor) -> None:
    pid = pid_of(extractor)
    error = refused(extractor, "refuse")
    assert (error.code, error.message) == ("encrypted", "a password is needed")
    assert pid_of(extractor) == pid


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("segfault", "crashed", "SIGSEGV"),
        ("read-null", "crashed", "SIGSEGV"),
        ("abort", "crashed", "SIGABRT"),
        ("leave politely", "crashed", "exit status 3"),
        ("leave at once", "crashed", "exit status 3"),
        ("raise", "crashed", "exit status 1"),
        ("be-killed", "killed", "SIGKILL"),
        ("bomb", "memory_limit", "memory"),
        ("bomb-slowly", "memory_limit", "memory"),
    ],
)
def test_misbehaviour_costs_one_document_and_one_worker(
    extractor: IsolatedExtractor, text: str, code: str, message: str
) -> None:
    pid = pid_of(extractor)
    error = refused(extractor, text)
    assert error.code == code
    assert message in error.message
    assert pid_of(extractor) != pid
    assert not is_alive(pid)


def test_the_kernel_holds_the_limits(extractor: IsolatedExtractor) -> None:
    assert ask(extractor, "limits") == "True 500000000"


def test_a_document_over_its_cpu_seconds_costs_one_worker() -> None:
    with make_extractor(cpu_seconds=SHORT) as extractor:
        pid = pid_of(extractor)
        error = refused(extractor, "spin")
        assert (error.code, error.message) == ("cpu_limit", "it used more than 0.1 CPU seconds")
        assert pid_of(extractor) != pid


def test_a_sleeper_is_killed_after_ten_times_the_cpu_limit_and_tried_twice() -> None:
    with make_extractor(cpu_seconds=SHORT) as extractor:
        start = time.monotonic()
        assert refused(extractor, "sleep").code == "wall_limit"
        assert time.monotonic() - start > 2 * 1.0
        assert ask(extractor, "hello") == "hello"


def test_a_sleeper_that_wakes_in_a_fresh_worker_is_extracted() -> None:
    with make_extractor(cpu_seconds=SHORT) as extractor:
        pid_of(extractor)
        assert ask(extractor, "sleep-at-first") == "awake"


def test_cpu_burnt_with_the_signal_ignored_is_a_cpu_limit() -> None:
    with make_extractor(cpu_seconds=SHORT) as extractor:
        assert refused(extractor, "spin-deaf").code == "cpu_limit"
        assert ask(extractor, "hello") == "hello"


def test_cpu_is_counted_for_each_document_alone() -> None:
    with make_extractor(cpu_seconds=0.3) as extractor:
        pid = pid_of(extractor)
        for _ in range(4):
            assert ask(extractor, "spend 0.1") == "spent"
        assert pid_of(extractor) == pid


@pytest.mark.parametrize("text", ["bomb-unless-fresh", "crash-unless-fresh", "refuse-for-memory"])
def test_a_failure_in_a_used_worker_is_tried_in_a_fresh_one(extractor: IsolatedExtractor, text: str) -> None:
    assert ask(extractor, "hello") == "hello"
    assert ask(extractor, text) == "fresh"


def test_a_failure_in_a_fresh_worker_is_final(extractor: IsolatedExtractor) -> None:
    assert refused(extractor, "segfault").code == "crashed"
    assert extractor.extract(b"hello", "").metadata["served"] == "1"


def test_a_worker_that_closes_its_streams_is_ended(extractor: IsolatedExtractor) -> None:
    assert refused(extractor, "close-everything").code in {"crashed", "killed"}
    assert ask(extractor, "hello") == "hello"


def test_what_a_worker_started_is_killed_with_it(tmp_path: Path) -> None:
    with make_extractor(cpu_seconds=SHORT) as extractor:
        refused(extractor, f"sleep-with-child {tmp_path / 'pid'}")
    assert wait_until_dead(int((tmp_path / "pid").read_text()))


def test_a_worker_is_replaced_after_its_share_of_documents() -> None:
    with make_extractor(max_documents=3, min_cpu_seconds=0) as extractor:
        served = [extractor.extract(b"hello", "").metadata["served"] for _ in range(7)]
    assert served == ["1", "2", "3", "1", "2", "3", "1"]
    with make_extractor(max_documents=3, min_cpu_seconds=1000) as extractor:
        assert [extractor.extract(b"hello", "").metadata["served"] for _ in range(5)][-1] == "5"


def test_a_worker_that_holds_half_the_limit_is_replaced() -> None:
    with make_extractor(memory_bytes=240_000_000) as extractor:
        pid = pid_of(extractor)
        assert ask(extractor, "keep 30000000") == "kept"
        assert pid_of(extractor) == pid
        assert ask(extractor, "keep 90000000") == "kept"
        assert pid_of(extractor) != pid


def test_set_order_is_the_same_in_every_worker() -> None:
    with make_extractor(max_documents=1, min_cpu_seconds=0) as extractor:
        assert ask(extractor, "set-order") == ask(extractor, "set-order")


def test_a_worker_killed_between_documents_costs_none(extractor: IsolatedExtractor) -> None:
    os.kill(pid_of(extractor), signal.SIGKILL)
    assert ask(extractor, "hello") == "hello"


def test_close_leaves_no_process_behind(extractor: IsolatedExtractor) -> None:
    pid = pid_of(extractor)
    extractor.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("target", ["tests.unit.extract.no_such:extract", "tests.unit.extract.standins:none"])
def test_a_worker_that_cannot_start_says_why(target: str) -> None:
    with (
        make_extractor(target=target) as extractor,
        pytest.raises(StageFailedError, match=r"does not start: \w+Error: "),
    ):
        ask(extractor, "hello")


def test_shared_extractor_is_one_for_the_same_settings() -> None:
    try:
        first = shared_extractor(None, cpu_seconds=1, memory_bytes=10**9)
        assert shared_extractor(None, cpu_seconds=1, memory_bytes=10**9) is first
        assert shared_extractor(None, cpu_seconds=2, memory_bytes=10**9) is not first
    finally:
        close_shared()


PARENT = """
import sys, time
from tamis.extract.isolation import IsolatedExtractor
extractor = IsolatedExtractor(None, cpu_seconds=100, memory_bytes=500_000_000, target="standins:extract")
print(extractor.extract(b"hello", "").metadata["pid"], flush=True)
if "sleep" in sys.argv:
    extractor.extract(b"sleep", "")
"""


def test_the_worker_dies_with_a_killed_parent() -> None:
    paths = [str(Path(tamis.__file__).parents[1]), str(Path(__file__).parent)]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, "sleep"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    pid = int(parent.stdout.readline())
    time.sleep(0.1)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until_dead(pid)


def test_tamis_in_a_zip_works_without_home_or_writable_directory(tmp_path: Path) -> None:
    package = Path(tamis.__file__).parent
    sources = [package / "__init__.py", package / "errors.py", package / "document.py"]
    with zipfile.ZipFile(tmp_path / "tamis.zip", "w") as archive:
        for source in [*sources, *(package / "extract").glob("*.py")]:
            archive.write(source, source.relative_to(package.parent))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HOME", "PYTHON"))}
    paths = [str(tmp_path / "tamis.zip"), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-P", "-c", PARENT], capture_output=True, text=True, cwd="/", check=False,
        env={**clean, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert wait_until_dead(int(done.stdout))
