"""Listing and opening: local trees as they come, and any Arrow file system through the same names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.fs as pafs
import pytest

from tamis.errors import SourceError
from tamis.io import storage
from tamis.io.names import decode_path, encode_path, glob_regex
from tamis.io.storage import list_files, locate, open_input

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_tree(root: Path, *names: str) -> Path:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return root


def paths(pattern: object) -> list[str]:
    return [file.path for file in list_files(str(pattern))[1]]


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder that ``s3://bucket`` stands for."""
    folder = tmp_path / "bucket"
    folder.mkdir()
    system = pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem())

    class Known:
        @staticmethod
        def from_uri(uri: str) -> tuple[pafs.FileSystem, str]:
            scheme, _, name, rest = uri.split("/", 3)
            assert (scheme, rest) == ("s3:", "")  # the only scheme of S3 that Arrow knows
            return system, name

    monkeypatch.setattr(pafs, "FileSystem", Known)
    storage.file_system.cache_clear()
    yield folder
    storage.file_system.cache_clear()


def test_list_files_of_a_folder_gives_its_tree_sorted_with_sizes(tmp_path: Path) -> None:
    make_tree(tmp_path, "b.html", "a/z.pdf", "a.txt")
    root, files = list_files(str(tmp_path))
    assert root == str(tmp_path)
    assert [(file.path, file.bytes) for file in files] == [("a.txt", 5), ("a/z.pdf", 7), ("b.html", 6)]
    assert files[0].etag == str((tmp_path / "a.txt").stat().st_mtime_ns)


def test_list_files_of_one_file_has_its_folder_as_root(tmp_path: Path) -> None:
    make_tree(tmp_path, "sub/.hidden.txt", "sub/other.txt")
    root, files = list_files(str(tmp_path / "sub" / ".hidden.txt"))
    assert (root, [file.path for file in files]) == (str(tmp_path / "sub"), [".hidden.txt"])


def test_list_files_of_a_relative_path_gives_an_absolute_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path, "in/a.txt")
    monkeypatch.chdir(tmp_path)
    assert list_files("in/*.txt")[0] == str(tmp_path / "in")


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.html", ["a.html"]),
        ("**/*.html", ["a.html", "x/b.html", "x/y/c.html"]),
        ("x/*", ["b.html", "d.txt"]),
        ("x/**", ["b.html", "d.txt", "y/c.html"]),
        ("*/?.html", ["x/b.html"]),
        ("x*/**/c.html", ["x/y/c.html"]),
        ("*.pdf", []),
    ],
)
def test_list_files_of_a_glob_matches_whole_paths(tmp_path: Path, glob: str, expected: list[str]) -> None:
    make_tree(tmp_path, "a.html", "x/b.html", "x/y/c.html", "x/d.txt")
    assert paths(tmp_path / glob) == expected


def test_glob_regex_takes_other_signs_literally() -> None:
    assert glob_regex("a+(1).[x]").fullmatch("a+(1).[x]")
    assert not glob_regex("a.c").fullmatch("abc")


def test_list_files_takes_a_path_that_exists_literally(tmp_path: Path) -> None:
    make_tree(tmp_path, "page.php?id=3", "page.phpXid=3")
    assert paths(tmp_path / "page.php?id=3") == ["page.php?id=3"]


def test_list_files_leaves_out_hidden_names_and_bookkeeping_only(tmp_path: Path) -> None:
    make_tree(
        tmp_path, ".git/config", "a/.DS_Store", "_SUCCESS", "_delta_log/0.json", "p/_temporary/x",
        "_committed_1", "_setuptools_disclaimer.html", "_static/x.html", "_SUCCESSFUL.html", "__init__.md",
    )  # fmt: skip
    assert paths(tmp_path) == [
        "_SUCCESSFUL.html",
        "__init__.md",
        "_setuptools_disclaimer.html",
        "_static/x.html",
    ]


def test_list_files_of_an_empty_folder_is_empty(tmp_path: Path) -> None:
    assert list_files(str(tmp_path)) == (str(tmp_path), [])


def test_list_files_of_a_missing_path_names_what_is_there(tmp_path: Path) -> None:
    make_tree(tmp_path, *(f"{letter}.txt" for letter in "abcdefg"))
    with pytest.raises(SourceError, match=r"x/y: no such .* holds a\.txt, b\.txt, .*e\.txt and 2 more"):
        list_files(str(tmp_path / "x" / "y"))
    with pytest.raises(SourceError, match="no such file or folder"):
        list_files(str(tmp_path / "x" / "*.txt"))


def test_list_files_of_linked_folders_ends_and_lists_each_once(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "root", "a/1.txt")
    make_tree(tmp_path / "outside", "2.txt")
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    (root / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "back").symlink_to(root)
    (root / "broken").symlink_to(tmp_path / "nowhere")
    (root / "file").symlink_to(tmp_path / "outside" / "2.txt")
    assert paths(root) == ["a/1.txt", "file", "out/2.txt"]


def test_list_files_skips_pipes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert paths(tmp_path) == []


def test_a_name_that_is_not_utf8_is_listed_as_unicode_and_opens(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/d\xff"
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder + b"/caf\xe9 100%25 \xef\xbf\xbd.txt")).write_bytes(b"here")
    root, files = list_files(str(tmp_path))
    files[0].path.encode("utf-8")
    with open_input(root, files[0].path) as stream:
        assert stream.read() == b"here"
    root, files = list_files(encode_path(os.fsdecode(folder)))
    root.encode("utf-8")
    with open_input(root, files[0].path) as stream:
        assert stream.read() == b"here"


def test_encode_path_leaves_ordinary_names_as_they_are() -> None:
    for name in ("a%20b.html", "caf%C3%A9", "naïve/日本.txt", "a\nb"):
        assert encode_path(name) == name
        assert decode_path(name) == name


def test_open_input_of_a_vanished_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.txt: cannot be opened"):
        open_input(str(tmp_path), "gone.txt")


def test_file_uris_are_local_paths_percent_decoded(tmp_path: Path) -> None:
    make_tree(tmp_path, "a b.txt")
    uri = f"file://{tmp_path}/a%20b.txt"
    assert list_files(uri)[0] == str(tmp_path)
    assert locate(f"file:{tmp_path}/x")[1] == f"{tmp_path}/x"


def test_object_stores_list_glob_and_open_like_folders(bucket: Path) -> None:
    make_tree(bucket, "crawl/a b%20c.txt", "crawl/x/d.txt", "crawl/_SUCCESS", "crawl/.hid/e.txt")
    root, files = list_files("s3a://bucket/crawl")
    assert root == "s3a://bucket/crawl"
    assert [file.path for file in files] == ["a b%20c.txt", "x/d.txt"]
    with open_input(root, "a b%20c.txt") as stream:
        stream.seek(6)
        assert stream.read(3) == b"a b"
    assert paths("s3a://bucket/crawl/**/*.txt") == ["a b%20c.txt", "x/d.txt"]
    assert list_files("s3a://bucket/crawl/x/d.txt")[0] == "s3a://bucket/crawl/x"


def test_a_missing_key_names_what_the_bucket_holds(bucket: Path) -> None:
    make_tree(bucket, "have.txt")
    with pytest.raises(SourceError, match=r"s3://bucket/no/such: no such .*s3://bucket holds have\.txt"):
        list_files("s3://bucket/no/such")


def test_an_unknown_scheme_is_a_source_error() -> None:
    with pytest.raises(SourceError, match=r"gopher://x: cannot be reached .*expected a local path"):
        list_files("gopher://x/y")
