"""The sample: which records it holds, what they stand for, and where it stops."""

from __future__ import annotations

import json

import pytest
from tests.unit.extract.plain import Plain

from tamis.document import Extraction
from tamis.errors import DocumentError
from tamis.io.ledger import listed_rows
from tamis.io.storage import list_files
from tamis.plan import sample as module
from tamis.plan.sample import chosen_files, draw_sample

LINES = 4000


def part_of(path, form, source="s"):
    from tamis.config import Input

    return Input(path=str(path), format=form, source=source)


def listed(*parts):
    return listed_rows((part, *list_files(part.path)) for part in parts)


def extract(payload, name, declared=None):
    if payload.startswith(b"bad"):
        raise DocumentError("corrupt", "bad")
    return Extraction(text=payload.decode(), media_type="text/plain", extractor="test")


def drawn(rows, share, seed=0, seconds=60.0):
    return draw_sample(
        rows, Plain(extract), share=share, seed=seed, seconds=seconds, max_record_bytes=1 << 20
    )


def texts_of(sample):
    return [text for batch in sample.texts for text in batch.to_pylist()]


@pytest.fixture
def lines(tmp_path):
    rows = (json.dumps({"text": f"record number {n:05d} of them all"}) + "\n" for n in range(LINES))
    (tmp_path / "a.jsonl").write_text("".join(rows))
    return listed(part_of(tmp_path / "a.jsonl", "jsonl"))


@pytest.fixture
def files(tmp_path):
    for n in range(600):
        (tmp_path / f"{n}.txt").write_text(f"file number {n:03d}")
    return listed(part_of(tmp_path, "files"))


def test_all_of_it_is_all_records_once(lines):
    sample = drawn(lines, 1.0)
    assert sorted(texts_of(sample)) == [f"record number {n:05d} of them all" for n in range(LINES)]
    assert (sample.documents, sample.share, sample.is_cut) == (LINES, 1.0, False)


def test_share_of_records_stands_for_all(lines):
    sample = drawn(lines, 0.25)
    assert 850 < sample.documents < 1150  # five standard deviations
    assert sample.total("documents") == pytest.approx(sample.documents * 4)
    assert sample.share == pytest.approx(0.25)
    assert sample.total("text_bytes") == pytest.approx(sample.documents * 4 * 31)


def test_seed_gives_the_same_records_again_and_another_seed_others(lines):
    first, again, other = (texts_of(drawn(lines, 0.1, seed)) for seed in (1, 1, 2))
    assert first == again
    assert set(first) != set(other)


def test_whole_files_are_chosen_where_a_file_is_a_record(files):
    sample = drawn(files, 0.25)
    assert 95 < sample.documents < 205
    assert sample.total("documents") == pytest.approx(600)


def test_records_that_fail_are_counted_not_kept(tmp_path):
    for n in range(20):
        (tmp_path / f"{n}.txt").write_text("bad" if n < 5 else "good")
    sample = drawn(listed(part_of(tmp_path, "files")), 1.0)
    assert (sample.documents, sample.strata["s", "files"].failed) == (15, 5)


def test_each_source_is_scaled_by_its_own_bytes(tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "large").mkdir()
    (tmp_path / "small" / "one.txt").write_text("x")
    for n in range(50):
        (tmp_path / "large" / f"{n}.txt").write_text("y" * 1000)
    rows = listed(
        part_of(tmp_path / "small", "files", "small"), part_of(tmp_path / "large", "files", "large")
    )
    sample = drawn(rows, 0.2)
    assert sample.strata["small", "files"].documents == 1  # one file of each, whatever the share
    assert sample.strata["small", "files"].weight == 1
    assert sample.total("documents") == pytest.approx(51)


def test_late_sample_stands_for_what_was_read(files, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    sample = drawn(files, 1.0, seconds=100)
    assert sample.is_cut
    assert sample.documents < 100
    assert sample.total("documents") == pytest.approx(600)


def test_late_file_of_records_stands_for_the_bytes_that_were_read(tmp_path, monkeypatch):
    rows = (json.dumps({"text": f"{n:05d} " + "z" * 2000}) + "\n" for n in range(5000))
    (tmp_path / "b.jsonl").write_text("".join(rows))
    clock = iter(range(10**6))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    sample = drawn(listed(part_of(tmp_path / "b.jsonl", "jsonl")), 1.0, seconds=1500)
    assert sample.is_cut
    assert sample.documents < 2000
    assert sample.total("documents") == pytest.approx(5000, rel=0.5)  # it reads a mebibyte at a time


def test_of_few_large_files_all_are_read_and_of_many_some(tmp_path):
    for n in range(200):
        (tmp_path / f"{n:03d}.jsonl").write_text('{"text": "x"}\n')
    rows = listed(part_of(tmp_path, "jsonl"))
    assert [thinning for _, thinning in chosen_files(rows, 0.5, 0)] == [0.5] * 200
    few = list(chosen_files(rows, 1 / 320, 0))
    assert {thinning for _, thinning in few} == {1 / 32}
    assert 1 <= len(few) < 60
