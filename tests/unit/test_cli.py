"""The command line without a JVM: exit codes, what is printed, what each verb's help tells."""

from __future__ import annotations

import json

import pytest
from tests.small import prose, recipe

from tamis.cli import main

OPTIONS = {
    "run": ["RECIPE", "--output", "--set", "--until", "--redo", "--conf", "--master", "--json"],
    "validate": ["RECIPE", "--output", "--set", "--json"],
    "plan": ["RECIPE", "--output", "--set", "--bytes", "--sample", "--executors", "--cores",
             "--price-per-core-hour", "--json"],
    "extract": ["FILE", "--json"],
    "fetch": ["URLS", "--output", "--contact", "--rate", "--hosts", "--tries", "--deadline",
              "--max-record-bytes", "--retry-failed", "--allow-private", "--json"],
    "signals": ["FILE", "--json"],
    "dedup": ["INPUT", "--output", "--unit", "--exact", "--near", "--threshold", "--id-field", "--text-field",
              "--format", "--conf", "--master", "--json"],
    "explain": ["DOC_ID", "--output", "--json"],
    "similar": ["TEXT", "--output", "--threshold", "--limit", "--json"],
    "forget": ["--output", "--ids", "--purge", "--reason", "--conf", "--master", "--json"],
    "digest": ["--output", "--json"],
    "report": ["--output", "--json"],
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    """Give a good recipe in a file."""
    for name in ("files/a.txt", "dump/a.jsonl"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(recipe(tmp_path, tmp_path / "out")))
    return file


def printed(capsys):
    """Return the last line on standard output, which is an object, and all on standard error."""
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]), captured.err


def test_good_recipe_validates(path, capsys):
    assert main(["validate", str(path)]) == 0
    assert capsys.readouterr().out == "The recipe is good.\n"
    assert main(["validate", str(path), "--json"]) == 0
    assert printed(capsys) == ({"ok": True, "problems": []}, "")


def test_five_mistakes_in_a_recipe_are_five_problems(path, capsys):
    settings = json.loads(path.read_text())
    settings["near_dedup"] = {"threshold": 7, "ngrams": 5}
    settings["tokens"]["sequence_length"] = 1
    settings["filter"]["rules"] = [{"signal": "word_counts", "min": 20}]
    del settings["name"]
    path.write_text(json.dumps(settings))
    assert main(["validate", str(path), "--json"]) == 2
    told, _ = printed(capsys)
    assert told["ok"] is False
    assert sorted(problem["path"] for problem in told["problems"]) == [
        "filter.rules[0].signal", "name", "near_dedup.ngrams", "near_dedup.threshold",
        "tokens.sequence_length",
    ]  # fmt: skip
    assert all(problem["message"] for problem in told["problems"])
    assert main(["validate", str(path)]) == 2
    assert capsys.readouterr().out.startswith("5 problem(s):\n")


def test_options_replace_what_the_recipe_says(path, capsys):
    assert main(["validate", str(path), "--set", "near_dedup.threshold=7", "--json"]) == 2
    assert [problem["path"] for problem in printed(capsys)[0]["problems"]] == ["near_dedup.threshold"]


def test_recipe_that_is_not_there_exits_2(tmp_path, capsys):
    assert main(["run", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_run_into_a_folder_that_is_not_ours_exits_2(path, tmp_path, capsys):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.tex").write_text("years of work")
    assert main(["run", str(path), "--output", str(other), "--json"]) == 2
    told, _ = printed(capsys)
    assert (told["ok"], told["error"]) == (False, "ConfigError")
    assert "files that tamis did not write" in told["problems"][0]["message"]
    assert main(["run", str(path), "--output", str(other)]) == 2
    assert "files that tamis did not write" in capsys.readouterr().err
    assert [file.name for file in other.iterdir()] == ["chapter.tex"]


def test_spark_setting_without_a_value_exits_2(path, capsys):
    assert main(["run", str(path), "--conf", "spark.executor.cores"]) == 2
    assert "key=value" in capsys.readouterr().err


def test_plan_of_a_size_that_is_none_exits_2(path, capsys):
    assert main(["plan", str(path), "--bytes", "lots"]) == 2
    assert "--bytes: 'lots' is no size" in capsys.readouterr().err


def test_plan_of_inputs_without_text_exits_2(path, capsys):
    assert main(["plan", str(path), "--json"]) == 2
    assert "the sample gave no text" in printed(capsys)[0]["problems"][0]["message"]


def test_plan_prints_an_object_and_a_table(path, tmp_path, capsys):
    (tmp_path / "files" / "a.txt").write_text(prose(1))
    assert main(["plan", str(path), "--bytes", "1GB", "--executors", "2", "--json"]) == 0
    told, _ = printed(capsys)
    assert told["price"] == pytest.approx(told["core_hours"] * 0.05, abs=1e-3)
    assert told["hours"] == pytest.approx(told["core_hours"] / 8, abs=1e-3)
    assert told["rows"] == round(1e9 / len(prose(1)))
    assert main(["plan", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["rows", "1"]
    assert sum(" * " in line for line in lines) == 1


def test_extract_prints_a_line_a_file(tmp_path, capsys):
    contents = {"good.md": f"# The mill\n\n{prose(1)}", "empty.txt": " \n", "bad.pdf": "%PDF-1.7\nno more"}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    assert main(["extract", *(str(tmp_path / name) for name in contents)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["ok", "empty", "failed"]
    assert [line["uri"] for line in lines] == [str(tmp_path / name) for name in contents]
    names = {"uri", "media_type", "status", "title", "text", "pictures", "extractor", "error"}
    assert [set(line) for line in lines] == [names] * 3
    assert [line["text"] is None for line in lines] == [False, False, True]
    assert lines[0]["error"] is None
    assert lines[2]["error"]["code"] == "corrupt"


PAGE = f"<nav><a href='/'>Home of the mill</a></nav><article><p>{prose(1)}</p></article>"


def test_extract_goes_by_a_recipe(tmp_path, capsys):
    page, recipe = tmp_path / "page.html", tmp_path / "recipe.yaml"
    page.write_text(PAGE)
    inputs = f"inputs: [{{path: {tmp_path}, format: files, source: s}}]"
    recipe.write_text(f"name: r\noutput: {tmp_path}/out\n{inputs}\nextract: {{html: {{content: all}}}}\n")
    texts = []
    for options in ([], ["--recipe", str(recipe)]):
        assert main(["extract", str(page), *options]) == 0
        texts.append(json.loads(capsys.readouterr().out)["text"])
    assert ["Home of the mill" in text for text in texts] == [False, True]
    recipe.write_text("extract: {html: {engine: best}}")
    assert main(["extract", str(page), "--recipe", str(recipe)]) == 2
    assert "extract.html.engine" in capsys.readouterr().err


def test_extract_prints_texts_to_be_read(tmp_path, capsys):
    (tmp_path / "a.md").write_text("# The mill\n")
    (tmp_path / "b.pdf").write_text("%PDF-1.7")
    assert main(["extract", "--text", str(tmp_path / "a.md"), str(tmp_path / "b.pdf")]) == 0
    first, second, third, fourth = capsys.readouterr().out.splitlines()
    assert (first, second) == (f"==> {tmp_path / 'a.md'} (text/markdown)", "# The mill")
    assert third.startswith(f"==> {tmp_path / 'b.pdf'} (corrupt: ")
    assert fourth == ""


def test_extract_of_a_file_that_cannot_be_read_exits_2_and_extracts_none(tmp_path, capsys):
    (tmp_path / "good.txt").write_text(prose(1))
    assert main(["extract", str(tmp_path / "good.txt"), str(tmp_path / "gone.txt"), str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"tamis: {tmp_path / 'gone.txt'}: is no readable file",
        f"tamis: {tmp_path}: is no readable file",
    ]


def test_signals_prints_a_line_a_record(tmp_path, capsys):
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "one", "text": "Three words here."}\n{"id": "two"}\n')
    assert main(["signals", str(file)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["id"], first["word_count"], first["language_score"] <= 1) == ("one", 3, True)
    assert (second["id"], second["error"]["code"]) == ("two", "missing_text")
    assert main(["signals", str(tmp_path / "gone.jsonl")]) == 2


@pytest.mark.parametrize("doc_id", ["", "xyz", "12345", "0" * 17])
def test_explain_of_what_is_no_id_exits_2(tmp_path, capsys, doc_id):
    assert main(["explain", doc_id, "--output", str(tmp_path)]) == 2
    assert "DOC_ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", [["digest"], ["report"], ["explain", "0" * 16], ["similar", "text"]], ids=lambda verb: verb[0]
)
def test_verbs_over_an_output_refuse_what_is_none(tmp_path, capsys, verb):
    assert main([*verb, "--output", str(tmp_path), "--json"]) == 2
    told, _ = printed(capsys)
    assert "is no output of tamis" in told["problems"][0]["message"]


@pytest.mark.parametrize(
    ("lines", "told"), [("", "holds no doc_id"), ("0123456789abcdef\nmill.html\n", "line 2"), (None, "read")]
)
def test_forget_refuses_files_that_hold_no_ids(tmp_path, capsys, lines, told):
    if lines is not None:
        (tmp_path / "ids.txt").write_text(lines)
    output = tmp_path / "out"
    assert main(["forget", "--output", str(output), "--ids", str(tmp_path / "ids.txt"), "--json"]) == 2
    assert told in printed(capsys)[0]["problems"][0]["message"]
    assert not output.exists()


def test_forget_refuses_a_folder_of_others(tmp_path, capsys):
    (tmp_path / "ids.txt").write_text("0123456789abcdef\n")
    assert main(["forget", "--output", str(tmp_path), "--ids", str(tmp_path / "ids.txt"), "--json"]) == 2
    assert "tamis did not write" in printed(capsys)[0]["problems"][0]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["ids.txt"]


@pytest.mark.parametrize("verb", OPTIONS)
def test_help_tells_every_option(capsys, verb):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert [option for option in OPTIONS[verb] if option not in told] == []


def test_help_and_error_name_every_verb(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert [verb for verb in OPTIONS if f"    {verb} " not in told] == []
    with pytest.raises(SystemExit) as ended:
        main(["sieve"])
    assert ended.value.code == 2
    assert "invalid choice: 'sieve'" in capsys.readouterr().err
