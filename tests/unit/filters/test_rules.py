"""Rules and presets: what they mean, and every mistake in them."""

from pathlib import Path

import pytest

from tamis.filters.rules import FIRST_RULE, Rule, expand_rules, load_preset, preset_names, score_rule
from tamis.signals.measure import signals_of_texts

EXAMPLES = Path(__file__).resolve().parents[3] / "conf" / "rules"


@pytest.mark.parametrize(
    ("value", "bound"),
    [(2.0, "min"), (2.999, "min"), (3, None), (5, None), (7, None), (7.001, "max"), (None, "min")],
)
def test_bounds_are_inclusive_and_a_missing_value_breaks_the_minimum(value, bound):
    assert Rule("mean_word_length", min=3, max=7).broken_bound(value) == bound


def test_missing_value_breaks_no_maximum():
    assert Rule("duplicate_line_fraction", max=0.3).broken_bound(None) is None


def test_bound_of_zero_is_a_bound():
    assert Rule("bullet_line_fraction", max=0).broken_bound(0.1) == "max"


@pytest.mark.parametrize(("bound", "broken"), [(4 / 5, None), (4 / 5 - 1e-9, "max"), (4 / 5 + 1e-9, None)])
def test_bound_at_the_exact_fraction_of_a_text_keeps_it(bound, broken):
    (found,) = signals_of_texts(["- a\n- b\n- c\n- d\ne"], ["gopher_quality"])
    assert Rule("bullet_line_fraction", max=bound).broken_bound(found["bullet_line_fraction"]) == broken


def test_reason_is_made_of_prefix_signal_and_bound():
    rules, problems = expand_rules([{"signal": "word_count", "min": 1}, {"preset": "gopher_quality"}])
    assert not problems
    assert rules[0].reason("min") == "recipe.word_count.min"
    assert rules[1].reason("max") == "gopher_quality.word_count.max"


def test_rules_are_numbered_in_the_recipe_s_order():
    rules, _ = expand_rules(
        [{"preset": "gopher_repetition"}, {"signal": "word_count", "max": 9}, {"preset": "gopher_quality"}]
    )
    assert [rule.index for rule in rules] == list(range(FIRST_RULE, FIRST_RULE + len(rules)))
    assert score_rule(0.5).index < FIRST_RULE


def bounds(name):
    rules, problems = expand_rules([{"preset": name}])
    assert not problems
    return {rule.signal: (rule.min, rule.max) for rule in rules}


def test_gopher_quality_has_the_paper_s_numbers():
    assert bounds("gopher_quality") == {
        "word_count": (50, 100_000),
        "mean_word_length": (3, 10),
        "symbol_word_ratio": (None, 0.1),
        "bullet_line_fraction": (None, 0.9),
        "ellipsis_line_fraction": (None, 0.3),
        "alpha_word_fraction": (0.8, None),
        "stop_word_count": (2, None),
    }


def test_gopher_repetition_has_the_numbers_of_table_a1():
    tops = {f"top_{n}gram_char_fraction": (None, bound) for n, bound in ((2, 0.2), (3, 0.18), (4, 0.16))}
    duplicates = {f"duplicate_{n}gram_char_fraction": (None, (20 - n) / 100) for n in range(5, 11)}
    assert bounds("gopher_repetition") == {
        "duplicate_line_fraction": (None, 0.3),
        "duplicate_paragraph_fraction": (None, 0.3),
        "duplicate_line_char_fraction": (None, 0.2),
        "duplicate_paragraph_char_fraction": (None, 0.2),
        **tops,
        **duplicates,
    }


def test_shipped_presets_are_named_as_their_files():
    assert preset_names() == ["gopher_quality", "gopher_repetition"]
    assert [load_preset(name).name for name in preset_names()] == preset_names()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_example_presets_are_right(path):
    rules, problems = expand_rules([{"preset": str(path)}])
    assert not problems
    assert {rule.prefix for rule in rules} == {path.stem}


def test_all_mistakes_are_told_with_their_paths():
    rules, problems = expand_rules(
        [
            {"preset": "gopher_qualty"},
            {"signal": "word_counts", "min": 1},
            {"signal": "word_count"},
            {"signal": "word_count", "min": 9, "max": 3},
            {"signal": "bullet_line_fraction", "max": 90},
            {"signal": "language", "min": 1},
            {"signal": "word_count", "min": "many"},
            {"signal": "word_count", "minimum": 3, "max": True},
            {"preset": "gopher_quality", "min": 3},
            "word_count > 3",
            {"signal": "word_count", "min": 3},
        ]
    )  # fmt: skip
    told = {problem.path.removeprefix("filter.rules"): problem.message for problem in problems}
    assert [rule.min for rule in rules] == [3]
    expected = {
        "[0].preset": "did you mean gopher_quality",
        "[1].signal": "did you mean word_count",
        "[2]": "neither min nor max",
        "[3]": "min 9 is above max 3",
        "[4].max": "outside the range",
        "[5].signal": "use filter.languages",
        "[6].min": "'many' is no number",
        "[7].minimum": "unknown key; did you mean min",
        "[7].max": "True is no number",
        "[8]": "without min",
        "[9]": "expected {preset: NAME}",
    }
    assert list(told) == list(expected)
    for path, message in expected.items():
        assert message in told[path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x", "must hold exactly name, version, source, rules"),
        ("{", "is no YAML"),
        ("{name: x, version: one, source: y, rules: []}", "version must be int"),
    ],
)
def test_preset_file_that_is_none_is_refused(tmp_path, text, message):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_preset(str(path))


def test_mistake_within_a_preset_file_tells_where(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("{name: own, version: 1, source: us, rules: [{signal: words, min: 3}]}")
    _, problems = expand_rules([{"preset": str(path)}])
    assert [problem.path for problem in problems] == ["filter.rules[0].preset(own).rules[0].signal"]


def test_missing_preset_file_is_named(tmp_path):
    _, problems = expand_rules([{"preset": str(tmp_path / "none.yaml")}])
    assert "cannot read the preset" in problems[0].message
