"""Kernels compile on first use, are cached safely, and see Arrow's texts as they are."""

import itertools
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import tamis
from tamis import kernel_cache
from tamis.kernels import READ_I64, READ_U8, kernel, utf8_buffers, validity

STEP = 3


@kernel()
def stepped(number):
    return number + STEP


@kernel(f"int64({READ_U8}, {READ_I64})")
def total_stepped(data, offsets):
    total = 0
    for index in range(offsets[0], offsets[-1]):
        total += stepped(data[index])
    return total


def texts_of(array):
    data, offsets = utf8_buffers(array)
    return [bytes(data[start:end]).decode() for start, end in itertools.pairwise(offsets)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_utf8_buffers_give_every_text_of_a_slice(kind):
    array = pa.array(["first", "zwölf", None, "", "日本", "a\0b"], kind)
    assert texts_of(array) == ["first", "zwölf", "", "", "日本", "a\0b"]
    assert texts_of(array[1:5]) == ["zwölf", "", "", "日本"]
    assert validity(array[1:5]).tolist() == [True, False, True, True]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_utf8_buffers_of_nothing_are_empty(kind):
    data, offsets = utf8_buffers(pa.array([], kind))
    assert (len(data), offsets.tolist()) == (0, [0])


def test_utf8_buffers_join_chunks():
    assert texts_of(pa.chunked_array([["a", "b"], ["c"]])) == ["a", "b", "c"]


def test_utf8_buffers_hide_the_bytes_of_a_null():
    offsets = pa.py_buffer(np.array([0, 2, 5], dtype=np.int32).tobytes())
    array = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x01"), offsets, pa.py_buffer(b"okBAD")])
    assert texts_of(array) == ["ok", ""]


def test_utf8_buffers_refuse_numbers():
    with pytest.raises(TypeError, match="got int64"):
        utf8_buffers(pa.array([1]))


def test_kernel_runs_its_helpers_and_refuses_other_types():
    assert total_stepped(*utf8_buffers(pa.array(["ab", "c"]))) == sum(b"abc") + 3 * STEP
    with pytest.raises(TypeError, match="No matching definition"):
        total_stepped(np.zeros(2), np.zeros(2))


def test_kernel_travels_by_name():
    assert pickle.loads(pickle.dumps(total_stepped)) is total_stepped


def test_code_digest_follows_helpers_and_constants(monkeypatch):
    before = kernel_cache.code_digest(total_stepped)
    assert kernel_cache.code_digest(total_stepped) == before
    monkeypatch.setitem(stepped.py_func.__globals__, "STEP", 4)
    assert kernel_cache.code_digest(total_stepped) != before


def test_cache_folder_passes_over_what_others_may_write(monkeypatch, tmp_path):
    shared, home = tmp_path / "shared", tmp_path / "home"
    (shared / "tamis").mkdir(parents=True)
    (shared / "tamis").chmod(0o777)
    monkeypatch.setattr(kernel_cache.numba.config, "CACHE_DIR", str(shared))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    kernel_cache.cache_folder.cache_clear()
    assert kernel_cache.cache_folder() == home / "tamis"
    kernel_cache.cache_folder.cache_clear()


FROM_ZIP = """
import os, sys, tempfile
tempfile.tempdir = os.environ.get("TEMPORARY")
import numpy as np
import tamis.unicode_tables as tables
print(tables.__file__, "numba" in sys.modules)
print(tables.count_chars(np.frombuffer("zwölf".encode(), np.uint8), 0, 6))
from tamis import kernel_cache
print(kernel_cache.cache_folder(), tables.count_chars.dispatcher.stats.cache_hits.total())
"""


def run_from_zip(archive, **environment):
    found = subprocess.run(
        [sys.executable, "-c", FROM_ZIP],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(archive), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split() for line in found.stdout.splitlines()]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zip")
    for name in ("__init__", "kernels", "kernel_cache", "unicode_tables"):
        source = Path(tamis.__file__).with_name(f"{name}.py")
        (folder / "tamis").mkdir(exist_ok=True)
        shutil.copy(source, folder / "tamis")
    return shutil.make_archive(str(folder / "tamis"), "zip", folder, "tamis")


def test_kernel_from_a_zip_runs_where_nothing_can_be_written(archive):
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "TEMPORARY"), "/proc/none")
    (origin, has_numba), (count,), (folder, _) = run_from_zip(archive, **nowhere)
    assert origin.startswith(archive)
    assert (has_numba, count) == ("False", "5")
    assert folder == "None"


def test_kernel_from_a_zip_is_compiled_once(archive, tmp_path):
    hits = [run_from_zip(archive, XDG_CACHE_HOME=str(tmp_path))[2] for _ in range(2)]
    assert hits == [[str(tmp_path / "tamis"), "0"], [str(tmp_path / "tamis"), "1"]]
