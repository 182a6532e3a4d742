"""Ids as `tamis forget` takes them."""

from __future__ import annotations

import pytest

from tamis.document import format_doc_id
from tamis.errors import ConfigError
from tamis.pipeline.id_file import file_ids, given_ids, ids_digest


def test_file_ids_are_sorted_distinct_and_may_have_blank_lines_and_ends():
    lines = ["0000000000000001\r\n", "", "  ffffffffffffffff ", "FFFFFFFFFFFFFFFF", "8000000000000000\n"]
    assert file_ids(lines, "f") == [-(2**63), -1, 1]


def test_lines_that_are_no_id_are_named_with_their_count():
    lines = ["0000000000000001", "1", "000000000000000g", "0000000000000001 # why", "", "00000000000000012"]
    with pytest.raises(ConfigError, match=r"4 line\(s\) of ids\.txt .* line 2, 3, 4, 6$"):
        file_ids(lines, "ids.txt")


def test_only_the_first_wrong_lines_are_named():
    with pytest.raises(ConfigError, match=r"12 line\(s\).* 9, 10, \.\.\.$"):
        file_ids(["no"] * 12, "f")


@pytest.mark.parametrize(
    "line", ["0x00000000000001", "00 00 00 00 00 00 01", "00000000 0000001", "00000000  000001", "٠" * 16]
)
def test_only_hex_digits_are_an_id(line):
    with pytest.raises(ConfigError, match="line 1"):
        file_ids([line], "f")


def test_file_without_an_id_is_refused(tmp_path):
    (tmp_path / "ids.txt").write_text("\n\n")
    with pytest.raises(ConfigError, match="holds no doc_id"):
        given_ids(tmp_path / "ids.txt")


def test_file_that_cannot_be_read_is_an_error_of_the_arguments(tmp_path):
    (tmp_path / "image").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.txt", tmp_path / "image", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            given_ids(path)


def test_values_may_be_numbers_or_hex_digits(tmp_path):
    assert given_ids([5, "ffffffffffffffff", -1]) == [-1, 5]
    (tmp_path / "ids").write_text(f"\ufeff{format_doc_id(7)}\n", encoding="utf-8")
    assert given_ids(str(tmp_path / "ids")) == [7]
    with pytest.raises(ConfigError, match="16 hex digits"):
        given_ids(["5"])
    with pytest.raises(ConfigError, match="64 bits"):
        given_ids([2**63])
    with pytest.raises(ConfigError, match="no doc_id"):
        given_ids([])


def test_digest_tells_sets_apart():
    assert ids_digest([1, 2]) == ids_digest((1, 2))
    assert len({ids_digest(ids) for ids in ([1, 2], [12], [1], [-1, 2], [])}) == 5
