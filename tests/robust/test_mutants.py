"""Two thousand damaged files through the isolated extractor: each costs itself, with a fitting code or none.

How many of each format and damage end with which code is pinned in ``codes.json``. A change of it is to be
looked at: the test says where it wrote what it found.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.robust.mutants import COUNT, KINDS, Mutant, character_f1, mutants
from tests.robust.originals import FORMS, Original, originals

from tamis.extract.codes import FAILURE_CODES
from tamis.extract.isolation import IsolatedExtractor
from tamis.extract.payload import ExtractOptions
from tamis.extract.records import DOCUMENT, FAILURE, file_rows
from tamis.io.readers import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CPU_SECONDS = 5
MEMORY_BYTES = 1_000_000_000
MAX_RECORD_BYTES = 64_000_000
FEW = 2 * len(FORMS) * len(KINDS)  # in every run of the tests: each format with each kind of damage, twice
SAME_TEXT_F1 = 0.95
MIN_SAME_TEXT = 0.95
PINNED = Path(__file__).parent / "codes.json"
OK = "ok"
JSON = frozenset({"json", "ndjson"})
PACKAGES = frozenset({"docx", "pptx", "xlsx", "odt", "ods", "odp", "epub"})
# The kernel holds memory and CPU: what asked for more than the limits would be among these.
NEVER = frozenset({"crashed", "killed", "wall_limit", "cpu_limit", "memory_limit"})


class Outcome(NamedTuple):
    """What a file gave: the texts of its documents, and codes, ``ok`` for a text."""

    text: str
    codes: frozenset[str]


class Result(NamedTuple):
    mutant: Mutant
    text: str
    codes: frozenset[str]
    worker: int | None  # its process id; None: it was lost
    f1: float  # with the text of the intact file


def outcome(extractor: IsolatedExtractor, folder: Path, one: Original | Mutant, form: str) -> Outcome:
    """Return what a run would write of a file."""
    path = one.name.rpartition("/")[2]
    (folder / path).write_bytes(one.payload)
    file = InputFile("s", str(folder), path, "warc" if form == "warc" else "files", len(one.payload))
    rows = list(file_rows(file, extractor, max_record_bytes=MAX_RECORD_BYTES))
    (folder / path).unlink()
    texts = [row["text"] for row in rows if row["kind"] == DOCUMENT]
    codes = {row["code"] for row in rows if row["kind"] == FAILURE}
    return Outcome("\n\n".join(texts), frozenset(codes | ({OK} if texts else set())))


def results(folder: Path, count: int) -> Iterator[Result]:
    """Yield what each of the first ``count`` gave, by one extractor that keeps its worker if it can."""
    with IsolatedExtractor(
        ExtractOptions(), cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES, max_documents=10 * COUNT
    ) as extractor:
        intact = {
            one: outcome(extractor, folder, one, form).text
            for form, family in originals().items()
            for one in family
        }
        assert all(intact.values())
        for one in mutants(count):
            found = outcome(extractor, folder, one, one.original.form)
            worker = extractor._child and extractor._child._process.pid
            yield Result(one, *found, worker, character_f1(found.text, intact[one.original]))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    return list(results(tmp_path_factory.mktemp("few"), FEW))


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    return list(results(tmp_path_factory.mktemp("all"), COUNT))


def suits(one: Mutant, code: str) -> bool:
    """Say whether a file with this damage may end with this code."""
    form, kind = one.original.form, one.kind
    if code == OK:  # a package that was cut off has lost its directory
        return kind != "truncated" or form not in PACKAGES
    if kind == "renamed":
        return False
    if form == "warc":  # some of its records, or the bytes between them; cut off where that was not the end
        return code in {"corrupt", "not_warc"} or (code == "truncated" and kind != "outside")
    by_code = {
        "corrupt": kind != "outside" and form not in {*JSON, "csv", "md", "txt"},
        "invalid_json": kind != "outside" and form in JSON,
        "unsupported_format": kind in {"flipped", "spliced"},  # the head is damaged, or no text any more
    }
    return by_code.get(code, False)


def check(found: list[Result]) -> None:
    """Assert what holds for any damaged files."""
    assert [one.mutant.number for one in found if not one.codes or one.codes & NEVER] == []
    assert len({one.worker for one in found}) == 1  # none was lost, and none replaced for what it held
    wrong = [
        (one.mutant.number, one.mutant.kind, one.mutant.original.form, code)
        for one in found
        for code in one.codes
        if not suits(one.mutant, code)
    ]
    assert wrong == []
    assert {code for one in found for code in one.codes} <= {OK, *FAILURE_CODES}
    assert all("\0" not in one.text and one.text.encode() for one in found if one.text)
    untouched = [one.f1 >= SAME_TEXT_F1 for one in found if one.mutant.is_untouched]
    assert sum(untouched) >= MIN_SAME_TEXT * len(untouched) > 0


def distribution(found: Iterable[Result]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many files ended with which codes, by format and damage."""
    counts = Counter(
        (one.mutant.original.form, one.mutant.kind, "+".join(sorted(one.codes))) for one in found
    )
    tree: dict[str, dict[str, dict[str, int]]] = {form: {kind: {} for kind in KINDS} for form in FORMS}
    for (form, kind, codes), count in sorted(counts.items()):
        tree[form][kind][codes] = count
    return tree


def check_pinned(found: list[Result], folder: Path) -> None:
    """Assert that codes are distributed as they were."""
    pinned = json.loads(PINNED.read_text())
    now = {**pinned, str(len(found)): distribution(found)}
    if now != pinned:
        seen = folder / PINNED.name
        seen.write_text(json.dumps(now, indent=1) + "\n")
        was = pinned.get(str(len(found)), {})
        changed = [form for form, kinds in now[str(len(found))].items() if kinds != was.get(form)]
        pytest.fail(f"codes changed for {changed}: compare {seen} with {PINNED}, and copy it if all is well")


def test_few_damaged_files_cost_no_worker_and_end_with_a_fitting_code(few: list[Result]) -> None:
    check(few)


def test_few_damaged_files_end_with_the_same_codes_as_ever(few: list[Result], tmp_path: Path) -> None:
    check_pinned(few, tmp_path)


@pytest.mark.long
def test_all_damaged_files_cost_no_worker_and_end_with_a_fitting_code(all_of_them: list[Result]) -> None:
    check(all_of_them)


@pytest.mark.long
def test_all_damaged_files_end_with_the_same_codes_as_ever(all_of_them: list[Result], tmp_path: Path) -> None:
    check_pinned(all_of_them, tmp_path)


def test_damage_is_the_same_in_every_process() -> None:
    digest = hashlib.sha256()
    for one in mutants(FEW):
        digest.update(repr((one.number, one.kind, one.name, one.is_untouched)).encode() + one.payload)
    assert digest.hexdigest() == "924352af58ddef8a22b389f24ed79e6439bd2dd670f13725cc2260bb007c9d6f"


def test_every_format_is_damaged_in_every_way() -> None:
    made = Counter((one.original.form, one.kind) for one in mutants(FEW))
    assert set(made) == {(form, kind) for form in FORMS for kind in KINDS}
    assert set(made.values()) == {2}


def test_damage_does_damage() -> None:
    """This test ensures that all but those with another name differ from their original."""
    same = {one.kind for one in mutants(FEW) if one.payload == one.original.payload}
    assert same <= {"renamed", "flipped"}  # a bit may be flipped back


@pytest.mark.parametrize(
    ("found", "wanted", "f1"),
    [("", "", 1), ("abc", "abc", 1), ("abcdef", "abcdeg", 4 / 6), ("", "a", 0), ("dcba", "abcd", 0)],
)
def test_character_f1_counts_runs_of_four(found: str, wanted: str, f1: float) -> None:
    assert character_f1(found, wanted) == f1
