"""Small files of an output: all or nothing."""

from __future__ import annotations

import pytest

from tamis.errors import SourceError
from tamis.io.sinks import exists, names_in, read_bytes, replacing, write_bytes


def test_written_bytes_are_read_back_under_a_uri_and_a_path(tmp_path):
    write_bytes(f"{tmp_path}/a/b.txt", b"one")
    write_bytes((tmp_path / "a" / "b.txt").as_uri(), b"two")
    assert read_bytes(f"{tmp_path}/a/b.txt") == b"two"
    assert names_in(f"{tmp_path}/a") == ["b.txt"]


def write_half(uri):
    with replacing(uri) as stream:
        stream.write(b"half")
        raise RuntimeError


def test_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path):
    write_bytes(f"{tmp_path}/f", b"old")
    with pytest.raises(RuntimeError):
        write_half(f"{tmp_path}/f")
    assert read_bytes(f"{tmp_path}/f") == b"old"
    assert names_in(str(tmp_path)) == ["f"]


def test_missing_file_and_unknown_scheme_are_source_errors(tmp_path):
    assert not exists(f"{tmp_path}/none")
    assert names_in(f"{tmp_path}/none") == []
    with pytest.raises(SourceError, match="none"):
        read_bytes(f"{tmp_path}/none")
    with pytest.raises(SourceError, match="nope"):
        read_bytes("nope://x/y")
