# ruff: noqa: E501 - rows of data
from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.report_data import HOSTILE_TEXT, make_facts

from tamis.report.facts import (
    Duplicates,
    Example,
    NearDedup,
    Precision,
    Reason,
    ReportFacts,
    Sample,
    Split,
    Totals,
)
from tamis.report.page import compare, folded, headline, near_counts, render

VOID = {"meta", "link", "br", "img", "wbr", "input"}


class Checker(HTMLParser):
    """Collect elements, and complain about tags that do not match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return render(make_facts())


def test_page_is_well_formed_and_needs_nothing_else(page):
    elements = Checker(page)
    assert not elements.all("script") + elements.all("img") + elements.all("link") + elements.all("iframe")
    assert all(str(link["href"]).startswith("#") for link in elements.all("a"))
    assert not re.findall(r"url\(|@import|https?://", page)
    assert "default-src 'none'" in page


def test_page_escapes_what_documents_hold(page):
    assert HOSTILE_TEXT[:8] not in page
    assert "&lt;script&gt;document.title" in page
    assert "[U+202E]evil" in page
    assert "&lt;b&gt;Title&lt;/b&gt;" in page
    assert "{{ 7*7 }}" in page
    page.encode("utf-8")


def test_links_lead_to_sections(page):
    elements = Checker(page)
    targets = {str(link["href"])[1:] for link in elements.all("a")}
    assert targets == {str(section["id"]) for section in elements.all("section")}


def test_pictures_and_tables_can_be_read_out(page):
    elements = Checker(page)
    assert all(svg.get("aria-label") or svg.get("aria-hidden") or svg.get("x") for svg in elements.all("svg"))
    assert all(th.get("scope") for th in elements.all("th"))
    assert len(elements.all("caption")) == len(elements.all("table")) > 8


def test_headline_tells_the_sums():
    assert headline(make_facts()) == (
        "1,604 of 2,431 records (66 %) are in the corpus; 801 left for a stated reason and 26 could not be processed."
    )
    assert headline(ReportFacts("empty")) == "No records were found in the inputs."


def test_page_counts_what_was_no_document(page):
    assert "What was no document" in page
    assert '<code>request</code></th><td class="n">1,204</td>' in page
    assert "What was no document" not in render(replace(make_facts(), skipped=()))


def test_page_says_whether_sums_add_up(page):
    assert "Records add up" in page
    assert "Characters of the kept documents add up" in page
    wrong = render(replace(make_facts(), totals=replace(make_facts().totals, kept=1603)))
    assert "Records do not add up" in wrong
    assert "≠" in wrong


def test_page_tells_of_containers_where_there_are_some(page):
    assert "opened" not in page
    one = render(replace(make_facts(), totals=replace(make_facts().totals, containers=1)))
    assert "; opened 1 container<" in one


def test_page_of_nothing_renders():
    text = render(ReportFacts("empty"))
    Checker(text)
    assert "No records were found" in text
    assert 'id="rules"' not in text


@pytest.mark.parametrize(
    "parts", [{"near_dedup": None}, {"duplicates": None}, {"duplicates": Duplicates()}, {"tokens": None}, {"rules": ()},
              {"lengths": None, "sources": ()}, {"stages": ()}, {"examples": (), "cuts": (), "paragraphs": ()}],
    ids="-".join,
)  # fmt: skip
def test_page_does_without_stages_that_the_recipe_lacks(parts):
    Checker(render(replace(make_facts(), **parts)))


def test_page_of_ten_billion_documents_marks_thousands():
    totals = Totals(records=10**10, extracted=10**10, kept=10**10 - 1, removed=1, kept_chars_before=3 * 10**13,
                    kept_chars=3 * 10**13, bytes=31 * 10**12, files=10**6)  # fmt: skip
    text = render(ReportFacts("web", totals=totals, reasons=(Reason("language", 1, 10),)))
    assert "9,999,999,999 of 10,000,000,000 records (&gt; 99.9 %)" in text
    assert "31 TB" in text


def test_page_is_the_same_for_the_same_facts(page):
    assert render(make_facts()) == page


def test_facts_become_json_even_with_lone_surrogates():
    told = json.loads(make_facts().to_json())
    assert told["totals"]["records"] == 2431
    assert told["recipe"]["name"] == "handbook"


def test_folded_splits_keep_the_sum():
    splits = [Split(f"s{n:02}", n, 1, {"near": n}) for n in range(30)]
    rows = folded(splits)
    assert [row.label for row in rows[:2]] + [rows[-1].label] == ["s29", "s28", "18 others"]
    assert sum(row.total for row in rows) == sum(split.total for split in splits)
    assert folded(splits[:13]) == sorted(splits[:13], key=lambda split: -split.total)


def make_pair(kept: str, removed: str) -> Example:
    def sample(text: str) -> Sample:
        return Sample("0" * 16, "s", "k", "p", None, text, len(text))

    return Example("near_duplicate", sample(removed), kept=sample(kept), jaccard=0.9)


def test_compare_marks_words_without_the_blank_behind_them():
    ((skipped, left, right),), more = compare(make_pair("a <b> c", "a x c"))
    assert (skipped, more) == (0, 0)
    assert left == 'a <mark class="left">&lt;b&gt;</mark> c'
    assert right == 'a <mark class="right">x</mark> c'


def test_compare_of_equal_texts_is_empty_and_of_many_differences_bounded():
    assert compare(make_pair("same", "same")) == ([], 0)
    words = [f"w{n}" for n in range(1000)]
    changed = [f"x{n}" if n % 100 == 50 else word for n, word in enumerate(words)]
    rows, more = compare(make_pair(" ".join(words), " ".join(changed)))
    assert (len(rows), more) == (6, 4)


def test_near_counts_are_told_in_the_order_of_the_work():
    counts = {"near_new_thing": "7", "near_grey": "1234", "near_candidates": "5"}
    assert near_counts(NearDedup(0.8, "direct", counts=counts)) == [
        ("candidate pairs", "5"), ("too close to call by signature", "1,234"), ("new thing", "7"),
    ]  # fmt: skip
    told = near_counts(NearDedup(0.8, "direct", precision=Precision(200, 199, 0.79444)))
    assert told == [("removals drawn that reach 0.8 exactly", "199 of 200; the least 0.794")]
    counts, found = {"near_equal_documents": "3"}, Precision(9, 9, 0.9)
    assert near_counts(NearDedup(0.8, "direct", counts=counts, precision=found, unit="sentence")) == [
        ("further sentences with an equal set", "3"),
        ("cuts drawn that reach 0.8 exactly", "9 of 9; the least 0.900"),
    ]
