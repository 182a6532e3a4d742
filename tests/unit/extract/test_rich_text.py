"""RTF: what each control word does, written after RTF 1.9.1, and files as LibreOffice and Word write them."""

from __future__ import annotations

import pytest

from tamis.extract.payload import extract_payload

FONTS = (
    rb"{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset128 Mincho;}{\f2\fcharset2 Symbol;}{\f3\fcharset204 A;}}"
)
STYLES = (
    rb"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 2;}{\s2\outlinelevel2 Part;}{\s3\sbasedon2 Own;}"
    rb"{\s4\sbasedon5 Loop;}{\s5\sbasedon4 Loop;}{\*\cs6 Strong;}{\s7 Title;}}"
)


def text_of(body: bytes, head: bytes = FONTS) -> str:
    return extract_payload(rb"{\rtf1\ansi\ansicpg1252\deff0" + head + b"\n" + body + b"}").text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"a\u8364\'80b", "a€b"),
        (rb"\uc2 a\u28450\'8a\'bfb\uc0\u223 c", "a漢bßc"),
        (rb"{\uc0 \u-10179\u-8704}\u8217?s", "\U0001f600’s"),
        (rb"\u-10179?x", "\ufffdx"),
        (rb"\f1\'83A\'83\'42\f0 \'e9", "アィé"),
        (rb"\f3\'cf\plain\'e9", "Пé"),
        (rb"\f2 a\'b7{\f0 a}\u-3999 ?b", "α•aαβ"),
        (rb"\{a\}\\\~b\_c\-d\tab e", "{a}\\\xa0b-cd\te"),
        (b"one\\\ntwo\\line three", "one\n\ntwo\nthree"),
        (rb"a{\upr{old}{\*\ud{new}}}b", "anewb"),
        (rb"a\bin3 }\u{b", "ab"),
        (rb"x{\deleted gone\par }y{\deleted0 z}{\deleted no\plain !}", "xyz!"),
        (rb"{\field{\*\fldinst HYPERLINK u}{\fldrslt shown}}", "shown"),
        (rb"a{\*\unknown b}{\header c}{\pict 0a0b}{\*\annotation d}e", "ae"),
    ],
    ids=[
        "code-page", "unicode", "surrogates", "lone-surrogate", "two-bytes", "charset", "symbols", "signs",
        "line-ends", "two-renderings", "binary", "deleted", "field", "left-out",
    ],
)  # fmt: skip
def test_characters_are_those_that_the_file_shows(body, text):
    assert text_of(body) == text


def test_code_pages_that_are_unknown_or_of_another_machine_are_read():
    body = rb"\'8e\'e9}"
    heads = [rb"\ansi\ansicpg125", rb"\mac", rb"\pc", rb"\pca", rb"{\fonttbl\f0\cpg1251;}\f0"]
    heads += [rb"\ansicpg1251{\fonttbl\f0\fcharset%d;}\f0" % charset for charset in (0, 1)]
    read = [extract_payload(rb"{\rtf1%b %b" % (head, body)).text for head in heads]
    assert read == ["Žé", "éÈ", "ÄΘ", "ÄÚ", "Ћй", "Žé", "Ћй"]


def test_a_row_of_more_cells_than_a_grid_has_is_read_as_its_cells_come():
    edges = b"".join(rb"\cellx%d" % (100 * at) for at in range(1, 71))
    row = rb"\trowd%b\pard\intbl %b\row" % (edges, rb"x\cell " * 70)
    assert text_of(row) == f"|{' x |' * 70}\n|{' --- |' * 70}"


def test_headings_come_from_styles_by_name_and_from_outline_levels():
    body = (
        rb"\s1 By name\par\pard\s3 By base\par\pard\outlinelevel0 Stated\par\pard\s1\outlinelevel9 Body\par"
    )
    body += rb"\pard\s4 Loop\par\pard\s7 Whole\par\pard Text\par"
    assert (
        text_of(body, FONTS + STYLES)
        == "## By name\n\n### By base\n\n# Stated\n\nBody\n\nLoop\n\n# Whole\n\nText"
    )


def test_lists_have_the_marks_that_the_file_shows():
    def item(mark: bytes, text: bytes, level: int = 0, more: bytes = b"") -> bytes:
        return rb"{\listtext\pard\plain %b\tab}\pard%b\ilvl%d\ls1 %b\par " % (mark, more, level, text)

    body = (
        item(b"1.", b"one") + item(b"a)", b"first", 1) + item(rb"\f2\'b7", b"bullet") + item(b"o", b"round")
    )
    body += (
        item(rb"\u-3913 ?", b"private") + item(b"", b"none") + item(b"2.1", b"Head", 1, rb"\outlinelevel1")
    )
    body += item(b"\\'b7", b"Bare", 0, rb"\outlinelevel1")
    body += rb"\pard{\listtext 7.\tab}{\listtext 8.\tab}eight\par{\pntext 9.\tab}nine\par "
    body += rb"o)\tab typed\par 3.\tab typed\par"
    assert text_of(body).replace("\n\n", "\n").split("\n") == [
        "1. one", "   - a) first", "- bullet", "- round", "- private", "none", "## 2.1 Head", "## Bare",
        "8. eight", "9. nine", "o)\ttyped", "3. typed",
    ]  # fmt: skip


def test_notes_stand_behind_the_text_and_boxes_behind_their_paragraph():
    note = rb"{\super\chftn{\*\footnote\pard\plain\chftn  said\par more}}"
    box = rb"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard boxed\par}}{\shprslt{\*\do boxed}}}"
    old_box = rb"{\*\do\dptxbx{\dptxbxtext\pard old box\par}}"
    body = rb"Mesh%b and\par drum%b%b\par end{\footnote second}" % (note, box, old_box)
    assert text_of(body) == (
        "Mesh[^1] and\n\ndrum\n\nboxed\n\nold box\n\nend[^2]\n\n[^1]: said\nmore\n\n[^2]: second"
    )


def test_equations_are_latex():
    fraction = rb"{\mf{\mfPr{\mtype bar}{\mctrlPr\f1}}{\mnum{\mr\mscr0 1}}{\mden{\mr{\f0\u960 ?}}}}"
    bars = rb"{\md{\mdPr{\mbegChr [}{\mendChr ]}}{\me{\mr x\'01}}}"
    shown = rb"{\mmath{\*\moMath%b%b}{\mmathPict{\pict 00}}}" % (fraction, bars)
    whole = rb"{\*\moMathPara{\moMathParaPr{\mjc center}}{\*\moMath{\mr y}}}"
    assert text_of(rb"a %b b\par %b{\*\moMath}\par" % (shown, whole)) == (
        r"a $\frac{1}{\pi}\left[x\right]$ b" + "\n\n$y$"
    )


def test_deleted_notes_leave_no_mark():
    assert text_of(rb"a{\deleted{\footnote gone}}b") == "ab"


def test_merged_cells_stand_in_all_their_places():
    first = rb"\trowd\clvmgf\cellx100\cellx200\clmgf\cellx300\clmrg\cellx400 "
    first += rb"\pard\intbl tall\cell x\cell wide\cell\cell\row"
    second = rb"\trowd\clvmrg\cellx100\cellx200\cellx400 \pard\intbl\cell y\par z\cell w\cell\row"
    assert text_of(first + second + rb"\pard after\par") == (
        "| tall | x | wide | wide |\n| --- | --- | --- | --- |\n| tall | y z | w | w |\n\nafter"
    )


def test_a_table_in_a_cell_becomes_lines():
    shape = rb"{\*\nesttableprops\trowd\cellx50\cellx90\nestrow}{\nonesttables\par}"
    inner = rb"\pard\intbl\itap2 a\nestcell b\nestcell%b\pard\intbl after\cell right\cell\row" % shape
    assert text_of(rb"\trowd\cellx1000\cellx2000" + inner) == "| a b after | right |\n| --- | --- |"
    row = rb"\pard\intbl\itap2 a\nestcell b\nestcell%b" % shape
    assert text_of(rb"\trowd\cellx1000%b%b\pard\intbl\cell\row" % (row, row)) == "a b\na b"


def test_a_row_without_cells_tears_no_table():
    row = rb"\trowd\cellx100\clmgf\cellx200\clmrg\cellx300\pard\intbl a\cell b\cell\cell\row"
    assert text_of(row + rb"\trowd\row" + row) == "| a | b | b |\n| --- | --- | --- |\n| a | b | b |"


def test_paragraphs_outside_of_cells_end_a_table_and_lose_nothing():
    assert text_of(rb"\trowd\cellx1\cellx2 a\cell b\par\pard out\par c\cell d\cell\row") == (
        "| a | b |\n| --- | --- |\n\nout\n\n| c | d |\n| --- | --- |"
    )


def test_a_file_that_is_cut_off_gives_what_stands_before():
    whole = rb"{\rtf1 a\par b{\footnote note}{\b c"
    assert extract_payload(whole).text == "a\n\nb[^1]c\n\n[^1]: note"
    assert extract_payload(rb"{\rtf1 a{\footnote no").text == "a[^1]\n\n[^1]: no"
    assert extract_payload(rb"{\rtf1 a}{b} c\'4").text == "a"
    assert extract_payload(rb"{\rtf1 a}}}").text == extract_payload(b"{\\rtf1 a\\").text == "a"
