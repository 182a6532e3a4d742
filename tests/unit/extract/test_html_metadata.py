"""What a page says of itself."""

from __future__ import annotations

import pytest

from tamis.extract.html_metadata import stated_metadata, without_site
from tamis.extract.html_tree import parse_html


def stated(head: str = "", body: str = "", attributes: str = "", *, documentation: bool = False):
    page = f"<html {attributes}><head>{head}</head><body>{body}<p>Text.</p></body></html>"
    return stated_metadata(parse_html(page), documentation)


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("Sieves | The Kitchen", "The Kitchen", "Sieves"),
        ("Sieves - a history - the kitchen", "The Kitchen", "Sieves - a history"),
        ("The Kitchen: Sieves", "The Kitchen", "Sieves"),
        ("The Kitchen", "The Kitchen", "The Kitchen"),
        ("In The Kitchen", "The Kitchen", "In The Kitchen"),
        ("Sieves\xb6", "", "Sieves"),
        ("Learn C#", "", "Learn C#"),
        ("", "", ""),
    ],
)
def test_title_loses_the_site_and_the_permanent_link(title, site, expected):
    assert without_site(title, site) == expected


def test_title_of_a_manual_is_the_page_and_its_site_the_manual():
    """This test ensures that the site's own h1 is no title, and that a dot makes no site of a chapter."""
    found = stated(
        "<title>1.6.10 release notes — Django 3.2.25 documentation</title>",
        "<h1>Django 3.2.25 documentation</h1><h1>1.6.10 release notes</h1>",
        documentation=True,
    )
    assert (found.title, found.sitename) == ("1.6.10 release notes", "Django 3.2.25 documentation")


def test_site_is_a_domain_in_the_title_or_of_the_address():
    assert stated("<title>1. Sieves | kitchen.example.org</title>").sitename == "kitchen.example.org"
    assert stated('<link rel="canonical" href="https://example.org/a">').sitename == "example.org"
    assert stated("<title>1. Sieves | 2. Pans</title>").sitename is None


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("By Ada Miller", "Ada Miller"),
        ("View all posts by Ada Miller", "Ada Miller"),
        ("John von Neumann", "John von Neumann"),
        ("Name", None),
    ],
)
def test_author_is_a_name_without_the_words_around_it(byline, expected):
    assert stated(body=f'<span class="author-name">{byline}</span>').author == expected


def test_author_is_none_where_no_element_names_one():
    assert stated(body="<p>Written by Ada Miller</p>").author is None


def test_date_in_the_text_of_documentation_is_not_the_date_of_the_page():
    body = "<p>The bug was found on 2010-06-01 by its users.</p>"
    assert stated(body=body, documentation=True).date is None
    head = '<meta property="article:published_time" content="2021-03-04">'
    assert stated(head, body, documentation=True).date == "2021-03-04"


@pytest.mark.parametrize(
    ("head", "attributes", "expected"),
    [
        ("", 'lang="de"', "de"),
        ("", 'lang="pt_BR"', "pt-BR"),
        ('<meta http-equiv="Content-Language" content="fr">', "", "fr"),
        ('<meta property="og:locale" content="en_US">', "", "en-US"),
        ('<meta property="og:locale" content="en_US">', 'lang="de"', "de"),
        ("", 'lang="{{lang}}"', None),
        ("", "", None),
    ],
)
def test_language_is_the_tag_that_the_page_states(head, attributes, expected):
    assert stated(head, "", attributes).language == expected


def test_broken_json_ld_says_nothing():
    for broken in ('{"@graph": 7, "author": [', "[" * 100_000):
        assert stated(f'<script type="application/ld+json">{broken}</script><title>T</title>').title == "T"
