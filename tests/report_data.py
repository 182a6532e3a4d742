# ruff: noqa: E501 - rows of data
"""Facts as a run over some thousand real files would give them: for tests of the page, and to look at it.

python -m tests.report_data out.html     writes the page
"""

from __future__ import annotations

import itertools
import math
import random
import sys
from pathlib import Path

from tamis.report.facts import (
    CutReason,
    Duplicates,
    Example,
    Failure,
    Family,
    Histogram,
    NearDedup,
    Paragraph,
    Precision,
    Reason,
    ReportFacts,
    Rule,
    Sample,
    SkippedRecords,
    Split,
    StageTime,
    TokenFormat,
    Tokens,
    Totals,
)

KEPT_TEXT = """# The drum sieve

A tamis is a kitchen utensil, shaped somewhat like a snare drum, that acts as a strainer, grater or food mill. \
It has a cylindrical edge, made of metal or wood, that supports a disc of fine metal, nylon or horsehair mesh.

To use one, the cook places the tamis above a bowl and adds the ingredient to be strained in the centre of the \
mesh. The food is then pushed through the mesh with a scraper or pestle.

- In French cooking it makes a very smooth purée.
- In India it is called *chalni* and separates bran from flour.
"""
NEAR_TEXT = (
    KEPT_TEXT.replace("snare drum", "small drum").replace("The food is then", "Food is") + "\nShare this page"
)
NAV_TEXT = "Home\nAbout us\nContact\nLogin\n\nHome\nAbout us\nContact\nLogin\n\n© 2024 All rights reserved"
HOSTILE_TEXT = (
    "<script>document.title='broken'</script><img src=x onerror=alert(1)>"
    "</blockquote><style>*{display:none}</style> \u202eevil\u202c \x00 \ud800 &lt;b&gt; {{ 7*7 }}"
)
ARABIC_TEXT = "المنخل أداة مطبخ تشبه الطبلة الصغيرة، وتستعمل لتصفية الدقيق وهرس الخضار حتى تصير ناعمة."
CHINESE_TEXT = "筛子是一种厨房用具,形状像小鼓,用来过滤面粉,使其更加细腻。" * 3


def make_sample(number: int, text: str, title: str | None, path: str, source: str = "handbook") -> Sample:
    return Sample(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}", source, path, path, title, text, len(text))


def normal_histogram(
    edges: tuple[float, ...], mean: float, spread: float, total: int, name: str, seed: int
) -> Histogram:
    """Return a bell over the buckets, a little rough; seeded."""
    rough = random.Random(seed)
    middles = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    weights = [math.exp(-(((m - mean) / spread) ** 2) / 2) * rough.uniform(0.8, 1.2) for m in middles]
    counts = tuple(round(total * w / sum(weights)) for w in weights)
    return Histogram(edges, {name: counts})


def make_lengths() -> Histogram:
    edges = tuple(10 ** (power / 6) for power in range(6, 37))
    kept = normal_histogram(tuple(range(31)), 15, 4.2, 1604, "kept", 3).series["kept"]
    groups = {"empty": (2, 3, 24), "language": (10, 4, 162), "quality": (7, 4, 281), "exact": (12, 4, 112),
              "near": (15, 4, 214), "length": (4, 2, 8)}  # fmt: skip
    removed = {
        name: normal_histogram(tuple(range(31)), mean, spread, total, name, seed).series[name]
        for seed, (name, (mean, spread, total)) in enumerate(groups.items())
    }
    return Histogram(edges, {"kept": kept, **removed}, is_log=True)


def make_rules() -> tuple[Rule, ...]:
    def linear(low: float, high: float, mean: float, spread: float, seed: int) -> Histogram:
        edges = tuple(low + (high - low) * index / 40 for index in range(41))
        return normal_histogram(edges, mean, spread, 2405, "documents", seed)

    word_edges = tuple(10 ** (power / 8) for power in range(41))
    words = normal_histogram(tuple(range(41)), 22, 6, 2405, "documents", 9)
    name = "gopher_quality"
    return (
        Rule(f"{name}.word_count.min", "word_count", "min", 10 ** (14 / 8), 143, 61, 143,
             Histogram(word_edges, words.series, is_log=True)),
        Rule(f"{name}.mean_word_length.min", "mean_word_length", "min", 3.0, 12, 4, 7, linear(1, 11, 4.9, 0.8, 1)),
        Rule(f"{name}.mean_word_length.max", "mean_word_length", "max", 10.0, 21, 9, 14, linear(1, 14, 4.9, 1.6, 1)),
        Rule(f"{name}.symbol_word_ratio.max", "symbol_word_ratio", "max", 0.1, 0, 0, 0, linear(0, 0.2, 0.0, 0.02, 2)),
        Rule(f"{name}.alphabetic_word_fraction.min", "alphabetic_word_fraction", "min", 0.8, 166, 81, 96,
             linear(0, 1, 0.88, 0.07, 5)),
        Rule("gopher_repetition.duplicate_line_fraction.max", "duplicate_line_fraction", "max", 0.3, 38, 17, 21,
             linear(0, 1, 0.0, 0.12, 6)),
        Rule("recipe.stop_word_count.min", "stop_word_count", "min", 2.0, 12, 0, 0, None),
    )  # fmt: skip


def make_examples() -> tuple[Example, ...]:
    kept = make_sample(7, KEPT_TEXT, "The drum sieve", "kitchen/tamis.html")
    navigation = make_sample(8, NAV_TEXT, None, "crawl/menu.html", "crawl")
    hostile = make_sample(9, HOSTILE_TEXT, "<b>Title</b> \u202e", 'a"b<c>.html', "crawl")
    arabic = make_sample(10, ARABIC_TEXT, "المنخل", "ar/منخل.html", "crawl")
    chinese = make_sample(11, CHINESE_TEXT, "筛子", "zh/筛.pdf", "crawl")
    words = "gopher_quality.word_count.min"
    return (
        Example(words, navigation, (("word_count", "14"), ("bound", "56")), kept, (("word_count", "101"),)),
        Example(words, hostile, (("word_count", "9"), ("bound", "56")), kept, (("word_count", "101"),)),
        Example("language", arabic, (("language", "ar 0.99"),), kept, (("language", "en"),)),
        Example("language", chinese, (("language", "zh 0.97"),), kept, (("language", "en"),)),
        Example("too_short", navigation, (("length_chars", "84"),), kept),
    )


def make_duplicates() -> Duplicates:
    kept = make_sample(7, KEPT_TEXT, "The drum sieve", "kitchen/tamis.html")
    near = make_sample(12, NEAR_TEXT, "The drum sieve (print)", "kitchen/tamis-print.html")
    long_kept = make_sample(13, "\n\n".join([KEPT_TEXT] * 4 + ["The end."]), "A longer one", "long/a.html")
    long_near = make_sample(
        14, "\n\n".join([KEPT_TEXT] * 3 + [NEAR_TEXT, "The end, revised."]), "A longer one", "long/b.pdf"
    )
    same = make_sample(15, KEPT_TEXT, "The drum sieve", "mirror/tamis.html")
    edges = tuple(0.5 + index / 100 for index in range(51))
    counts = tuple(0 if index < 30 else 3 + (index * 7) % 11 + (index - 30) for index in range(50))
    return Duplicates(
        sizes=((2, 2, 131), (3, 3, 24), (4, 4, 9), (5, 8, 6), (9, 16, 2), (33, 64, 1)),
        largest=(
            Family(kept.doc_id, kept.title, kept.path, 31, 12),
            Family(long_kept.doc_id, None, long_kept.path, 4, 9),
            Family(same.doc_id, "筛子", same.path, 0, 7),
        ),
        jaccards=Histogram(edges, {"removed": counts}),
        examples=(
            Example("near_duplicate", near, (("verified by", "shingles"),), kept, jaccard=0.871),
            Example("near_duplicate", long_near, (("verified by", "signature"),), long_kept, jaccard=0.964),
            Example("exact_duplicate", same, (), kept),
        ),
    )


def make_stages() -> tuple[StageTime, ...]:
    return (
        StageTime("ingest", 1.4, {"inputs": 1752}),
        StageTime("extract", 74.3, {"documents": 2405, "failures": 29}),
        StageTime("signals", 6.2, {"signals_gopher_quality": 2405, "signals_language": 2405}),
        StageTime("filter", 3.1, {"decisions": 512}),
        StageTime("exact_dedup", 5.0, {"span_keys": 4810, "duplicate_spans": 913}),
        StageTime(
            "near_dedup",
            14.8,
            {"signatures": 2377, "edges": 391, "clusters": 402},
            {"near_candidates": "612"},
        ),
        StageTime("assemble", 8.7, {"removals": 801, "cuts": 2041, "corpus": 1604}),
        StageTime("tokens", 9.9, {"tokens": 2, "token_spans": 1604}),
    )


def make_facts() -> ReportFacts:
    """Return the facts of a whole run."""
    token_lengths = normal_histogram(tuple(range(25)), 12, 4, 1604, "documents", 8)
    return ReportFacts(
        name="handbook",
        run_id="4f1c09ab77de",
        version="0.1.0",
        created_utc="2026-03-02T09:41:27.125000+00:00",
        output="out/handbook",
        totals=Totals(
            files=1752, bytes=148_300_412, records=2431, extracted=2405, kept=1604, removed=801, failed=26,
            ranges_failed=3, kept_chars_before=12_908_334, kept_chars=12_511_020, cut_chars=397_314,
        ),
        reasons=(
            Reason("near_duplicate", 214, 2_104_121), Reason("language", 162, 911_402),
            Reason("gopher_quality.word_count.min", 143, 21_410), Reason("exact_duplicate", 112, 1_010_313),
            Reason("gopher_quality.alphabetic_word_fraction.min", 96, 310_400), Reason("empty_text", 24, 0),
            Reason("gopher_repetition.duplicate_line_fraction.max", 21, 94_120),
            Reason("gopher_quality.mean_word_length.max", 14, 20_401), Reason("too_short", 8, 412),
            Reason("gopher_quality.mean_word_length.min", 7, 4_102),
        ),
        failures=(
            Failure("encrypted", "extract", 11, (("pdf/sealed.pdf", "the PDF asks for a password"),
                                                 ("office/secret.docx", "the file is encrypted"))),
            Failure("invalid_json", "extract", 9, (("dump/lines.jsonl", "line 17 is no JSON object: got a list"),)),
            Failure("cpu_limit", "extract", 6, (("html/deep.html", "60 s of CPU were not enough"),)),
            Failure("truncated", "extract", 3, (("dump/cut.jsonl.gz", "the gzip stream ends after 18,211 bytes"),)),
        ),
        skipped=(SkippedRecords("request", 1_204), SkippedRecords("http_status.404", 31)),
        sources=(
            Split("handbook", 812, 11, {"exact": 40, "near": 96, "quality": 70, "language": 4, "empty": 3}),
            Split("crawl", 703, 6, {"exact": 60, "near": 110, "quality": 200, "language": 150, "empty": 21, "length": 8}),
            Split("dump", 89, 9, {"exact": 12, "near": 8, "quality": 11, "language": 8}),
        ),
        languages=(
            Split("en", 1604, 0, {"quality": 250, "exact": 110, "near": 200}), Split("ar", 0, 0, {"language": 61}),
            Split("zh", 0, 0, {"language": 58}), Split("de", 0, 0, {"language": 43}),
        ),
        media_types=(
            Split("text/html", 1201, 0, {"quality": 201, "exact": 80, "near": 160, "language": 120, "empty": 20}),
            Split("application/pdf", 288, 0, {"quality": 60, "near": 41, "exact": 20, "language": 30}),
            Split("application/vnd.openxmlformats-officedocument.wordprocessingml.document", 71, 0, {"exact": 12}),
            Split("text/plain", 44, 0, {"quality": 20, "near": 13, "language": 12, "empty": 4}),
        ),
        extractors=(
            Split("trafilatura-2.3.1", 1201, 0, {"quality": 201, "near": 160}), Split("pypdf-6.1.0", 288, 0, {"quality": 60}),
            Split("python-docx-1.2.0", 71, 0, {"exact": 12}), Split("plain-1", 44, 0, {"quality": 20}),
        ),
        lengths=make_lengths(),
        rules=make_rules(),
        examples=make_examples(),
        duplicates=make_duplicates(),
        near_dedup=NearDedup(0.8, "direct", 14, 6, {"near_candidates": "612", "near_accepted_by_signature": "330", "near_grey": "94", "near_pairs_given_up": "0"}, Precision(200, 199, 0.794)),
        cuts=(CutReason("duplicate_paragraph", 2041, 397_314, 688),),
        paragraphs=(
            Paragraph("Sign up for our newsletter and never miss a recipe.", 412, "crawl/a.html"),
            Paragraph("All rights reserved. " * 40, 97, "crawl/b.html"),
            Paragraph(None, 12, "pdf/far.pdf"),
        ),
        tokens=Tokens(
            (TokenFormat("megatron", 2, 6_412_088, 1604, 1565, 3_204_917), TokenFormat("parquet", 1, 4_912_400, 1604, 1565, 3_204_917)),
            Histogram(tuple(10 ** (1 + p / 5) for p in range(25)), token_lengths.series, is_log=True),
        ),
        stages=make_stages(),
        recipe={"name": "handbook", "inputs": [{"path": "examples/files", "format": "files", "source": "handbook"}]},
        versions={"corpus": "3", "documents": "3", "removals": "2"},
    )  # fmt: skip


if __name__ == "__main__":
    from tamis.report.page import render

    Path(sys.argv[1]).write_text(render(make_facts()), encoding="utf-8")
