"""Recipes: every mistake at once, each with its path, and no JVM."""

from __future__ import annotations

import pytest

from tamis.errors import ConfigError
from tamis.recipes import apply_override, load_recipe

GOOD = """
name: handbook
output: {out}
inputs:
  - {{path: {src}, format: files, source: handbook}}
filter: {{languages: [en], rules: [{{preset: gopher_quality}}, {{signal: word_count, min: 50}}]}}
near_dedup: {{threshold: 0.8}}
keeper: [{{column: format_priority, order: asc}}, {{column: word_count, order: desc}}]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("text")
    (tmp_path / "in" / "b.warc.gz").write_bytes(b"")
    return tmp_path


def write(folder, text: str):
    path = folder / "recipe.yaml"
    path.write_text(text.format(out=folder / "out", src=folder / "in"))
    return path


def problems(folder, text: str, **options) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(folder, text), **options)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_good_recipe_is_read(folder):
    recipe = load_recipe(write(folder, GOOD), overrides=["near_dedup.threshold=0.7"], output="elsewhere")
    assert (recipe.near_dedup.threshold, recipe.output, recipe.filter.languages) == (
        0.7,
        "elsewhere",
        ("en",),
    )


def test_five_mistakes_are_all_told(folder):
    text = (
        GOOD.replace("threshold: 0.8", "threshhold: 0.8")
        .replace("signal: word_count", "signal: word_cuont")
        .replace("column: word_count", "column: no_such")
        .replace("format: files", "format: file")
        .replace("name: handbook\n", "")
    )
    found = problems(folder, text)
    assert set(found) == {
        "near_dedup.threshhold", "filter.rules[1].signal", "keeper[1].column", "inputs[0].format", "name",
    }  # fmt: skip
    assert "word_count" in found["filter.rules[1].signal"]  # the nearest name is offered
    assert found["near_dedup.threshhold"].startswith("no such key")


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        (("{src}, format", "{src}/none, format"), "inputs[0].path", "no such file"),
        (("{src}, format", "{src}/*.pdf, format"), "inputs[0].path", "matches no file"),
        (("threshold: 0.8", "threshold: 1.5"), "near_dedup.threshold", "less than 1"),
        (("languages: [en]", "languages: [English]"), "filter.languages[0]", "known are"),
        (("near_dedup:", "shards: {{target_bytes: 5 pounds}}\nnear_dedup:"), "shards.target_bytes", "5GB"),
        (("near_dedup:", "shards: {{target_bytes: 5GB, count: 2}}\nnear_dedup:"), "shards", "either"),
        (
            ("near_dedup:", "tokens: {{tokenizer: nowhere.json}}\nnear_dedup:"),
            "tokens.tokenizer",
            "nowhere.json",
        ),
        (("column: word_count, order: desc", "column: language, order: desc"), "keeper[1].column", "asc"),
        (("min: 50", "min: 50, max: 20"), "filter.rules[1]", "20"),
        (("{src}, format: files", "{src}/b.warc.gz, format: files"), "inputs[0].format", "set warc"),
        (("format: files", "format: warc, id_field: id"), "inputs[0].id_field", "WARC-Record-ID"),
        (("format: files", "format: warc, text_field: text"), "inputs[0].text_field", "format warc"),
        (
            ("near_dedup:", "extract: {{pdf: {{engine: pypdf, ocr: auto}}}}\nnear_dedup:"),
            "extract.pdf.ocr",
            "not with pypdf",
        ),
    ],
)
def test_mistake_is_named_with_its_path(folder, change, path, told):
    found = problems(folder, GOOD.replace(*change))
    assert list(found) == [path]
    assert told in found[path]


def test_ocr_off_is_read_as_a_word(folder):
    """This test ensures that `off`, which YAML takes for false, means what it says."""
    recipe = load_recipe(write(folder, GOOD + "extract: {{pdf: {{ocr: off}}}}\n"))
    assert recipe.extract.pdf.ocr == "off"


def test_ocr_engine_that_is_not_installed_is_told(folder, monkeypatch):
    monkeypatch.setattr("tamis.extract.ocr.find_spec", lambda _name: None)
    found = problems(folder, GOOD + "extract: {{pdf: {{ocr: textract}}}}\n")
    assert found == {"extract.pdf.ocr": "boto3 is not installed: pip install 'tamis[textract]'"}


def test_output_that_is_not_ours_is_refused(folder):
    (folder / "out").mkdir()
    (folder / "out" / "thesis.doc").write_text("years of work")
    assert "did not write" in problems(folder, GOOD)["output"]


def test_key_that_stands_twice_is_refused(folder):
    assert "stands twice" in problems(folder, GOOD + "name: other\n")[""]


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [unclosed", ""])
def test_what_is_no_recipe_is_told(folder, text):
    assert "recipe.yaml" in problems(folder, text)[""]


def test_override_needs_a_value():
    with pytest.raises(ConfigError, match=r"key\.path=value"):
        apply_override({}, "near_dedup.threshold")


def test_override_makes_a_missing_part():
    assert apply_override({"a": 1}, "b.c=[x]") == {"a": 1, "b": {"c": ["x"]}}


def test_sentences_are_not_cut_within_paragraphs_that_are(folder):
    parts = {
        "name": "parts", "output": str(folder / "out"), "near_dedup": {"unit": "sentence"},
        "inputs": [{"path": str(folder), "format": "files", "source": "s"}],
    }  # fmt: skip
    for units in (["paragraph"], ("document", "paragraph")):
        with pytest.raises(ConfigError, match=r"near_dedup\.unit: sentence cuts within"):
            load_recipe(parts | {"exact_dedup": {"units": units}})
    made = load_recipe(parts | {"exact_dedup": {"units": ["document"]}})
    assert made.near_dedup is not None
    assert made.near_dedup.unit == "sentence"


def test_incumbents_cannot_stay_in_connected_clusters(folder):
    incumbent = GOOD + "keeper_policy: incumbent\n"
    connected = incumbent.replace("threshold: 0.8", "clusters: connected")
    assert set(problems(folder, connected)) == {"keeper_policy"}
    assert load_recipe(write(folder, incumbent)).keeper_policy == "incumbent"


def test_brakes_that_nothing_can_pass_are_told(folder):
    brakes = "brakes: {{max_source_loss: 0.5, max_cluster_fraction: 0.1}}\n"
    alone = GOOD.replace("near_dedup: {{threshold: 0.8}}\n", "")
    assert set(problems(folder, alone + brakes)) == {"brakes.max_source_loss", "brakes.max_cluster_fraction"}
    exact = alone + "exact_dedup: {{}}\n" + brakes
    assert set(problems(folder, exact)) == {"brakes.max_cluster_fraction"}
    assert load_recipe(write(folder, GOOD + brakes)).brakes.max_cluster_fraction == 0.1
    assert set(problems(folder, GOOD + "brakes: {{max_source_loss: 1.5}}\n")) == {"brakes.max_source_loss"}
