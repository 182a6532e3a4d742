"""One manual as PDF, as a page and as text: near-deduplication links the three and the page stays."""

from __future__ import annotations

import shutil
from html import escape

import pytest

import tamis
from tamis.pipeline.lineage import OutputTables

pytestmark = [pytest.mark.spark, pytest.mark.corpus, pytest.mark.long]

MANUAL = "debian-faq.en"


def test_page_is_kept_before_text_and_text_before_pdf(spark_root, corpus, tmp_path):
    folder, manuals = tmp_path / "in", corpus / "pdf" / "debian"
    folder.mkdir()
    text = (manuals / "gold" / f"{MANUAL}.txt").read_text()
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    (folder / "a.html").write_text(f"<html><body><article>{paragraphs}</article></body></html>")
    (folder / "b.txt").write_text(text)
    shutil.copy(manuals / f"{MANUAL}.pdf", folder / "c.pdf")
    (folder / "d.txt").write_text("Another text, which resembles nothing here but has some words.")
    recipe = {
        "name": "copies", "output": str(tmp_path / "out"), "near_dedup": {"threshold": 0.8},
        "inputs": [{"path": str(folder), "format": "files", "source": "manuals"}],
    }  # fmt: skip
    assert tamis.run(recipe, spark_root)["kept"] == 2
    tables = OutputTables(spark_root, recipe["output"])
    keys = {row["doc_id"]: row["key"] for row in tables.read("documents").collect()}
    left = {keys[row["doc_id"]]: row for row in tables.read("removals").collect()}
    assert {key: (row["reason"], keys[row["kept_doc_id"]]) for key, row in left.items()} == {
        "b.txt": ("near_duplicate", "a.html"),
        "c.pdf": ("near_duplicate", "a.html"),
    }
    assert 0.9 < left["c.pdf"]["jaccard"] < 1
