from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from tests.unit.extract import legacy_files as made
from tests.unit.extract.compound import END
from tests.unit.extract.legacy_files import IN_TABLE, ROW_END, plex, prl
from tests.unit.extract.outcomes import failure, outcome, with_sibling

from tamis.extract.payload import extract_payload

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = b"\0\0"
OUTLINE, LIST_USE, LIST_LEVEL, SHAPE = 0x2640, 0x460B, 0x260A, 0xD608
DEPTH_2, INNER_ROW_END = prl(0x6649, 2, 4), prl(0x244C, 1, 1)


def text_of(*args, **more) -> str:
    return extract_payload(made.word_file(*args, **more)).text


def cell(text: str) -> tuple[str, bytes]:
    return text + "\7", PLAIN + IN_TABLE


def row_end(edges: list[int] = [], merges: list[int] = []) -> tuple[str, bytes]:  # noqa: B006 - read only
    operand = bytes([len(merges)]) + struct.pack(f"<{len(edges)}h", *edges)
    operand += b"".join(struct.pack("<H18x", merge) for merge in merges)
    shape = struct.pack("<HH", SHAPE, len(operand) + 1) + operand if edges else b""
    return "\7", PLAIN + IN_TABLE + ROW_END + shape


def test_a_document_is_read():
    made_of = extract_payload(made.word_file(["One.\r", "Two.\r"]))
    assert (made_of.text, made_of.media_type) == ("One.\n\nTwo.", "application/msword")
    assert made_of.extractor.startswith("olefile-")


def test_pieces_of_both_widths_make_one_text():
    streams = made.word_streams([("\U00010332 wide \r", PLAIN + prl(OUTLINE, 0, 1))])
    narrow = b"and \x93narrow\x94\x85\r"
    stream = streams["WordDocument"] + bytes(-len(streams["WordDocument"]) % 512)
    streams["WordDocument"] = bytearray(stream + narrow)
    pieces = made.clx([(9, 1024, 2), (len(narrow), len(stream), 1)])
    struct.pack_into("<II", streams["WordDocument"], 154 + 8 * 33, len(streams["1Table"]), len(pieces))
    struct.pack_into("<i", streams["WordDocument"], 76, 9 + len(narrow))
    streams["1Table"] += pieces
    streams["WordDocument"] = bytes(streams["WordDocument"])
    assert extract_payload(made.ole_file(streams)).text == "# \U00010332 wide\n\nand “narrow”…"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("see \x13 HYPERLINK x \x14the page\x15.", "see the page."),
        ("\x13 TOC \x14A\x13 PAGEREF a \x143\x15\x15 b", "A3 b"),
        ("\x13 IF \x13 DATE \x14now\x15 \x14then\x15", "then"),
        ("a\x13 EMBED Package \x15b", "ab"),
        ("a \x13 never ended", "a  never ended"),
        ("a \x14 b \x15 c", "a  b  c"),
        ("\x13 IF \x14one\x14two\x15", "onetwo"),
        ("a\x1eb\x1fc\x01\x08\x05d\x0be\tf", "a-bcd\ne\tf"),
        ("one\x0ctwo\x0ethree", "one\n\ntwo\nthree"),
    ],
)  # fmt: skip
def test_controls_and_fields_show_what_word_shows(stored, shown):
    assert text_of([stored + "\r"]) == shown


def test_headings_come_from_styles_and_outline_levels():
    sheet = made.style_sheet(
        made.style(0), made.style(2), made.style(0xFFE, base=1), made.style(62), made.style(0xFFE, base=4)
    )
    body = [
        ("Title\r", b"\3\0"), ("Two\r", b"\1\0"), ("By its base\r", b"\2\0"), ("Loop\r", b"\4\0"),
        ("Outline\r", PLAIN + prl(OUTLINE, 2, 1)), ("Not a heading\r", b"\1\0" + prl(OUTLINE, 9, 1)),
        ("Seventh\r", PLAIN + prl(OUTLINE, 6, 1)),
    ]  # fmt: skip
    assert text_of(body, parts={made.STYLES: sheet}).split("\n\n") == [
        "# Title", "## Two", "## By its base", "Loop", "### Outline", "Not a heading", "Seventh",
    ]  # fmt: skip


def level(kind: int, text: str, start: int = 1, flags: int = 0, restart: int = 0) -> bytes:
    return (
        struct.pack("<iBB18xBBBx", start, kind, flags, 0, 0, restart)
        + struct.pack("<H", len(text))
        + text.encode("utf-16-le")
    )


def test_lists_are_counted_as_their_levels_say():
    lists = struct.pack("<Hi22xBx", 2, 7, 1) + struct.pack("<i22xBx", 8, 0)
    levels = level(0, "\0.") + b"".join([level(2, "(\0)", 3), level(23, "\uf0b7"), *[level(255, "")] * 7])
    uses = struct.pack("<I", 3) + struct.pack("<i12x", 7) + struct.pack("<i12x", 8)
    uses += struct.pack("<i8xB3x", 7, 1) + bytes(8) + struct.pack("<IiI", 0, 5, 16)
    body = [
        (f"{number}\r", PLAIN + prl(LIST_USE, use, 2) + prl(LIST_LEVEL, deep, 1))
        for number, (use, deep) in enumerate([(1, 0), (1, 0), (2, 0), (2, 1), (2, 0), (3, 0), (0, 0)])
    ]
    streams = made.word_streams(body, parts={made.LIST_USES: uses, made.LISTS: lists})
    streams["1Table"] += levels  # they follow the lists, not counted in their size
    assert extract_payload(made.ole_file(streams)).text == (
        "1. 0\n2. 1\n- (iii) 2\n   - 3\n- (iv) 4\n5. 5\n\n6"
    )


def test_levels_may_be_legal_and_may_go_on_below_a_new_parent():
    lists = struct.pack("<Hi22xBx", 1, 7, 0)
    goes_on, legal = level(4, "\0.\1.\2", flags=8, restart=1), level(0, "\1/\3", flags=4)
    levels = b"".join([level(5, "\0"), level(1, "\0.\1"), goes_on, legal, *[level(255, "")] * 5])
    uses = struct.pack("<I", 1) + struct.pack("<i12x", 7)
    depths = [0, 1, 2, 1, 1, 2, 3, 0, 2]
    body = [("x\r", PLAIN + prl(LIST_USE, 1, 2) + prl(LIST_LEVEL, deep, 1)) for deep in depths]
    body.insert(4, ("\r", body[3][1]))  # an empty item is counted
    streams = made.word_streams(body, parts={made.LIST_USES: uses, made.LISTS: lists})
    streams["1Table"] += levels
    shown = extract_payload(made.ole_file(streams)).text.replace("-", "").replace("x", "").split()
    assert shown == ["1st", "1st.I", "1st.I.a", "1st.II", "1st.IV", "1st.IV.b", "4/1", "2nd", "2nd.I.a"]


def test_tables_keep_their_rows():
    body = ["Before\r", cell("a"), cell("b|c"), row_end(), cell("1"), ("2\r", PLAIN + IN_TABLE), cell("3"),
            row_end(), "After\r"]  # fmt: skip
    assert text_of(body) == "Before\n\n| a | b\\|c |\n| --- | --- |\n| 1 | 2 3 |\n\nAfter"


def test_a_row_without_its_end_is_not_lost():
    assert text_of([cell("a"), ("b\r", PLAIN + IN_TABLE), "after\r"]) == "| a | b |\n| --- | --- |\n\nafter"
    assert text_of([cell("a"), cell("b"), "after\r"]) == "| a | b |\n| --- | --- |\n\nafter"


def test_properties_are_stepped_over_by_their_sizes():
    tabs = struct.pack("<H6B", 0xC615, 255, 0, 1, 9, 9, 9)
    assert text_of([("x\r", PLAIN + tabs + prl(OUTLINE, 1, 1))]) == "## x"
    cut_off = b"\x49\x66\2\0"  # a depth of two tables, of four bytes
    assert text_of([("a\7", PLAIN + IN_TABLE + cut_off), cell("b"), row_end()]) == "| a | b |\n| --- | --- |"


def test_properties_that_are_too_long_for_a_page_lie_in_the_stream_of_data():
    group = prl(OUTLINE, 2, 1)
    streams = made.word_streams([("x\r", PLAIN + prl(0x6646, 8, 4))])
    data = bytes(8) + struct.pack("<H", len(group)) + group
    assert extract_payload(made.ole_file({**streams, "Data": data})).text == "### x"


def test_merged_cells_stand_in_all_their_places():
    body = [
        cell("tall"), cell("wide"), row_end([0, 100, 300], [96, 0]),
        cell(""), cell("x"), cell("y"), row_end([0, 130, 230, 300], [32, 0, 0]),
        cell("p"), cell("q"), cell(""), row_end([0, 100, 200, 300], [0, 1, 2]),
    ]  # fmt: skip
    assert text_of(body) == ("| tall | wide | wide |\n| --- | --- | --- |\n| tall | x | y |\n| p | q | q |")


def test_columns_meet_within_a_millimetre():
    rows = [cell("a"), cell("b"), row_end([0, 1000, 2000], [0, 0])]
    near, far = ([cell("c"), cell("d"), row_end([0, edge, 2000], [0, 0])] for edge in (1060, 1061))
    assert text_of(rows + near).startswith("| a | b |\n")
    assert text_of(rows + far) == "| a | b | b |\n| --- | --- | --- |\n| c | c | d |"


def test_a_table_in_a_cell_becomes_lines_and_a_single_cell_is_a_frame():
    inner = [("x\r", PLAIN + IN_TABLE + DEPTH_2), ("\r", PLAIN + IN_TABLE + DEPTH_2),
             ("y\r", PLAIN + IN_TABLE + DEPTH_2 + INNER_ROW_END)]  # fmt: skip
    assert text_of([*inner, cell("z"), cell("w"), row_end()]) == "| x y z | w |\n| --- | --- |"
    assert text_of([cell("alone"), row_end(), "after\r"]) == "alone\n\nafter"


def test_notes_are_numbered_in_the_order_of_their_marks():
    body = "end\2 foot\2 own*\r"
    parts = {
        made.FOOTNOTE_MARKS: plex([9, 14, len(body)], [b"\1\0", b"\0\0"]),
        made.FOOTNOTES: plex([0, 4, 8, 9], []),
        made.ENDNOTE_MARKS: plex([3, len(body)], [b"\1\0"]), made.ENDNOTES: plex([0, 4, 5], []),
    }  # fmt: skip
    texts = [body, "\2 f\r", "* o\r", "\r", "head\r", "\2 e\r", "\r"]
    lengths = (len(body), 9, 5, 0, 0, 5)
    assert text_of(texts, lengths=lengths, parts=parts) == (
        "end[^1] foot[^2] own[^3]*\n\n[^1]: e\n\n[^2]: f\n\n[^3]: * o"
    )
    deleted = {(3, 4): prl(0x0800, 1, 1)}
    assert text_of(texts, lengths=lengths, parts=parts, characters=deleted) == (
        "end foot[^1] own[^2]*\n\n[^1]: f\n\n[^2]: * o"
    )


def test_text_boxes_follow_their_anchors_and_headers_are_left_out():
    body = ["one\r", "two\r"]
    box = "in the box\r"
    parts = {
        made.BOX_ANCHORS: plex([1, 8], [struct.pack("<I22x", 77)]),
        made.BOXES: plex([0, 11, 16, 17], [struct.pack("<14xI4x", lid) for lid in (77, 78, 0)]),
    }
    texts = [*body, "header\r", box, "lost\r", "\r"]
    assert text_of(texts, lengths=(8, 0, 7, 0, 0, 0, 17), parts=parts) == "one\n\nin the box\n\ntwo\n\nlost"
    without = [*body, box, "lost\r", "\r"]  # the boxes begin where the text ends
    assert text_of(without, lengths=(8, 0, 0, 0, 0, 0, 17), parts=parts) == "one\n\nin the box\n\ntwo\n\nlost"


def test_deleted_text_goes_and_symbols_are_shown():
    fonts = b"".join(
        bytes([39 + 2 * len(name) + 2]) + bytes(39) + (name + "\0").encode("utf-16-le")
        for name in ("Symbol", "Wingdings")
    )
    symbols = {(8 + at, 9 + at): prl(0x6A09, font | code << 16, 4)
               for at, (font, code) in enumerate([(0, 0xF044), (1, 0xF04A), (1, 0x2022)])}  # fmt: skip
    said = {(2, 6): prl(0x0800, 1, 1), **symbols}
    parts = {made.FONTS: struct.pack("<HH", 2, 0) + fonts}
    assert text_of(["ab\r", "cde", "fg(((\r"], parts=parts, characters=said) == "abfgΔ☺•"
    in_font = {(0, 2): prl(0x4A4F, 0, 2), (2, 3): prl(0x4A4F, 1, 2), (3, 4): prl(0x4A4F, 7, 2)}
    assert text_of(["a\uf073\uf0e0\uf0e0\r"], parts=parts, characters=in_font) == "aσ→\uf0e0"
    kept = {(2, 6): prl(0x0800, 0, 1)}
    assert text_of(["ab\r", "cde", "fg\r"], characters=kept) == "ab\n\ncdefg"


def test_the_summary_names_title_author_and_date():
    name = struct.pack("<II", 30, 4) + "Ёж\0".encode("cp1251") + b"\0"
    ticks = (13_000_000_000 * 10_000_000).to_bytes(8, "little")
    stated = [(1, struct.pack("<IhH", 2, 1251, 0)), (2, name), (4, name), (12, struct.pack("<I", 64) + ticks)]
    streams = made.word_streams(["x\r"])
    payload = made.ole_file({**streams, "\5SummaryInformation": made.summary(*stated)})
    read = extract_payload(payload)
    assert (read.title, read.author, read.published_utc) == ("Ёж", "Ёж", "2012-12-14T23:06:40Z")
    broken = made.summary(*stated).replace(struct.pack("<II", 1, 40), struct.pack("<II", 1, 1 << 31))
    read = extract_payload(made.ole_file({**streams, "\5SummaryInformation": broken}))
    assert (read.text, read.title, read.author) == ("x", None, None)


@pytest.mark.parametrize(
    ("magic", "code"),
    [
        ((0xA5EC, 0xC1, 0x300), "encrypted"), ((0xA5EC, 0xC0, 0x200), "unsupported_format"),
        ((0xA5DC, 0x68, 0x200), "unsupported_format"), ((0xA5ED, 0xC1, 0x200), "corrupt"),
        ((0xA5EC, 0xC1, 0), "corrupt"),
    ],
)  # fmt: skip
def test_what_the_header_refuses(magic, code):
    error = failure(made.word_file(["x\r"], magic=magic))
    assert (error.code, "--convert-to docx" in error.message) == (code, code == "unsupported_format")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"lengths": (3,)}, "longer than its pieces"),
        ({"lengths": (-1, 3)}, "longer than its pieces"),
        ({"parts": {made.CLX: b""}}, "table of pieces"),
        ({"parts": {made.CLX: made.clx([(1600, 1024, 2)])}}, "a piece of its text"),
        ({"parts": {made.CLX: made.clx([(2000, 0, 1)] * 9)}}, "a piece of its text"),
        ({"parts": {made.PARAGRAPHS: plex([0, 9], [b"\xff\0\0\0"])}}, "page of properties"),
        ({"parts": {made.FOOTNOTES: plex([0, 2, 0, 2], [])}}, "go back"),
    ],
)
def test_what_does_not_fit_is_corrupt(more, message):
    error = failure(made.word_file(["x\r"], **more))
    assert (error.code, message in error.message) == ("corrupt", True)


def word_entry(payload: bytes) -> int:
    """Return where the directory tells of the text's stream."""
    return payload.index("WordDocument".encode("utf-16-le"))


def third_link(payload: bytes) -> int:
    """Return where the allocation table says which sector follows the third one of the text's stream."""
    table = (struct.unpack_from("<I", payload, 76)[0] + 1) * 512
    return table + 4 * (struct.unpack_from("<I", payload, word_entry(payload) + 116)[0] + 2)


def test_a_stream_shorter_than_its_entry_says_is_corrupt():
    payload = bytearray(made.word_file(["x\r"]))
    struct.pack_into("<I", payload, third_link(payload), END)
    assert "'WordDocument' is cut off" in failure(bytes(payload)).message


def test_a_stream_that_goes_round_in_circles_is_corrupt():
    payload = bytearray(made.word_file(["x\r"]))
    first = struct.unpack_from("<I", payload, word_entry(payload) + 116)[0]
    struct.pack_into("<I", payload, third_link(payload), first)
    struct.pack_into("<I", payload, word_entry(payload) + 120, 1 << 26)
    assert "'WordDocument' is cut off" in failure(bytes(payload)).message


@pytest.mark.parametrize("field", [44, 64, 72])
def test_more_tables_than_sectors_are_corrupt(field):
    payload = bytearray(made.word_file(["x\r"]))
    struct.pack_into("<I", payload, field, len(payload) // 512 + 1)
    assert failure(bytes(payload)).message.startswith("OLE: it states more allocation tables")


def test_a_structure_beyond_its_stream_is_corrupt():
    streams = made.word_streams(["x\r"])
    stream = bytearray(streams["WordDocument"])
    struct.pack_into("<II", stream, 154 + 8 * made.FONTS, 4094, 3)  # the table stream has 4,096 bytes
    error = failure(made.ole_file({**streams, "WordDocument": bytes(stream)}))
    assert "structure 15 lies beyond" in error.message


def test_a_text_of_its_own_length_is_not_corrupt():
    assert text_of(["x\r"], lengths=(2,)) == "x"


def test_a_file_that_is_cut_off_is_corrupt():
    payload = made.word_file(["x\r"])
    for size in range(512, len(payload), 512):
        assert failure(payload[:size]).code == "corrupt", size


def test_damage_gives_a_text_or_a_code_that_fits():
    payload = made.word_file([cell("a"), row_end([0, 9], [0]), "b\x13c\x14d\x15\r"])
    damaged = (payload[:at] + b"\xff\x7f" + payload[at + 2 :] for at in range(0, len(payload), 3))
    codes = {outcome(one, name="x.doc") for one in damaged}
    assert {"ok", "corrupt"} <= codes <= {"ok", "corrupt", "unsupported_format", "encrypted", "too_deep"}


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "tika/doc/testComment.doc", "tika/doc/testOptionalHyphen.doc", "tika/doc/testWORD_1img.doc",
        "tika/doc/testWORD_boldHyperlink.doc", "tika/doc/testWORD_bold_character_runs.doc",
        "tika/doc/testWORD_numbered_list.doc", "unstructured/duplicate-paragraphs.doc",
    ],
)  # fmt: skip
def test_a_file_reads_as_its_sibling_in_the_newer_format(corpus: Path, name):
    text, sibling = with_sibling(corpus, name)
    assert text
    assert text == sibling


@pytest.mark.corpus
def test_a_real_document_reads_as_word_shows_it(corpus: Path):
    payload = (corpus / "office/docling/doc/legacy_sample.doc").read_bytes()
    assert (
        extract_payload(payload).text
        == """\
Summer activities

# Swimming in the lake

Duck

Figure 1: This is a cute duckling

# Let’s swim!

To get started with swimming, first lay down in a water and try not to drown:

- You can relax and look around
- Paddle about
- Enjoy summer warmth

Also, don’t forget:

1. Wear sunglasses
2. Don’t forget to drink water
3. Use sun cream

Hmm, what else…

## Let’s eat

After we had a good day of swimming in the lake, it’s important to eat something nice

I like to eat leaves

Here are some interesting things a respectful duck could eat:

|  | Food | Calories per portion |
| --- | --- | --- |
| Leaves | Ash, Elm, Maple | 50 |
| Berries | Blueberry, Strawberry, Cranberry | 150 |
| Grain | Corn, Buckwheat, Barley | 200 |

And let’s add another list in the end:

1. Leaves
2. Berries
3. Grain"""
    )
