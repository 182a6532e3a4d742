"""Lists of URLs: one form for each, and what is none."""

from __future__ import annotations

import pytest

from tamis.errors import ConfigError, DocumentError
from tamis.fetch.urls import MAX_URL_CHARS, read_urls, redirected, target_of


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://a.test", "http://a.test/"),
        ("HTTPS://A.Test:443/b/../c?q=1#top", "https://a.test/c?q=1"),
        ("http://a.test:8080/?", "http://a.test:8080/?"),
        ("http://a.test:443/", "http://a.test:443/"),
        ("http://b\u00fccher.test/\u00e4 b", "http://xn--bcher-kva.test/%C3%A4%20b"),
        ("http://a.test/x\r\nHost: b.test", "http://a.test/x%0D%0AHost:%20b.test"),
        ("http://[::1]:80/", "http://[::1]/"),
    ],
)
def test_url_has_one_form(text, url):
    assert target_of(text).url == url
    assert target_of(url).url == url


@pytest.mark.parametrize(
    "text",
    ["", "a.test/x", "ftp://a.test/", "file:///etc/passwd", "http://", "http:///x", "http://me:pw@a.test/",
     "http://a.test:99999/", "http://a b.test/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_url_of_a_page_is_refused(text):
    with pytest.raises(DocumentError, match=r"^bad_url: "):
        target_of(text)


def test_longest_url_is_taken_and_one_more_character_is_not():
    head = "http://a.test/"
    assert target_of(head + "x" * (MAX_URL_CHARS - len(head))).host == "a.test"
    with pytest.raises(DocumentError, match=r"bad_url: .*longer than 8,000"):
        target_of(head + "x" * (MAX_URL_CHARS + 1 - len(head)))


def test_redirects_are_relative_to_where_they_come_from():
    base = target_of("http://a.test/b/c?d")
    assert redirected(base, "e").url == "http://a.test/b/e"
    assert redirected(base, "//c.test").url == "http://c.test/"
    assert redirected(base, "/\u00e4".encode().decode("latin-1")).url == "http://a.test/%C3%A4"
    with pytest.raises(DocumentError, match=r"^redirects: "):
        redirected(base, "ftp://a.test/")


def test_list_is_text_or_json_lines(tmp_path):
    file = tmp_path / "urls.txt"
    file.write_text(
        '\ufeff# a comment\nhttp://a.test/\r\n\n {"url": "http://b.test/", "id": 7}\nhttp://a.test/\n'
        '{"link": "http://c.test/"}\n{broken\n[1]\n{"url": "http://d.test/\u2028"}'
    )
    assert read_urls(file) == [
        "http://a.test/", "http://b.test/", '{"link": "http://c.test/"}', "{broken", "[1]",
        "http://d.test/\u2028",
    ]  # fmt: skip


def test_list_that_is_empty_or_not_there_is_a_mistake(tmp_path):
    (tmp_path / "empty").write_text("# nothing\n")
    with pytest.raises(ConfigError, match="names no URL"):
        read_urls(tmp_path / "empty")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_urls(tmp_path / "none")
