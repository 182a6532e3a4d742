# ruff: noqa: E501 - rows of data
from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.helpers import FakeContext, make_document, make_recipe, make_table

from tamis.config import Filter, NearDedup, Report
from tamis.document import format_doc_id
from tamis.io.session import own_session
from tamis.report import steps
from tamis.report.facts import CutReason, Failure, Reason, SkippedRecords, Split, TokenFormat, Totals
from tamis.report.steps_counts import outcome_facts
from tamis.report.steps_duplicates import duplicate_families, family_sizes
from tamis.report.steps_precision import part_jaccards
from tamis.report.steps_rules import BINS, bins_of, decision_counts
from tamis.signals.registry import family_table

pytestmark = pytest.mark.spark

PARAGRAPH = "The same footer stands on every page of it."
KEPT = f"# Keeper\n\n{'word ' * 30}\n\n{PARAGRAPH}"


def run_row(stage: str, **columns) -> dict:
    row = {
        "run_id": "r1", "stage": stage, "epoch": 0, "batch_id": 1, "status": "done", "config_digest": "d", "code_version": "0.1.0",
        "versions_read": {}, "epochs_read": {}, "versions_written": {}, "rows": {}, "facts": {}, "seconds": 1.0,
        "finished_utc": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    row |= columns
    row["batch_id"] = 1
    return {name: value for name, value in row.items() if name != "shard"}


DOCUMENTS = [
    make_document(1, KEPT, title="Keeper", media_type="text/html"),
    make_document(2, KEPT.replace("Keeper", "Copy"), media_type="text/html"),
    make_document(3, KEPT.upper(), media_type="application/pdf"),
    make_document(4, "too few words", source="t"),
    make_document(5, "", source="t"),
    make_document(6, f"Another one.\n\n{PARAGRAPH}", source="t", shard=1),
    make_document(7, "it fails later"),
]
REMOVALS = [
    {"doc_id": 2, "stage": "near_dedup", "reason": "near_duplicate", "kept_doc_id": 1, "jaccard": 0.9,
     "evidence": '{"verified_by":"shingles"}'},
    {"doc_id": 3, "stage": "exact_dedup", "reason": "exact_duplicate", "kept_doc_id": 1, "evidence": "{}"},
    {"doc_id": 4, "stage": "filter", "reason": "recipe.word_count.min", "evidence": '{"value":3.0,"bound":5.0}'},
    {"doc_id": 5, "stage": "extract", "reason": "empty_text", "evidence": "{}"},
]  # fmt: skip
FAILURES = [
    {"doc_id": 7, "source": "s", "path": "7.txt", "stage": "near_dedup", "code": "cpu_limit", "message": "m7"},
    {"doc_id": 8, "source": "t", "path": "8.pdf", "stage": "extract", "code": "encrypted", "message": "m8"},
    {"doc_id": 8, "source": "t", "path": "8.pdf", "stage": "tokens", "code": "twice", "message": "again"},
    {"doc_id": None, "source": "t", "path": "z.gz", "stage": "extract", "code": "truncated", "message": "mz"},
]  # fmt: skip
WORDS = [(1, 41), (2, 41), (3, 41), (4, 3), (5, 0), (6, 11), (7, 3)]


def make_whole(spark, root: Path) -> FakeContext:
    """Return the tables of a whole run over eight records."""
    recipe = make_recipe(
        filter=Filter(rules=({"signal": "word_count", "min": 5}, {"signal": "word_count", "max": 1000})),
        near_dedup=NearDedup(threshold=0.7), report=Report(title="A title"),
    )  # fmt: skip
    ctx = FakeContext(spark, root, recipe)
    ctx.put("inputs", [
        {"path": "a", "bytes": 70, "records": 7, "skipped": '{"request": 2, "media.image": 2}'},
        {"path": "z.gz", "bytes": 30, "records": 1, "skipped": '{"request": 1}'},
    ])  # fmt: skip
    ctx.put("documents", DOCUMENTS).put("removals", REMOVALS).put("failures", FAILURES)
    cut = len(KEPT) - len(PARAGRAPH) - 2
    corpus = [make_document(1, KEPT[:cut], title="Keeper"), DOCUMENTS[5]]
    ctx.put("corpus", [{k: v for k, v in row.items() if k != "record_sha256"} for row in corpus])
    ctx.put(
        "cuts",
        [
            {
                "doc_id": 1,
                "start_char": cut,
                "end_char": len(KEPT),
                "reason": "exact_duplicate",
                "kept_doc_id": 6,
            }
        ],
    )
    spans = [(7, 1, 2), (7, 6, 1), (7, 2, 2), (7, 2, 5), (8, 1, 0), (8, 2, 0), (9, 3, -1), (9, 1, -1)]
    ctx.put("duplicate_spans", [
        {"unit": "paragraph" if ordinal >= 0 else "document", "span_key": key, "span_check": 0, "doc_id": doc, "ordinal": ordinal}
        for key, doc, ordinal in spans
    ])  # fmt: skip
    ctx.put("decisions", [{"doc_id": doc, "reason": "recipe.word_count.min", "value": float(n), "bound": 5.0, "rule": 2}
                          for doc, n in WORDS if n < 5])  # fmt: skip
    ctx.put(
        "signals_length", [{"doc_id": doc, "word_count": n} for doc, n in WORDS], family_table("length").ddl
    )
    languages = [{"doc_id": n, "language": "de" if n == 4 else "en"} for n in range(1, 8)]
    ctx.put("signals_language", languages, family_table("language").ddl)
    ctx.put("tokens", [{"path": p, "format": f, "bytes": 9, "documents": 2, "sequences": 1, "tokens": 55}
                       for p, f in (("m", "megatron"), ("p", "parquet"))])  # fmt: skip
    ctx.put(
        "token_spans",
        [
            {"path": p, "start": s, "length": n, "doc_id": d}
            for p in "mp"
            for s, n, d in ((0, 50, 1), (50, 5, 6))
        ],
    )
    ctx.put("runs", [
        run_row("extract", rows={"documents": "7"}, versions_written={"documents": "1"}),
        run_row("extract", seconds=2.0, finished_utc="2026-01-02", rows={"documents": "8"}, versions_written={"documents": "2"}),
        run_row("near_dedup", run_id="r2", finished_utc="2026-01-03",
                facts={"near_bands": "14", "near_rows": "6", "near_candidates": "3", "near_grey": "1"}),
        run_row("near_dedup", run_id="r3", finished_utc="2026-01-04", seconds=0.0,
                facts={"near_bands": "14", "near_rows": "6", "near_candidates": "5", "near_grey": "0"}),
    ])  # fmt: skip
    return ctx


@pytest.fixture(scope="module")
def whole(spark_root, tmp_path_factory) -> FakeContext:
    return make_whole(own_session(spark_root), tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def facts(whole):
    runs = [row.asDict() for row in whole.read("runs").collect()]
    return steps.gather(whole.read, whole.exists, whole.recipe, runs)


def test_gather_counts_what_became_of_every_record(facts):
    before = len(KEPT) + DOCUMENTS[5]["length_chars"]
    cut = len(PARAGRAPH) + 2
    assert facts.totals == Totals(
        files=2, bytes=100, records=8, extracted=7, kept=2, removed=4, failed=2, ranges_failed=1,
        kept_chars_before=before, kept_chars=before - cut, cut_chars=cut,
    )  # fmt: skip
    assert facts.totals.records_add_up
    assert facts.totals.chars_add_up
    assert facts.reasons == (
        Reason("empty_text", 1, 0), Reason("exact_duplicate", 1, len(KEPT)),
        Reason("near_duplicate", 1, len(KEPT) - 2), Reason("recipe.word_count.min", 1, 13),
    )  # fmt: skip
    assert facts.sources == (
        Split("s", 1, 1, {"exact": 1, "near": 1}), Split("t", 1, 1, {"empty": 1, "quality": 1}),
    )  # fmt: skip
    assert facts.languages == (
        Split("en", 2, 0, {"empty": 1, "exact": 1, "near": 1}),
        Split("de", 0, 0, {"quality": 1}),
    )
    assert facts.media_types[:2] == (
        Split("text/plain", 1, 0, {"empty": 1, "quality": 1}),
        Split("text/html", 1, 0, {"near": 1}),
    )
    assert facts.lengths is not None
    assert {name: sum(counts) for name, counts in facts.lengths.series.items()} == {
        "kept": 2, "empty": 1, "quality": 1, "exact": 1, "near": 1,
    }  # fmt: skip


def test_gather_counts_failed_records_once_and_ranges_apart(facts):
    assert facts.failures == (
        Failure("encrypted", "extract", 1, (("8.pdf", "m8"),), 0),
        Failure("cpu_limit", "near_dedup", 1, (("7.txt", "m7"),), 0),
        Failure("truncated", "extract", 0, (("z.gz", "mz"),), 1),
    )


def test_gather_adds_up_what_was_no_document(facts):
    assert facts.skipped == (SkippedRecords("request", 3), SkippedRecords("media.image", 2))


def test_gather_shows_texts_with_their_evidence(facts):
    found = {example.reason: example for example in facts.examples}
    assert set(found) == {"empty_text", "recipe.word_count.min"}
    rule = found["recipe.word_count.min"]
    assert (rule.removed.doc_id, rule.removed.text) == (format_doc_id(4), "too few words")
    assert rule.evidence == (("word_count", "3"), ("at least", "5"))
    assert rule.kept is not None
    assert dict(rule.kept_evidence)["word_count"] in {"41", "11"}
    assert found["empty_text"].kept is None


def test_gather_shows_who_left_for_whom(facts):
    duplicates = facts.duplicates
    assert duplicates.sizes == ((3, 3, 1),)
    assert [(f.doc_id, f.title, f.exact, f.near) for f in duplicates.largest] == [
        (format_doc_id(1), "Keeper", 1, 1)
    ]
    assert [(e.reason, e.removed.doc_id, e.kept.doc_id, e.jaccard) for e in duplicates.examples] == [
        ("near_duplicate", format_doc_id(2), format_doc_id(1), 0.9),
        ("exact_duplicate", format_doc_id(3), format_doc_id(1), None),
    ]
    counts = dict(zip(duplicates.jaccards.edges, duplicates.jaccards.series["removed"], strict=False))
    assert counts[0.9] == 1 == duplicates.jaccards.total
    assert asdict(facts.near_dedup) == {
        "threshold": 0.7, "clusters": "direct", "unit": "document", "bands": 14, "rows": 6,
        "counts": {"near_candidates": "8", "near_grey": "1", "near_grey_fraction": "0.1250"},  # of both batches
        "precision": {"pairs": 1, "near": 1, "least": 10 / 12},  # 1 of 11 shingles is another
    }  # fmt: skip


LONG = [f"{name} {' '.join(f'{name}{n}' for n in range(29))}." for name in ("one", "two", "three")]
EDITED = LONG[1].replace("two14", "edit")  # of 26 shingles 5 are others: 21 of 31 are shared


def test_cut_parts_are_compared_with_what_stayed_of_their_keeper(spark, tmp_path):
    """Document 2 lost its edited part to 1, and 3 an equal one to 2, which had not kept it."""
    recipe = make_recipe(near_dedup=NearDedup(threshold=21 / 31, unit="paragraph"))
    ctx = FakeContext(spark, tmp_path / "out", recipe)
    kept, mixed = "\n\n".join(LONG), f"Heading\n\n{EDITED}\n\n{LONG[0]}"
    ctx.put("inputs", []).put("failures", []).put("removals", [])
    ctx.put(
        "documents",
        [make_document(1, kept), make_document(2, mixed), make_document(3, EDITED + "\n\nThe end")],
    )
    left = [make_document(1, kept), make_document(2, "Heading"), make_document(3, "The end")]
    ctx.put("corpus", [{k: v for k, v in row.items() if k != "record_sha256"} for row in left])
    ends = {1: (9, len(mixed)), 2: (0, len(EDITED) + 2)}  # the first holds two parts, "Heading" none
    cuts = [
        {"doc_id": 2, "start_char": ends[1][0], "end_char": ends[1][1], "kept_doc_id": 1, "jaccard": 0.7},
        {"doc_id": 3, "start_char": ends[2][0], "end_char": ends[2][1], "kept_doc_id": 2, "jaccard": 0.95},
    ]  # fmt: skip
    ctx.put("cuts", [{**row, "reason": "near_duplicate"} for row in cuts])
    facts = steps.gather(ctx.read, ctx.exists, ctx.recipe, [])
    assert asdict(facts.near_dedup.precision) == {"pairs": 3, "near": 2, "least": 0.0}
    series = facts.duplicates.jaccards
    counts = dict(zip(series.edges, series.series["removed"], strict=False))
    assert (counts[0.7], counts[0.95], series.total) == (1, 1, 2)
    shifted = [max(part_jaccards(cut, kept, "paragraph", 5)) for cut in (LONG[1], EDITED)]
    assert shifted == [1.0, 21 / 31]


def test_gather_shows_the_paragraphs_that_most_documents_hold(facts):
    assert [(item.holders, item.text) for item in facts.paragraphs] == [(3, PARAGRAPH), (2, "# Keeper")]
    assert facts.cuts == (CutReason("exact_duplicate", 1, len(PARAGRAPH) + 2, 1),)


def test_gather_counts_tokens_of_one_format(facts):
    assert facts.tokens.formats == (
        TokenFormat("megatron", 1, 9, 2, 1, 55),
        TokenFormat("parquet", 1, 9, 2, 1, 55),
    )
    assert facts.tokens.lengths.total == 2


def test_gather_adds_up_a_stage_and_takes_its_last_commit(facts):
    extract = facts.stages[0]
    assert (extract.stage, extract.seconds, extract.rows) == ("extract", 3.0, {"documents": 8})
    assert (facts.run_id, facts.version, facts.versions) == ("r3", "0.1.0", {"documents": "2"})


def test_rules_have_their_signal_cut_at_the_bound(facts):
    low, high = facts.rules
    assert (low.reason, low.kind, low.bound, low.broke, low.alone, low.first) == (
        "recipe.word_count.min",
        "min",
        5.0,
        3,
        3,
        3,
    )
    assert high.broke == 0
    for rule, beyond in ((low, 3), (high, 0)):
        counts = rule.values.series["documents"]
        cut = rule.values.edges.index(rule.bound)
        assert sum(counts) == len(WORDS)
        assert sum(counts[:cut] if rule.kind == "min" else counts[cut:]) == beyond


def test_run_report_writes_page_and_facts_and_no_table(whole):
    before = list(whole.log)
    steps.run_report(whole)
    folder = Path(whole.root) / "report"
    page = (folder / "index.html").read_text()
    assert '<h1 dir="auto">A title</h1>' in page
    assert "2 of 8 records (25 %)" in page
    told = json.loads((folder / "summary.json").read_text())
    assert (told["totals"]["kept"], told["recipe"]["near_dedup"]["threshold"]) == (2, 0.7)
    assert whole.log == before


def test_gather_of_an_empty_output_without_options(spark, tmp_path):
    ctx = FakeContext(spark, tmp_path / "out")
    for table in ("inputs", "documents", "failures", "removals", "cuts", "corpus"):
        ctx.put(table, [])
    facts = steps.gather(ctx.read, ctx.exists, ctx.recipe, [])
    assert facts.totals == Totals()
    assert (facts.duplicates, facts.near_dedup, facts.tokens, facts.lengths, facts.rules) == (None,) * 4 + (
        (),
    )


def test_gather_does_not_depend_on_partitions_or_order(whole, facts):
    def shuffled(table: str):
        return (
            whole.read(table)
            .repartition(5)
            .sortWithinPartitions(*whole.read(table).columns[:1], ascending=False)
        )

    runs = [row.asDict() for row in whole.read("runs").collect()]
    assert steps.gather(shuffled, whole.exists, whole.recipe, runs) == facts


def test_outcome_of_a_failed_document_is_not_its_removal(spark, tmp_path):
    whole = FakeContext(spark, tmp_path).put("documents", DOCUMENTS).put("failures", FAILURES)
    whole.put(
        "removals", [*REMOVALS, {"doc_id": 7, "stage": "filter", "reason": "language", "evidence": "{}"}]
    )
    whole.put("tombstones", [{"doc_id": 6}])
    outcomes = outcome_facts(whole.read, whole.exists, {})
    assert "language" not in {reason.reason for reason in outcomes.reasons}
    assert sum(split.kept for split in outcomes.sources) == 1


def test_decision_counts_tell_alone_and_first(spark):
    rows = [(1, "a", 2), (1, "b", 3), (2, "b", 3), (3, "c", 4)]
    decisions = make_table(spark, "decisions", [{"doc_id": d, "reason": r, "rule": n} for d, r, n in rows])
    found = {
        row["reason"]: (row["broke"], row["alone"], row["first"])
        for row in decision_counts(decisions).collect()
    }
    assert found == {"a": (1, 0, 1), "b": (2, 1, 1), "c": (1, 1, 1)}


@pytest.mark.parametrize("is_min", [True, False])
@pytest.mark.parametrize(
    ("low", "high", "bound"), [(0.0, 1.0, 0.3), (0, 1e6, 50), (3, 3, 3), (-2, 5, 9), (1, 7, 1), (0, 80, 80)]
)
def test_bucket_puts_values_on_their_side_of_the_bound(spark, low, high, bound, is_min):
    bins = bins_of(low, high, bound, is_min=is_min)
    assert list(bins.edges) == sorted(bins.edges)
    assert bins.edges[0] <= low <= high <= bins.edges[-1] + 1e-9 * abs(high)
    values = [low, high, bound, bound * (1 + 2**-52), bound * (1 - 2**-52), (low + high) / 2]
    frame = spark.createDataFrame([(float(value),) for value in values], "value DOUBLE")
    for value, bucket in frame.select("value", bins.bucket(frame["value"])).collect():
        stays = value >= bound if is_min else value <= bound
        assert 0 <= bucket <= BINS
        assert (bucket >= bins.at) == (stays if is_min else not stays)


def test_families_are_counted_by_size_in_doubling_steps(spark):
    sizes = [2, 2, 3, 4, 5, 8, 9, 16, 17]
    removals = [
        {"doc_id": 1000 * keeper + n, "kept_doc_id": keeper, "reason": "exact_duplicate"}
        for keeper, size in enumerate(sizes)
        for n in range(1, size)
    ]
    families = duplicate_families(make_table(spark, "removals", removals))
    assert family_sizes(families) == ((2, 2, 2), (3, 3, 1), (4, 4, 1), (5, 8, 2), (9, 16, 2), (17, 32, 1))
