"""Kernels compile on first use, are cached safely, and see Arrow's texts as they are."""

import itertools
import pickle

import numpy as np
import pyarrow as pa
import pytest

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
