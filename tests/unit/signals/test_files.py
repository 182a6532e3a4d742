"""`tamis signals FILE.jsonl` measures each line, and tells why it could not."""

import gzip
import json

import pytest

from tamis.errors import ConfigError
from tamis.signals import files
from tamis.signals.files import signals_of_file
from tamis.signals.registry import SIGNALS


def test_each_line_gives_its_id_and_all_signals(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BATCH_CHARS", 10)
    path = tmp_path / "docs.jsonl"
    texts = {"a": "one two three", "b": "", "c": "caf\u0065\u0301 au lait"}
    path.write_text("".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in texts.items()))
    rows = list(signals_of_file(path))
    assert [row["id"] for row in rows] == list(texts)
    assert all(list(row) == ["id", *SIGNALS] for row in rows)
    assert [row["length_chars"] for row in rows] == [13, 0, 12]  # as a run measures it: in NFC


def test_line_without_text_tells_its_error_in_its_place(tmp_path):
    path = tmp_path / "docs.jsonl"
    path.write_text('{"id": 1, "text": "x"}\n[]\n{"id": 3}\n{"id": 4, "text": "y"}\n')
    rows = list(signals_of_file(path))
    assert [row.get("error", {}).get("code") for row in rows] == [None, "not_an_object", "missing_text", None]
    assert [rows[0]["id"], rows[3]["id"]] == ["1", "4"]


def test_truncated_file_tells_what_was_lost(tmp_path):
    path = tmp_path / "docs.jsonl.gz"
    whole = gzip.compress("".join(f'{{"id": {n}, "text": "t{n * 7919}"}}\n' for n in range(500)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    rows = list(signals_of_file(path))
    assert rows[-1]["id"] is None
    assert rows[-1]["error"]["code"] == "truncated"
    assert len(rows) > 2


def test_missing_file_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(ConfigError, match="is no readable file"):
        signals_of_file(tmp_path / "none.jsonl")
