from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from tests.unit.extract import legacy_files as made
from tests.unit.extract.legacy_files import holder, record, shape, slide, text
from tests.unit.extract.outcomes import failure, outcome, with_sibling

from tamis.extract.payload import extract_payload

if TYPE_CHECKING:
    from pathlib import Path

    from tamis.errors import DocumentError

TITLE, BODY, NOTES, OTHER = 0, 1, 2, 4


def text_of(*slides: bytes, **more) -> str:
    return extract_payload(made.slides_file(*slides, **more)).text


def outline_text(number: int) -> bytes:
    return record(3998, struct.pack("<I", number))


def styles(*runs: bytes) -> bytes:
    return record(4001, b"".join(runs))


def run(count: int, level: int, mask: int = 0, values: bytes = b"") -> bytes:
    return struct.pack("<IHI", count, level, mask) + values


def test_slides_come_in_the_order_of_the_outline():
    second = slide(shape(record(3999, struct.pack("<I", OTHER)), record(4008, b"Caf\xe9\x0bau lait\r\rtwo")))
    payload = made.slides_file(slide(shape(text(TITLE, "One\x0btitle"))), second)
    read = extract_payload(payload)
    assert (read.text, read.media_type) == (
        "## One title\n\nCafé au lait\n\ntwo",
        "application/vnd.ms-powerpoint",
    )
    assert read.extractor.startswith("olefile-")


def test_shapes_show_the_texts_of_the_outline():
    outline = text(TITLE, "Title") + text(BODY, "a\rb") + text(OTHER, "unplaced")
    shapes = [
        shape(text(OTHER, "first")),
        shape(outline_text(1)),
        shape(outline_text(0)),
        shape(outline_text(9)),
    ]
    assert text_of(slide(*shapes), outlines=(outline,)) == "## Title\n\nunplaced\n\nfirst\n\n- a\n- b"


def test_masters_and_furniture_are_left_out():
    master = made.persist(2, 1) + text(TITLE, "Click to edit")
    numbered = text(OTHER, "Page *", record(4056, struct.pack("<I", 5)))
    later = holder(0xF004, holder(0xF011, record(1056, b"\x09")), holder(0xF00D, text(OTHER, "footer")))
    shapes = [shape(text(OTHER, str(kind)), placeholder=kind) for kind in range(6, 12)]
    assert text_of(slide(shape(numbered), later, *shapes), masters=master) == "Page\n\n6\n\n11"


def test_bullets_come_from_the_text_or_its_layout():
    levels = styles(run(3, 0), run(3, 1), run(3, 0, 1, b"\0\0"))
    assert text_of(slide(shape(text(BODY, "aa\rbb\rcc", levels)))) == "- aa\n  - bb\n\ncc"
    stated = styles(run(3, 0, 1, b"\1\0"), run(4, 0, 2, b"\1\0"))
    assert text_of(slide(shape(text(OTHER, "aa\rbbb", stated)))) == "- aa\n\nbbb"
    assert text_of(slide(shape(text(BODY, "alone")))) == "alone"
    assert text_of(slide(shape(text(OTHER, "a\rb")))) == "a\n\nb"


def test_all_that_a_run_of_paragraphs_states_is_stepped_over():
    tabs = struct.pack("<HII", 2, 1, 1)
    values = b"\1\0" + bytes(3 * 2 + 4 + 7 * 2) + tabs + bytes(6)  # every field of MS-PPT 2.9.20
    assert (
        text_of(slide(shape(text(OTHER, "a\rb", styles(run(2, 0, 0x3FFFFF, values), run(2, 1))))))
        == "- a\n  - b"
    )


def test_notes_and_comments_follow_their_slide():
    notes = slide(shape(text(NOTES, "Say\rit")), shape(text(OTHER, "7")), kind=1008)
    said = [
        record(4026, words.encode("utf-16-le"), instance=at) for at, words in enumerate(["Ann", "Why?", "A"])
    ]
    tag = record(4026, "___PPT10".encode("utf-16-le"))
    comments = holder(5000, holder(5002, tag, record(5003, holder(12000, *said))))
    first = slide(shape(text(TITLE, "T")), notes=700, more=comments)
    assert text_of(first, slide(shape(text(TITLE, "U"))), notes=notes) == (
        "## T\n\n### Notes\n\nSay\n\nit\n\n### Comments\n\nWhy?\n\n## U"
    )


def test_groups_are_read_and_tables_stand_on_the_grid_of_their_cells():
    def at(words: str, *place: int) -> bytes:
        return shape(text(OTHER, words), place=place)

    head = [at("wide", 0, 0, 20, 10), at("c", 20, 0, 30, 10)]
    cells = [*head, at("tall", 0, 10, 10, 30), at("2", 10, 10, 20, 20), at("3\r4", 20, 10, 30, 20)]
    cells += [at("5", 10, 20, 20, 30), at("6", 20, 20, 30, 30)]
    mark = holder(0xF004, record(0xF122, struct.pack("<HI", 0x039F, 1), instance=1))
    other = holder(0xF004, record(0xF122, struct.pack("<HI", 0x039F, 2), instance=1))
    assert (
        text_of(slide(holder(0xF003, mark, *cells)))
        == "| wide | wide | c |\n| --- | --- | --- |\n| tall | 2 | 3 4 |\n| tall | 5 | 6 |"
    )
    assert text_of(slide(holder(0xF003, other, *cells[:2], holder(0xF003, cells[2])))) == "wide\n\nc\n\ntall"


def one(words: str) -> bytes:
    return slide(shape(text(TITLE, words)))


def document(*names: int) -> bytes:
    return holder(1000, holder(4080, *(made.persist(name, 254 + name) for name in names)))


def test_the_last_save_counts():
    saves = [
        {1: document(2, 3, 4), 2: one("old"), 3: one("gone"), 4: one("kept")},
        {1: document(4, 2), 2: one("new")},
    ]
    assert extract_payload(made.ole_file(made.slides_streams(*saves))).text == "## kept\n\n## new"


def test_an_encrypted_file_is_told():
    objects = {1: document(2), 2: one("x")}
    assert failure(made.ole_file(made.slides_streams(objects, token=0xF3D1C4DF))).code == "encrypted"
    assert failure(made.ole_file(made.slides_streams(objects, edit_bytes=32))).code == "encrypted"
    assert extract_payload(made.ole_file(made.slides_streams(objects, edit_bytes=31))).text == "## x"


def test_powerpoint_95_is_told():
    payload = bytearray(made.ole_file({"PP40": b"x"}))
    root = payload.index("Root Entry".encode("utf-16-le"))
    payload[root + 80 : root + 88] = bytes.fromhex("108d81649b4fcf11")  # PowerPoint's class
    error = failure(bytes(payload))
    assert (error.code, "--convert-to pptx" in error.message) == ("unsupported_format", True)


def damaged(objects: dict[int, bytes]) -> DocumentError:
    return failure(made.ole_file(made.slides_streams(objects)))


def test_what_does_not_fit_is_corrupt():
    good = one("x")
    assert "no object 3" in damaged({1: document(3), 2: good}).message
    assert "no object 2" in damaged({1: document(2), 2: holder(1016, good)}).message
    assert "no object 1" in damaged({2: good}).message
    assert "goes beyond" in damaged({1: document(2), 2: good[:4] + b"\xff\xff\0\0" + good[8:]}).message
    assert "overlap" in damaged({1: document(*[2] * 100), 2: good}).message
    assert "empty" in damaged({1: document(2), 2: slide(shape(text(BODY, "ab", styles(run(0, 0)))))}).message


def test_edits_that_lead_back_are_corrupt():
    streams = made.slides_streams({1: document(2), 2: one("x")}, {2: one("y")})
    stream = bytearray(streams["PowerPoint Document"])
    edits = [at for at in range(len(stream)) if stream[at : at + 8] == struct.pack("<HHI", 0, 4085, 28)]
    stream[edits[0] + 16 : edits[0] + 20] = struct.pack("<I", edits[1])
    error = failure(made.ole_file({**streams, "PowerPoint Document": bytes(stream)}))
    assert (error.code, "chain of edits" in error.message) == ("corrupt", True)


def test_a_missing_stream_is_corrupt():
    streams = made.slides_streams({1: document(2), 2: one("x")})
    kept = {"PowerPoint Document": streams["PowerPoint Document"]}
    assert failure(made.ole_file(kept)).code == "corrupt"


def test_groups_nest_as_deep_as_powerpoint_has_them_and_no_deeper():
    def nested(depth: int) -> bytes:
        inner = shape(text(OTHER, "deep"))
        for _ in range(depth):
            inner = holder(0xF003, inner)
        return slide(inner)

    assert text_of(nested(40)) == "deep"
    assert failure(made.slides_file(nested(400))).code == "too_deep"


def test_damage_gives_a_text_or_a_code_that_fits():
    payload = made.slides_file(slide(shape(text(BODY, "a\rb", styles(run(2, 0), run(2, 1))))))
    damaged = (payload[:at] + b"\xff\x7f" + payload[at + 2 :] for at in range(0, len(payload), 3))
    codes = {outcome(one, name="x.ppt") for one in damaged}
    assert {"ok", "corrupt"} <= codes <= {"ok", "corrupt", "unsupported_format", "encrypted", "too_deep"}


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "tika/ppt/testComment.ppt", "tika/ppt/testOptionalHyphen.ppt", "tika/ppt/testPPT_2imgs.ppt",
        "tika/ppt/testPPT_oleWorkbook.ppt", "unstructured/fake-power-point.ppt",
    ],
)  # fmt: skip
def test_a_file_reads_as_its_sibling_in_the_newer_format(corpus: Path, name):
    text, sibling = with_sibling(corpus, name)
    assert text
    assert text == sibling


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["testPPT_masterFooter", "testPPT_masterText", "testPPT_masterText2"])
def test_what_stands_on_a_master_is_no_text(corpus: Path, name):
    assert extract_payload((corpus / f"office/tika/ppt/{name}.ppt").read_bytes()).text == ""


@pytest.mark.corpus
def test_real_slides_read_as_powerpoint_shows_them(corpus: Path):
    payload = (corpus / "office/docling/ppt/legacy_sample.ppt").read_bytes()
    assert (
        extract_payload(payload).text
        == """\
## Test Table Slide

With footnote

|  | Class1 | Class1 | Class1 | Class2 | Class2 | Class2 |
| --- | --- | --- | --- | --- | --- | --- |
|  | A merged with B | A merged with B | C | A | B | C |
| R1 | True | False |  | False | True | True |
| R2 |  |  | True | False |  |  |
| R3 | False |  |  |  | False |  |
| R3 |  | True |  | True |  |  |
| R4 |  |  | False |  | False |  |
| R4 |  | True |  | True | False | False |
| R4 | True | False | True | False | True | False |

## Second slide title

Let’s introduce a list

- With foo
- Bar
- And baz things

A rectangle shape with this text inside.

### Notes

Some notes on the second slide.

- List item4
- List item5
- List item6

- I1
- I2
- I3
- I4

Some info:

- Item A
- Item B

Maybe a list?

- List1
- List2
- List3

- l1
- l2
- l3

### Notes

Final notes on the third slide.

Second line of notes."""
    )
