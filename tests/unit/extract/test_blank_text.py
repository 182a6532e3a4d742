import json

from tests.unit.extract.plain import Plain

from tamis.extract.records import DOCUMENT, file_rows
from tamis.io.records import InputFile


def test_blank_text_is_stored_as_the_empty_one(tmp_path):
    texts = ["", " \n\t ", "\u3000\u00a0", " x "]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    file = InputFile(
        source="s", root=str(tmp_path), path="a.jsonl", format="jsonl", bytes=path.stat().st_size
    )
    rows = [row for row in file_rows(file, Plain(), max_record_bytes=1000) if row["kind"] == DOCUMENT]
    assert [(row["text"], row["length_chars"]) for row in rows] == [("", 0), ("", 0), ("", 0), (" x ", 3)]
