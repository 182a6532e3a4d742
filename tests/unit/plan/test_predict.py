"""A whole plan, from files to price; and how costs and choices follow from volumes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.helpers import make_recipe
from tests.small import edited, prose

from tamis.config import Input, NearDedup
from tamis.dedup.lsh import choose_bands, collision_probability
from tamis.errors import ConfigError
from tamis.io.ingest import list_inputs
from tamis.plan import budget
from tamis.plan.budget import check_core_hours
from tamis.plan.choices import other_plans, recall_curve
from tamis.plan.costs import START_SECONDS, Volumes, stage_costs
from tamis.plan.predict import Cluster, predict

FAMILIES = 40


@pytest.fixture(scope="module")
def texts():
    """Give 40 texts, each with its equal and its edit: 40 equal, 40 edges besides."""
    originals = [prose(seed, 200) for seed in range(FAMILIES)]
    return [text for original in originals for text in (original, original, edited(original, 150))]


@pytest.fixture
def recipe(tmp_path, texts):
    rows = (json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts))
    (tmp_path / "a.jsonl").write_text("".join(rows))
    part = Input(path=str(tmp_path / "a.jsonl"), format="jsonl", source="s", id_field="id")
    return make_recipe(inputs=(part,), near_dedup={}, exact_dedup={"units": ["document"]})


def test_plan_from_everything_tells_what_there_is(recipe, texts):
    told = predict(recipe)
    assert (told["rows"], told["signatures"], told["sample"]["share"]) == (120, 120, 1.0)
    assert told["text_bytes"] == sum(len(text.encode()) for text in texts)
    assert told["edges"] == 2 * FAMILIES
    assert told["candidates"] == FAMILIES
    assert told["band_keys"] == 120 * 23
    assert set(told["stages"]) == {"ingest", "extract", "exact_dedup", "near_dedup", "assemble"}
    assert told["shuffle_bytes"] == pytest.approx(
        sum(stage["shuffle_bytes"] for stage in told["stages"].values()), abs=1
    )


def test_more_bytes_of_the_same_kind_grow_rows_and_edges_linearly(recipe):
    told = predict(recipe)
    times = 1000
    grown = predict(recipe, total_bytes=times * told["sample"]["listed_bytes"])
    assert grown["rows"] == times * told["rows"]
    assert grown["text_bytes"] == times * told["text_bytes"]
    assert grown["shuffle_bytes"] > 100 * told["shuffle_bytes"]
    assert grown["edges"] <= grown["candidates"] + grown["rows"]


def test_parts_are_counted_as_the_run_signs_them(tmp_path):
    paragraphs = [prose(seed, 30) for seed in range(8)]
    rows = [{"id": str(n), "text": f"Title {n}\n\n" + "\n\n".join(paragraphs[n : n + 2])} for n in range(7)]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    part = Input(path=str(tmp_path / "a.jsonl"), format="jsonl", source="s", id_field="id")
    told = predict(make_recipe(inputs=(part,), near_dedup={"unit": "paragraph"}))
    assert (told["rows"], told["signatures"]) == (7, 14)
    assert told["edges"] == 6  # each paragraph but the outer two is in two texts


@pytest.mark.parametrize("unit", ["document", "paragraph"])
def test_batch_that_would_cost_over_the_limit_is_refused_and_a_smaller_one_is_not(recipe, unit, monkeypatch):
    monkeypatch.setitem(START_SECONDS, "near_dedup", 0.0)
    near = NearDedup(unit=unit, max_core_hours=0.3 / 3600)  # some 2,000 documents
    wanted = recipe.model_copy(update={"near_dedup": near})
    rows = list_inputs(wanted)
    check_core_hours(wanted, rows)
    with pytest.raises(ConfigError, match=r"near_dedup\.max_core_hours: .* over the limit of 8.33e-05"):
        check_core_hours(wanted, 60 * rows)


def test_parts_have_a_limit_of_their_own_and_documents_none(recipe, monkeypatch):
    parts = recipe.model_copy(update={"near_dedup": NearDedup(unit="sentence")})
    check_core_hours(parts, list_inputs(parts))
    monkeypatch.setattr(budget, "PARTS_CORE_HOURS", 0.999 * START_SECONDS["near_dedup"] / 3600)
    with pytest.raises(ConfigError, match="unit sentence"):
        check_core_hours(parts, list_inputs(parts))
    check_core_hours(recipe, list_inputs(recipe))
    check_core_hours(parts, [])


def test_price_and_hours_follow_from_core_hours(recipe):
    told = predict(recipe, cluster=Cluster(executors=5, cores=2, price_per_core_hour=3.0))
    seconds = sum(stage["cpu_seconds"] for stage in told["stages"].values())
    assert told["core_hours"] == pytest.approx(seconds / 3600, abs=1e-4)
    assert told["price"] == pytest.approx(3 * seconds / 3600, abs=1e-3)
    assert told["hours"] == pytest.approx(seconds / 3600 / 10, abs=1e-4)


def test_recipe_without_deduplication_has_no_pairs(recipe):
    told = predict(recipe.model_copy(update={"near_dedup": None, "exact_dedup": None}))
    assert not {"candidates", "edges", "near_dedup"} & set(told)
    assert set(told["stages"]) == {"ingest", "extract", "assemble"}


def test_inputs_without_bytes_are_refused(recipe, tmp_path):
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(ConfigError, match="gave no text"):
        predict(recipe)


def test_first_of_the_bands_told_are_those_a_run_takes(recipe):
    bands = predict(recipe)["near_dedup"]["bands"]
    plan = choose_bands(0.8)
    assert [(choice["bands"], choice["rows"]) for choice in bands if choice["is_chosen"]] == [
        (plan.bands, plan.rows)
    ]
    assert bands[0]["is_chosen"]
    assert bands[0]["recall"]["0.8"] == pytest.approx(collision_probability(0.8, 23, 8), abs=1e-4)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.93])
def test_other_bands_reach_the_recall_with_as_few_bands_as_do(threshold):
    plan = choose_bands(threshold)
    others = [other for other in other_plans(plan) if (other.bands, other.rows) != (14, 8)]
    assert others
    for other in others:
        assert abs(other.rows - plan.rows) <= 2
        assert collision_probability(threshold, other.bands, other.rows) >= 0.985
        assert collision_probability(threshold, other.bands - 1, other.rows) < 0.985


def test_curve_has_the_threshold_and_rises():
    curve = recall_curve(choose_bands(0.77))
    assert "0.77" in curve
    assert list(curve.values()) == sorted(curve.values())


VOLUMES = Volumes(
    stored_bytes=1e9, documents=1e6, text_bytes=3e9, payload_seconds=100.0, spans=2e7, repeated_spans=5e6,
    signatures=1e6, hashes=256, bands=23, bucket_rows=2e6, candidates=1e6, met=2e5, equal=2e4,
    grey=3e5, in_large=1e4, signature_rate=2e8,
)  # fmt: skip
STAGES = ("ingest", "extract", "signals", "filter", "exact_dedup", "near_dedup", "assemble", "tokens")


def test_twice_of_everything_costs_twice_but_for_the_start():
    names = [
        name for name in VOLUMES.__dataclass_fields__ if name not in {"hashes", "bands", "signature_rate"}
    ]
    twice = replace(VOLUMES, **{name: 2 * getattr(VOLUMES, name) for name in names})
    once, both = stage_costs(STAGES, VOLUMES), stage_costs(STAGES, twice)
    for name in STAGES:
        assert both[name].shuffle_bytes == pytest.approx(2 * once[name].shuffle_bytes)
        start = START_SECONDS[name]
        assert both[name].cpu_seconds - start == pytest.approx(2 * (once[name].cpu_seconds - start))


def near_shuffle(**changed):
    return stage_costs(("near_dedup",), replace(VOLUMES, **changed))["near_dedup"].shuffle_bytes


def test_signatures_of_all_are_shuffled_only_where_very_many_are_wanted():
    few = near_shuffle(in_large=0.0, met=1e6, signatures=2e6)
    every = 2e6 * (256 + 20)
    large = 1e6 * (256 + 20 + 256 + 40)  # the members of large buckets themselves
    found = [near_shuffle(in_large=wanted, met=1e6, signatures=2e6) - few for wanted in (1e6, 1e6 + 1)]
    assert found == [pytest.approx(large), pytest.approx(large + every, rel=1e-5)]
    assert near_shuffle(in_large=0.0, met=1e6 + 1, signatures=2e6) - few == pytest.approx(every, rel=1e-5)


def test_a_signature_goes_to_its_places_in_large_buckets_once_a_document():
    assert near_shuffle(in_large=23e6) - near_shuffle(in_large=20e6) == pytest.approx(3e6 * (256 + 40))


def test_signatures_of_few_candidates_are_not_shuffled():
    pairs = 1e6 * (15 + 0.27 * 256)
    assert near_shuffle(met=50_000.0) == near_shuffle(met=0.0)
    assert near_shuffle(met=50_001.0) - near_shuffle(met=0.0) == pytest.approx(50_001 * (256 + 31) + pairs)


def test_documents_of_equal_sets_bring_no_keys():
    assert near_shuffle(equal=0.0) - near_shuffle(equal=1e6) == pytest.approx(13.8 * 23e6)


def test_text_is_never_shuffled():
    longer = replace(VOLUMES, text_bytes=100 * VOLUMES.text_bytes)
    for name, cost in stage_costs(STAGES, VOLUMES).items():
        assert stage_costs(STAGES, longer)[name].shuffle_bytes == cost.shuffle_bytes
