"""Names of parametrised tests are the same in every process: two workers must collect the same tests."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))


def gzip_with_the_clock(source):
    """Return the lines of decorators that compress with gzip and let it write the time."""
    decorators = [
        decorator
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    calls = [call for decorator in decorators for call in ast.walk(decorator) if isinstance(call, ast.Call)]
    return [
        call.lineno
        for call in calls
        if ast.unparse(call.func) == "gzip.compress" and "mtime" not in {word.arg for word in call.keywords}
    ]


def test_a_clock_in_a_parameter_is_seen():
    source = (
        "@pytest.mark.parametrize('x', [gzip.compress(b''), gzip.compress(b'', mtime=0)])\ndef test(x): ..."
    )
    assert gzip_with_the_clock(source) == [1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_parameter_holds_the_clock(path):
    assert gzip_with_the_clock(path.read_text(encoding="utf-8")) == []
