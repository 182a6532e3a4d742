from __future__ import annotations

import pytest

from tamis.errors import DocumentError
from tamis.extract.structured import csv_text, json_text, plain_text


def failure(extract, payload: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        extract(payload)
    return caught.value


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{}", ""),
        (b'"word"', "word"),
        (b"[1, 2.50, 1e400, null, true]", "- 1\n- 2.50\n- 1e400\n- null\n- true"),
        ('{"名": "漢字", "名": "twice"}'.encode(), "- 名: 漢字\n- 名: twice"),
        (b'{"a": {"b": ["x"], "c": {}}}', "- a:\n  - b:\n    - x"),
        (b'{"t": "two\\nlines"}', "- t: two\n  lines"),
        (b'{"a": 1}\n\n{"a": 2}\n', "- a: 1\n\n- a: 2"),
        (b'{"a": "\\ud800 \\u0000"}', "- a: \ud800 \0"),
        (b"9" * 5000, "9" * 5000),
    ],
)
def test_json_becomes_an_outline(payload, expected):
    assert json_text(payload) == expected


def test_json_names_line_and_column_of_a_mistake():
    error = failure(json_text, b'{"a": 1}\n{"a": }')
    assert error.code == "invalid_json"
    assert error.message.startswith("line 2, column 7")


def test_json_nests_up_to_five_hundred_levels():
    assert json_text(b"[" * 500 + b"7" + b"]" * 500).endswith("- 7")
    for depth in (501, 900, 100_000):
        assert failure(json_text, b"[" * depth + b"7" + b"]" * depth).code == "too_deep"


def test_json_deep_lines_do_not_multiply():
    payload = b"[" * 400 + b",".join([b"1"] * 10_000) + b"]" * 400
    assert len(json_text(payload)) < 20 * len(payload)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", ""),
        (b"a,b\n1,2\n", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (b"a\tb\n1\t2,5", "| a | b |\n| --- | --- |\n| 1 | 2,5 |"),
        (b'n;t\n1;"two\nlines; one cell"', "| n | t |\n| --- | --- |\n| 1 | two lines; one cell |"),
        (b"a,b\n1,2,3\n\n4", "| a | b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 |"),
        ("名,x\0y\n漢,|".encode(), "| 名 | xy |\n| --- | --- |\n| 漢 | \\| |"),
    ],
)
def test_csv_becomes_one_table(payload, expected):
    assert csv_text(payload) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'a, "b, c"\n1, "2, 3"\n', "| a | b, c |\n| --- | --- |\n| 1 | 2, 3 |"),
        (b"sep=;\r\na;b,c\r\n1;2,3\r\n", "| a | b,c |\n| --- | --- |\n| 1 | 2,3 |"),
        (b'a\tb\n1\t"open\n2\tx"\n', '| a | b |\n| --- | --- |\n| 1 | "open |\n| 2 | x" |'),
        (b'a\tb\n1\t"two\nlines"\n', "| a | b |\n| --- | --- |\n| 1 | two lines |"),
        (b"sep=x\na,b\n", "| sep=x |  |\n| --- | --- |\n| a | b |"),
    ],
)
def test_csv_of_people_and_of_excel(payload, expected):
    assert csv_text(payload) == expected


def test_csv_takes_a_field_of_a_megabyte():
    assert csv_text(b"a,b\n1," + b"x" * (1 << 20)).endswith("x |")


def test_text_stays_as_it_is():
    assert plain_text("# Tïtle\n\n- 漢字\n".encode()) == "# Tïtle\n\n- 漢字\n"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            (
                b'{"id": 7, "messages": [{"role": "user", "content": "Which mesh?"}, '
                b'{"role": "assistant", "content": [{"type": "text", "text": "Fine."}]}]}'
            ),
            "- id: 7\n\n**user:**\n\nWhich mesh?\n\n**assistant:**\n\nFine.",
        ),
        (
            b'[{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]',
            "**human:**\n\na\n\n**gpt:**\n\nb",
        ),
        (b'{"messages": [{"role": "user", "content": "a"}]}', "**user:**\n\na"),
        # what is no chat, or says more than who and what, stays an outline
        (b'[{"role": "user", "content": null}]', "-\n  - role: user\n  - content: null"),
        (b'{"messages": []}', ""),
        (
            b'{"messages": [{"role": "a", "content": "b", "tool_calls": "c"}]}',
            "- messages:\n  -\n    - role: a\n    - content: b\n    - tool_calls: c",
        ),
        (
            b'[{"role": "user", "content": [{"text": "a"}, {"type": "image"}]}]',
            "-\n  - role: user\n  - content:\n    -\n      - text: a\n    -\n      - type: image",
        ),
    ],
    ids=["messages", "share-gpt", "alone", "null", "empty", "tools", "image"],
)
def test_json_chats_are_threads(payload, expected):
    assert json_text(payload) == expected
